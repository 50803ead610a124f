//! A neuron's comparison points as one line: `level = potential * slope + offset`, cut to an integer and to the levels there are.
//!
//! Points lie at nearly equal distances, so a line can rise by one level between each point and the number before it. Which line does is not
//! derived but tried out: [`fit`] evaluates it on both sides of every point, with the roundings that the kernels have. Each of these keeps the
//! order of potentials, so what holds at the points holds everywhere.

use crate::lanes::on_line;

/// Values on a line stay within this, far from where they would leave 32 bits.
const FAR: f32 = (1 << 30) as f32;
/// The shortest distance of points that a line is tried with: below it, all levels begin at the same potential.
const SHORTEST: f64 = 1.0 / 16.0;

/// The distance of comparison points: `step` at 4 bits, and twice as much with every bit less.
pub fn interval(step: f32, bits: u8) -> f64 {
    f64::from(step) * f64::from(1u32 << (4 - bits))
}

/// Comparison points of one neuron, ascending: `threshold + floor((j - 1) * interval) + 1` for `j = 1 ..= 2^bits - 1`.
pub fn comparison_points(threshold: i32, step: f32, bits: u8) -> impl Iterator<Item = i64> {
    let interval = interval(step, bits);
    (0..(1u32 << bits) - 1).map(move |j| {
        // Saturates for a step so large that no potential can reach the point.
        let above = (f64::from(j) * interval).floor() as i64;
        above.saturating_add(i64::from(threshold) + 1)
    })
}

/// Slope and offset of the line on which a potential reaches level j if and only if it is at least the j-th of `points`, which ascend at
/// distances of about `interval`; no potential exceeds `bound`. `None` if 32 bits are not precise enough for it, or a point lies beyond 32 bits.
pub fn fit(points: &[i64], interval: f64, bound: i32) -> Option<(f32, f32)> {
    let within = |point: &i64| *point > i32::MIN.into() && *point < i32::MAX.into();
    if !points.iter().all(within) {
        return None;
    }
    through(points, interval.max(SHORTEST), bound).or_else(|| {
        // The line that is farthest from going wrong is parallel to one through two of the points.
        let pairs = (0..points.len()).flat_map(|i| (i + 1..points.len()).map(move |j| (i, j)));
        let intervals = pairs.map(|(i, j)| (points[j] - points[i]) as f64 / (j - i) as f64);
        let margin = |interval: &f64| {
            let (below, above) = crossing(points, *interval);
            above - below
        };
        through(points, intervals.max_by(|a, b| margin(a).total_cmp(&margin(b)))?, bound)
    })
}

/// A line that rises a level in `interval` reaches level 1 in between these two.
fn crossing(points: &[i64], interval: f64) -> (f64, f64) {
    let first = points.iter().enumerate().map(|(j, point)| *point as f64 - j as f64 * interval);
    first.fold((f64::MIN, f64::MAX), |(below, above), first| (below.max(first - 1.0), above.min(first)))
}

/// The line in the middle of what `interval` allows, if it holds.
fn through(points: &[i64], interval: f64, bound: i32) -> Option<(f32, f32)> {
    let (below, above) = crossing(points, interval);
    let slope = (1.0 / interval) as f32;
    let offset = (1.0 - (below + above) / 2.0 / interval) as f32;
    let near = |potential: i32| (potential as f32 * slope + offset).abs() < FAR;
    let holds = slope >= 0.0
        && near(-bound)
        && near(bound)
        && (1..).zip(points).all(|(level, &point)| {
            let point = point as i32;
            on_line(point, slope, offset) >= level && on_line(point - 1, slope, offset) < level
        });
    holds.then_some((slope, offset))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn level(points: &[i64], potential: i32) -> i32 {
        points.iter().filter(|point| i64::from(potential) >= **point).count() as i32
    }

    proptest! {
        /// Potentials on both sides of points, anywhere, and at the ends.
        #[test]
        fn a_line_gives_the_level_of_every_potential(
            threshold in -70_000i32..70_000,
            step in prop_oneof![0.0f32..4.0, 4.0f32..3000.0],
            bits in 1u8..=4,
            some in prop::collection::vec(any::<i32>(), 50),
        ) {
            let points: Vec<i64> = comparison_points(threshold, step, bits).collect();
            // At steps near 0 values on the line grow faster than potentials.
            let bound = if step < 4.0 { 1 << 25 } else { i32::MAX };
            let line = fit(&points, interval(step, bits), bound);
            // Where potentials are not large against the distance of points, there is one.
            prop_assert!(line.is_some() || threshold.unsigned_abs() as f32 > 100.0 * step.max(1.0));
            if let Some((slope, offset)) = line {
                let near = points.iter().flat_map(|&point| point - 3..point + 3).map(|near| near as i32);
                let shifted = some.iter().map(|some| some >> 12);
                for potential in near.chain(some.iter().copied()).chain(shifted).chain([-bound, bound]) {
                    let potential = potential.clamp(-bound, bound);
                    let found = on_line(potential, slope, offset).clamp(0, points.len() as i32);
                    prop_assert_eq!(found, level(&points, potential), "potential {}", potential);
                }
            }
        }
    }

    /// Fractions that leave the step itself nearly no room: another slope is found.
    #[test]
    fn another_slope_is_tried() {
        let step = 500.0 + 13.999 / 14.0;
        let points: Vec<i64> = comparison_points(-3000, step, 4).collect();
        assert_eq!(through(&points, step.into(), i32::MAX), None);
        assert!(fit(&points, step.into(), i32::MAX).is_some());
    }

    #[test]
    fn what_32_bits_do_not_hold_has_no_line() {
        let points = |threshold, step| comparison_points(threshold, step, 4).collect::<Vec<_>>();
        assert_eq!(fit(&points(0, f32::MAX), f32::MAX.into(), i32::MAX), None);
        assert_eq!(fit(&points(i32::MAX - 3, 1.0), 1.0, i32::MAX), None);
        assert_eq!(fit(&points(2_000_000_001, 1.5), 1.5, i32::MAX), None);
    }
}
