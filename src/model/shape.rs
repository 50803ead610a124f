//! Shape inference: sizes and windows of a layer over its input.

use crate::model::Dims;

/// Sliding windows along one axis: output `o` covers inputs `o * stride - pad .. + size`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Window length.
    pub size: u32,
    /// Step between windows.
    pub stride: u32,
    /// Positions before input 0 that window 0 covers.
    pub pad: u32,
    /// Number of windows.
    pub outputs: u32,
}

/// Sizes of a layer. For layers without a convolution, `kernel` and `pooling` are `None`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// The input map (concatenated inbound outputs).
    pub input: Dims,
    /// The convolution's windows in x and y.
    pub kernel: Option<[Span; 2]>,
    /// Windows of max or global average pooling in x and y over the convolution's output.
    pub pooling: Option<[Span; 2]>,
    /// The output map.
    pub output: Dims,
}
