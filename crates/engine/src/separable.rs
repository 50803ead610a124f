//! Depthwise convolution followed by a pointwise one, nothing rounded in between.
//!
//! The rule of docs/numerics.md: no activation and no rounding between the two, so the exact depthwise sums are the inputs of a matrix
//! product with the pointwise weights. Non-zero values are not listed here: depthwise sums are dense, and multiplying zeros in vectors is
//! faster than finding them.

use multiversion::multiversion;

use crate::accumulator::Accumulator;
use crate::convolution::positions_reached;
use crate::nonzeros::count_nonzero;
use crate::packed::{Blocks, Packed};
use crate::window::Window;
use spikemesh_model::{Dims, Span};

/// A separable convolution with its weights packed.
#[derive(Clone, Debug)]
pub struct Separable {
    input: Dims,
    kernel: [Span; 2],
    /// (tap x, tap y, channel).
    depthwise: Vec<i16>,
    /// Rows are channels.
    pointwise: Packed,
    /// True if every depthwise sum fits 16 bits.
    short: bool,
}

/// Depthwise sums of one sample, (w, h, c), in the width the layer needs.
#[derive(Clone, Debug, Default)]
pub struct DepthwiseSums<A> {
    short: Vec<i16>,
    wide: Vec<A>,
}

/// Output positions that share one pass over the pointwise weights.
const POSITIONS: usize = 4;

impl Separable {
    /// `depthwise(tap_x, tap_y, channel)` meets the input at `output * stride - pad + tap`, `pointwise(channel, filter)` the sum
    /// of that channel. No depthwise sum exceeds `largest_sum`.
    pub fn new(
        input: Dims,
        kernel: [Span; 2],
        filters: usize,
        largest_sum: u64,
        depthwise: impl Fn(usize, usize, usize) -> i8,
        pointwise: impl Fn(usize, usize) -> i8,
    ) -> Separable {
        let channels = input.channels as usize;
        let [width, height] = kernel.map(|span| span.size as usize);
        let depthwise = (0..width * height * channels)
            .map(|i| {
                let position = i / channels;
                depthwise(position / height, position % height, i % channels).into()
            })
            .collect();
        Separable {
            input,
            kernel,
            depthwise,
            pointwise: Packed::new(channels, filters, 32, |channel| {
                let pointwise = &pointwise;
                move |filter| pointwise(channel, filter)
            }),
            short: largest_sum <= i16::MAX as u64,
        }
    }

    /// Positions of the result in x and y.
    pub fn outputs(&self) -> [usize; 2] {
        self.kernel.map(|span| span.outputs as usize)
    }

    /// Accumulator of filters.
    pub fn filters(&self) -> usize {
        self.pointwise.filters()
    }

    /// Writes the potentials (w, h, n) over `map` (w, h, c), and leaves the depthwise sums in `sums`.
    pub fn run<A: Accumulator>(&self, map: &[u8], sums: &mut DepthwiseSums<A>, out: &mut [A]) {
        if self.short {
            self.depthwise(map, &mut sums.short);
            self.pointwise(&sums.short, out);
        } else {
            self.depthwise(map, &mut sums.wide);
            self.pointwise(&sums.wide, out);
        }
    }

    /// Depthwise sums (w, h, c), every channel by itself.
    ///
    /// Invariant: `V` holds every sum ([`Separable::new`] was given the largest). One kernel column of one output position is a run of
    /// (y, channel) in map and weights alike, so [`add_products`] goes through both side by side. Positions outside the map are
    /// clipped away by [`Window`] and add nothing.
    fn depthwise<V: Accumulator>(&self, map: &[u8], sums: &mut Vec<V>) {
        let channels = self.input.channels as usize;
        let (wide, tall) = (self.input.width as usize, self.input.height as usize);
        let size_y = self.kernel[1].size as usize;
        let [width, height] = self.outputs();
        sums.clear();
        sums.resize(width * height * channels, V::default());
        let mut sums = sums.chunks_exact_mut(channels);
        for ox in 0..width {
            let x = Window::new(&self.kernel[0], ox, wide);
            for oy in 0..height {
                let y = Window::new(&self.kernel[1], oy, tall);
                let Some(sums) = sums.next() else { return };
                for i in 0..x.len {
                    let values = ((x.first + i) * tall + y.first) * channels;
                    let weights = ((x.tap + i) * size_y + y.tap) * channels;
                    let len = y.len * channels;
                    add_products(&map[values..values + len], &self.depthwise[weights..weights + len], sums);
                }
            }
        }
    }

