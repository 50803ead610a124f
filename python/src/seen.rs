//! What observers of layers are shown.

use std::sync::Arc;

use numpy::{IntoPyArray, PyArrayMethods};
use pyo3::prelude::*;
use spikemesh::engine::Observation;
use spikemesh::model::LayerId;
use spikemesh::tensor::{self, Dense};

use crate::layer::Layer;
use crate::sparse::Sparse;
use crate::state::{Observer, SharedModel};

/// What an observer is shown.
pub struct Seen {
    layer: LayerId,
    sample: usize,
    sizes: [usize; 3],
    levels: Vec<u8>,
    potentials: Vec<i32>,
}

impl Seen {
    /// A copy of what the engine shows.
    pub fn of(observation: &Observation<'_>) -> Seen {
        let Observation { layer, sample, dims, levels, potentials } = *observation;
        let levels = levels.unwrap_or_default();
        Seen {
            layer,
            sample,
            sizes: [dims.width as usize, dims.height as usize, dims.channels as usize],
            levels: if levels.is_empty() { vec![0; dims.len()] } else { levels.to_vec() },
            potentials: if potentials.is_empty() { vec![0; dims.len()] } else { potentials.to_vec() },
        }
    }
}

/// Calls the observers of a layer.
pub fn call_observers(
    py: Python<'_>,
    shared: &Arc<SharedModel>,
    observers: &[(LayerId, Observer)],
    seen: Seen,
) -> PyResult<()> {
    let [w, h, c] = seen.sizes;
    let dense = Dense { shape: [1, w, h, c], data: seen.levels };
    for (_, observer) in observers.iter().filter(|(id, _)| *id == seen.layer) {
        let layer = Layer::view(shared, &shared.lock(), seen.layer);
        let spikes = Sparse::of_sample(tensor::Sparse::from_dense(&dense));
        let potentials = seen.potentials.clone().into_pyarray(py).reshape(seen.sizes)?;
        observer.callback.call1(py, (layer, seen.sample, spikes, potentials))?;
    }
    Ok(())
}
