//! Whether potentials can overflow: how large those of a layer can become, from its actual weights.

use spikemesh_model::{Layer, Parameters, PoolingType};

/// The neuron of a layer whose potential can become largest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PotentialBound {
    /// The neuron.
    pub neuron: usize,
    /// No potential of it exceeds this, in absolute value.
    pub potential: u128,
    /// Positions that pooling sums up, 1 if it does not sum.
    pub positions: u64,
}

/// The largest potential: largest input x sum of absolute weights x positions summed by pooling.
///
/// `None` for a layer without weights.
pub fn largest_potential(layer: &Layer) -> Option<PotentialBound> {
    let neurons = layer.shape.output.channels as usize;
    let variables = &layer.variables;
    let mut sums = vec![0u128; neurons];
    match layer.parameters {
        Parameters::InputData(_) => return None,
        Parameters::SeparableConvolutional(_) => {
            let channels = layer.shape.input.channels as usize;
            let mut depthwise = vec![0u128; channels];
            accumulate(&mut depthwise, &variables.weights);
            for (row, &input) in variables.weights_pw.chunks_exact(neurons).zip(&depthwise) {
                for (sum, weight) in sums.iter_mut().zip(row) {
                    *sum += input * u128::from(weight.unsigned_abs());
                }
            }
        }
        _ => accumulate(&mut sums, &variables.weights),
    }
    let positions = match (layer.parameters.pooling(), layer.shape.kernel) {
        (Some(p), Some([x, y])) if p.pooling_type == PoolingType::Average => {
            u64::from(x.outputs) * u64::from(y.outputs)
        }
        _ => 1,
    };
    let (neuron, &sum) = sums.iter().enumerate().max_by_key(|&(i, sum)| (sum, std::cmp::Reverse(i)))?;
    Some(PotentialBound {
        neuron,
        potential: sum * u128::from(layer.max_input()) * u128::from(positions),
        positions,
    })
}

fn accumulate(sums: &mut [u128], weights: &[i8]) {
    for row in weights.chunks_exact(sums.len().max(1)) {
        for (sum, weight) in sums.iter_mut().zip(row) {
            *sum += u128::from(weight.unsigned_abs());
        }
    }
}
