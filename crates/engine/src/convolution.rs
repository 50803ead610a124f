//! Convolution over a map: dense where the map is, otherwise over its non-zero values.
//!
//! The rule is the first step of docs/numerics.md: `P[o] = sum over i of x[o * stride - pad + i] * K[k - 1 - i]` per axis, with kernels
//! stored flipped. Whoever makes a [`Convolution`] turns the kernel over (or not, for the correlation of pixels), so that in here tap i
//! simply meets position `o * stride - pad + i`.

use crate::accumulator::Accumulator;
use crate::dense::{Dense, LaidMap, PaddedMap};
use crate::events::Events;
use crate::instruction_set::InstructionSet;
use crate::nonzeros::{Nonzeros, count_nonzero};
use crate::packed::Packed;
use crate::reached::Reach;
use spikemesh_model::{Dims, Span};

/// A convolution with its weights packed. Weight rows are (tap x, tap y, channel), in the order of the map.
#[derive(Clone, Debug)]
pub struct Convolution {
    set: InstructionSet,
    input: Dims,
    kernel: [Span; 2],
    reach: Reach,
    weights: Packed,
    /// Products that surely fit a sum in 16 bits.
    short: usize,
    /// The way for maps that are not sparse.
    dense: Option<Dense>,
}

/// A map that is ready to be convolved.
pub enum Laid<'a> {
    /// With its border.
    Dense(LaidMap<'a>),
    /// As a list of its values.
    Events(Events<'a>),
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
        let weights = Packed::new(width * height * channels, filters, |row| {
            let position = row / channels;
            let (x, y, channel) = (position / height, position % height, row % channels);
            move |filter| weight(x, y, channel, filter)
        });
        let product = u64::from(max_input) * u64::from(weights.largest());
        let short = (i16::MAX as u64 / product.max(1)) as usize;
        let reach = Reach::new(&kernel, input);
        Convolution { set: InstructionSet::best(), input, kernel, reach, weights, short, dense }
    }

    /// Positions of the result in x and y.
    pub fn outputs(&self) -> [usize; 2] {
        self.kernel.map(|span| span.outputs as usize)
    }

    /// Accumulator of filters.
    pub fn filters(&self) -> usize {
        self.weights.filters()
    }

    /// Makes `map` (w, h, c) ready to be convolved in 32 bits.
    pub fn lay<'a>(&'a self, map: &[u8], scratch: &'a mut ConvolutionScratch) -> Laid<'a> {
        let events = |map| count_nonzero(map) * self.weights.blocks().len() * self.set.event();
        match self.dense.as_ref().filter(|dense| dense.groups(map.len()) < events(map)) {
            Some(dense) => Laid::Dense(dense.lay(map, &mut scratch.padded)),
            None => Laid::Events(self.events(map, &mut scratch.nonzeros)),
        }
    }

    /// Writes the potentials (w, h, n) of `map` (w, h, c) over its non-zero values, in any width; the sums are those of the dense way.
    pub fn run<A: Accumulator>(&self, map: &[u8], scratch: &mut ConvolutionScratch, out: &mut [A]) {
        let [width, _] = self.outputs();
        self.events(map, &mut scratch.nonzeros).write_potentials(0..width, out);
    }

    fn events<'a>(&'a self, map: &[u8], nonzeros: &'a mut Nonzeros) -> Events<'a> {
        nonzeros.fill(self.set, map, self.input);
        let Convolution { set, input, kernel, weights, short, .. } = self;
        Events { set: *set, input: *input, kernel, weights, short: *short, nonzeros }
    }

    /// Events of `map`, and the synapses that they reach.
    pub fn operations(&self, map: &[u8]) -> (u64, u64) {
        let (events, reached) = self.reach.count(map);
        (events, reached * self.filters() as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activation::Activation;
    use crate::results::Results;
    use crate::strips::Columns;

    /// 16 bit runs, the 32 bit and the 64 bit sums, and the dense way, with every instruction set, are ways to the same numbers.
    #[test]
    fn all_ways_agree() {
        let input = Dims { width: 5, height: 4, channels: 6 };
        let kernel = [3, 4].map(|size| Span { size, stride: 1, pad: 1, outputs: 3 });
        let map: Vec<u8> = (0..input.len()).map(|i| (i * 7 % 16) as u8).collect();
        for filters in [5, 20, 70, 130] {
            let weight = |x: usize, y: usize, c: usize, n: usize| ((x * 31 + y * 17 + c * 5 + n) % 255) as i8;
            let mut expected = vec![0i64; 9 * filters];
            for (i, expected) in expected.iter_mut().enumerate() {
                let [x, y, n] = [i / filters / 3, i / filters % 3, i % filters];
                for (tap, c) in (0..12).flat_map(|tap| (0..6).map(move |c| (tap, c))) {
                    let [i, j] = [tap / 4, tap % 4];
                    let inside = (1..=5).contains(&(x + i)) && (1..=4).contains(&(y + j));
                    let value = if inside { map[((x + i - 1) * 4 + y + j - 1) * 6 + c] } else { 0 };
                    *expected += i64::from(value) * i64::from(weight(i, j, c, n));
                }
            }
            let bound = expected.iter().map(|sum| sum.unsigned_abs()).max().unwrap_or(0);
            let activation = Activation::new(&vec![10; filters], &vec![30.5; filters], 4, bound);
            let mut levels = vec![0; expected.len()];
            activation.run(&expected, &mut levels);
            let activation = Activation::<i32>::new(&vec![10; filters], &vec![30.5; filters], 4, bound);
            let lines = activation.lines().expect("lines for small sums");
            // A larger bound on the input only shortens the runs; above 32 there are none.
            for max_input in [15, 32, 255] {
                let mut convolution = Convolution::new(input, kernel, filters, max_input, weight);
                for set in InstructionSet::all() {
                    convolution.set = set;
                    let what = format!("{filters} filters, inputs up to {max_input}, {set:?}");
                    let mut scratch = ConvolutionScratch::default();
                    let (mut narrow, mut wide) = (vec![-1i32; expected.len()], vec![-1i64; expected.len()]);
                    convolution.run(&map, &mut scratch, &mut narrow);
                    convolution.run(&map, &mut scratch, &mut wide);
                    assert_eq!(wide, expected, "{what}");
                    assert!(narrow.iter().zip(&wide).all(|(narrow, wide)| i64::from(*narrow) == *wide));
                    let mut found = vec![99; expected.len()];
                    let events = convolution.events(&map, &mut scratch.nonzeros);
                    // Strips of one column, and of two.
                    let (first, rest) = found.split_at_mut(3 * filters);
                    events.write(0..1, &mut [], Results::Levels(lines, first));
                    events.write(1..3, &mut [], Results::Levels(lines, rest));
                    assert_eq!(found, levels, "{what}");
                }
                let mut scratch = ConvolutionScratch::default();
                let dense = convolution.dense.as_ref().expect("nine windows");
                let laid = dense.lay(&map, &mut scratch.padded);
                let mut dense = vec![-1; expected.len()];
                let (first, rest) = dense.split_at_mut(3 * filters);
                laid.write(0..1, &mut [], Results::Potentials(first));
                laid.write(1..3, &mut [], Results::Potentials(rest));
                assert!(dense.iter().zip(&expected).all(|(dense, sum)| i64::from(*dense) == *sum));
            }
        }
    }
}
