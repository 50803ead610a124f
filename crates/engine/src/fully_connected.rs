//! A fully connected layer is a convolution with one window over the whole map.
//!
//! The rule of docs/numerics.md is the order of its inputs: input = x + w * (y + h * c), x fastest. The map in here is (x, y, channel)
//! with the channel fastest, so weights are put into the map's order once, when they are packed; running them is a convolution like any
//! other, and only non-zero inputs cost time.

use crate::convolution::Convolution;
use spikemesh_model::{Dims, Span};

/// The convolution of a fully connected layer. `weights` is (inputs, neurons) with input = x + w * (y + h * c), row-major.
pub fn convolution(input: Dims, neurons: usize, max_input: u32, weights: &[i8]) -> Convolution {
    let (width, height) = (input.width as usize, input.height as usize);
    let kernel = [input.width, input.height].map(|size| Span { size, stride: size, pad: 0, outputs: 1 });
    Convolution::new(input, kernel, neurons, max_input, |x, y, c, n| {
        weights[(x + width * (y + height * c)) * neurons + n]
    })
}
