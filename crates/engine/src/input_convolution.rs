//! Convolution over pixels: positions outside the image have a value too.
//!
//! The rule of docs/numerics.md: an `InputConvolutional` correlates (kernels are not turned over), and positions outside the image are
//! `padding_value`, not 0. Writing the border out makes it a convolution without padding; its zeros, and those of the image, are skipped
//! as everywhere.

use crate::accumulator::Accumulator;
use crate::border::Border;
use crate::convolution::{Convolution, ConvolutionScratch};
use crate::dense::Dense;
use spikemesh_model::{Dims, Span};

/// A convolution over an image whose border has a value.
#[derive(Clone, Debug)]
pub struct InputConvolution {
    image: Dims,
    kernel: [Span; 2],
    padding_value: u8,
    /// For sums of 32 bits: images are dense.
    dense: Dense,
    border: Border,
    /// Over the padded image, without padding of its own.
    padded: Convolution,
}

impl InputConvolution {
    /// `weight(tap_x, tap_y, channel, filter)` meets the pixel at `output * stride - pad + tap`.
    pub fn new(
        image: Dims,
        kernel: [Span; 2],
        filters: usize,
        max_input: u32,
        padding_value: u8,
        weight: impl Fn(usize, usize, usize, usize) -> i8,
    ) -> InputConvolution {
        let border = Border::new(image, &kernel, 1);
        let dense = Dense::new(image, kernel, filters, max_input, padding_value, &weight);
        let inside = kernel.map(|span| Span { pad: 0, ..span });
        let padded = Convolution::new(border.padded(), inside, filters, max_input, weight);
        InputConvolution { image, kernel, padding_value, dense, border, padded }
    }

    /// Positions of the result in x and y.
    pub fn outputs(&self) -> [usize; 2] {
        self.padded.outputs()
    }

    /// Number of filters.
    pub fn filters(&self) -> usize {
        self.padded.filters()
    }

    /// Writes the potentials (w, h, n) of `image` (w, h, c).
    pub fn run<A: Accumulator>(
        &self,
        image: &[u8],
        padded: &mut Vec<u8>,
        scratch: &mut ConvolutionScratch,
        out: &mut [A],
    ) {
        if let Some(out) = A::narrow(out) {
            return self.dense.run(image, &mut scratch.padded, out);
        }
        self.border.write(image, self.padding_value, padded);
        self.padded.run(padded, scratch, out);
    }

    /// Synapses that the pixels reach: all of them count, zero or not, the border does not.
    pub fn operations(&self) -> u64 {
        let everywhere = std::iter::repeat(u64::from(self.image.channels));
        crate::convolution::positions_reached(&self.kernel, self.image, everywhere)
            * self.padded.filters() as u64
    }
}
