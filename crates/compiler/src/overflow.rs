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
    let mut sums = vec![0; neurons];
    match layer.parameters {
        Parameters::InputData(_) => return None,
        Parameters::SeparableConvolutional(_) => {
            let channels = layer.shape.input.channels as usize;
            let mut depthwise = vec![0; channels];
            accumulate(&mut depthwise, &variables.weights, |_| 1);
            accumulate(&mut sums, &variables.weights_pw, |channel| depthwise[channel]);
        }
        _ => accumulate(&mut sums, &variables.weights, |_| 1),
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
        potential: u128::from(sum) * u128::from(layer.max_input()) * u128::from(positions),
        positions,
    })
}

/// Rows of weights that are summed up in 32 bits: at most 256 products of 15 and 8 bits.
const BLOCK: usize = 256;

/// Adds to each sum its absolute weights, those of each row times its factor. 64 bits hold the sums of more weights than a memory.
///
/// Short products are summed up in words of 32 bits, a block of rows at a time: a compiler turns that into vectors.
fn accumulate(sums: &mut [u64], weights: &[i8], factor: impl Fn(usize) -> u64) {
    let neurons = sums.len().max(1);
    let mut short = vec![0u32; sums.len()];
    for (block, rows) in weights.chunks(BLOCK * neurons).enumerate() {
        for (row, weights) in rows.chunks_exact(neurons).enumerate() {
            let factor = factor(block * BLOCK + row);
            match i16::try_from(factor) {
                Ok(factor) => {
                    for (sum, weight) in short.iter_mut().zip(weights) {
                        *sum += (i32::from(factor) * i32::from(i16::from(*weight).abs())) as u32;
                    }
                }
                Err(_) => {
                    for (sum, weight) in sums.iter_mut().zip(weights) {
                        *sum += factor * u64::from(weight.unsigned_abs());
                    }
                }
            }
        }
        for (sum, short) in sums.iter_mut().zip(&mut short) {
            *sum += u64::from(std::mem::take(short));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Factors around the largest short one, weights of every size, more rows than a block has.
    #[test]
    fn sums_in_blocks_are_exact() {
        for (neurons, rows) in [(1, 1), (3, 256), (5, 257), (17, 700)] {
            let weight = |row: usize, neuron: usize| {
                if (row + neuron).is_multiple_of(3) { -128 } else { (row * 7 + neuron) as i8 }
            };
            let factor = |row: usize| if row % 5 < 4 { i16::MAX as u64 } else { 1 << 20 };
            let weights: Vec<i8> = (0..rows * neurons).map(|i| weight(i / neurons, i % neurons)).collect();
            let mut sums = vec![1; neurons];
            accumulate(&mut sums, &weights, factor);
            for (neuron, sum) in sums.iter().enumerate() {
                let exact: u128 = (0..rows)
                    .map(|row| u128::from(factor(row)) * u128::from(weight(row, neuron).unsigned_abs()))
                    .sum();
                assert_eq!(u128::from(*sum), 1 + exact, "{neurons} neurons, {rows} rows");
            }
        }
    }
}
