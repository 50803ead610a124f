//! Convolution over a map: dense where the map is, otherwise over its non-zero values, each of which adds its row of weights to all filters at
//! once.
//!
//! The rule is the first step of docs/numerics.md: `P[o] = sum over i of x[o * stride - pad + i] * K[k - 1 - i]` per axis, with kernels
//! stored flipped. Whoever makes a [`Convolution`] turns the kernel over (or not, for the correlation of pixels), so that in here tap i
//! simply meets position `o * stride - pad + i`.
//!
//! The layout makes the way over non-zero values one loop: a map is (x, y, channel), and weight rows are (tap x, tap y, channel). For one output position and
//! one kernel column, the values under the column are one run of the map, and the rows of weights that they meet are one run of the
//! rows. So both are found from a single number, the value's index within its column of the map.

use multiversion::multiversion;

use crate::accumulator::Accumulator;
use crate::dense::{Dense, LaidMap, PaddedMap};
use crate::nonzeros::{Nonzero, Nonzeros, count_nonzero};
use crate::packed::{Blocks, Packed};
use crate::reached::count_reached;
use crate::window::Window;
use spikemesh_model::{Dims, Span};

/// A convolution with its weights packed. Weight rows are (tap x, tap y, channel), in the order of the map.
#[derive(Clone, Debug)]
pub struct Convolution {
    input: Dims,
    kernel: [Span; 2],
    weights: Packed,
    /// Products that surely fit a sum in 16 bits.
    short: usize,
    /// The way for maps that are not sparse.
    dense: Option<Dense>,
}

/// The part of one kernel column that lies inside the map.
#[derive(Clone, Debug)]
struct Column<'a> {
    nonzeros: &'a [Nonzero],
    /// The weight row of a value is its row in the map's column plus this, modulo 2^32. For windows far from the map's first row the
    /// difference is negative; wrapping addition is right all the same.
    offset: u32,
}

/// What a convolution needs while it runs.
#[derive(Clone, Debug, Default)]
pub struct ConvolutionScratch {
    /// Non-zero values of the map.
    nonzeros: Nonzeros,
    /// The map with its border.
    pub padded: PaddedMap,
    /// Events as bits, of a layer that learns.
    pub bits: Vec<u64>,
}

/// A map with more than one non-zero value in this many is convolved densely (docs/performance.md has the measurement).
const DENSE: usize = 8;

/// Runs of 16 bit sums that are shorter than this cost more than they save: such products go straight into the wide sum.
const SHORTEST: usize = 8;

impl Convolution {
    /// `weight(tap_x, tap_y, channel, filter)` meets the input at `output * stride - pad + tap`. No input exceeds `max_input`.
    pub fn new(
        input: Dims,
        kernel: [Span; 2],
        filters: usize,
        max_input: u32,
        weight: impl Fn(usize, usize, usize, usize) -> i8,
    ) -> Convolution {
        let channels = input.channels as usize;
        let [width, height] = kernel.map(|span| span.size as usize);
        let weight = &weight;
        // A single window has its weights read once: nothing is gained by reading those of zeros too.
        let dense = kernel.iter().any(|span| span.outputs > 1);
        let dense = dense.then(|| Dense::new(input, kernel, filters, max_input, 0, weight));
        let weights = Packed::new(width * height * channels, filters, 64, |row| {
            let position = row / channels;
            let (x, y, channel) = (position / height, position % height, row % channels);
            move |filter| weight(x, y, channel, filter)
        });
        let product = u64::from(max_input) * u64::from(weights.largest());
        let short = (i16::MAX as u64 / product.max(1)) as usize;
        Convolution { input, kernel, weights, short, dense }
    }

    /// Positions of the result in x and y.
    pub fn outputs(&self) -> [usize; 2] {
        self.kernel.map(|span| span.outputs as usize)
    }

    /// Accumulator of filters.
    pub fn filters(&self) -> usize {
        self.weights.filters()
    }

