//! Depthwise sums in 16 bits: every channel by itself, two taps at a time.
//!
//! `sums[x, y, c] = sum over taps (i, j) of map[x * sx + i, y * sy + j, c] * weight[i, j, c]`
//!
//! over a map with its border written out and its channels filled up. Lanes of a register are values that lie side by side: channels, and, where
//! the stride in y is 1, the channels of the next positions too. So a column of narrow maps fills registers as well as wide maps do.

use crate::instruction_set::InstructionSet;
use crate::lanes::{Kernel, Lanes, PAIRED, paired_value};
use spikemesh_model::{Dims, Span};

/// Pairs of taps whose weights stay in registers: those of a window of 3x3.
const GROUP: usize = 5;

/// Weights of a group of pairs for a block of lanes, in the order of [`paired_value`].
type GroupWeights = [[[i8; 2]; PAIRED]; GROUP];

/// Depthwise weights, packed. No sum exceeds 16 bits.
#[derive(Clone, Debug)]
pub struct Depthwise {
    /// Sums of a column.
    column: usize,
    /// Values of the map from a column to the next one.
    across: usize,
    /// Where the taps of pairs are in a window.
    groups: Vec<[[usize; 2]; GROUP]>,
    /// (block, group).
    weights: Vec<GroupWeights>,
    /// From the lanes of a block to the next lanes that have its weights: values of the map, and sums.
    steps: [usize; 2],
    /// Whether the lanes of a block may go on into the next position, and end only with the column.
    joined: bool,
}

impl Depthwise {
    /// `weight(tap x, tap y, channel)`; `padded` is the map with its border, whose channels are filled up to a multiple of 16.
    pub fn new(padded: Dims, kernel: &[Span; 2], weight: impl Fn(usize, usize, usize) -> i8) -> Depthwise {
        let [tall, channels] = [padded.height, padded.channels].map(|size| size as usize);
        let [wide, high] = [&kernel[0], &kernel[1]].map(|span| span.size as usize);
        let taps: Vec<[usize; 2]> = (0..wide).flat_map(|i| (0..high).map(move |j| [i, j])).collect();
        let place = |tap: usize| taps.get(tap).map_or(0, |[i, j]| (i * tall + j) * channels);
        let joined = kernel[1].stride == 1;
        let blocks = if joined {
            // They repeat where one begins with channel 0 again.
            (1..).find(|blocks| (blocks * PAIRED).is_multiple_of(channels)).unwrap_or(1)
        } else {
            channels.div_ceil(PAIRED)
        };
        let groups = taps.len().div_ceil(2 * GROUP);
        let of_group = |block: usize, group: usize| {
            std::array::from_fn(|pair| {
                std::array::from_fn(|i| {
                    let channel = (block * PAIRED + paired_value(i)) % channels;
                    let tap = |k: usize| taps.get((group * GROUP + pair) * 2 + k);
                    [0, 1].map(|k| tap(k).map_or(0, |&[i, j]| weight(i, j, channel)))
                })
            })
        };
        let stride = kernel[1].stride as usize;
        Depthwise {
            column: kernel[1].outputs as usize * channels,
            across: kernel[0].stride as usize * tall * channels,
            groups: (0..groups)
                .map(|group| {
                    std::array::from_fn(|pair| [0, 1].map(|k| place((group * GROUP + pair) * 2 + k)))
                })
                .collect(),
            weights: (0..blocks)
                .flat_map(|block| (0..groups).map(move |group| (block, group)))
                .map(|(block, group)| of_group(block, group))
                .collect(),
            steps: if joined { [blocks * PAIRED; 2] } else { [stride * channels, channels] },
            joined,
        }
    }

    /// Values that are read behind the padded map, whatever they are.
    pub const SLACK: usize = PAIRED;

    /// Sums of a column.
    pub fn column(&self) -> usize {
        self.column
    }

    /// Writes the sums (x, y, channel) of columns from column `first` on.
    pub fn run(&self, set: InstructionSet, padded: &[u8], first: usize, sums: &mut [i16]) {
        set.run(Columns { depthwise: self, padded: &padded[first * self.across..], sums });
    }
}

struct Columns<'a> {
    depthwise: &'a Depthwise,
    padded: &'a [u8],
    sums: &'a mut [i16],
}

