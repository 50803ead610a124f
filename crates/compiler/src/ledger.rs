//! What a slice keeps in the memory of its neural processor.

use serde::Serialize;

use crate::partition::Slice;
use crate::size::{map_bytes, row_pooling, weight_bytes};
use crate::slice::convolution_rows;
use crate::target::Capacity;
use spikemesh_model::Layer;

/// Bytes of a slice, by what they hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Ledger {
    /// Weights, filters rounded up to a full group; none when they are external.
    pub weights: u64,
    /// The rows of the input map that the slice holds.
    pub input_map: u64,
    /// Potentials that are alive at a time.
    pub potentials: u64,
    /// Thresholds and steps.
    pub thresholds: u64,
    /// The output FIFO.
    pub output_fifo: u64,
}

impl Ledger {
    /// The ledger of one slice of a layer on an NP; `external` weights lie elsewhere.
    ///
    /// A convolution keeps as many columns of potentials as its kernel is wide, of every convolution row that it
    /// computes, for one group of filters; pooling adds the pooled columns that are open at a time. A fully connected
    /// layer keeps all its potentials while it walks over inputs, one while it walks over external weights.
    pub fn of(layer: &Layer, slice: &Slice, external: bool, np: &Capacity) -> Ledger {
        let potentials = match layer.shape.kernel {
            None if external => 1,
            None => u64::from(slice.filters),
            Some([x, y]) => {
                let outputs = slice.cut.outputs;
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
        Ledger {
            weights: if external { 0 } else { weight_bytes(layer, slice.filters, np.filters_per_group) },
            input_map: map_bytes(layer, slice.cut.window.len()),
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

impl std::fmt::Display for Ledger {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "weights {} + input map {} + potentials {} + thresholds {} + output FIFO {}",
            self.weights, self.input_map, self.potentials, self.thresholds, self.output_fifo
        )
    }
}
