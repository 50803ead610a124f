//! Depthwise convolution followed by a pointwise one, nothing rounded in between.
//!
//! The rule of docs/numerics.md: no activation and no rounding between the two, so the exact depthwise sums are the inputs of a matrix
//! product with the pointwise weights. Non-zero values are not listed here: depthwise sums are dense, and multiplying zeros in vectors is
//! faster than finding them.

use std::ops::Range;

use crate::accumulator::Accumulator;
use crate::border::Border;
use crate::lanes::{InstructionSet, Kernel, Lanes};
use crate::nonzeros::count_nonzero;
use crate::reached::count_reached;
use crate::results::Results;
use crate::strips::Columns;
use crate::tile::{self, OfWords, Panels, Windows};
use spikemesh_model::{Dims, Span};

/// A separable convolution with its weights packed.
#[derive(Clone, Debug)]
pub struct Separable {
    input: Dims,
    kernel: [Span; 2],
    filters: usize,
    border: Border,
    /// (tap x, tap y, channel), channels filled up.
    depthwise: Vec<i16>,
    pointwise: Pointwise,
}

/// Weights (channel, filter), for depthwise sums of 16 bits or wider ones.
#[derive(Clone, Debug)]
enum Pointwise {
    Short(InstructionSet, Panels<OfWords>),
    Wide(Vec<i8>),
}

/// Depthwise sums of one sample, (w, h, c), channels filled up, in the width the layer needs; and the map with its border.
#[derive(Clone, Debug, Default)]
pub struct DepthwiseSums<A> {
    padded: Vec<u8>,
    short: Vec<i16>,
    wide: Vec<A>,
}

/// Channels whose depthwise sums are in registers together; maps have their channels filled up to a multiple.
const CHANNELS: usize = 16;

impl Separable {
    /// `depthwise(tap_x, tap_y, channel)` meets the input at `output * stride - pad + tap`, `pointwise(channel, filter)` the sum
    /// of that channel. No depthwise sum exceeds `largest_sum`; potentials are summed in 32 bits if `narrow`.
    pub fn new(
        input: Dims,
        kernel: [Span; 2],
        filters: usize,
        largest_sum: u64,
        narrow: bool,
        depthwise: impl Fn(usize, usize, usize) -> i8,
        pointwise: impl Fn(usize, usize) -> i8,
    ) -> Separable {
        let border = Border::new(input, &kernel, CHANNELS);
        let [width, height] = kernel.map(|span| span.size as usize);
        let (channels, filled) = (input.channels as usize, border.padded().channels as usize);
        let depthwise = (0..width * height * filled)
            .map(|i| match (i / filled, i % filled) {
                (tap, channel) if channel < channels => depthwise(tap / height, tap % height, channel).into(),
                _ => 0,
            })
            .collect();
        let weight =
            |channel: usize, filter: usize| if channel < channels { pointwise(channel, filter) } else { 0 };
        let pointwise = if narrow && largest_sum <= i16::MAX as u64 {
            Pointwise::Short(InstructionSet::best(), Panels::new(filled, filters, largest_sum, weight))
        } else {
            Pointwise::Wide((0..filled * filters).map(|i| weight(i / filters, i % filters)).collect())
        };
        Separable { input, kernel, filters, border, depthwise, pointwise }
    }

    /// Positions of the result in x and y.
    pub fn outputs(&self) -> [usize; 2] {
        self.kernel.map(|span| span.outputs as usize)
    }

    /// Number of filters.
    pub fn filters(&self) -> usize {
        self.filters
    }

    /// Writes the potentials (w, h, n) over `map` (w, h, c), and leaves the depthwise sums in `sums`.
    ///
    /// # Panics
    /// If depthwise sums fit 16 bits: then [`lay`](Self::lay) is the way.
    pub fn run_wide<A: Accumulator>(&self, map: &[u8], sums: &mut DepthwiseSums<A>, out: &mut [A]) {
        let Pointwise::Wide(weights) = &self.pointwise else { panic!("sums of 16 bits are laid out") };
        self.border.write(map, 0, &mut sums.padded);
        self.resize(&mut sums.wide);
        self.depthwise(InstructionSet::best(), &sums.padded, &mut sums.wide);
        multiply_wide(&sums.wide, weights, self.filters, out);
    }

