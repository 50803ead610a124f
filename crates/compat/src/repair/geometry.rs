//! Kernels, modes, strides and pooling windows that give the same sums: the ones with the fewest violations are taken.

use super::candidate::candidate;
use super::change::Repair;
use super::kernel::Padding;
use crate::check::judge;
use crate::rule::Subject;
use spikemesh_model::{
    ConvolutionMode, ConvolutionParameters, Layer, Parameters, PoolingParameters, PoolingType, Shape, Span,
};

/// Sides of square kernels that some rule allows.
const SIDES: [u32; 4] = [1, 3, 5, 7];

/// Other parameters of a layer, exact in its place.
pub struct Geometry {
    pub parameters: Parameters,
    shape: Shape,
}

impl Geometry {
    /// The exact parameters with the fewest violations, and of those the ones that change least; `None` if nothing is better than what is.
    pub fn search(subject: &Subject) -> Option<Geometry> {
        let layer = subject.layer;
        let convolution = layer.parameters.convolution()?;
        let violations = |layer: &Layer| judge(&Subject { layer, ..*subject }).len();
        let mut fewest = violations(&candidate(layer, layer.parameters, layer.shape));
        let mut best = None;
        // From the smallest change to the largest: only fewer violations replace what has been found.
        for changes in 1..=4 {
            for parameters in
                variants(layer, convolution).filter(|p| distance(&layer.parameters, p) == changes)
            {
                let Some(shape) = exact(layer, &parameters) else { continue };
                let count = violations(&candidate(layer, parameters, shape));
                if count < fewest {
                    fewest = count;
                    best = Some(Geometry { parameters, shape });
                }
            }
        }
        best
    }

    /// Where the stored kernel goes.
    pub fn padding(&self, layer: &Layer) -> Option<Padding> {
        Padding::new(layer, &self.shape)
    }

    /// What differs from the layer as it was.
    pub fn repairs(&self, layer: &Layer) -> Vec<Repair> {
        let name = || layer.name.clone();
        let (Some(old), Some(new)) = (layer.parameters.convolution(), self.parameters.convolution()) else {
            return Vec::new();
        };
        let mut repairs = Vec::new();
        if kernel(old) != kernel(new) {
            repairs.push(Repair::Kernel { layer: name(), from: kernel(old), to: kernel(new) });
        }
        if old.convolution_mode != new.convolution_mode {
            let (from, to) = (old.convolution_mode, new.convolution_mode);
            repairs.push(Repair::Mode { layer: name(), from, to });
        }
        if stride(old) != stride(new) {
            repairs.push(Repair::Stride { layer: name(), from: stride(old), to: stride(new) });
        }
        match (layer.shape.pooling, self.shape.pooling) {
            (Some(_), None) => repairs.push(Repair::Pooling { layer: name() }),
            (Some(from), Some(to)) if from != to => {
                let sizes = |spans: [Span; 2]| spans.map(|span| span.size);
                repairs.push(Repair::Window { layer: name(), from: sizes(from), to: sizes(to) });
            }
            _ => {}
        }
        repairs
    }
}

fn kernel(p: &ConvolutionParameters) -> [u32; 2] {
    [p.kernel_width, p.kernel_height]
}

fn stride(p: &ConvolutionParameters) -> [u32; 2] {
    [p.stride_x, p.stride_y]
}

/// How many of kernel, mode, strides and pooling differ.
fn distance(a: &Parameters, b: &Parameters) -> usize {
    let (Some(x), Some(y)) = (a.convolution(), b.convolution()) else { return 0 };
    [
        kernel(x) != kernel(y),
        x.convolution_mode != y.convolution_mode,
        stride(x) != stride(y),
        a.pooling() != b.pooling(),
    ]
    .into_iter()
    .filter(|differs| *differs)
    .count()
}

/// Parameters that may be worth a look, smaller kernels first.
fn variants(layer: &Layer, convolution: &ConvolutionParameters) -> impl Iterator<Item = Parameters> {
    let side = convolution.kernel_width.max(convolution.kernel_height);
    let larger = SIDES.into_iter().filter(move |s| *s >= side).map(|s| [s, s]);
    let kernels: Vec<[u32; 2]> = std::iter::once(kernel(convolution)).chain(larger).collect();
    let modes = [convolution.convolution_mode, ConvolutionMode::Same];
    let [x, y] = stride(convolution);
    let input = layer.shape.input;
    // Along an axis with one position every stride means the same.
    let free = match (input.width, input.height) {
        (1, 1) => [1, 1],
        (1, _) => [y, y],
        (_, 1) => [x, x],
        _ => [x, y],
    };
    let pools =
        [layer.parameters.pooling().copied(), Some(PoolingParameters::default()), square_pooling(layer)];
    let parameters = layer.parameters;
    kernels.into_iter().flat_map(move |[kernel_width, kernel_height]| {
        modes.into_iter().flat_map(move |convolution_mode| {
            [[x, y], free].into_iter().flat_map(move |[stride_x, stride_y]| {
                pools.into_iter().flatten().map(move |pool| {
                    let mut parameters = parameters;
                    if let Some(c) = parameters.convolution_mut() {
                        *c = ConvolutionParameters {
                            kernel_width,
                            kernel_height,
                            convolution_mode,
                            stride_x,
                            stride_y,
                            ..*c
                        };
                    }
                    if let Some(pooling) = parameters.pooling_mut() {
                        *pooling = pool;
                    }
                    parameters
                })
            })
        })
    })
}

