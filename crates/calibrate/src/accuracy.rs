//! How far predictions are off.

use serde::Serialize;

/// Layers that took the silicon more clocks than this count in the summary: below, published times are read off bars too coarse to judge by.
pub const LONG_LAYER: u64 = 100_000;

/// (predicted - published) / published.
pub fn error(predicted: f64, published: f64) -> f64 {
    (predicted - published) / published
}

/// Sizes of errors, as fractions; `null` where there is no row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Summary {
    /// Rows.
    pub n: usize,
    /// Half of the rows are within it.
    pub median: Option<f64>,
    /// Nine in ten rows are within it.
    pub p90: Option<f64>,
    /// All rows are within it.
    pub worst: Option<f64>,
}

impl Summary {
    /// Of signed errors.
    pub fn of(errors: impl IntoIterator<Item = f64>) -> Summary {
        let mut sizes: Vec<f64> = errors.into_iter().map(f64::abs).collect();
        sizes.sort_by(f64::total_cmp);
        let n = sizes.len();
        let at = |index: usize| sizes.get(index).copied();
        let median = at(n / 2).zip(at(n.saturating_sub(1) / 2)).map(|(a, b)| 0.5 * (a + b));
        let p90 = (9 * n).div_ceil(10).checked_sub(1).and_then(at);
        Summary { n, median, p90, worst: sizes.last().copied() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_ranked_by_size() {
        let summary = Summary::of([-0.04, 0.01, 0.02, -0.03]);
        let expected = Summary { n: 4, median: Some(0.025), p90: Some(0.04), worst: Some(0.04) };
        assert_eq!(summary, expected);
        assert_eq!(Summary::of((1..=10).map(f64::from)).p90, Some(9.0));
        assert_eq!(Summary::of([]), Summary::default());
    }
}
