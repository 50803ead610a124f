//! Potentials become levels, by comparison.
//!
//! The rule of docs/numerics.md: `level = clamp(ceil((P - T) / (s * 2^(4 - b))), 0, 2^b - 1)`, computed exactly as the number of j in
//! `1 ..= 2^b - 1` with `P >= T + floor((j - 1) * s * 2^(4 - b)) + 1`. Comparing integers needs no division, and rounds nothing.

use crate::accumulator::Accumulator;
use crate::lanes::{BLOCK, InstructionSet, Kernel, Lanes};

/// Comparison points of a layer: a neuron's level is how many of its points its potential reaches.
#[derive(Clone, Debug)]
pub struct Activation<A> {
    set: InstructionSet,
    /// Potentials that are compared with one row of points: whole positions.
    row: usize,
    points: Points<A>,
}

/// One below each point, by number, then neuron: a potential reaches a point if it is larger than that. Neurons are repeated to make rows worth
/// a loop, and rows are filled up to whole blocks.
#[derive(Clone, Debug)]
enum Points<A> {
    /// All lie within 16 bits, and so potentials may be cut to 16 bits before they are compared.
    Short(Vec<i16>),
    /// The same with 32 bits.
    Narrow(Vec<i32>),
    Wide(Vec<A>),
}

/// Shortest row of points: narrow maps compare several positions at once.
const ROW: usize = 64;

/// Comparison points of one neuron, ascending: `threshold + floor((j - 1) * interval) + 1` for `j = 1 ..= 2^bits - 1`, where the
/// interval is `step` at 4 bits and doubles with every bit less.
pub fn comparison_points(threshold: i32, step: f32, bits: u8) -> impl Iterator<Item = i64> {
    let interval = f64::from(step) * f64::from(1u32 << (4 - bits));
    (0..(1u32 << bits) - 1).map(move |j| {
        // Saturates for a step so large that no potential can reach the point.
        let above = (f64::from(j) * interval).floor() as i64;
        above.saturating_add(i64::from(threshold) + 1)
    })
}

impl<A: Accumulator> Activation<A> {
    /// Activation at `bits` of neurons with these thresholds and steps. Potentials must be smaller than the largest `A`, and larger than
    /// the smallest: these stand for points that no or every potential reaches.
    pub fn new(thresholds: &[i32], steps: &[f32], bits: u8) -> Activation<A> {
        let points: Vec<Vec<i64>> = thresholds
            .iter()
            .zip(steps)
            .map(|(&threshold, &step)| comparison_points(threshold, step, bits).collect())
            .collect();
        // Strictly within, so that a potential that is cut lies on the same side of every point.
        let within = |most: i64| points.iter().flatten().all(|point| point.abs() < most);
        let row = points.len() * ROW.div_ceil(points.len().max(1));
        let count = (1 << bits) - 1;
        let points = if within(i16::MAX.into()) {
            Points::Short(rows(&points, row, count))
        } else if within(i32::MAX.into()) {
            Points::Narrow(rows(&points, row, count))
        } else {
            Points::Wide(rows(&points, row, count))
        };
        Activation { set: InstructionSet::best(), row, points }
    }

    /// Writes the level of each potential (positions, neurons).
    pub fn run(&self, potentials: &[A], levels: &mut [u8]) {
        self.set.run(Count { points: &self.points, row: self.row, potentials, levels });
    }
}

/// Rows of points, each filled up to whole blocks.
fn rows<A: Accumulator>(points: &[Vec<i64>], row: usize, count: usize) -> Vec<A> {
    let stride = row.next_multiple_of(BLOCK);
    let point = |i: usize| {
        let (number, neuron) = (i / stride, i % stride % points.len());
        A::saturated(points[neuron][number] - 1)
    };
    if points.is_empty() { Vec::new() } else { (0..count * stride).map(point).collect() }
}