    fn pointwise<V: Accumulator, A: Accumulator + From<V>>(&self, sums: &[V], out: &mut [A]) {
        match self.pointwise.blocks() {
            Blocks::Of16(blocks) => multiply(blocks, self.pointwise.rows(), sums, self.filters(), out),
            Blocks::Of32(blocks) => multiply(blocks, self.pointwise.rows(), sums, self.filters(), out),
            Blocks::Of64(blocks) => multiply(blocks, self.pointwise.rows(), sums, self.filters(), out),
        }
    }

    /// Depthwise taps that the non-zero inputs reach, and the pointwise synapses that the non-zero sums reach. `sums` is what
    /// [`run`](Self::run) left.
    pub fn operations<A: Accumulator>(
        &self,
        events: impl Iterator<Item = u64>,
        sums: &DepthwiseSums<A>,
    ) -> u64 {
        let active = if self.short { count_nonzero(&sums.short) } else { count_nonzero(&sums.wide) };
        positions_reached(&self.kernel, self.input, events) + (active * self.filters()) as u64
    }
}

/// `sums[c] += values[y, c] * weights[y, c]` over all y.
///
/// All three slices have whole rows of `sums.len()` channels; channels are the lanes of the vector, so there is no sum across lanes.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512vl+avx512dq", "x86_64+avx2"))]
fn add_products<V: Accumulator>(values: &[u8], weights: &[i16], sums: &mut [V]) {
    let channels = sums.len();
    for (values, weights) in values.chunks_exact(channels).zip(weights.chunks_exact(channels)) {
        for ((sum, &value), &weight) in sums.iter_mut().zip(values).zip(weights) {
            *sum += V::from(weight) * V::from(i16::from(value));
        }
    }
}

/// `out[p, f] = sum over c of values[p, c] * weights[c, f]`.
///
/// Invariant: `values` holds whole positions of `rows` channels, `out` as many positions of `filters` sums, and no sum leaves `A`.
///
/// The trick: [`POSITIONS`] positions share one pass over a block's weights, so each weight row is loaded once for four products, and
/// the 4 x B sums stay in registers. Where fewer than four positions are left, the last one is computed again in their place: the loop
/// keeps its constant shape, and `zip` with the shorter `out` drops the copies.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512vl+avx512dq", "x86_64+avx2"))]
fn multiply<V: Accumulator, A: Accumulator + From<V>, const B: usize>(
    blocks: &[[i16; B]],
    rows: usize,
    values: &[V],
    filters: usize,
    out: &mut [A],
) {
    let positions = values.chunks(POSITIONS * rows).zip(out.chunks_mut(POSITIONS * filters));
    for (values, out) in positions {
        // A position that is not there repeats the last one, and its sums are not written.
        let position = |p: usize| {
            let first = (p * rows).min(values.len() - rows);
            &values[first..first + rows]
        };
        let [a, b, c, d] = [0, 1, 2, 3].map(position);
        for (block, weights) in blocks.chunks_exact(rows).enumerate() {
            let mut sums = [[A::default(); B]; POSITIONS];
            for ((((weights, &a), &b), &c), &d) in weights.iter().zip(a).zip(b).zip(c).zip(d) {
                for (sums, value) in sums.iter_mut().zip([a, b, c, d]) {
                    let value = <A as From<V>>::from(value);
                    for (sum, &weight) in sums.iter_mut().zip(weights) {
                        *sum += A::from(weight) * value;
                    }
                }
            }
            let lanes = block * B..filters.min(block * B + B);
            for (sums, out) in sums.iter().zip(out.chunks_exact_mut(filters)) {
                out[lanes.clone()].copy_from_slice(&sums[..lanes.len()]);
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
            let separable = |largest_sum| {
                let depthwise = |x: usize, y: usize, c: usize| ((x * 31 + y * 17 + c * 5) % 255) as i8;
                let pointwise = |c: usize, n: usize| ((c * 13 + n * 3) % 255) as i8;
                Separable::new(input, kernel, filters, largest_sum, depthwise, pointwise)
            };
            let mut expected = vec![0i64; 9 * filters];
            separable(u64::MAX).run(&map, &mut DepthwiseSums::default(), &mut expected);
            for largest_sum in [15 * 127 * 9, u64::MAX] {
                let (mut narrow, mut wide) = (vec![0i32; expected.len()], vec![0i64; expected.len()]);
                separable(largest_sum).run(&map, &mut DepthwiseSums::default(), &mut narrow);
                separable(largest_sum).run(&map, &mut DepthwiseSums::default(), &mut wide);
                assert_eq!(wide, expected, "{filters} filters");
                assert!(narrow.iter().zip(&wide).all(|(narrow, wide)| i64::from(*narrow) == *wide));
            }
        }
    }
}