impl Kernel for Columns<'_> {
    /// Invariant: lanes that are too much, behind the last channel of a position or behind a column, are computed from values that are there, and
    /// stored where sums are not yet final: columns go up, and within a column the first block comes last.
    ///
    /// The trick: a block's weights stay in registers for all of its lanes in a column.
    #[inline(always)]
    fn run<L: Lanes>(self, lanes: L) {
        let Depthwise { column, across, ref groups, ref weights, steps, joined } = *self.depthwise;
        for (x, first) in (0..self.sums.len()).step_by(column.max(1)).enumerate() {
            let (padded, sums) = (&self.padded[x * across..], &mut self.sums[first..]);
            for (block, weights) in weights.chunks_exact(groups.len()).enumerate().rev() {
                let lane = block * PAIRED;
                let (padded, sums) = (&padded[lane.min(padded.len())..], &mut sums[lane.min(column)..]);
                // A block behind the end of a short column has nothing.
                let end = if joined { column.saturating_sub(lane) } else { column };
                match (&groups[..], weights) {
                    ([pairs], [weights]) => {
                        let weights = *weights;
                        for k in 0..end.div_ceil(steps[1]) {
                            let values = &padded[k * steps[0]..];
                            let total = add_group(lanes, lanes.zero_paired(), values, pairs, &weights);
                            store(lanes, &mut sums[k * steps[1]..], total);
                        }
                    }
                    (groups, weights) => {
                        for k in 0..end.div_ceil(steps[1]) {
                            let values = &padded[k * steps[0]..];
                            let mut total = lanes.zero_paired();
                            for (pairs, weights) in groups.iter().zip(weights) {
                                total = add_group(lanes, total, values, pairs, weights);
                            }
                            store(lanes, &mut sums[k * steps[1]..], total);
                        }
                    }
                }
            }
        }
    }
}

/// Adds the products of a group of pairs to the sums of a block.
#[inline(always)]
fn add_group<L: Lanes>(
    lanes: L,
    mut total: L::Paired,
    values: &[u8],
    pairs: &[[usize; 2]; GROUP],
    weights: &GroupWeights,
) -> L::Paired {
    for i in 0..GROUP {
        let [a, b] = pairs[i];
        if let (Some(a), Some(b)) = (values[a..].first_chunk(), values[b..].first_chunk()) {
            total = lanes.add_paired(total, a, b, &weights[i]);
        }
    }
    total
}

/// Writes a block's sums, but those for which there is no room.
#[inline(always)]
fn store<L: Lanes>(lanes: L, sums: &mut [i16], total: L::Paired) {
    let total = lanes.store_paired(total);
    match sums.first_chunk_mut() {
        Some(sums) => *sums = total,
        None => store_some(sums, &total),
    }
}

/// Apart, so that it is not joined with the store of a whole block.
#[inline(never)]
fn store_some(sums: &mut [i16], total: &[i16; PAIRED]) {
    sums.copy_from_slice(&total[..sums.len()]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Every instruction set, strides and shapes, against the rule at the head of this file.
        #[test]
        fn every_instruction_set_gives_the_exact_sums(
            kernel in [(1u32..5, 1u32..4, 1u32..5), (1u32..5, 1u32..4, 1u32..8)],
            sixteens in 1u32..10,
            seed in any::<u64>(),
        ) {
            let mut state = seed | 1;
            let mut next = move || {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                state
            };
            let [across, down] = kernel.map(|(size, stride, outputs)| Span { size, stride, pad: 0, outputs });
            let reach = |span: &Span| (span.outputs - 1) * span.stride + span.size;
            let padded = Dims { width: reach(&across), height: reach(&down), channels: 16 * sixteens };
            // The largest values and weights whose sums fit 16 bits.
            let most = (i16::MAX as u32 / (across.size * down.size * 128)).min(255) as u64 + 1;
            let map: Vec<u8> = (0..padded.len() + Depthwise::SLACK).map(|_| (next() % most) as u8).collect();
            let taps = (across.size * down.size) as usize;
            let weights: Vec<i8> = (0..taps * padded.channels as usize).map(|_| next() as i8).collect();
            let [tall, channels, high] = [padded.height, padded.channels, down.size].map(|size| size as usize);
            let weight = |i: usize, j: usize, c: usize| weights[(i * high + j) * channels + c];
            let mut expected: Vec<i16> = Vec::new();
            for x in 0..across.outputs as usize {
                for y in 0..down.outputs as usize {
                    for c in 0..channels {
                        let sum: i32 = (0..across.size as usize).flat_map(|i| (0..high).map(move |j| (i, j))).map(|(i, j)| {
                            let at = (x * across.stride as usize + i) * tall + y * down.stride as usize + j;
                            i32::from(map[at * channels + c]) * i32::from(weight(i, j, c))
                        }).sum();
                        expected.push(sum as i16);
                    }
                }
            }
            let depthwise = Depthwise::new(padded, &[across, down], weight);
            for set in InstructionSet::all() {
                let mut sums = vec![77; expected.len()];
                depthwise.run(set, &map, 0, &mut sums);
                prop_assert_eq!(&sums, &expected, "{:?}", set);
                let last = across.outputs as usize - 1;
                sums.truncate(depthwise.column());
                depthwise.run(set, &map, last, &mut sums);
                prop_assert_eq!(&sums[..], &expected[last * depthwise.column()..], "{:?}", set);
            }
        }
    }
}
