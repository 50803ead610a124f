//! Sizes by which layers are split and memory is counted.

use crate::slice::RowPooling;
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
pub fn map_bytes(layer: &Layer, rows: u32) -> u64 {
    let input = layer.shape.input;
    let values = u64::from(rows) * u64::from(input.width) * u64::from(input.channels);
    (values * u64::from(layer.input_bits)).div_ceil(8)
}

/// How the rows of a layer with a convolution are pooled.
pub fn row_pooling(layer: &Layer) -> RowPooling {
    match (layer.shape.kernel, layer.shape.pooling) {
        (Some([_, kernel]), Some([_, pool])) if pool.is_global(kernel.outputs) => RowPooling::Global,
        (_, Some([_, pool])) => RowPooling::Windows(pool),
        (_, None) => RowPooling::None,
    }
}
