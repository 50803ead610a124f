//! Convolution over the values of a map that are not zero, each of which adds its row of weights to all filters at once: for sparse maps.
//!
//! The layout makes it one loop: a map is (x, y, channel), and weight rows are (tap x, tap y, channel). For one output position and one kernel
//! column, the values under the column are one run of the map, and the rows of weights that they meet are one run of the rows. So the row of a
//! value is its index within its column of the map plus a number that all values of the run share.

use std::ops::Range;

use crate::accumulator::Accumulator;
use crate::activation::Lines;
use crate::instruction_set::InstructionSet;
use crate::lanes::{Kernel, Lanes, QUAD};
use crate::nonzeros::{Nonzero, Nonzeros};
use crate::packed::{BLOCK, Packed};
use crate::results::{Place, Results};
use crate::strips::Columns;
use crate::window::Window;
use spikemesh_model::{Dims, Span};

/// The values of a map, to be convolved.
#[derive(Clone, Copy, Debug)]
pub struct Events<'a> {
    pub set: InstructionSet,
    pub input: Dims,
    pub kernel: &'a [Span; 2],
    pub weights: &'a Packed,
    /// Products of any weight and input that surely fit a sum in 16 bits.
    pub short: usize,
    pub nonzeros: &'a Nonzeros,
}

/// Sums of 16 bits that hold fewer products than this cost more than they save: such products go straight into wide sums.
const SHORTEST: usize = 8;

impl Events<'_> {
    /// Writes the potentials (column, row, filter) of some columns.
    pub fn write_potentials<A: Accumulator>(&self, columns: Range<usize>, out: &mut [A]) {
        self.set.run(Sums { events: *self, columns, sink: Copied { out, filters: self.weights.filters() } });
    }

    fn outputs(&self) -> [usize; 2] {
        [&self.kernel[0], &self.kernel[1]].map(|span| span.outputs as usize)
    }
}

impl Columns for Events<'_> {
    fn shape(&self) -> [usize; 3] {
        let [width, height] = self.outputs();
        [width, height, self.weights.filters()]
    }

    fn scratch(&self) -> usize {
        0
    }

    /// Only some rows are read.
    fn weight_bytes(&self) -> usize {
        0
    }

    fn products(&self) -> usize {
        let taps: u32 = self.kernel.iter().map(|span| span.size.div_ceil(span.stride)).product();
        self.nonzeros.len() * taps as usize * self.weights.filters()
    }

    fn write(&self, columns: Range<usize>, _: &mut [i16], results: Results<'_>) {
        match results {
            Results::Potentials(out) => self.write_potentials(columns, out),
            Results::Levels(lines, levels) => {
                let sink = Levels { lines, levels, filters: self.weights.filters() };
                self.set.run(Sums { events: *self, columns, sink });
            }
        }
    }
}

/// Where the sums of a block of filters go.
trait Sink {
    type Sum: Accumulator;
    fn put<L: Lanes>(&mut self, lanes: L, position: usize, block: usize, sums: &[Self::Sum; BLOCK]);
}

struct Copied<'a, A> {
    out: &'a mut [A],
    filters: usize,
}

impl<A: Accumulator> Sink for Copied<'_, A> {
    type Sum = A;

    #[inline(always)]
    fn put<L: Lanes>(&mut self, _: L, position: usize, block: usize, sums: &[A; BLOCK]) {
        place(position, block, self.filters).put(self.out, 0, 0, sums);
    }
}

struct Levels<'a> {
    lines: &'a Lines,
    levels: &'a mut [u8],
    filters: usize,
}

impl Sink for Levels<'_> {
    type Sum = i32;

    #[inline(always)]
    fn put<L: Lanes>(&mut self, lanes: L, position: usize, block: usize, sums: &[i32; BLOCK]) {
        let levels = self.lines.block(lanes, block, sums);
        place(position, block, self.filters).put(self.levels, 0, 0, &levels);
    }
}

/// Where a block of one position is among the results.
fn place(position: usize, block: usize, filters: usize) -> Place {
    Place { position, count: 1, panel: block * QUAD, filters }
}

struct Sums<'a, S> {
    events: Events<'a>,
    columns: Range<usize>,
    sink: S,
}

