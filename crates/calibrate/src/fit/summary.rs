//! What a fit came to.

use serde::Serialize;

use crate::accuracy::Summary;
use crate::network_bound::NetworkRecord;
use spikemesh_device::{Calibration, Device, GroupCalibration};

/// A constant and what it was fitted to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Fitted {
    /// Its path in the device file.
    pub name: String,
    /// Its value in the device.
    pub present: f64,
    /// The value that fits.
    pub fitted: f64,
    /// One standard deviation of it.
    pub deviation: f64,
    /// Rows that charge it; where there is none it stays as it is.
    pub rows: usize,
}

/// Errors of a model that was left out.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LeftOut {
    /// The model.
    pub model: String,
    /// Errors of its rows that lie within what the others cover.
    #[serde(flatten)]
    pub errors: Summary,
    /// Its other rows: no error is claimed for such.
    pub outside: usize,
}

/// A row with what was fitted to it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FittedRow {
    /// The model.
    pub model: String,
    /// The layer, or for energy the mapping.
    pub what: String,
    /// As published: clocks, or picojoules.
    pub published: f64,
    /// By the fitted constants.
    pub predicted: f64,
    /// (predicted - published) / published.
    pub error: f64,
    /// The same by constants fitted to the other models; `null` where those do not cover the row.
    pub left_out: Option<f64>,
    /// Why they do not.
    pub outside: Option<String>,
    /// The same where they do not cover it: what an extrapolation comes to.
    pub extrapolated: Option<f64>,
    /// It is a layer, long enough to count in the summaries.
    pub counted: bool,
    /// It is a whole model.
    pub whole: bool,
}

/// Constants that were fitted to one kind of rows.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FitPart {
    /// Every constant that was free.
    pub constants: Vec<Fitted>,
    /// Errors of the constants as they were, on the rows that count.
    pub present: Summary,
    /// Errors of the fitted constants on the rows that they were fitted to.
    pub in_sample: Summary,
    /// Errors on rows of models that were left out, within what the other models cover. This is what may be claimed.
    pub left_out: Summary,
    /// Errors of the fitted constants on whole models that they were fitted to.
    pub whole_in_sample: Summary,
    /// The same of models that were left out, all of whose layers the others cover.
    pub whole_left_out: Summary,
    /// Model by model.
    pub models: Vec<LeftOut>,
    /// Observation by row.
    pub rows: Vec<FittedRow>,
}

/// What came out.
#[derive(Clone, Debug, Serialize)]
pub struct Fit {
    /// The device.
    pub device: String,
    /// What fitted constants rest on.
    pub basis: &'static str,
    /// Times, fitted to layers and microbenchmarks.
    pub clocks: FitPart,
    /// Energies, fitted to models.
    pub energy: FitPart,
    /// Layers that times were compared with, kind by kind: the range within which an error is claimed.
    pub calibration: Vec<Calibration>,
    /// Long layers of later passes with their loads; `null` if there are none.
    pub load_calibration: Option<GroupCalibration>,
    /// Models that were left out of the fit of energies; `null` if there are none.
    pub energy_calibration: Option<GroupCalibration>,
    /// How much energy the network can take, by models under several mappings.
    pub network: NetworkRecord,
    /// Rows of other devices, which were left aside.
    pub skipped: usize,
    /// The device with the fitted constants.
    #[serde(skip)]
    pub fitted: Device,
}
