//! The input unit's correlation over all pixels.

use multiversion::multiversion;
use spikemesh_isa::memory::Contents;
use spikemesh_isa::{Axis, MapShape};

use super::{accumulate, pad_rows, padded};

/// A correlation's geometry and weights.
#[derive(Clone, Debug)]
pub struct DenseConvolution {
    image: MapShape,
    padding_value: u8,
    x: Axis,
    y: Axis,
    filters: usize,
    /// (tap x, tap y, channel, filter), filters padded.
    weights: Vec<i16>,
}

impl DenseConvolution {
    /// Prepares a correlation over an image.
    pub fn new(
        image: MapShape,
        padding_value: u8,
        x: Axis,
        y: Axis,
        filters: u32,
        contents: &Contents,
    ) -> DenseConvolution {
        let weights = pad_rows(&contents.weights, filters as usize);
        DenseConvolution { image, padding_value, x, y, filters: padded(filters as usize), weights }
    }

    /// Computes potentials (output column, output row, filter) of an image (row, column, channel) into `out`.
    pub fn run(&self, pixels: &[u8], out: &mut Vec<i32>) {
        let column = self.y.outputs as usize * self.filters;
        out.clear();
        out.resize(self.x.outputs as usize * column, 0);
        for (o, potentials) in out.chunks_exact_mut(column).enumerate() {
            correlate_column(self, pixels, o, potentials);
        }
    }
}

/// Potentials of one output column, position by position: a pixel outside the image has the padding value, which need not be 0. Filters lie innermost, as
/// in the event-driven convolution; a pixel of 0 adds nothing and is skipped.
#[multiversion(targets = "simd")]
fn correlate_column(plan: &DenseConvolution, pixels: &[u8], o: usize, potentials: &mut [i32]) {
    let (width, height, channels) =
        (plan.image.width as usize, plan.image.height as usize, plan.image.channels as usize);
    let inside = |axis: Axis, output: usize, tap: usize, size: usize| {
        (output * axis.stride as usize + tap).checked_sub(axis.pad as usize).filter(|&i| i < size)
    };
    for (row, potentials) in potentials.chunks_exact_mut(plan.filters).enumerate() {
        for tap_x in 0..plan.x.size as usize {
            let x = inside(plan.x, o, tap_x, width);
            for tap_y in 0..plan.y.size as usize {
                let y = inside(plan.y, row, tap_y, height);
                let weights = (tap_x * plan.y.size as usize + tap_y) * channels;
                for channel in 0..channels {
                    let value = match (x, y) {
                        (Some(x), Some(y)) => pixels[(y * width + x) * channels + channel],
                        _ => plan.padding_value,
                    };
                    if value != 0 {
                        accumulate(
                            potentials,
                            &plan.weights[(weights + channel) * plan.filters..][..plan.filters],
                            i16::from(value),
                        );
                    }
                }
            }
        }
    }
}
