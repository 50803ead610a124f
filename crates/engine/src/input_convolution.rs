//! Convolution over pixels: positions outside the image have a value too.
//!
//! The rule of docs/numerics.md: an `InputConvolutional` correlates (kernels are not turned over), and positions outside the image are
//! `padding_value`, not 0. Writing the border out makes it a convolution without padding; its zeros, and those of the image, are skipped
//! as everywhere.

use crate::accumulator::Accumulator;
use crate::border::Border;
use crate::convolution::{Convolution, ConvolutionScratch};
use crate::dense::{Dense, LaidMap, PaddedMap};
use crate::reached::reached_by_all;
use spikemesh_model::{Dims, Span};

/// A convolution over an image whose border has a value.
#[derive(Clone, Debug)]
pub struct InputConvolution {
    kernel: [Span; 2],
    filters: usize,
    operations: u64,
    way: Way,
}

#[derive(Clone, Debug)]
enum Way {
    /// Sums in 32 bits: images are dense.
    Dense(Dense),
    /// Wider sums: over the padded image, without padding of its own.
    Events { border: Border, padding_value: u8, padded: Box<Convolution> },
}

impl InputConvolution {
    /// `weight(tap_x, tap_y, channel, filter)` meets the pixel at `output * stride - pad + tap`. Potentials are summed in 32 bits if `narrow`.
    pub fn new(
        image: Dims,
        kernel: [Span; 2],
        filters: usize,
        max_input: u32,
        narrow: bool,
        padding_value: u8,
        weight: impl Fn(usize, usize, usize, usize) -> i8,
    ) -> InputConvolution {
        let way = if narrow {
            Way::Dense(Dense::new(image, kernel, filters, max_input, padding_value, &weight))
        } else {
            let border = Border::new(image, &kernel, 1);
            let inside = kernel.map(|span| Span { pad: 0, ..span });
            let padded = Convolution::new(border.padded(), inside, filters, max_input, weight);
            Way::Events { border, padding_value, padded: padded.into() }
        };
        let operations = reached_by_all(&kernel, image) * u64::from(image.channels) * filters as u64;
        InputConvolution { kernel, filters, operations, way }
    }

    /// Positions of the result in x and y.
    pub fn outputs(&self) -> [usize; 2] {
        self.kernel.map(|span| span.outputs as usize)
    }

    /// Number of filters.
    pub fn filters(&self) -> usize {
        self.filters
    }

    /// The image with its border, if sums fit 32 bits.
    pub fn lay<'a>(&'a self, image: &[u8], padded: &'a mut PaddedMap) -> Option<LaidMap<'a>> {
        match &self.way {
            Way::Dense(dense) => Some(dense.lay(image, padded)),
            Way::Events { .. } => None,
        }
    }

    /// Writes the potentials (w, h, n) of `image` (w, h, c).
    ///
    /// # Panics
    /// If sums fit 32 bits: then [`lay`](Self::lay) is the way.
    pub fn run<A: Accumulator>(
        &self,
        image: &[u8],
        padded_image: &mut Vec<u8>,
        scratch: &mut ConvolutionScratch,
        out: &mut [A],
    ) {
        let Way::Events { border, padding_value, padded } = &self.way else {
            panic!("sums of 32 bits are laid out")
        };
        border.write(image, *padding_value, padded_image);
        padded.run(padded_image, scratch, out);
    }

    /// Synapses that the pixels reach: all of them count, zero or not, the border does not.
    pub fn operations(&self) -> u64 {
        self.operations
    }
}
