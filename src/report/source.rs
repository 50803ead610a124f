//! What a report is made of.

use crate::mesh::Simulator;
use crate::run::RunInfo;

/// What a report is made of.
pub(super) struct Source<'a> {
    /// How the run is called: its folder.
    pub name: String,
    /// `run.json`.
    pub info: &'a RunInfo,
    /// The program on its device.
    pub simulator: &'a Simulator,
}
