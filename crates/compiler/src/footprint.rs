//! Bytes of weights and maps, and what a slice keeps in the memory of its neural processor.

use serde::Serialize;

use crate::resources::Capacity;
use crate::tiling::{Slice, convolution_rows, row_pooling};
use spikemesh_model::{Layer, Parameters};

/// Bytes of `filters` filters, rounded up to full groups, as the split rule counts them.
///
/// A depthwise kernel on a low map keeps no tap rows that only padding can meet.
pub fn weight_bytes(layer: &Layer, filters: u32, group: u32) -> u64 {
    let bits = u64::from(layer.parameters.weights_bits().unwrap_or(0));
    let filters = u64::from(filters.next_multiple_of(group));
    let input = layer.shape.input;
    let channels = u64::from(input.channels);
    let weights = match (&layer.parameters, layer.shape.kernel) {
        (Parameters::SeparableConvolutional(_), Some([x, y])) => {
            let rows = u64::from(y.size).min((2 * u64::from(input.height)).saturating_sub(1));
            channels * (filters + u64::from(x.size) * rows)
        }
        (_, Some([x, y])) => channels * u64::from(x.size) * u64::from(y.size) * filters,
        (_, None) => return fully_connected_bytes(layer),
    };
    (weights * bits).div_ceil(8)
}

/// Bytes of all weights of a fully connected layer.
pub fn fully_connected_bytes(layer: &Layer) -> u64 {
    let bits = u64::from(layer.parameters.weights_bits().unwrap_or(0));
    (layer.shape.input.len() as u64 * u64::from(layer.shape.output.channels) * bits).div_ceil(8)
}

/// Bytes of `rows` rows of a layer's input map.
pub fn input_bytes(layer: &Layer, rows: u32) -> u64 {
    let input = layer.shape.input;
    let values = u64::from(rows) * u64::from(input.width) * u64::from(input.channels);
    (values * u64::from(layer.input_bits)).div_ceil(8)
}

/// Bytes of a slice, by what they hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct MemoryFootprint {
    /// Weights, filters rounded up to a full group; none when they are external.
    pub weights: u64,
    /// The rows of the input map that the slice holds, as often as there are input maps.
    pub input_map: u64,
    /// Potentials that are alive at a time.
    pub potentials: u64,
    /// Thresholds and steps.
    pub thresholds: u64,
    /// The output FIFO.
    pub output_fifo: u64,
}

impl MemoryFootprint {
    /// The memory of one slice of a layer on an NP; `external` weights lie elsewhere.
    ///
    /// A convolution keeps as many columns of potentials as its kernel is wide, of every convolution row that it
    /// computes, for one group of filters; pooling adds the pooled columns that are open at a time. A fully connected
    /// layer keeps all its potentials while it walks over inputs, one while it walks over external weights.
    pub fn of(layer: &Layer, slice: &Slice, external: bool, np: &Capacity) -> MemoryFootprint {
        let potentials = match layer.shape.kernel {
            None if external => 1,
            None => u64::from(slice.filters),
            Some([x, y]) => {
                let outputs = slice.rows.outputs;
                let rule = row_pooling(layer);
                let rows = if outputs.is_empty() {
                    0
                } else {
                    convolution_rows(y, rule, outputs.end - 1).end
                        - convolution_rows(y, rule, outputs.first).first
                };
                let pooled = layer.shape.pooling.map_or(0, |[pool, _]| {
                    u64::from(pool.size.div_ceil(pool.stride.max(1)).min(pool.outputs))
                        * u64::from(outputs.len())
                });
                (u64::from(x.size) * u64::from(rows) + pooled) * u64::from(np.filters_per_group)
            }
        };
        let threshold = if layer.output_bits().is_some() { np.threshold_bytes } else { 0 };
        MemoryFootprint {
            weights: if external { 0 } else { weight_bytes(layer, slice.filters, np.filters_per_group) },
            input_map: input_bytes(layer, slice.rows.window.len()) * np.input_maps,
            potentials: potentials * np.potential_bytes,
            thresholds: u64::from(slice.filters) * threshold,
            output_fifo: np.fifo_bytes,
        }
    }

    /// Bytes of all entries.
    pub fn total(&self) -> u64 {
        self.weights + self.input_map + self.potentials + self.thresholds + self.output_fifo
    }
}

impl std::fmt::Display for MemoryFootprint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "weights {} + input map {} + potentials {} + thresholds {} + output FIFO {}",
            self.weights, self.input_map, self.potentials, self.thresholds, self.output_fifo
        )
    }
}