/// Max pooling with square windows, where the map has one position along an axis: how far a window reaches beyond does not matter.
fn square_pooling(layer: &Layer) -> Option<PoolingParameters> {
    let pooling = layer.parameters.pooling().filter(|pooling| pooling.pooling_type == PoolingType::Max)?;
    let ([x, y], map) = (layer.shape.pooling?, layer.shape.convolved());
    let window = match (map.width, map.height) {
        (_, 1) => x,
        (1, _) => y,
        _ => return None,
    };
    let (size, stride) = (i32::try_from(window.size).ok()?, i32::try_from(window.stride).ok()?);
    Some(PoolingParameters {
        pooling_width: size,
        pooling_height: size,
        pooling_stride_x: stride,
        pooling_stride_y: stride,
        ..*pooling
    })
}

/// The shape with other parameters, if every output is the same sum as before.
fn exact(layer: &Layer, parameters: &Parameters) -> Option<Shape> {
    let old = &layer.shape;
    let new = Shape::infer(&layer.name, parameters, old.input).ok()?;
    let (from, to) = (old.kernel?, new.kernel?);
    let windows = from.iter().zip(&to).all(|(from, to)| {
        // The old taps lie within the new ones; what is around them is multiplied by zero.
        let inside = to.pad >= from.pad && to.pad - from.pad + from.size <= to.size;
        inside && to.outputs == from.outputs && (to.stride == from.stride || to.outputs == 1)
    });
    let pooling = match (old.pooling, new.pooling) {
        (Some(windows), None) => {
            let map = old.convolved();
            single(windows[0], map.width) && single(windows[1], map.height)
        }
        (Some(old_windows), Some(new_windows)) => {
            let map = old.convolved();
            let kinds = (layer.parameters.pooling(), parameters.pooling());
            let point = |axis: usize| {
                let positions = [map.width, map.height][axis];
                positions == 1 && old_windows[axis].outputs == 1 && new_windows[axis].outputs == 1
            };
            let same = |axis: usize| old_windows[axis] == new_windows[axis] || point(axis);
            matches!(kinds, (Some(a), Some(b)) if a.pooling_type == b.pooling_type) && same(0) && same(1)
        }
        (None, None) => true,
        (None, Some(_)) => false,
    };
    (windows && pooling && old.output == new.output).then_some(new)
}

/// True if window `o` holds position `o` of the axis and no other.
fn single(span: Span, positions: u32) -> bool {
    let window = |o: u32| {
        let start = i64::from(o) * i64::from(span.stride) - i64::from(span.pad);
        (start.max(0), (start + i64::from(span.size)).min(positions.into()))
    };
    span.outputs == positions && (0..positions).all(|o| window(o) == (o.into(), i64::from(o) + 1))
}

/// Why a rule about windows stays broken, if it does.
pub fn reason(rule: &str, subject: &Subject) -> Option<String> {
    let layer = subject.layer;
    let convolution = layer.parameters.convolution()?;
    let reason = match rule {
        "kernel_size" | "square_kernel" | "input_kernel" => {
            let [w, h] = kernel(convolution);
            if w.max(h) > SIDES[SIDES.len() - 1] {
                "no legal kernel is as large".to_string()
            } else {
                let larger = SIDES.into_iter().find(|side| *side >= w.max(h))?;
                let mut parameters = layer.parameters;
                if let Some(c) = parameters.convolution_mut() {
                    (c.kernel_width, c.kernel_height) = (larger, larger);
                }
                other_map(layer, &parameters, &format!("a kernel of {larger}x{larger}"))
                    .unwrap_or_else(|| "a larger kernel would break other rules".to_string())
            }
        }
        "same_padding" | "full_padding" => {
            let mut parameters = layer.parameters;
            if let Some(c) = parameters.convolution_mut() {
                c.convolution_mode = ConvolutionMode::Same;
            }
            other_map(layer, &parameters, "Same")
                .unwrap_or_else(|| "with Same, windows would start elsewhere".to_string())
        }
        "stride" | "square_stride" | "input_stride" => "another stride gives another map".to_string(),
        "max_pooling_size" | "max_pooling_stride" | "max_pooling_within_input" | "input_max_pooling" => {
            "other pooling windows give another map".to_string()
        }
        "average_pooling_size"
        | "average_pooling_rows"
        | "average_pooling_point"
        | "input_average_pooling" => "nothing else sums the map".to_string(),
        _ => return None,
    };
    Some(reason)
}

/// `what would give 8x8 positions, not 6x6`, if it would give another map.
fn other_map(layer: &Layer, parameters: &Parameters, what: &str) -> Option<String> {
    let old = layer.shape.convolved();
    let Ok(new) = Shape::infer(&layer.name, parameters, layer.shape.input) else {
        return Some(format!("{what} has no place on the map"));
    };
    let (new, pooled) = (new.convolved(), new.output);
    if (old.width, old.height) != (new.width, new.height) {
        return Some(format!(
            "{what} would give {}x{} positions, not {}x{}",
            new.width, new.height, old.width, old.height
        ));
    }
    let output = layer.shape.output;
    let differs = (output.width, output.height) != (pooled.width, pooled.height);
    let pools = layer.parameters.pooling().is_some_and(|p| p.pooling_type != PoolingType::NoPooling);
    (differs && pools).then(|| {
        format!(
            "{what} would pool to {}x{}, not {}x{}",
            pooled.width, pooled.height, output.width, output.height
        )
    })
}
