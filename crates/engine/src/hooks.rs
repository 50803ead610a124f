//! Who looks on while an engine works.

use std::ops::ControlFlow;

use crate::statistics::Statistics;
use spikemesh_model::{Dims, LayerId};
use spikemesh_stop::Stop;

/// What an observer sees of one layer and one sample; maps are (w, h, c).
#[derive(Clone, Copy, Debug)]
pub struct Observation<'a> {
    /// The layer.
    pub layer: LayerId,
    /// Index of the sample within the call.
    pub sample: usize,
    /// Size of both maps.
    pub dims: Dims,
    /// Levels, of a layer that has an activation (or is an `InputData`).
    pub levels: Option<&'a [u8]>,
    /// Potentials after pooling; empty for an `InputData`.
    pub potentials: &'a [i32],
}

/// Called with what a layer makes of a sample; it may break off.
pub type Observer<'a> = dyn FnMut(Observation<'_>) -> ControlFlow<()> + 'a;

/// Who looks on. The default is nobody.
#[derive(Default)]
pub struct Hooks<'a> {
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
    /// Ends the call with [`Error::Stopped`](crate::Error::Stopped) once it is set: looked at before every layer of every sample.
    pub stop: Stop,
}
