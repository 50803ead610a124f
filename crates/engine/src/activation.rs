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
        // Strictly within, so that a potential cut to 16 bits lies on the same side of every point.
        let short = points.iter().flatten().all(|point| point.unsigned_abs() < i16::MAX as u64);
        let row = points.len() * ROW.div_ceil(points.len().max(1));
        let count = (1 << bits) - 1;
        let points = if short {
            Points::Short(rows(&points, row, count))
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
    match points {
        Points::Short(points) => {
            // A loop: a closure might not be compiled for the set.
            let mut values = [0; BLOCK];
            for lane in 0..BLOCK {
                values[lane] = potentials[lane].cut();
            }
            lanes.count_below(&values, &points[(block * BLOCK).min(points.len())..], stride)
        }
        Points::Wide(points) => {
            let mut counts = [0; BLOCK];
            for points in points.chunks_exact(stride) {
                let below = &points[block * BLOCK..][..BLOCK];
                for ((count, potential), below) in counts.iter_mut().zip(potentials).zip(below) {
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

    /// Potentials are cut to 16 bits where all points lie within: a neuron with a point outside makes its layer compare in full.
    #[test]
    fn potentials_cut_to_16_bits_keep_their_levels() {
        let thresholds = [0, -100, 31_000, -32_000, 7];
        let steps = [1.5, 0.25, 40.0, 3.0, 1000.0];
        let short = Activation::<i32>::new(&thresholds, &steps, 4);
        let wide =
            Activation::<i32>::new(&[&thresholds[..], &[40_000]].concat(), &[&steps[..], &[1.0]].concat(), 4);
        assert!(matches!(short.points, Points::Short(_)) && matches!(wide.points, Points::Wide(_)));
        for potential in
            (-70_000..70_000).step_by(61).chain([i32::MIN, i32::MAX - 1, 32_767, 32_768, -32_768, -32_769])
        {
            let (mut cut, mut full) = ([0; 5], [0; 6]);
            short.run(&[potential; 5], &mut cut);
            wide.run(&[potential; 6], &mut full);
            assert_eq!(cut, full[..5], "potential {potential}");
        }
    }
}