    /// The map with its border, if it is not sparse: to be convolved densely, in 32 bits.
    pub fn lay<'a>(&'a self, map: &[u8], padded: &'a mut PaddedMap) -> Option<LaidMap<'a>> {
        let dense = self.dense.as_ref().filter(|_| count_nonzero(map) * DENSE > map.len())?;
        Some(dense.lay(map, padded))
    }

    /// Writes the potentials (w, h, n) of `map` (w, h, c) over its non-zero values; the sums are those of the dense way.
    pub fn run<A: Accumulator>(&self, map: &[u8], scratch: &mut ConvolutionScratch, out: &mut [A]) {
        scratch.nonzeros.fill(map, self.input);
        self.run_events(&scratch.nonzeros, out);
    }

    /// The way over non-zero values.
    fn run_events<A: Accumulator>(&self, nonzeros: &Nonzeros, out: &mut [A]) {
        match self.weights.blocks() {
            Blocks::Of16(blocks) => self.run_blocks(blocks, nonzeros, out),
            Blocks::Of32(blocks) => self.run_blocks(blocks, nonzeros, out),
            Blocks::Of64(blocks) => self.run_blocks(blocks, nonzeros, out),
        }
    }

    /// All output positions in the order of the result, x slowest, each for all filters at once.
    ///
    /// Invariant: `out` has one chunk of `filters` sums per output position, and each is written once, whole. Padding costs nothing: a
    /// [`Window`] is clipped to the map, so only taps inside it make a [`Column`], and a position outside contributes no value.
    /// `columns` is allocated once for all positions.
    fn run_blocks<A: Accumulator, const B: usize>(
        &self,
        blocks: &[[i16; B]],
        nonzeros: &Nonzeros,
        out: &mut [A],
    ) {
        let rows = self.weights.rows();
        let channels = self.input.channels as usize;
        let [_, tall] = self.kernel.map(|span| span.size as usize);
        let mut columns = Vec::with_capacity(self.kernel[0].size as usize);
        let [width, height] = self.outputs();
        let mut out = out.chunks_exact_mut(self.filters());
        for ox in 0..width {
            let x = Window::new(&self.kernel[0], ox, self.input.width as usize);
            for oy in 0..height {
                let y = Window::new(&self.kernel[1], oy, self.input.height as usize);
                columns.clear();
                columns.extend((0..x.len).map(|i| {
                    let first = ((x.tap + i) * tall + y.tap) * channels;
                    Column {
                        nonzeros: nonzeros.column(x.first + i, y.positions()),
                        offset: (first as u32).wrapping_sub((y.first * channels) as u32),
                    }
                }));
                let Some(out) = out.next() else { return };
                if self.short >= SHORTEST {
                    sum_short(blocks, rows, &columns, self.short, out);
                } else {
                    sum_wide(blocks, rows, &columns, out);
                }
            }
        }
    }

    /// Events of `map`, and the synapses that they reach.
    pub fn operations(&self, map: &[u8]) -> (u64, u64) {
        let (events, reached) = count_reached(&self.kernel, self.input, map);
        (events, reached * self.filters() as u64)
    }
}

