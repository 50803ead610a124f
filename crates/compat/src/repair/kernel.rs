//! Zeros around a kernel.

use spikemesh_model::{Layer, LayerKind, Shape};

/// Where a stored kernel goes in a larger one.
pub struct Padding {
    /// Columns and rows before.
    from: [usize; 2],
    /// Columns and rows now.
    to: [usize; 2],
    /// Stored columns and rows of zeros before the kernel's own.
    offset: [usize; 2],
}

impl Padding {
    /// The padding with which windows of `to` give what those of the layer give; `None` if the kernels are equally large.
    ///
    /// An output's window starts at `o * stride - pad`. A larger pad lets it start earlier, so the kernel's taps lie that much further
    /// inside. Stored kernels are flipped but for the input layer's: there the zeros are counted from the other end.
    pub fn new(layer: &Layer, to: &Shape) -> Option<Padding> {
        let (old, new) = (layer.shape.kernel?, to.kernel?);
        let correlates = layer.kind() == LayerKind::InputConvolutional;
        let axis = |axis: usize| {
            let before = (new[axis].pad - old[axis].pad) as usize;
            let all = (new[axis].size - old[axis].size) as usize;
            if correlates { before } else { all - before }
        };
        let sizes = |spans: [spikemesh_model::Span; 2]| spans.map(|span| span.size as usize);
        let padding = Padding { from: sizes(old), to: sizes(new), offset: [axis(0), axis(1)] };
        (padding.from != padding.to).then_some(padding)
    }

    /// `weights` (width, height, channels, filters) in the larger kernel.
    pub fn apply(&self, weights: &[i8]) -> Vec<i8> {
        let ([w, h], [wide, tall], [x0, y0]) = (self.from, self.to, self.offset);
        let tap = weights.len() / (w * h);
        let mut padded = vec![0; wide * tall * tap];
        for (index, weights) in weights.chunks_exact(tap).enumerate() {
            let place = (index / h + x0) * tall + index % h + y0;
            padded[place * tap..][..tap].copy_from_slice(weights);
        }
        padded
    }
}
