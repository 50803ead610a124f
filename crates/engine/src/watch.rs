//! Who looks on while an engine works.

use std::ops::ControlFlow;

use crate::{Observation, Statistics};
use spikemesh_model::LayerId;

/// Called with what a layer makes of a sample; it may break off.
pub type Observer<'a> = dyn FnMut(Observation<'_>) -> ControlFlow<()> + 'a;

/// Who looks on. The default is nobody.
#[derive(Default)]
pub struct Watch<'a> {
    /// Counts what passes.
    pub statistics: Option<&'a mut Statistics>,
    /// Layers that `observer` sees.
    pub layers: &'a [LayerId],
    /// Called for each of these layers, once per sample: samples ascending, and within a sample layers in the model's order; on the
    /// caller's thread. A model that learns has not yet learned from the sample then.
    pub observer: Option<&'a mut Observer<'a>>,
    /// Called with the index of a sample that is finished, and all before it, on the caller's thread; it may break off. Learning calls it after
    /// every sample, otherwise it is called every few samples.
    pub progress: Option<&'a mut dyn FnMut(usize) -> ControlFlow<()>>,
}
