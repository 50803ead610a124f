//! Depthwise convolution followed by a pointwise one, nothing rounded in between.
//!
//! The rule of docs/numerics.md: no activation and no rounding between the two, so the exact depthwise sums are the inputs of a matrix
//! product with the pointwise weights. Non-zero values are not listed here: depthwise sums are dense, and multiplying zeros in vectors is
//! faster than finding them.

use std::ops::Range;

use crate::accumulator::Accumulator;
use crate::border::Border;
use crate::depthwise::Depthwise;
use crate::instruction_set::InstructionSet;
use crate::nonzeros::count_nonzero;
use crate::reached::Reach;
use crate::results::Results;
use crate::strips::Columns;
use crate::tile::{self, OfWords, Panels, Windows};
use spikemesh_model::{Dims, Span};

/// A separable convolution with its weights packed.
#[derive(Clone, Debug)]
pub struct Separable {
    kernel: [Span; 2],
    filters: usize,
    border: Border,
    reach: Reach,
    weights: Weights,
}

/// For depthwise sums of 16 bits or wider ones.
#[derive(Clone, Debug)]
enum Weights {
    Short(Short),
    /// (tap x, tap y, channel), channels filled up, and (channel, filter).
    Wide {
        depthwise: Vec<i16>,
        pointwise: Vec<i8>,
    },
}

#[derive(Clone, Debug)]
struct Short {
    set: InstructionSet,
    depthwise: Depthwise,
    pointwise: Panels<OfWords>,
}

/// Depthwise sums of one sample, (w, h, c), channels filled up, in the width the layer needs; and the map with its border.
#[derive(Clone, Debug, Default)]
pub struct DepthwiseSums<A> {
    padded: Vec<u8>,
    short: Vec<i16>,
    wide: Vec<A>,
}

/// Maps have their channels filled up to a multiple of this.
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
        let height = kernel[1].size as usize;
        let (channels, filled) = (input.channels as usize, border.padded().channels as usize);
        let depthwise = |x: usize, y: usize, channel: usize| {
            if channel < channels { depthwise(x, y, channel) } else { 0 }
        };
        let pointwise =
            |channel: usize, filter: usize| if channel < channels { pointwise(channel, filter) } else { 0 };
        let weights = if narrow && largest_sum <= i16::MAX as u64 {
            Weights::Short(Short {
                set: InstructionSet::best(),
                depthwise: Depthwise::new(border.padded(), &kernel, depthwise),
                pointwise: Panels::new(filled, filters, largest_sum, pointwise),
            })
        } else {
            let taps = height * kernel[0].size as usize;
            let tap = |i: usize| depthwise(i / filled / height, i / filled % height, i % filled).into();
            Weights::Wide {
                depthwise: (0..taps * filled).map(tap).collect(),
                pointwise: (0..filled * filters).map(|i| pointwise(i / filters, i % filters)).collect(),
            }
        };
        Separable { kernel, filters, border, reach: Reach::new(&kernel, input), weights }
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
        let Weights::Wide { depthwise, pointwise } = &self.weights else {
            panic!("sums of 16 bits are laid out")
        };
        self.border.write(map, 0, &mut sums.padded);
        self.resize(&mut sums.wide);
        self.sum_wide(depthwise, &sums.padded, &mut sums.wide);
        multiply_wide(&sums.wide, pointwise, self.filters, out);
    }

    /// Writes the border of `map` out, if depthwise sums fit 16 bits; and the memory for these.
    pub fn lay<'a, A>(
        &'a self,
        map: &[u8],
        sums: &'a mut DepthwiseSums<A>,
    ) -> Option<(LaidSeparable<'a>, &'a mut [i16])> {
        let Weights::Short(weights) = &self.weights else { return None };
        self.border.write(map, 0, &mut sums.padded);
        sums.padded.resize(self.border.padded().len() + Depthwise::SLACK, 0);
        self.resize(&mut sums.short);
        Some((LaidSeparable { separable: self, weights, padded: &sums.padded }, &mut sums.short))
    }

    fn resize<V: Copy + Default>(&self, sums: &mut Vec<V>) {
        let [width, height] = self.outputs();
        sums.resize(width * height * self.border.padded().channels as usize, V::default());
    }

    /// Depthwise sums (w, h, c) of a padded map, for layers whose sums 16 bits do not hold.
    fn sum_wide<A: Accumulator>(&self, weights: &[i16], padded: &[u8], sums: &mut [A]) {
        let Dims { height: tall, channels, .. } = self.border.padded();
        let (tall, channels) = (tall as usize, channels as usize);
        let [across, down] = &self.kernel;
        let height = down.outputs as usize;
        for (position, sums) in sums.chunks_exact_mut(channels).enumerate() {
            let [x, y] =
                [position / height * across.stride as usize, position % height * down.stride as usize];
            sums.fill(A::default());
            for (tap, weights) in weights.chunks_exact(channels).enumerate() {
                let [i, j] = [tap / down.size as usize, tap % down.size as usize];
                let values = &padded[((x + i) * tall + y + j) * channels..];
                for ((sum, &weight), &value) in sums.iter_mut().zip(weights).zip(values) {
                    *sum += A::from(weight) * A::from(i16::from(value));
                }
            }
        }
    }

    /// Events of `map`, and the depthwise taps that they reach plus the pointwise synapses that the non-zero sums reach; `sums` is what
    /// [`run`](Self::run) left.
    pub fn operations<A: Accumulator>(&self, map: &[u8], sums: &DepthwiseSums<A>) -> (u64, u64) {
        let active = match self.weights {
            Weights::Short(_) => count_nonzero(&sums.short),
            Weights::Wide { .. } => count_nonzero(&sums.wide),
        };
        let (events, reached) = self.reach.count(map);
        (events, reached + (active * self.filters()) as u64)
    }
}

/// A map with its border, to be convolved in 16 bits.
pub struct LaidSeparable<'a> {
    separable: &'a Separable,
    weights: &'a Short,
    padded: &'a [u8],
}

impl Columns for LaidSeparable<'_> {
    fn shape(&self) -> [usize; 3] {
        let [width, height] = self.separable.outputs();
        [width, height, self.separable.filters]
    }

    /// Depthwise sums.
    fn scratch(&self) -> usize {
        self.weights.depthwise.column()
    }

    fn weight_bytes(&self) -> usize {
        self.weights.pointwise.bytes()
    }

    fn products(&self) -> usize {
        let [width, height] = self.separable.outputs();
        width * height * self.weights.pointwise.products()
    }

    fn write(&self, columns: Range<usize>, sums: &mut [i16], results: Results<'_>) {
        let Short { set, depthwise, pointwise } = self.weights;
        depthwise.run(*set, self.padded, columns.start, sums);
        let channels = self.separable.border.padded().channels as usize;
        let windows = Windows {
            map: &*sums,
            count: [1, sums.len() / channels],
            step: [0, channels],
            columns: 1,
            column_stride: 0,
        };
        tile::multiply(*set, &windows, pointwise, results);
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
