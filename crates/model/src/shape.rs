//! Shape inference: sizes and windows of a layer over its input.

use crate::dims::Dims;
use crate::error::Error;
use crate::limits::{MAX_MAP, MAX_SIDE};
use crate::parameters::{ConvolutionMode, ConvolutionParameters, Parameters, PoolingParameters, PoolingType};

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

impl Span {
    /// Windows of length `size` over `input` positions; `None` if `Valid` leaves no place for one.
    /// `input`, `size` and `stride` are at least 1 and at most [`MAX_SIDE`].
    pub fn new(mode: ConvolutionMode, input: u32, size: u32, stride: u32) -> Option<Span> {
        let (pad, outputs) = match mode {
            ConvolutionMode::Valid => (0, input.checked_sub(size)? / stride + 1),
            ConvolutionMode::Same => {
                let outputs = input.div_ceil(stride);
                // (outputs - 1) * stride < input, so nothing overflows.
                let total = ((outputs - 1) * stride + size).saturating_sub(input);
                (total / 2, outputs)
            }
            ConvolutionMode::Full => (size - 1, (input + size - 2) / stride + 1),
        };
        Some(Span { size, stride, pad, outputs })
    }

    /// One window over a whole axis of `input` positions.
    pub fn global(input: u32) -> Span {
        Span { size: input, stride: input, pad: 0, outputs: 1 }
    }

    /// True if there is one window and it covers exactly the `input` positions of the axis.
    pub fn is_global(&self, input: u32) -> bool {
        self.size == input && self.pad == 0 && self.outputs == 1
    }
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

impl Shape {
    /// Shape of a layer over the map `input` (for an input layer: its own). `parameters` are in their ranges.
    ///
    /// # Errors
    /// A window that has no place, average pooling that is not global, maps that are too large.
    pub fn infer(layer: &str, parameters: &Parameters, input: Dims) -> Result<Shape, Vec<Error>> {
        let flat = |output| Shape { input, kernel: None, pooling: None, output };
        let shape = match (parameters, parameters.convolution(), parameters.pooling()) {
            (_, Some(convolution), Some(pooling)) => convolved(layer, convolution, pooling, input)?,
            (Parameters::FullyConnected(p), ..) => {
                flat(Dims { width: 1, height: 1, channels: p.num_neurons })
            }
            _ => flat(input),
        };
        let maps =
            [("input", shape.input), ("convolution output", shape.convolved()), ("output", shape.output)];
        match maps.into_iter().find_map(|(map, dims)| too_large(layer, map, dims)) {
            Some(error) => Err(vec![error]),
            None => Ok(shape),
        }
    }

    /// The map between convolution and pooling; the output for layers without a convolution.
    pub fn convolved(&self) -> Dims {
        match self.kernel {
            Some([x, y]) => Dims { width: x.outputs, height: y.outputs, channels: self.output.channels },
            None => self.output,
        }
    }

    /// True if pooling reduces the map to one position.
    pub fn pools_globally(&self) -> bool {
        let map = self.convolved();
        self.pooling.is_some_and(|[x, y]| x.is_global(map.width) && y.is_global(map.height))
    }
}

/// Shape of a convolution with its pooling.
fn convolved(
    layer: &str,
    convolution: &ConvolutionParameters,
    pooling: &PoolingParameters,
    input: Dims,
) -> Result<Shape, Vec<Error>> {
    let mode = convolution.convolution_mode;
    let mut errors = Vec::new();
    let mut slide = |parameter, input, size, stride| {
        let span = Span::new(mode, input, size, stride);
        if span.is_none() {
            errors.push(Error::WindowTooLarge { layer: layer.to_string(), parameter, size, input });
        }
        span
    };
    let x = slide("kernel_width", input.width, convolution.kernel_width, convolution.stride_x);
    let y = slide("kernel_height", input.height, convolution.kernel_height, convolution.stride_y);
    let (Some(x), Some(y)) = (x, y) else { return Err(errors) };
    let mut shape = Shape {
        input,
        kernel: Some([x, y]),
        pooling: None,
        output: Dims { width: x.outputs, height: y.outputs, channels: convolution.num_neurons },
    };
    if pooling.pooling_type == PoolingType::NoPooling {
        return Ok(shape);
    }
    // `Full` can produce sides above the limit that `Span::new` relies on.
    if let Some(error) = too_large(layer, "convolution output", shape.output) {
        return Err(vec![error]);
    }
    let mut pool = |parameter, input, size, stride| match (size, stride) {
        (-1, _) => Some(Span::global(input)),
        (size, -1) => slide(parameter, input, size as u32, size as u32),
        (size, stride) => slide(parameter, input, size as u32, stride as u32),
    };
    let px = pool("pooling_width", x.outputs, pooling.pooling_width, pooling.pooling_stride_x);
    let py = pool("pooling_height", y.outputs, pooling.pooling_height, pooling.pooling_stride_y);
    let (Some(px), Some(py)) = (px, py) else { return Err(errors) };
    if pooling.pooling_type == PoolingType::Average && !(px.is_global(x.outputs) && py.is_global(y.outputs)) {
        return Err(vec![Error::AverageNotGlobal {
            layer: layer.to_string(),
            width: pooling.pooling_width,
            height: pooling.pooling_height,
            map_width: x.outputs,
            map_height: y.outputs,
        }]);
    }
    shape.pooling = Some([px, py]);
    shape.output.width = px.outputs;
    shape.output.height = py.outputs;
    Ok(shape)
}

/// The error of a map beyond [`MAX_SIDE`] or [`MAX_MAP`].
fn too_large(layer: &str, map: &'static str, dims: Dims) -> Option<Error> {
    let layer = layer.to_string();
    let side = dims.width.max(dims.height).max(dims.channels);
    if side > MAX_SIDE {
        return Some(Error::SideTooLarge { layer, map, dims, side, limit: MAX_SIDE });
    }
    let values = u64::from(dims.width) * u64::from(dims.height) * u64::from(dims.channels);
    (values > MAX_MAP).then_some(Error::MapTooLarge { layer, map, dims, values, limit: MAX_MAP })
}
