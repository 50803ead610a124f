//! Sparsity and synaptic operations of layers, counted over the samples that pass.

use spikemesh_model::{Layer, Parameters};

/// Counts of one layer since the statistics were made.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LayerStatistics {
    /// Name of the layer.
    pub name: String,
    /// Samples seen.
    pub samples: u64,
    /// Neurons times positions: the most events that can leave the layer per sample.
    pub possible_spikes: u64,
    /// Share of kernel rows that are all zero: the weights in x for one y, channel and filter; of a fully connected layer the
    /// weights of one input. Of `weights` only. `None` for a layer without weights.
    pub row_sparsity: Option<f64>,
    /// Values of the input map, per sample.
    pub(crate) inputs: u64,
    /// Input values that were not zero, all samples.
    pub input_events: u64,
    /// Output values that were not zero, all samples.
    pub output_events: u64,
    /// Synaptic operations, all samples.
    pub operations: u64,
}

impl LayerStatistics {
    /// Of a layer before any sample. Only its weights must be set, and they only for `row_sparsity`.
    pub fn new(layer: &Layer) -> LayerStatistics {
        LayerStatistics {
            name: layer.name.clone(),
            possible_spikes: layer.shape.output.len() as u64,
            row_sparsity: row_sparsity(layer),
            inputs: layer.shape.input.len() as u64,
            ..LayerStatistics::default()
        }
    }

    /// Share of zeros among the inputs seen; `None` before the first sample.
    pub fn input_sparsity(&self) -> Option<f64> {
        sparsity(self.input_events, self.inputs * self.samples)
    }

    /// Share of zeros among the outputs seen, of raw potentials if there is no activation; `None` before the first sample.
    pub fn output_sparsity(&self) -> Option<f64> {
        sparsity(self.output_events, self.possible_spikes * self.samples)
    }

    /// Synaptic operations per sample, rounded: one per input event and synapse that it reaches, whatever the weight. Every
    /// pixel of an `InputConvolutional` counts as an event, its padding does not. Separable: depthwise taps reached plus the
    /// filters for each depthwise sum that is not zero. `None` before the first sample.
    pub fn ops(&self) -> Option<u64> {
        (self.operations + self.samples / 2).checked_div(self.samples)
    }

    /// Adds the counts of `other`, of the same layer.
    pub fn add(&mut self, other: &LayerStatistics) {
        self.samples += other.samples;
        self.input_events += other.input_events;
        self.output_events += other.output_events;
        self.operations += other.operations;
    }
}

fn sparsity(events: u64, values: u64) -> Option<f64> {
    (values > 0).then(|| 1.0 - events as f64 / values as f64)
}

/// Statistics of every layer of a model, in its order. The counts are sums: the order of samples does not matter.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Statistics {
    /// One per layer.
    pub layers: Vec<LayerStatistics>,
}

impl Statistics {
    /// Adds the counts of `other`, of the same model.
    pub fn add(&mut self, other: &Statistics) {
        for (layer, other) in self.layers.iter_mut().zip(&other.layers) {
            layer.add(other);
        }
    }
}

/// Share of a layer's kernel rows that are all zero, see [`LayerStatistics::row_sparsity`].
fn row_sparsity(layer: &Layer) -> Option<f64> {
    let weights = &layer.variables.weights;
    match (&layer.parameters, layer.shape.kernel) {
        (Parameters::FullyConnected(p), _) => {
            let filters = p.num_neurons as usize;
            let rows = weights.chunks_exact(filters);
            let count = rows.len();
            let empty = rows.filter(|row| row.iter().all(|w| *w == 0)).count();
            (count > 0).then(|| empty as f64 / count as f64)
        }
        (_, Some([x, _])) => empty_rows(weights, x.size as usize),
        (_, None) => None,
    }
}

/// Share of all-zero rows: `weights` is (width, rest), a row being the `width` weights of one column.
fn empty_rows(weights: &[i8], width: usize) -> Option<f64> {
    let rest = weights.len() / width.max(1);
    if rest == 0 {
        return None;
    }
    let empty = (0..rest).filter(|i| weights.iter().skip(*i).step_by(rest).all(|w| *w == 0)).count();
    Some(empty as f64 / rest as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_run_along_x() {
        // (kernel width 2, height 1, channels 3, filters 1).
        assert_eq!(empty_rows(&[0, 1, 0, 0, 0, 2], 2), Some(1.0 / 3.0));
        assert_eq!(empty_rows(&[], 2), None);
    }

    #[test]
    fn counts_add_up() {
        let mut sum = LayerStatistics { inputs: 10, possible_spikes: 4, ..Default::default() };
        assert_eq!((sum.input_sparsity(), sum.output_sparsity(), sum.ops()), (None, None, None));
        let one = LayerStatistics { samples: 1, input_events: 5, operations: 3, ..Default::default() };
        sum.add(&one);
        sum.add(&LayerStatistics { input_events: 0, operations: 4, ..one });
        assert_eq!(
            (sum.input_sparsity(), sum.output_sparsity(), sum.ops()),
            (Some(0.75), Some(1.0), Some(4))
        );
    }
}
