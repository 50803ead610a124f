//! Why a layer does not fit, in numbers, and the nearest sizes with which it would.
//!
//! Nothing here has a rule of its own: a size is tried by asking `check`, `partition` and `footprint` about the layer with that size. So a size that
//! is named fits, and the next larger one does not.

use spikemesh_model::{Dims, InputData, Layer, LayerKind, Model, Parameters};
use spikemesh_words::plural;

use crate::check::check_layer;
use crate::error::Error;
use crate::partition::fits_alone;
use crate::resources::Resources;

/// Sizes that are tried one by one; beyond, halving finds one that fits below one that does not.
const ONE_BY_ONE: u32 = 4096;

/// A size of a layer that can be made smaller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Size {
    /// Columns of the input map.
    Columns,
    /// Rows of the input map.
    Rows,
    /// Channels of the input map.
    Channels,
    /// Filters, or neurons.
    Filters,
    /// Bits of the values that come in.
    ActivationBits,
    /// Bits of a weight.
    WeightBits,
    /// Side of the kernel.
    Kernel,
}

impl Size {
    /// Every size.
    pub const ALL: [Size; 7] = [
        Size::Channels,
        Size::Columns,
        Size::Rows,
        Size::Filters,
        Size::ActivationBits,
        Size::WeightBits,
        Size::Kernel,
    ];

    /// The size of a layer.
    pub fn of(self, layer: &Layer) -> u32 {
        let input = layer.shape.input;
        match self {
            Size::Columns => input.width,
            Size::Rows => input.height,
            Size::Channels => input.channels,
            Size::Filters => layer.shape.output.channels,
            Size::ActivationBits => layer.input_bits.into(),
            Size::WeightBits => layer.parameters.weights_bits().unwrap_or(0).into(),
            Size::Kernel => layer.shape.kernel.map_or(0, |[x, y]| x.size.max(y.size)),
        }
    }
}

/// A size with which a layer fits: the largest below the one that it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Nearest {
    /// Which size.
    pub size: Size,
    /// With this value it fits.
    pub value: u32,
    /// The value that it has.
    pub asked: u32,
}

impl std::fmt::Display for Nearest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let value = self.value;
        f.write_str(&match self.size {
            Size::Columns => plural(value, "column", "columns"),
            Size::Rows => plural(value, "row", "rows"),
            Size::Channels => plural(value, "input channel", "input channels"),
            Size::Filters => plural(value, "filter", "filters"),
            Size::ActivationBits => format!("{value}-bit activations"),
            Size::WeightBits => format!("{value}-bit weights"),
            Size::Kernel => format!("a {value}x{value} kernel"),
        })
    }
}

/// Why a layer does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misfit {
    /// Name of the layer.
    pub layer: String,
    /// The limit that binds, as an inequality with its values.
    pub inequality: String,
    /// Sizes with which it fits, the nearest first.
    pub nearest: Vec<Nearest>,
}

impl Misfit {
    /// Of an error that is about a layer of a model. `None` for errors about names, passes, and whole models.
    pub fn of(model: &Model, resources: &Resources, error: &Error) -> Option<Misfit> {
        let name = layer_of(error)?;
        let layer = model.layers().iter().find(|layer| layer.name == name)?;
        let inequality = inequality(layer, error, resources)?;
        let mut nearest: Vec<Nearest> =
            Size::ALL.into_iter().filter_map(|size| nearest(layer, resources, size)).collect();
        let kept = |nearest: &Nearest| f64::from(nearest.value) / f64::from(nearest.asked.max(1));
        nearest.sort_by(|a, b| kept(b).total_cmp(&kept(a)));
        Some(Misfit { layer: name.to_owned(), inequality, nearest })
    }

    /// What fits, in a sentence; `None` if nothing does.
    pub fn advice(&self) -> Option<String> {
        let sizes: Vec<String> = self.nearest.iter().map(ToString::to_string).collect();
        let (last, rest) = sizes.split_last()?;
        let sizes = if rest.is_empty() { last.clone() } else { format!("{}, or {last}", rest.join(", or ")) };
        Some(format!("layer `{}` fits with at most {sizes}", self.layer))
    }
}

fn layer_of(error: &Error) -> Option<&str> {
    match error {
        Error::KernelNotSquare { layer, .. }
        | Error::KernelUnknown { layer, .. }
        | Error::KernelTooLarge { layer, .. }
        | Error::MapTooWide { layer, .. }
        | Error::WeightsTooLarge { layer, .. }
        | Error::InputTooLarge { layer, .. }
        | Error::GlobalPoolingCut { layer, .. }
        | Error::LayerTooLarge { layer, .. }
        | Error::PotentialOverflow { layer, .. }
        | Error::MemoryExceeded { layer, .. } => Some(layer),
        _ => None,
    }
}

