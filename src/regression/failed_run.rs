//! What it takes to run a case again that failed.

use crate::compiler::Compilation;
use crate::device::{Device, Setting};
use crate::device_rules::DeviceRules;
use crate::engine::{Input, InputOrder};
use crate::model::Model;

/// A case that failed, with everything that its run directory gets.
pub struct FailedRun {
    /// Its device, with what was set.
    pub device: Device,
    /// What was set.
    pub settings: Vec<Setting>,
    /// Its model, mapped.
    pub compiled: Compilation,
    /// The rules that the model breaks.
    pub rules: DeviceRules,
    /// The model.
    pub model: Model,
    /// Hash of its file.
    pub model_sha256: String,
    /// The seed of its weights.
    pub random_weights: Option<u64>,
    /// Its samples.
    pub input: Input,
    /// The same as an `.npy` file.
    pub input_bytes: Vec<u8>,
    /// The order of their axes.
    pub order: InputOrder,
    /// Frames of a batch.
    pub batch: usize,
}

impl std::fmt::Debug for FailedRun {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FailedRun").field("device", &self.device.name).finish_non_exhaustive()
    }
}
