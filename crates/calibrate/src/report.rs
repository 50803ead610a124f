//! Rows beside their predictions, and how far apart they are.

use serde::Serialize;

use super::count::CountResult;
use super::layer::LayerResult;
use super::micro::MicroResult;
use super::model::ModelResult;
use spikemesh_mesh::HostSpeed;

/// Layers that took the silicon more clocks than this count in the summary: below, published times are read off bars too coarse to judge by.
pub const LONG_LAYER: u64 = 100_000;

/// What every prediction rests on.
pub fn basis() -> &'static str {
    "calibrated"
}

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

/// Errors of models, and how many rows could not be computed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ModelSummary {
    /// The errors.
    #[serde(flatten)]
    pub errors: Summary,
    /// Rows whose layers are not among the layer rows.
    pub skipped: usize,
}

/// NP totals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct CountSummary {
    /// Rows.
    pub n: usize,
    /// Rows that are exactly as published.
    pub exact: usize,
}

/// All rows.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Rows {
    /// Layers.
    pub layers: Vec<LayerResult>,
    /// Models, their energy included.
    pub models: Vec<ModelResult>,
    /// NP totals.
    pub np_counts: Vec<CountResult>,
    /// Microbenchmarks.
    pub micro: Vec<MicroResult>,
}

/// Everything that `validate` found. Errors are fractions of the published value.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// Clocks of layers above [`LONG_LAYER`].
    pub layers: Summary,
    /// Clocks of models.
    pub models: ModelSummary,
    /// Dynamic energy of models.
    pub energy: Summary,
    /// NP totals.
    pub np_counts: CountSummary,
    /// The rows.
    pub rows: Rows,
    /// How fast this host simulated the layers.
    #[serde(flatten)]
    pub host: HostSpeed,
}

impl Report {
    /// Sums up.
    pub fn new(
        layers: Vec<LayerResult>,
        models: Vec<ModelResult>,
        np_counts: Vec<CountResult>,
        micro: Vec<MicroResult>,
        clock_hz: u64,
    ) -> Report {
        let (clocks, seconds) =
            layers.iter().map(|row| row.simulated).fold((0, 0.0), |sum, row| (sum.0 + row.0, sum.1 + row.1));
        Report {
            host: HostSpeed::new(clocks, seconds, clock_hz),
            layers: Summary::of(layers.iter().filter(|row| row.counted).map(|row| row.error)),
            models: ModelSummary {
                errors: Summary::of(models.iter().filter_map(|row| row.error)),
                skipped: models.iter().filter(|row| row.skipped.is_some()).count(),
            },
            energy: Summary::of(models.iter().filter_map(|row| row.energy_error)),
            np_counts: CountSummary {
                n: np_counts.len(),
                exact: np_counts.iter().filter(|row| row.exact).count(),
            },
            rows: Rows { layers, models, np_counts, micro },
        }
    }

    /// Errors of the microbenchmarks that were computed.
    pub fn micro(&self) -> Summary {
        Summary::of(self.rows.micro.iter().filter_map(|row| row.error))
    }

    /// Errors of the layers that do not count in [`Report::layers`].
    pub fn short_layers(&self) -> Summary {
        Summary::of(self.rows.layers.iter().filter(|row| !row.counted).map(|row| row.error))
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
