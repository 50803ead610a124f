//! Depthwise sums in 16 bits: every channel by itself, two taps at a time.
//!
//! `sums[x, y, c] = sum over taps (i, j) of map[x * sx + i, y * sy + j, c] * weight[i, j, c]`
//!
//! over a map with its border written out and its channels filled up. Lanes of a register are values that lie side by side: channels, and, where
//! the stride in y is 1, the channels of the next positions too. So a column of narrow maps fills registers as well as wide maps do.

use crate::instruction_set::InstructionSet;
use crate::lanes::{Kernel, Lanes, PAIRED, paired_value};
use spikemesh_model::{Dims, Span};

/// Depthwise weights, packed. No sum exceeds 16 bits.
#[derive(Clone, Debug)]
pub struct Depthwise {
    /// Positions of a column of the result.
    height: usize,
    /// Channels, filled up.
    channels: usize,
    /// Values from a position to the next one of a column.
    step: usize,
    /// Values from a column to the next one.
    across: usize,
    /// Where the taps of a pair are in a window. Without a partner a tap is with itself.
    pairs: Vec<[usize; 2]>,
    /// (block, pair), of blocks that differ; values in the order of [`paired_value`].
    weights: Vec<[[i8; 2]; PAIRED]>,
}

impl Depthwise {
    /// `weight(tap x, tap y, channel)`; `padded` is the map with its border, whose channels are filled up to a multiple of 16.
    pub fn new(padded: Dims, kernel: &[Span; 2], weight: impl Fn(usize, usize, usize) -> i8) -> Depthwise {
        let [tall, channels] = [padded.height, padded.channels].map(|size| size as usize);
        let [wide, high] = [&kernel[0], &kernel[1]].map(|span| span.size as usize);
        let taps: Vec<[usize; 2]> = (0..wide).flat_map(|i| (0..high).map(move |j| [i, j])).collect();
        let place = |[i, j]: [usize; 2]| (i * tall + j) * channels;
        // Blocks repeat where they begin with channel 0 again.
        let blocks = (1..).find(|blocks| (blocks * PAIRED).is_multiple_of(channels)).unwrap_or(1);
        let mut weights = Vec::with_capacity(blocks * taps.len().div_ceil(2));
        for block in 0..blocks {
            for pair in taps.chunks(2) {
                weights.push(std::array::from_fn(|i| {
                    let channel = (block * PAIRED + paired_value(i)) % channels;
                    std::array::from_fn(|k| pair.get(k).map_or(0, |&[i, j]| weight(i, j, channel)))
                }));
            }
        }
        Depthwise {
            height: kernel[1].outputs as usize,
            channels,
            step: kernel[1].stride as usize * channels,
            across: kernel[0].stride as usize * tall * channels,
            pairs: taps
                .chunks(2)
                .map(|pair| [place(pair[0]), place(*pair.last().unwrap_or(&pair[0]))])
                .collect(),
            weights,
        }
    }

    /// Values that are read behind the padded map, whatever they are.
    pub const SLACK: usize = PAIRED;

    /// Sums of a column.
    pub fn column(&self) -> usize {
        self.height * self.channels
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
    #[inline(always)]
    fn run<L: Lanes>(self, lanes: L) {
        let Depthwise { channels, step, across, .. } = *self.depthwise;
        let column = self.depthwise.column();
        // A run of sums whose taps lie side by side: a column, or a position.
        let (run, step) = if step == channels { (column, 0) } else { (channels, step) };
        for first in (0..self.sums.len()).step_by(run) {
            let (x, y) = (first / column, first % column / run);
            self.depthwise.run_of(lanes, &self.padded[x * across + y * step..], &mut self.sums[first..], run);
        }
    }
}

impl Depthwise {
    /// Writes the first `run` of `sums`, and perhaps some behind them, which are not yet written.
    ///
    /// Invariant: a block of sums stays in registers over all pairs of taps. Runs are not always whole blocks: the last one is computed whole
    /// from values that are there, and stored whole where `sums` go on.
    #[inline(always)]
    fn run_of<L: Lanes>(&self, lanes: L, padded: &[u8], sums: &mut [i16], run: usize) {
        let pairs = self.pairs.len();
        let mut weights = self.weights.chunks_exact(pairs).cycle();
        for first in (0..run).step_by(PAIRED) {
            let Some(weights) = weights.next() else { return };
            let values = &padded[first..];
            let mut total = lanes.zero_paired();
            for (pair, weights) in self.pairs.iter().zip(weights) {
                if let (Some(a), Some(b)) = (values[pair[0]..].first_chunk(), values[pair[1]..].first_chunk())
                {
                    total = lanes.add_paired(total, a, b, weights);
                }
            }
            let total = lanes.store_paired(total);
            match sums[first..].first_chunk_mut() {
                Some(sums) => *sums = total,
                None => store_some(&mut sums[first..], &total),
            }
        }
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
