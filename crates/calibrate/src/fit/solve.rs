//! Robust least squares on relative errors, for constants that are never negative.
//!
//! Each equation says which constants make up a quantity, and what was measured. With r = (predicted - measured) / measured and its tolerance t,
//! the sum over all equations of sqrt(1 + (r / t)^2) is minimised, plus a weak prior that keeps each constant near its start:
//!
//! - an error within its tolerance counts by its square, one far beyond by its size, so a single wrong row cannot pull the constants away;
//! - a constant that no equation contains stays where it starts, and its deviation says so.
//!
//! A prediction is not linear: of units that work at the same time only the slowest counts. Each round takes the units that are slowest with the
//! present constants, which makes the problem linear least squares (iteratively reweighted Gauss-Newton), and the next round looks again.

/// What was measured, and what it charges.
#[derive(Clone, Debug, PartialEq)]
pub struct Equation {
    /// What follows one another, and of each the units that work at the same time: the one that charges most counts.
    pub stages: Vec<Vec<Vec<(usize, f64)>>>,
    /// What is charged in addition, whichever units are slowest.
    pub common: Vec<(usize, f64)>,
    /// The measured value.
    pub measured: f64,
    /// How far it may be off, as a fraction.
    pub tolerance: f64,
}

/// A constant before the fit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prior {
    /// Where it starts, and is weakly held.
    pub value: f64,
    /// It may move.
    pub free: bool,
}

/// The constants that fit best.
#[derive(Clone, Debug, PartialEq)]
pub struct Solution {
    /// The constants.
    pub values: Vec<f64>,
    /// How well each is determined: a standard deviation, in units of its [`Prior::scale`]. [`UNDETERMINED`] is not at all.
    pub deviations: Vec<f64>,
}

/// How firmly a constant is held where it starts: with a deviation of [`UNDETERMINED`] of its scale.
const HELD: f64 = 1.0 / (UNDETERMINED * UNDETERMINED);

/// The deviation, in units of its scale, of a constant that no equation speaks of.
pub const UNDETERMINED: f64 = 3.0;

impl Prior {
    /// What moves of it are measured by: its value, or 1 if that is smaller.
    pub fn scale(&self) -> f64 {
        self.value.max(1.0)
    }
}

/// Rounds of weighing: more change nothing in the third decimal of any constant.
const ROUNDS: usize = 100;

fn sum(terms: &[(usize, f64)], values: &[f64]) -> f64 {
    terms.iter().map(|&(constant, count)| values[constant] * count).sum()
}

impl Equation {
    /// What it comes to.
    pub fn predict(&self, values: &[f64]) -> f64 {
        self.slowest(values).map(|unit| sum(unit, values)).sum::<f64>() + sum(&self.common, values)
    }

    fn slowest<'a>(&'a self, values: &[f64]) -> impl Iterator<Item = &'a Vec<(usize, f64)>> {
        let slowest = |units: &'a Vec<Vec<(usize, f64)>>| {
            units.iter().max_by(|a, b| sum(a, values).total_cmp(&sum(b, values)))
        };
        self.stages.iter().filter_map(slowest)
    }

    /// Everything it charges with these values.
    fn terms(&self, values: &[f64]) -> impl Iterator<Item = (usize, f64)> + use<> {
        let terms: Vec<(usize, f64)> = self.slowest(values).flatten().chain(&self.common).copied().collect();
        terms.into_iter()
    }

    /// It charges a constant.
    pub fn charges(&self, constant: usize) -> bool {
        self.stages
            .iter()
            .flatten()
            .flatten()
            .chain(&self.common)
            .any(|&(c, count)| c == constant && count > 0.0)
    }
}

/// Fits the free constants.
///
/// Invariant: no constant is ever negative. In each round, constants that the step would make negative are set to zero and leave the free set of
/// that round, and the step is repeated for the others; the next round starts with all of them again, so one that was set to zero can come back.
pub fn solve(equations: &[Equation], start: &[Prior]) -> Solution {
    let scale: Vec<f64> = start.iter().map(Prior::scale).collect();
    let mut values: Vec<f64> = start.iter().map(|s| s.value).collect();
    let all: Vec<usize> = (0..start.len()).filter(|&c| start[c].free).collect();
    let mut deviations = vec![0.0; start.len()];
    for _ in 0..ROUNDS {
        let mut free = all.clone();
        // One that would be negative is zero for this round, and the others move again.
        loop {
            let (factor, moves) = step(equations, start, &scale, &values, &free);
            let moved = |at: usize| values[free[at]] + moves[at] * scale[free[at]];
            let (kept, negative): (Vec<usize>, Vec<usize>) =
                (0..free.len()).partition(|&at| moved(at) >= 0.0);
            if negative.is_empty() {
                let found: Vec<f64> = kept.iter().map(|&at| moved(at)).collect();
                for (at, &constant) in free.iter().enumerate() {
                    values[constant] = found[at];
                    let unit = (0..free.len()).map(|i| f64::from(u8::from(i == at))).collect();
                    deviations[constant] = substitute(&factor, unit)[at].max(0.0).sqrt();
                }
                break;
            }
            negative.iter().for_each(|&at| values[free[at]] = 0.0);
            free = kept.into_iter().map(|at| free[at]).collect();
        }
    }
    Solution { values, deviations }
}

