//! Why a model cannot be mapped onto a device.

use crate::deadlock::Refused;
use crate::footprint::MemoryFootprint;
use crate::placement_error::PlacementError;
use spikemesh_stop::Stopped;
use spikemesh_words::plural;

/// A model cannot be mapped. All reasons are reported at once.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum Error {
    /// There is no layer that computes anything, so there is no program.
    #[error("the model has no layer that computes anything")]
    #[diagnostic(code(compiler::empty), help("add at least one layer after the input"))]
    Empty,

    /// The units of a neural processor walk square kernels only.
    #[error("layer `{layer}` has a {width}x{height} kernel; neural processors take square kernels only")]
    #[diagnostic(code(compiler::kernel_not_square), help("pad the shorter side of the kernel with zeros"))]
    KernelNotSquare {
        /// Name of the layer.
        layer: String,
        /// Columns of the kernel.
        width: u32,
        /// Rows of the kernel.
        height: u32,
    },

    /// The neural processors have no way to walk such a kernel, and no time for it.
    #[error(
        "layer `{layer}` has a {size}x{size} kernel with {weight_bits}-bit weights; {device} computes {known}"
    )]
    #[diagnostic(code(compiler::kernel_unknown), help("pad the kernel with zeros to the next size"))]
    KernelUnknown {
        /// Name of the layer.
        layer: String,
        /// Side of the kernel.
        size: u32,
        /// Bits of a weight.
        weight_bits: u8,
        /// Name of the device.
        device: String,
        /// Sides that it computes.
        known: String,
    },

    /// No program holds a description of so large a kernel.
    #[error("layer `{layer}` has a {width}x{height} kernel; a kernel has at most {limit} columns and rows")]
    #[diagnostic(
        code(compiler::kernel_too_large),
        help("use several layers with smaller kernels, or a stride before it")
    )]
    KernelTooLarge {
        /// Name of the layer.
        layer: String,
        /// Columns of the kernel.
        width: u32,
        /// Rows of the kernel.
        height: u32,
        /// Most columns, and most rows.
        limit: u32,
    },

    /// Neural processors have a pointer for each column that a convolution slides over, and no more of them.
    #[error(
        "the input map of layer `{layer}` is {} wide; a convolution slides over at most {limit}",
        plural(*width, "column", "columns")
    )]
    #[diagnostic(
        code(compiler::map_too_wide),
        help(
            "transpose the map, or reduce it to at most {limit} columns by a stride or by pooling before the layer; \
             a fully connected layer takes any shape"
        )
    )]
    MapTooWide {
        /// Name of the layer.
        layer: String,
        /// Columns of the map.
        width: u32,
        /// Most columns.
        limit: u32,
    },

    /// Files and messages could not show the name that the program would have.
    #[error(
        "the name of the {what} {}; a program's names have 1 to {limit} bytes and no control characters",
        if *.control { "has control characters".to_string() } else { format!("has {}", plural(*bytes, "byte", "bytes")) }
    )]
    #[diagnostic(code(compiler::name), help("give the {what} another `name`"))]
    Name {
        /// Model or device.
        what: &'static str,
        /// Length of the name.
        bytes: usize,
        /// It has control characters.
        control: bool,
        /// Most bytes.
        limit: usize,
    },

    /// A program holds no more passes.
    #[error(
        "the layers take {} on {device}, which has {nps} neural processors; a program has at most {limit}",
        plural(*passes, "pass", "passes")
    )]
    #[diagnostic(
        code(compiler::too_many_passes),
        help("use a larger device, or divide the model into several")
    )]
    TooManyPasses {
        /// Passes.
        passes: usize,
        /// Name of the device.
        device: String,
        /// Its neural processors.
        nps: u32,
        /// Most passes.
        limit: usize,
    },

    /// Numbers of slices that a caller asks for do not fit the layer.
    #[error(
        "layer `{layer}` is to be cut into {spatial} slices of rows x {filter} of its {}; \
         both are at least 1, and a slice has at least one filter",
        plural(*filters, "filter", "filters")
    )]
    #[diagnostic(code(compiler::splits), help("ask for 1 to {filters} slices of filters"))]
    Splits {
        /// Name of the layer.
        layer: String,
        /// Slices along y.
        spatial: u32,
        /// Slices along filters.
        filter: u32,
        /// Filters of the layer.
        filters: u32,
    },

    /// Numbers of slices are needed for every layer, no more and no fewer.
    #[error("numbers of slices are given for {}; the model has {layers}", plural(*found, "layer", "layers"))]
    #[diagnostic(code(compiler::splits_count), help("give two numbers for every layer, the input included"))]
    SplitsCount {
        /// Layers that they are given for.
        found: usize,
        /// Layers of the model.
        layers: usize,
    },

    /// With the numbers of slices that a caller asks for, all layers together do not fit one pass.
    #[error("the layers take {nps} neural processors in one pass; the device has {limit}")]
    #[diagnostic(code(compiler::too_many_nps), help("ask for fewer slices, or use a larger device"))]
    TooManyNps {
        /// Neural processors of all layers.
        nps: u64,
        /// Neural processors of the device.
        limit: u32,
    },

    /// However finely the layer is cut along filters, the weights of the smallest group do not fit.
    #[error(
        "the weights of {} of layer `{layer}` take {}, the smallest piece that can be cut; \
         a neural processor holds {limit}", plural(*filters, "filter", "filters"), plural(*bytes, "byte", "bytes")
    )]
    #[diagnostic(
        code(compiler::weights_too_large),
        help(
            "use fewer input channels, a smaller kernel, fewer bits per weight, or a separable convolution"
        )
    )]
    WeightsTooLarge {
        /// Name of the layer.
        layer: String,
        /// Filters of the smallest piece.
        filters: u32,
        /// Their bytes.
        bytes: u64,
        /// Capacity in bytes.
        limit: u64,
    },

    /// However finely the layer is cut along y, the rows that one output needs do not fit.
    #[error(
        "{} of the input of layer `{layer}` in {}, the smallest piece that can be cut; \
         a neural processor holds {limit}", plural(*rows, "row", "rows"), plural(*bytes, "byte", "bytes")
    )]
    #[diagnostic(
        code(compiler::input_too_large),
        help("use fewer columns or channels, fewer bits per activation, or a smaller kernel")
    )]
    InputTooLarge {
        /// Name of the layer.
        layer: String,
        /// Rows of the smallest piece.
        rows: u32,
        /// Their bytes.
        bytes: u64,
        /// Capacity in bytes.
        limit: u64,
    },

    /// Global pooling needs the whole map in one slice.
    #[error(
        "layer `{layer}` pools its whole map, but {height} input rows must be cut into {splits} slices \
         ({} of input map against {limit}, {} against {own_rows})", plural(*bytes, "byte", "bytes"), plural(*height, "row", "rows")
    )]
    #[diagnostic(
        code(compiler::global_pooling_cut),
        help("make the input of the layer smaller, by a stride or by pooling before it")
    )]
    GlobalPoolingCut {
        /// Name of the layer.
        layer: String,
        /// Rows of its input map.
        height: u32,
        /// Slices along y that the rule asks for.
        splits: u32,
        /// Bytes of its whole input map.
        bytes: u64,
        /// Capacity of a neural processor in bytes.
        limit: u64,
        /// Rows that a neural processor may own.
        own_rows: u32,
    },

    /// A layer is never divided between passes, so it would not fit any.
    #[error(
        "layer `{layer}` needs {nps} neural processors ({spatial} slices of rows x {filter} of filters); \
         the device has {limit}"
    )]
    #[diagnostic(code(compiler::layer_too_large), help("use a larger device or a smaller layer"))]
    LayerTooLarge {
        /// Name of the layer.
        layer: String,
        /// Neural processors that it needs.
        nps: u32,
        /// Slices along y.
        spatial: u32,
        /// Slices along filters.
        filter: u32,
        /// Neural processors of the device.
        limit: u32,
    },

    /// A potential could overflow the word that holds it, and the result would be wrong.
    #[error(
        "potentials of neuron {neuron} of layer `{layer}` may reach {bound} (largest input {max_input} x sum of \
         absolute weights{}); a potential holds {limit}", if *.positions > 1 { format!(" x {positions} pooled positions") } else { String::new() }
    )]
    #[diagnostic(
        code(compiler::potential_overflow),
        help("use smaller weights, fewer bits per activation, or fewer inputs per neuron")
    )]
    PotentialOverflow {
        /// Name of the layer.
        layer: String,
        /// The neuron with the largest bound.
        neuron: usize,
        /// Its bound.
        bound: u128,
        /// Largest input value.
        max_input: u32,
        /// Positions that are summed by pooling.
        positions: u64,
        /// Largest potential.
        limit: u128,
    },

    /// The parts of a slice do not fit the memory of a neural processor together.
    #[error("a slice of layer `{layer}` takes {}; a neural processor holds {limit}: {footprint}", plural(footprint.total(), "byte", "bytes"))]
    #[diagnostic(
        code(compiler::memory_exceeded),
        help(
            "reduce the largest entry; rows of potentials grow with the kernel and with the stride of pooling"
        )
    )]
    MemoryExceeded {
        /// Name of the layer.
        layer: String,
        /// What takes the memory.
        footprint: MemoryFootprint,
        /// Capacity in bytes.
        limit: u64,
    },

    /// `HwPr` reloads the device within a program, which this one cannot.
    #[error("mode hw-pr needs a device that runs several passes inside one program; {device} does not")]
    #[diagnostic(
        code(compiler::mode_needs_multi_pass),
        help("use mode minimal or all-nps, or another device")
    )]
    ModeNeedsMultiPass {
        /// Name of the device.
        device: String,
    },

    /// The program contradicts itself, so no simulator would run it. Whatever a model can do wrong has a code of its own.
    #[error("the program would not be valid: {0}")]
    #[diagnostic(
        code(compiler::invalid_program),
        help("this is a defect of the compiler: report the model and the device")
    )]
    Program(spikemesh_isa::Error),

    /// The program is not proved free of deadlock.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Deadlock(Refused),

    /// A pin of a placement file is impossible.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Placement(PlacementError),

    /// The stop flag of the options was set.
    #[error("the compiler was stopped before its end")]
    #[diagnostic(code(compiler::stopped))]
    Stopped,
}

impl From<Stopped> for Error {
    fn from(Stopped: Stopped) -> Error {
        Error::Stopped
    }
}
