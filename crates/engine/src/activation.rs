//! Potentials become levels, by comparison.
//!
//! The rule of docs/numerics.md: `level = clamp(ceil((P - T) / (s * 2^(4 - b))), 0, 2^b - 1)`, computed exactly as the number of j in
//! `1 ..= 2^b - 1` with `P >= T + floor((j - 1) * s * 2^(4 - b)) + 1`. Comparing integers needs no division, and rounds nothing.

use multiversion::multiversion;

use crate::accumulator::Accumulator;

/// Comparison points of a layer: a neuron's level is how many of its points its potential reaches.
#[derive(Clone, Debug)]
pub struct Activation<A> {
    /// By point, then neuron; the neurons are repeated to make rows worth a loop.
    points: Vec<A>,
    /// Length of a row.
    row: usize,
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
    /// Activation at `bits` of neurons with these thresholds and steps. Potentials must be smaller than the largest `A`: it
    /// stands for points that no potential reaches.
    pub fn new(thresholds: &[i32], steps: &[f32], bits: u8) -> Activation<A> {
        let points: Vec<Vec<A>> = thresholds
            .iter()
            .zip(steps)
            .map(|(&threshold, &step)| comparison_points(threshold, step, bits).map(A::saturated).collect())
            .collect();
        let row = points.len() * ROW.div_ceil(points.len().max(1));
        let points = (0..(1 << bits) - 1)
            .flat_map(|j| points.iter().map(move |points| points[j]).cycle().take(row))
            .collect();
        Activation { points, row }
    }

    /// Writes the levels of `potentials`, both (w, h, n).
    pub fn run(&self, potentials: &[A], levels: &mut [u8]) {
        levels.fill(0);
        for (potentials, levels) in potentials.chunks(self.row).zip(levels.chunks_mut(self.row)) {
            count_reached(&self.points, self.row, potentials, levels);
        }
    }
}

/// Adds to each level the number of its potential's points, (point, neuron), that are reached.
///
/// Invariant: `potentials` and `levels` begin at neuron 0 and are at most `row` long, and `row` is a multiple of the neurons: so the
/// i-th value meets the i-th point of a row. A level is at most 15, so `u8` cannot overflow.
///
/// The trick: points ascend, so the level is a count and needs no search; for each of at most 15 points one pass over a row compares
/// many neurons at once, without a branch. A row of points is at least [`ROW`] long: narrow maps have their neurons repeated in it, so
/// that several positions are compared in one pass.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512vl+avx512dq", "x86_64+avx2"))]
fn count_reached<A: Accumulator>(points: &[A], row: usize, potentials: &[A], levels: &mut [u8]) {
    for points in points.chunks_exact(row) {
        for ((level, potential), point) in levels.iter_mut().zip(potentials).zip(points) {
            *level += u8::from(potential >= point);
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
}