/// One step from `values`: the factor of the normal equations, and the moves of the free constants in units of their scale.
///
/// An equation has the weight 1 / (t^2 sqrt(1 + (r / t)^2)): the derivative of its term of the sum, divided by r. Scales make a clock of a large
/// constant and one of a small constant comparable. The prior adds [`HELD`] to each diagonal entry, so the matrix is positive definite however few
/// equations there are, and Cholesky needs no pivoting. `free` is ascending, which the binary search relies on.
fn step(
    equations: &[Equation],
    start: &[Prior],
    scale: &[f64],
    values: &[f64],
    free: &[usize],
) -> (Vec<Vec<f64>>, Vec<f64>) {
    let mut matrix = vec![vec![0.0; free.len()]; free.len()];
    let mut right: Vec<f64> = free.iter().map(|&c| HELD * (start[c].value - values[c]) / scale[c]).collect();
    (0..free.len()).for_each(|i| matrix[i][i] = HELD);
    for equation in equations {
        let error = (equation.predict(values) - equation.measured) / equation.measured;
        let off = error / equation.tolerance;
        let weight = 1.0 / (equation.tolerance * equation.tolerance * (1.0 + off * off).sqrt());
        let mut row = vec![0.0; free.len()];
        for (constant, count) in equation.terms(values) {
            if let Ok(at) = free.binary_search(&constant) {
                row[at] += count * scale[constant] / equation.measured;
            }
        }
        for i in 0..free.len() {
            right[i] -= weight * error * row[i];
            (0..free.len()).for_each(|j| matrix[i][j] += weight * row[i] * row[j]);
        }
    }
    let factor = cholesky(matrix);
    let moves = substitute(&factor, right);
    (factor, moves)
}

/// The lower triangle whose product with its transpose is a positive definite matrix.
fn cholesky(mut matrix: Vec<Vec<f64>>) -> Vec<Vec<f64>> {
    for i in 0..matrix.len() {
        for j in 0..=i {
            let inner: f64 = (0..j).map(|k| matrix[i][k] * matrix[j][k]).sum();
            let left = matrix[i][j] - inner;
            // The held constants keep every pivot at `HELD` or more, rounding aside.
            matrix[i][j] = if i == j { left.max(f64::MIN_POSITIVE).sqrt() } else { left / matrix[j][j] };
        }
    }
    matrix
}

/// Solves (L L^T) x = `right` for the lower triangle L.
fn substitute(factor: &[Vec<f64>], mut right: Vec<f64>) -> Vec<f64> {
    for i in 0..right.len() {
        let known: f64 = (0..i).map(|j| factor[i][j] * right[j]).sum();
        right[i] = (right[i] - known) / factor[i][i];
    }
    for i in (0..right.len()).rev() {
        let known: f64 = (i + 1..right.len()).map(|j| factor[j][i] * right[j]).sum();
        right[i] = (right[i] - known) / factor[i][i];
    }
    right
}

#[cfg(test)]
mod tests {
    use super::*;

    fn equation(terms: &[(usize, f64)], measured: f64) -> Equation {
        Equation { stages: vec![vec![terms.to_vec()]], common: Vec::new(), measured, tolerance: 0.01 }
    }

    fn start(values: &[f64]) -> Vec<Prior> {
        values.iter().map(|&value| Prior { value, free: true }).collect()
    }

    #[test]
    fn known_constants_come_back_in_spite_of_an_outlier() {
        let (a, b) = (3.0, 7.0);
        let mut equations: Vec<Equation> = (1..20)
            .map(|i| (f64::from(i), f64::from(i * i % 7)))
            .map(|(x, y)| equation(&[(0, x), (1, y)], a * x + b * y))
            .collect();
        equations[4].measured *= 2.0;
        let found = solve(&equations, &start(&[5.0, 5.0, 4.0]));
        assert!((found.values[0] - a).abs() < 0.05 && (found.values[1] - b).abs() < 0.1, "{found:?}");
        // Nothing speaks of the third.
        assert_eq!(found.values[2], 4.0);
        assert!((found.deviations[2] - UNDETERMINED).abs() < 1e-9 && found.deviations[0] < 0.02, "{found:?}");
    }

    #[test]
    fn the_slowest_unit_counts_and_nothing_is_negative() {
        let two = Equation {
            stages: vec![vec![vec![(0, 10.0), (1, 1.0)], vec![(0, 8.0), (1, 5.0)]]],
            common: vec![(2, 1.0)],
            measured: 53.0,
            tolerance: 0.01,
        };
        let equations = [two.clone(), equation(&[(1, 1.0)], 2.0), equation(&[(2, 1.0), (0, 1.0)], 6.0)];
        // The second unit is the slower one at first.
        let found = solve(&equations, &start(&[1.0, 4.0, 3.0])).values;
        let expected = [5.0, 2.0, 1.0];
        assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 0.1), "{found:?}");
        // A third equation that only a negative constant would meet leaves it at zero.
        let negative = [equation(&[(0, 1.0)], 2.0), equation(&[(0, 1.0), (1, 1.0)], 1.0)];
        let found = solve(&negative, &start(&[1.0, 1.0])).values;
        assert!(found[1] == 0.0 && (1.0..=2.0).contains(&found[0]), "{found:?}");
    }

    #[test]
    fn what_is_not_free_stays() {
        let fixed = [Prior { value: 2.0, free: false }, Prior { value: 1.0, free: true }];
        let found = solve(&[equation(&[(0, 1.0), (1, 1.0)], 8.0)], &fixed).values;
        assert!(found[0] == 2.0 && (found[1] - 6.0).abs() < 0.1, "{found:?}");
    }
}
