//! Results of regression cases.

use super::case_entry::{Case, mode_name};
use super::error::Error;
use super::failed_run::FailedRun;
use super::mismatch::Mismatch;
use crate::device_rules::DeviceRules;

/// The result of a case.
#[derive(Debug)]
pub enum CaseStatus {
    /// Everything equals the reference.
    Passed,
    /// New references were written.
    Blessed,
    /// All differences from the reference.
    Failed(Vec<Mismatch>),
    /// The case could not run or be compared, for all these reasons.
    Error(Vec<Error>),
}

/// What a case is, for reports.
#[derive(Clone, Debug)]
pub struct CaseFacts {
    /// What it can be selected by.
    pub tags: Vec<String>,
    /// Its model's file.
    pub model: String,
    /// Its device.
    pub device: String,
    /// How many neural processors it uses.
    pub mode: String,
    /// Frames of a batch.
    pub batch: usize,
}

impl CaseFacts {
    pub(super) fn of(case: &Case) -> CaseFacts {
        CaseFacts {
            tags: case.tags.clone(),
            model: case.model.display().to_string(),
            device: case.device.clone(),
            mode: mode_name(case.mode),
            batch: case.batch,
        }
    }
}

/// One case.
#[derive(Debug)]
pub struct CaseReport {
    /// Its name.
    pub name: String,
    /// What it is; none if it could not be read.
    pub facts: Option<CaseFacts>,
    /// Frames that ran.
    pub frames: usize,
    /// Sum of their clocks.
    pub cycles: u64,
    /// Inputs of events of 1 or 3 channels and equal sides were taken as images, and the case does not name their order.
    pub ambiguous: bool,
    /// The rules of its device that the model breaks.
    pub rules: Option<DeviceRules>,
    /// The result.
    pub status: CaseStatus,
    /// What it takes to run it again, if it failed and that was asked for.
    pub failed: Option<Box<FailedRun>>,
    /// Seconds on this host.
    pub host_seconds: f64,
}

/// All cases of a manifest, in its order.
#[derive(Debug)]
pub struct RegressionReport {
    /// File name of the manifest, without its extension.
    pub name: String,
    /// The cases that ran.
    pub cases: Vec<CaseReport>,
    /// Names of those that did not, or not to their end, because the command was stopped.
    pub left: Vec<String>,
}

impl RegressionReport {
    /// Cases that passed or were blessed.
    pub fn passed(&self) -> usize {
        self.count(|status| matches!(status, CaseStatus::Passed | CaseStatus::Blessed))
    }

    /// Cases that differ from their reference.
    pub fn failed(&self) -> usize {
        self.count(|status| matches!(status, CaseStatus::Failed(_)))
    }

    /// Cases that could not run or be compared.
    pub fn errors(&self) -> usize {
        self.count(|status| matches!(status, CaseStatus::Error(_)))
    }

    fn count(&self, which: impl Fn(&CaseStatus) -> bool) -> usize {
        self.cases.iter().filter(|case| which(&case.status)).count()
    }
}