impl<S: Sink> Kernel for Sums<'_, S> {
    /// Output positions column by column, x slowest; for a column, what every window sees is listed once, and then blocks of filters go over the
    /// lists one after the other, so that the weights of a block stay in the first cache.
    #[inline(always)]
    fn run<L: Lanes>(mut self, lanes: L) {
        let [_, height] = self.events.outputs();
        let short = self.events.short;
        let mut seen = Seen::default();
        for (column, x) in self.columns.clone().enumerate() {
            self.events.list(x, &mut seen);
            for (block, weights) in self.events.weights.blocks().enumerate() {
                let mut begin = 0;
                for (y, &end) in seen.ends.iter().enumerate() {
                    let pairs = seen.values[begin..end].as_chunks().0;
                    let sums = if short >= SHORTEST {
                        sum_short(lanes, weights, pairs, short / 2)
                    } else {
                        sum_wide(weights, pairs)
                    };
                    self.sink.put(lanes, column * height + y, block, &sums);
                    begin = end;
                }
            }
        }
    }
}

/// The values that the windows of a column see, with the rows of weights that they meet.
#[derive(Default)]
struct Seen {
    /// Longer than what is listed: kept at the longest list. A window's values are whole pairs, the last one with a value of 0.
    values: Vec<Nonzero>,
    /// Where the values of each window end.
    ends: Vec<usize>,
}

impl Events<'_> {
    /// Lists what the windows at `x` see. Padding costs nothing: a [`Window`] is clipped to the map, so that a tap outside lists no value.
    #[inline(always)]
    fn list(&self, x: usize, seen: &mut Seen) {
        let channels = self.input.channels as usize;
        let [wide, tall] = [self.input.width, self.input.height].map(|size| size as usize);
        let [across, down] = self.kernel;
        let x = Window::new(across, x, wide);
        seen.ends.clear();
        let mut end = 0;
        for y in 0..down.outputs as usize {
            let y = Window::new(down, y, tall);
            for i in 0..x.len {
                let values = self.nonzeros.column(x.first + i, y.positions());
                // For windows far from the map's first row the difference is negative; wrapping addition is right all the same.
                let first = ((x.tap + i) * down.size as usize + y.tap) * channels;
                let offset = (first as u32).wrapping_sub((y.first * channels) as u32);
                let room = end + values.len() + 1;
                if seen.values.len() < room {
                    seen.values.resize(2 * room, Nonzero::default());
                }
                for (to, value) in seen.values[end..].iter_mut().zip(values) {
                    *to = value.moved(offset);
                }
                end += values.len();
            }
            if end % 2 == 1 {
                seen.values[end] = Nonzero::default();
                end += 1;
            }
            seen.ends.push(end);
        }
    }
}

/// Sums in 16 bits over runs of pairs, each run then added to the wide sum.
///
/// Invariant: the products of a run fit 16 bits together (`Events::short` is made from the largest weight and input of the layer), so no sum of
/// 16 bits overflows before it is emptied; the layer's accumulator was chosen such that no wide sum does. So the result is the exact integer,
/// whatever the order of the additions.
///
/// The trick: lanes of 16 bits are twice as many as those of 32 bits, two rows are multiplied and added by one instruction, and a block of
/// filters stays in registers for the whole window.
#[inline(always)]
fn sum_short<L: Lanes, A: Accumulator>(
    lanes: L,
    weights: &[[i8; BLOCK]],
    pairs: &[[Nonzero; 2]],
    run: usize,
) -> [A; BLOCK] {
    let mut wide = [A::default(); BLOCK];
    for pairs in pairs.chunks(run) {
        let mut short = lanes.zero_paired();
        for [a, b] in pairs {
            let (rows, values) = ([&weights[a.row()], &weights[b.row()]], [a.value(), b.value()]);
            short = lanes.add_rows(short, rows[0], rows[1], values);
        }
        let short = lanes.store_paired(short);
        for (wide, short) in wide.iter_mut().zip(short) {
            *wide += A::from(short);
        }
    }
    wide
}

/// Every product straight into the wide sum: for weights and inputs so large that a run would be shorter than [`SHORTEST`].
#[inline(always)]
fn sum_wide<A: Accumulator>(weights: &[[i8; BLOCK]], pairs: &[[Nonzero; 2]]) -> [A; BLOCK] {
    let mut wide = [A::default(); BLOCK];
    for value in pairs.as_flattened() {
        let factor = A::from(value.value().into());
        for (wide, &weight) in wide.iter_mut().zip(&weights[value.row()]) {
            *wide += A::from(weight.into()) * factor;
        }
    }
    wide
}
