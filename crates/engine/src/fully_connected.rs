//! A fully connected layer is a convolution with one window over the whole map.

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