/// The limit that binds. Names of limits are their paths in the device.
fn inequality(layer: &Layer, error: &Error, resources: &Resources) -> Option<String> {
    let input = layer.shape.input;
    let weight_bits = layer.parameters.weights_bits().unwrap_or(0);
    let bits = |bits: u8| plural(bits, "bit", "bits");
    let bytes_of = |bytes: u64| plural(bytes, "byte", "bytes");
    let channels = plural(input.channels, "channel", "channels");
    let map = |rows: u32, bytes: u64, limit: u64| {
        let (rows, columns) = (plural(rows, "row", "rows"), plural(input.width, "column", "columns"));
        let (bits, bytes, limit) = (bits(layer.input_bits), bytes_of(bytes), limit);
        format!(
            "{rows} x {columns} x {channels} x {bits} / 8 = {bytes} of input map > {limit} (np.input_bytes)"
        )
    };
    Some(match error {
        Error::WeightsTooLarge { filters, bytes, limit, .. } => {
            let (bytes, limit) = (bytes_of(*bytes), *limit);
            let filters = plural(*filters, "filter", "filters");
            let [columns, rows] = layer.shape.kernel.map_or([1, 1], |spans| spans.map(|span| span.size));
            let terms = match layer.kind() {
                LayerKind::SeparableConvolutional => {
                    let rows = rows.min((2 * input.height).saturating_sub(1));
                    format!("{channels} x ({filters} + {columns} x {rows} taps)")
                }
                _ => format!("{channels} x {columns} x {rows} taps x {filters}"),
            };
            format!("{terms} x {} / 8 = {bytes} of weights > {limit} (np.weight_bytes)", bits(weight_bits))
        }
        Error::InputTooLarge { rows, bytes, limit, .. } => map(*rows, *bytes, *limit),
        Error::GlobalPoolingCut { height, bytes, limit, own_rows, .. } if height <= own_rows => {
            map(*height, *bytes, *limit)
        }
        Error::GlobalPoolingCut { height, own_rows, .. } => {
            let height = plural(*height, "row", "rows");
            format!("{height} > {own_rows} (np.own_rows), and all of them are pooled into one")
        }
        Error::LayerTooLarge { nps, spatial, filter, limit, .. } => format!(
            "{spatial} slices of rows x {filter} of filters = {} > {limit} (NPs of {})",
            plural(*nps, "NP", "NPs"),
            resources.name
        ),
        Error::MemoryExceeded { footprint, limit, .. } => {
            let (total, limit) = (bytes_of(footprint.total()), *limit);
            format!("{footprint} = {total} > {limit} (np.memory_bytes)")
        }
        Error::MapTooWide { width, limit, .. } => {
            format!("{} > {limit}", plural(*width, "column", "columns"))
        }
        Error::KernelTooLarge { width, height, limit, .. } => {
            format!("a side of {} > {limit}", width.max(height))
        }
        Error::KernelNotSquare { width, height, .. } => format!("{width} x {height} taps: the sides differ"),
        Error::KernelUnknown { size, known, .. } => format!("{size}x{size} is none of {known}"),
        Error::PotentialOverflow { bound, limit, .. } => {
            let word = bytes_of(resources.np.potential_bytes);
            format!("{bound} > {limit} (a potential of {word})")
        }
        _ => return None,
    })
}

/// A layer of one's own inbound map with another size, everything else as it was. `None` if there is no such layer.
pub fn with_size(layer: &Layer, size: Size, value: u32) -> Option<Layer> {
    let mut input = layer.shape.input;
    let mut parameters = layer.parameters;
    let mut bits = layer.input_bits;
    match size {
        Size::Columns => input.width = value,
        Size::Rows => input.height = value,
        Size::Channels => input.channels = value,
        Size::ActivationBits => bits = value as u8,
        Size::Filters => set_filters(&mut parameters, value),
        Size::WeightBits => *parameters.weights_bits_mut()? = value as u8,
        Size::Kernel => {
            let convolution = parameters.convolution_mut()?;
            (convolution.kernel_width, convolution.kernel_height) = (value, value);
        }
    }
    if size == Size::ActivationBits {
        // The same layer, with its weights.
        return Some(Layer { input_bits: bits, ..layer.clone() });
    }
    alone(parameters, input, bits)
}

fn alone(parameters: Parameters, input: Dims, bits: u8) -> Option<Layer> {
    let mut model = Model::new("");
    model.add("", Parameters::InputData(InputData { input }), &[]).ok()?;
    model.add("", parameters, &[]).ok()?;
    let layer = model.pop()?;
    Some(Layer { input_bits: bits, ..layer })
}

fn set_filters(parameters: &mut Parameters, value: u32) {
    match parameters {
        Parameters::FullyConnected(fc) => fc.num_neurons = value,
        _ => {
            if let Some(convolution) = parameters.convolution_mut() {
                convolution.num_neurons = value;
            }
        }
    }
}

/// Whether a layer with another size keeps every limit by itself, as the least mapping divides it.
fn fits(layer: &Layer, resources: &Resources, size: Size, value: u32) -> bool {
    with_size(layer, size, value).is_some_and(|layer| {
        let mut errors = Vec::new();
        check_layer(&layer, resources, &mut errors);
        errors.is_empty() && fits_alone(&layer, resources)
    })
}

/// The largest value of a size below the one that a layer has with which it fits.
fn nearest(layer: &Layer, resources: &Resources, size: Size) -> Option<Nearest> {
    let on_np = !matches!(layer.kind(), LayerKind::InputData | LayerKind::InputConvolutional);
    let asked = size.of(layer);
    if !on_np || asked < 2 {
        return None;
    }
    let fits = |value: u32| fits(layer, resources, size, value);
    let first = asked.saturating_sub(ONE_BY_ONE).max(1);
    let value = (first..asked).rev().find(|&value| fits(value)).or_else(|| {
        // Far below: where it fits at one end and not at the other, a border lies between.
        let (mut low, mut high) = (1, first);
        fits(low).then(|| {
            while high - low > 1 {
                let middle = low + (high - low) / 2;
                if fits(middle) { low = middle } else { high = middle }
            }
            low
        })
    })?;
    Some(Nearest { size, value, asked })
}