    /// Writes the border of `map` out, if depthwise sums fit 16 bits; and the memory for these.
    pub fn lay<'a, A>(
        &'a self,
        map: &[u8],
        sums: &'a mut DepthwiseSums<A>,
    ) -> Option<(LaidSeparable<'a>, &'a mut [i16])> {
        let Pointwise::Short(set, weights) = &self.pointwise else { return None };
        self.border.write(map, 0, &mut sums.padded);
        self.resize(&mut sums.short);
        Some((LaidSeparable { separable: self, set: *set, weights, padded: &sums.padded }, &mut sums.short))
    }

    fn resize<V: Copy + Default>(&self, sums: &mut Vec<V>) {
        let [width, height] = self.outputs();
        sums.resize(width * height * self.border.padded().channels as usize, V::default());
    }

    /// Depthwise sums (w, h, c) of the columns from the start of `padded` on, every channel by itself. `V` holds every sum
    /// ([`Separable::new`] was given the largest).
    fn depthwise<V: Accumulator>(&self, set: InstructionSet, padded: &[u8], sums: &mut [V]) {
        set.run(Depthwise { separable: self, padded, sums });
    }

    /// Events of `map`, and the depthwise taps that they reach plus the pointwise synapses that the non-zero sums reach; `sums` is what
    /// [`run`](Self::run) left.
    pub fn operations<A: Accumulator>(&self, map: &[u8], sums: &DepthwiseSums<A>) -> (u64, u64) {
        let active = match self.pointwise {
            Pointwise::Short(..) => count_nonzero(&sums.short),
            Pointwise::Wide(_) => count_nonzero(&sums.wide),
        };
        let (events, reached) = count_reached(&self.kernel, self.input, map);
        (events, reached + (active * self.filters()) as u64)
    }
}

/// A map with its border, to be convolved in 16 bits.
pub struct LaidSeparable<'a> {
    separable: &'a Separable,
    set: InstructionSet,
    weights: &'a Panels<OfWords>,
    padded: &'a [u8],
}

impl LaidSeparable<'_> {
    /// Channels, filled up.
    fn filled(&self) -> usize {
        self.separable.border.padded().channels as usize
    }
}

impl Columns for LaidSeparable<'_> {
    fn shape(&self) -> [usize; 3] {
        let [width, height] = self.separable.outputs();
        [width, height, self.separable.filters]
    }

    /// Depthwise sums.
    fn scratch(&self) -> usize {
        self.separable.outputs()[1] * self.filled()
    }

    fn weight_bytes(&self) -> usize {
        self.weights.bytes()
    }

    fn products(&self) -> usize {
        let [width, height] = self.separable.outputs();
        width * height * self.weights.products()
    }

    fn write(&self, columns: Range<usize>, sums: &mut [i16], results: Results<'_>) {
        let Dims { height, channels, .. } = self.separable.border.padded();
        let column = (height * channels * self.separable.kernel[0].stride) as usize;
        self.separable.depthwise(self.set, &self.padded[columns.start * column..], sums);
        let windows = Windows {
            map: &*sums,
            count: [1, sums.len() / self.filled()],
            step: [0, self.filled()],
            columns: 1,
            column_stride: 0,
        };
        tile::multiply(self.set, &windows, self.weights, results);
    }
}

struct Depthwise<'a, V> {
    separable: &'a Separable,
    padded: &'a [u8],
    sums: &'a mut [V],
}

impl<V: Accumulator> Kernel for Depthwise<'_, V> {
    /// Blocks as wide as the channels allow: the wider, the less a tap costs besides its products.
    #[inline(always)]
    fn run<L: Lanes>(self, _: L) {
        match self.separable.border.padded().channels {
            channels if channels.is_multiple_of(64) => self.blocks_of::<64>(),
            channels if channels.is_multiple_of(32) => self.blocks_of::<32>(),
            _ => self.blocks_of::<CHANNELS>(),
        }
    }
}