/// Counts the points that each potential reaches.
struct Count<'a, A> {
    points: &'a Points<A>,
    row: usize,
    potentials: &'a [A],
    levels: &'a mut [u8],
}

impl<A: Accumulator> Kernel for Count<'_, A> {
    /// Invariant: rows of potentials begin at neuron 0, so the i-th value of a row meets the i-th point.
    ///
    /// The trick: points ascend, so the level is a count and needs no search; a block of potentials stays in registers and is compared with
    /// its at most 15 points without a branch. A row of points is at least [`ROW`] long: narrow maps have their neurons repeated in it.
    #[inline(always)]
    fn run<L: Lanes>(self, lanes: L) {
        let rows = self.potentials.chunks(self.row).zip(self.levels.chunks_mut(self.row));
        for (potentials, levels) in rows {
            let (blocks, rest) = potentials.as_chunks::<BLOCK>();
            let (level_blocks, rest_levels) = levels.as_chunks_mut::<BLOCK>();
            for (block, (potentials, levels)) in blocks.iter().zip(level_blocks).enumerate() {
                *levels = count(lanes, self.points, self.row, block, potentials);
            }
            if !rest.is_empty() {
                let mut potentials = [A::default(); BLOCK];
                potentials[..rest.len()].copy_from_slice(rest);
                let levels = count(lanes, self.points, self.row, blocks.len(), &potentials);
                rest_levels.copy_from_slice(&levels[..rest.len()]);
            }
        }
    }
}

