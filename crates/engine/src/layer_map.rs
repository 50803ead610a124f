//! Maps of layers, for one sample.

use spikemesh_model::{Dims, LayerId};

/// The map that leaves a layer, for one sample.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayerMap {
    /// The layer.
    pub layer: LayerId,
    /// Size of the map.
    pub dims: Dims,
    /// Its values (w, h, c): x slowest, channel fastest.
    pub values: MapValues,
}

/// Values of a map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MapValues {
    /// 0..=15; 0 is no event.
    Levels(Vec<u8>),
    /// Raw potentials of a layer without activation.
    Potentials(Vec<i32>),
}