impl<V: Accumulator> Depthwise<'_, V> {
    /// Invariant: channels are the lanes of the vector, so there is no sum across lanes; a block of B stays in registers over all taps of a
    /// position. Every window lies in the padded map, and all of map, weights and sums have whole blocks.
    #[inline(always)]
    fn blocks_of<const B: usize>(self) {
        let Dims { height: tall, channels, .. } = self.separable.border.padded();
        let (tall, channels) = (tall as usize, channels as usize);
        let [across, down] = &self.separable.kernel;
        let height = down.outputs as usize;
        let taps = |i: usize| (0..down.size as usize).map(move |j| (i * tall + j) * channels);
        let taps: Vec<usize> = (0..across.size as usize).flat_map(taps).collect();
        let weights = &self.separable.depthwise[..taps.len() * channels];
        for (position, sums) in self.sums.chunks_exact_mut(channels).enumerate() {
            let (x, y) = (position / height, position % height);
            let start = (x * across.stride as usize * tall + y * down.stride as usize) * channels;
            for (block, sums) in sums.as_chunks_mut::<B>().0.iter_mut().enumerate() {
                let mut total = [V::default(); B];
                let weights = weights[block * B..].chunks(channels);
                let values = &self.padded[start + block * B..];
                for (&tap, weights) in taps.iter().zip(weights) {
                    let values: &[u8; B] = values[tap..].first_chunk().expect("a window lies in the map");
                    let weights: &[i16; B] = weights.first_chunk().expect("blocks are whole");
                    for lane in 0..B {
                        total[lane] += V::from(weights[lane]) * V::from(i16::from(values[lane]));
                    }
                }
                *sums = total;
            }
        }
    }
}

/// `out[p, f] = sum over c of sums[p, c] * weights[c, f]`, for layers whose sums are so large that 16 or 32 bits do not hold them.
fn multiply_wide<A: Accumulator>(sums: &[A], weights: &[i8], filters: usize, out: &mut [A]) {
    let channels = weights.len() / filters;
    for (sums, out) in sums.chunks_exact(channels).zip(out.chunks_exact_mut(filters)) {
        out.fill(A::default());
        for (sum, weights) in sums.iter().zip(weights.chunks_exact(filters)) {
            for (out, weight) in out.iter_mut().zip(weights) {
                *out += *sum * A::from(i16::from(*weight));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_widths_agree() {
        let input = Dims { width: 3, height: 3, channels: 20 };
        let kernel = [Span { size: 3, stride: 1, pad: 1, outputs: 3 }; 2];
        let map: Vec<u8> = (0..input.len()).map(|i| (i * 7 % 16) as u8).collect();
        for filters in [5, 20, 70] {
            let separable = |largest_sum, narrow| {
                let depthwise = |x: usize, y: usize, c: usize| ((x * 31 + y * 17 + c * 5) % 255) as i8;
                let pointwise = |c: usize, n: usize| ((c * 13 + n * 3) % 255) as i8;
                Separable::new(input, kernel, filters, largest_sum, narrow, depthwise, pointwise)
            };
            let mut expected = vec![0i64; 9 * filters];
            separable(u64::MAX, false).run_wide(&map, &mut DepthwiseSums::default(), &mut expected);
            let mut wide = vec![0i32; expected.len()];
            separable(u64::MAX, true).run_wide(&map, &mut DepthwiseSums::default(), &mut wide);
            let short = separable(15 * 127 * 9, true);
            let mut sums = DepthwiseSums::<i32>::default();
            let (laid, sums) = short.lay(&map, &mut sums).expect("sums of 16 bits");
            let mut narrow = vec![0i32; expected.len()];
            // Strips of one column, and of two.
            laid.write(0..1, &mut sums[..laid.scratch()], Results::Potentials(&mut narrow[..3 * filters]));
            laid.write(1..3, &mut sums[laid.scratch()..], Results::Potentials(&mut narrow[3 * filters..]));
            for found in [wide, narrow] {
                assert!(found.iter().zip(&expected).all(|(found, wide)| i64::from(*found) == *wide));
            }
        }
    }
}