/// One output position: 16 bit sums over runs of at most `run` products, each run then added to the wide sum.
///
/// Invariant: `run` products of any weight and any input of the layer fit 16 bits together (`Convolution::short` is made from the largest
/// of both), so no 16 bit sum overflows before it is emptied; the layer's accumulator was chosen such that no wide sum does. So the
/// result is the exact integer, whatever the order of the additions.
///
/// The trick: 16 bit lanes are twice as many as 32 bit ones in a vector register, and a block of B filters stays in registers for the
/// whole position. `left` counts down over column borders, so that a run is cut only where it is full, not at each column. The last
/// block has weights of 0 for filters that do not exist; `zip` with the shorter `out` drops their sums.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512vl+avx512dq", "x86_64+avx2"))]
fn sum_short<A: Accumulator, const B: usize>(
    blocks: &[[i16; B]],
    rows: usize,
    columns: &[Column<'_>],
    run: usize,
    out: &mut [A],
) {
    for (weights, out) in blocks.chunks_exact(rows).zip(out.chunks_mut(B)) {
        let mut wide = [A::default(); B];
        let mut short = [0i16; B];
        let mut left = run;
        for column in columns {
            let mut nonzeros = column.nonzeros;
            while !nonzeros.is_empty() {
                let (now, later) = nonzeros.split_at(left.min(nonzeros.len()));
                for input in now {
                    let weights = &weights[input.row.wrapping_add(column.offset) as usize];
                    for (sum, weight) in short.iter_mut().zip(weights) {
                        *sum += weight * input.value;
                    }
                }
                left -= now.len();
                nonzeros = later;
                if left == 0 {
                    for (wide, short) in wide.iter_mut().zip(&mut short) {
                        *wide += A::from(std::mem::take(short));
                    }
                    left = run;
                }
            }
        }
        for ((out, wide), short) in out.iter_mut().zip(wide).zip(short) {
            *out = wide + A::from(short);
        }
    }
}

/// One output position, every product straight into the wide sum: for weights and inputs so large that a run in 16 bits would be shorter
/// than [`SHORTEST`]. Same invariant, same blocks as in [`sum_short`].
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512vl+avx512dq", "x86_64+avx2"))]
fn sum_wide<A: Accumulator, const B: usize>(
    blocks: &[[i16; B]],
    rows: usize,
    columns: &[Column<'_>],
    out: &mut [A],
) {
    for (weights, out) in blocks.chunks_exact(rows).zip(out.chunks_mut(B)) {
        let mut sums = [A::default(); B];
        for column in columns {
            for input in column.nonzeros {
                let weights = &weights[input.row.wrapping_add(column.offset) as usize];
                let value = A::from(input.value);
                for (sum, &weight) in sums.iter_mut().zip(weights) {
                    *sum += A::from(weight) * value;
                }
            }
        }
        out.copy_from_slice(&sums[..out.len()]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::Results;
    use crate::strips::Columns;

    /// 16 bit runs, the 32 bit and the 64 bit sums, and the dense way, are four ways to the same numbers.
    #[test]
    fn all_ways_agree() {
        let input = Dims { width: 5, height: 4, channels: 6 };
        let kernel = [3, 4].map(|size| Span { size, stride: 1, pad: 1, outputs: 3 });
        let map: Vec<u8> = (0..input.len()).map(|i| (i * 7 % 16) as u8).collect();
        let mut nonzeros = Nonzeros::default();
        nonzeros.fill(&map, input);
        for filters in [5, 20, 70] {
            let weight = |x: usize, y: usize, c: usize, n: usize| ((x * 31 + y * 17 + c * 5 + n) % 255) as i8;
            // A larger bound on the input only shortens the runs; above 32 there are none.
            let run = |max_input| Convolution::new(input, kernel, filters, max_input, weight);
            let mut expected = vec![0i64; 9 * filters];
            run(255).run_events(&nonzeros, &mut expected);
            for max_input in [15, 32, 255] {
                let (mut narrow, mut wide) = (vec![0i32; expected.len()], vec![0i64; expected.len()]);
                run(max_input).run_events(&nonzeros, &mut narrow);
                run(max_input).run_events(&nonzeros, &mut wide);
                assert_eq!(wide, expected, "{filters} filters, inputs up to {max_input}");
                assert!(narrow.iter().zip(&wide).all(|(narrow, wide)| i64::from(*narrow) == *wide));
                let mut dense = vec![-1; narrow.len()];
                let padded = &mut PaddedMap::default();
                let convolution = run(max_input);
                let laid = convolution.lay(&map, padded).expect("nine windows over a dense map");
                // Strips of one column, and of two.
                laid.write(0..1, &mut [], Results::Potentials(&mut dense[..3 * filters]));
                laid.write(1..3, &mut [], Results::Potentials(&mut dense[3 * filters..]));
                assert_eq!(dense, narrow, "{filters} filters, inputs up to {max_input}");
            }
        }
    }
}