/// Levels of a block of potentials, which meet block `block` of each row of points.
#[inline(always)]
fn count<A: Accumulator, L: Lanes>(
    lanes: L,
    points: &Points<A>,
    row: usize,
    block: usize,
    potentials: &[A; BLOCK],
) -> [u8; BLOCK] {
    let stride = row.next_multiple_of(BLOCK);
    let first = block * BLOCK;
    // Loops: a closure might not be compiled for the set.
    match points {
        Points::Short(points) => {
            let mut values = [0; BLOCK];
            for lane in 0..BLOCK {
                values[lane] = potentials[lane].cut();
            }
            lanes.count_below(&values, points.get(first..).unwrap_or_default(), stride)
        }
        Points::Narrow(points) => {
            let mut values = [0; BLOCK];
            for lane in 0..BLOCK {
                values[lane] = potentials[lane].cut_to_32();
            }
            lanes.count_below_wide(&values, points.get(first..).unwrap_or_default(), stride)
        }
        Points::Wide(points) => {
            let mut counts = [0; BLOCK];
            for points in points.chunks_exact(stride) {
                for ((count, potential), below) in counts.iter_mut().zip(potentials).zip(&points[first..]) {
                    *count += u8::from(potential > below);
                }
            }
            counts
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(threshold: i32, step: f32, bits: u8) -> Vec<i64> {
        comparison_points(threshold, step, bits).collect()
    }

    #[test]
    fn comparison_points_of_the_documented_example() {
        assert_eq!(points(10, 2.5, 1), [11]);
        assert_eq!(points(10, 2.5, 2), [11, 21, 31]);
        assert_eq!(points(10, 2.5, 3), [11, 16, 21, 26, 31, 36, 41]);
        assert_eq!(points(10, 2.5, 4), [11, 13, 16, 18, 21, 23, 26, 28, 31, 33, 36, 38, 41, 43, 46]);
    }

    #[test]
    fn a_level_is_the_ceiling_of_the_intervals_passed() {
        let activation = Activation::<i32>::new(&[10, -3], &[2.5, 0.25], 4);
        for potential in -10i32..60 {
            let mut levels = [0; 2];
            activation.run(&[potential, potential], &mut levels);
            for (level, (threshold, step)) in levels.into_iter().zip([(10, 2.5), (-3, 0.25)]) {
                let exact = (f64::from(potential - threshold) / step).ceil().clamp(0.0, 15.0);
                assert_eq!(f64::from(level), exact, "potential {potential}, threshold {threshold}");
            }
        }
    }

    #[test]
    fn points_beyond_the_range_are_never_or_always_reached() {
        let activation = Activation::<i32>::new(&[i32::MAX, i32::MIN, 0], &[1.0, 1.0, f32::MAX], 4);
        let mut levels = [0; 3];
        activation.run(&[i32::MAX - 1; 3], &mut levels);
        assert_eq!(levels, [0, 15, 1]);
        let wide = Activation::<i64>::new(&[i32::MAX], &[1.0], 1);
        let mut level = [0];
        wide.run(&[i64::from(i32::MAX) + 1], &mut level);
        assert_eq!(level, [1]);
    }

    /// Potentials are cut where all points lie within: neurons with points outside make their layer compare in more bits.
    #[test]
    fn cut_potentials_keep_their_levels() {
        let thresholds = [0, -100, 31_000, -32_000, 7];
        let steps = [1.5, 0.25, 40.0, 3.0, 1000.0];
        let with = |thresholds_more: &[i32]| {
            let steps = [&steps[..], &vec![1.0; thresholds_more.len()]].concat();
            Activation::<i64>::new(&[&thresholds[..], thresholds_more].concat(), &steps, 4)
        };
        let activations = [with(&[]), with(&[40_000]), with(&[i32::MAX])];
        assert!(matches!(
            activations.each_ref().map(|activation| &activation.points),
            [Points::Short(_), Points::Narrow(_), Points::Wide(_)]
        ));
        let edges =
            [i64::MIN, i32::MIN.into(), -32_769, -32_768, 32_767, 32_768, i32::MAX.into(), i64::MAX - 1];
        for potential in (-70_000..70_000).step_by(61).chain(edges) {
            let levels = activations.each_ref().map(|activation| {
                // An odd number of positions, so that blocks are cut.
                let neurons = thresholds.len() + usize::from(!matches!(activation.points, Points::Short(_)));
                let mut levels = vec![99; 21 * neurons];
                activation.run(&vec![potential; levels.len()], &mut levels);
                levels
                    .chunks(neurons)
                    .flat_map(|levels| levels[..thresholds.len()].to_vec())
                    .collect::<Vec<u8>>()
            });
            assert_eq!(levels[0], levels[2], "potential {potential}");
            assert_eq!(levels[1], levels[2], "potential {potential}");
            for (level, (threshold, step)) in levels[2].iter().zip(thresholds.iter().zip(steps)) {
                let exact =
                    ((potential as f64 - f64::from(*threshold)) / f64::from(step)).ceil().clamp(0.0, 15.0);
                assert_eq!(f64::from(*level), exact, "potential {potential}, threshold {threshold}");
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn every_instruction_set_counts_alike(
            values in proptest::array::uniform32(-40i16..40),
            rows in proptest::collection::vec(-40i16..40, 40 * 15),
        ) {
            struct Both<'a>(&'a [i16; BLOCK], &'a [i16], &'a mut Vec<[u8; BLOCK]>);
            impl Kernel for Both<'_> {
                #[inline(always)]
                fn run<L: Lanes>(self, lanes: L) {
                    let rows: Vec<i32> = self.1.iter().map(|&row| i32::from(row) << 12).collect();
                    self.2.push(lanes.count_below(self.0, self.1, 40));
                    self.2.push(lanes.count_below_wide(&self.0.map(|value| i32::from(value) << 12), &rows, 40));
                }
            }
            let mut counts = Vec::new();
            for set in InstructionSet::all() {
                set.run(Both(&values, &rows, &mut counts));
            }
            proptest::prop_assert!(counts.iter().all(|count| *count == counts[0]));
            let first = rows.chunks(40).filter(|row| values[0] > row[0]).count();
            proptest::prop_assert_eq!(usize::from(counts[0][0]), first);
        }
    }
}
