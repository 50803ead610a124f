//! Rows with their predictions, and how far apart they are.

use std::fmt::Write as _;

use serde::Serialize;

use crate::accuracy::Summary;
use crate::bound::{BoundResult, BoundSummary};
use crate::count::CountResult;
use crate::layer::LayerResult;
use crate::micro::MicroResult;
use crate::model::ModelResult;
use crate::network_bound::NetworkRecord;
use spikemesh_device::ClaimBasis;
use spikemesh_mesh::HostSpeed;
use spikemesh_words::{plural, share};

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
pub struct ValidationRows {
    /// Layers.
    pub layers: Vec<LayerResult>,
    /// Models, their energy included.
    pub models: Vec<ModelResult>,
    /// NP totals.
    pub np_counts: Vec<CountResult>,
    /// Microbenchmarks.
    pub micro: Vec<MicroResult>,
    /// Bounds.
    pub bounds: Vec<BoundResult>,
}

/// Everything that `validate` found. Errors are fractions of the published value.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ValidationReport {
    /// Clocks of layers above [`LONG_LAYER`].
    pub layers: Summary,
    /// Clocks of models.
    pub models: ModelSummary,
    /// Dynamic energy of models.
    pub energy: Summary,
    /// What the models say of the energy of the network.
    pub network: NetworkRecord,
    /// NP totals.
    pub np_counts: CountSummary,
    /// Published bounds.
    pub bounds: BoundSummary,
    /// The rows.
    pub rows: ValidationRows,
    /// How fast this host simulated the layers.
    #[serde(flatten)]
    pub host: HostSpeed,
}

impl ValidationReport {
    /// What the predictions rest on, as a sentence: layers whose constants are not those of the measurements are counted.
    pub fn basis(&self) -> String {
        let assumed = self.rows.layers.iter().filter(|row| row.basis == ClaimBasis::Assumed).count();
        match assumed {
            0 => "Every prediction rests on constants of the device files that were fitted to most of these rows.".to_owned(),
            assumed => format!(
                "{assumed} of {} predictions of layers rest on constants that are changed or assumed: they are not calibrated.",
                self.rows.layers.len()
            ),
        }
    }

    /// Sums up.
    pub fn new(
        layers: Vec<LayerResult>,
        (mut models, network): (Vec<ModelResult>, NetworkRecord),
        np_counts: Vec<CountResult>,
        micro: Vec<MicroResult>,
        bounds: Vec<BoundResult>,
        clock_hz: u64,
    ) -> ValidationReport {
        for row in &mut models {
            row.network_share_at_most = row.network_share.and_then(|share| network.share_at_most(share));
        }
        let (clocks, seconds) =
            layers.iter().map(|row| row.simulated).fold((0, 0.0), |sum, row| (sum.0 + row.0, sum.1 + row.1));
        ValidationReport {
            host: HostSpeed::new(clocks, seconds, clock_hz),
            layers: Summary::of(layers.iter().filter(|row| row.counted).map(|row| row.error)),
            models: ModelSummary {
                errors: Summary::of(models.iter().filter_map(|row| row.error)),
                skipped: models.iter().filter(|row| row.skipped.is_some()).count(),
            },
            energy: Summary::of(models.iter().filter_map(|row| row.energy_error)),
            network,
            np_counts: CountSummary {
                n: np_counts.len(),
                exact: np_counts.iter().filter(|row| row.exact).count(),
            },
            bounds: BoundSummary::of(&bounds),
            rows: ValidationRows { layers, models, np_counts, micro, bounds },
        }
    }

    /// The network's share of the predicted energies, as a sentence; nothing without models.
    pub fn network_share(&self) -> Option<String> {
        let shares = || self.rows.models.iter().filter_map(|row| row.network_share);
        let (least, most) = (shares().reduce(f64::min)?, shares().reduce(f64::max)?);
        let models = shares().count();
        let mut text = format!(
            "The network takes {} to {} of the energy of {}, assumed",
            share(least),
            share(most),
            plural(models, "mapping", "mappings")
        );
        match (self.network.at_most, self.network.tightest()) {
            (Some(at_most), Some(model)) => {
                let _ = write!(
                    text,
                    ": measurements allow 0 to {at_most:.2} times as much, so 0 to {}. `{}` allows least: its {} differ by {} in energy, and by {} in the network's.",
                    share((at_most * most).min(1.0)),
                    model.model,
                    plural(model.mappings, "mapping", "mappings"),
                    share(model.published),
                    share(model.network)
                );
            }
            _ => text += "; no model was measured under several mappings, so nothing bounds it.",
        }
        if self.network.is_exceeded() {
            text += " The energies of the network in the device file are larger than measurements allow.";
        }
        Some(text)
    }

    /// Errors of the microbenchmarks that were computed.
    pub fn micro(&self) -> Summary {
        Summary::of(self.rows.micro.iter().filter_map(|row| row.error))
    }

    /// Errors of the layers that do not count in [`ValidationReport::layers`].
    pub fn short_layers(&self) -> Summary {
        Summary::of(self.rows.layers.iter().filter(|row| !row.counted).map(|row| row.error))
    }
}
