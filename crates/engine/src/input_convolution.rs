//! Convolution over pixels: positions outside the image have a value too.
//!
//! The rule of docs/numerics.md: an `InputConvolutional` correlates (kernels are not turned over), and positions outside the image are
//! `padding_value`, not 0. Writing the border out makes it a convolution without padding; its zeros, and those of the image, are skipped
//! as everywhere.

use crate::accumulator::Accumulator;
use crate::convolution::Convolution;
use crate::nonzeros::Nonzeros;
use crate::window::Window;
use spikemesh_model::{Dims, Span};

/// A convolution over the image with its border written out, so that the border is like any other pixel.
#[derive(Clone, Debug)]
pub struct InputConvolution {
    image: Dims,
    kernel: [Span; 2],
    padding_value: u8,
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
        let [width, height] = kernel.map(|span| (span.outputs - 1) * span.stride + span.size);
        let padded = Convolution::new(
            Dims { width, height, channels: image.channels },
            kernel.map(|span| Span { pad: 0, ..span }),
            filters,
            max_input,
            weight,
        );
        InputConvolution { image, kernel, padding_value, padded }
    }

    /// The convolution over the padded image.
    pub fn padded(&self) -> &Convolution {
        &self.padded
    }

    /// Writes the potentials (w, h, n) of `image` (w, h, c); `padded` is scratch.
    ///
    /// The padded image is exactly as large as its windows reach: `(outputs - 1) * stride + size` per axis. That may be less than image
    /// and border together (a stride that leaves a rest), so what is copied is the part of the image that some window sees: one
    /// [`Window`] of the padded size over the image, clipped. A column (x) of the image is one run in both maps.
    pub fn run<A: Accumulator>(
        &self,
        image: &[u8],
        padded: &mut Vec<u8>,
        nonzeros: &mut Nonzeros,
        out: &mut [A],
    ) {
        let dims = self.padded.input();
        padded.clear();
        padded.resize(dims.len(), self.padding_value);
        let [x, y] = [(0, self.image.width, dims.width), (1, self.image.height, dims.height)].map(
            |(axis, image, padded)| {
                // The padded image as one window over the image: what the convolution sees of it.
                let all = Span { size: padded, pad: self.kernel[axis].pad, stride: 1, outputs: 1 };
                Window::new(&all, 0, image as usize)
            },
        );
        let channels = dims.channels as usize;
        for i in 0..x.len {
            let from = ((x.first + i) * self.image.height as usize + y.first) * channels;
            let to = ((x.tap + i) * dims.height as usize + y.tap) * channels;
            let len = y.len * channels;
            padded[to..to + len].copy_from_slice(&image[from..from + len]);
        }
        nonzeros.fill(padded, dims);
        self.padded.run(nonzeros, out);
    }

    /// Synapses that the pixels reach: all of them count, zero or not, the border does not.
    pub fn operations(&self) -> u64 {
        let everywhere = std::iter::repeat(u64::from(self.image.channels));
        crate::convolution::positions_reached(&self.kernel, self.image, everywhere)
            * self.padded.filters() as u64
    }
}
