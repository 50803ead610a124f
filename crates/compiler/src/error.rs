//! Why a model cannot be mapped onto a device.

use crate::deadlock::CircularWait;
use crate::footprint::MemoryFootprint;

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

    /// An event could not name its column.
    #[error("the {which} map of layer `{layer}` is {width} columns wide; an event can name {limit}")]
    #[diagnostic(
        code(compiler::map_too_wide),
        help("transpose the map, or reduce it to at most {limit} columns")
    )]
    MapTooWide {
        /// Name of the layer.
        layer: String,
        /// `input` or `output`.
        which: &'static str,
        /// Columns of the map.
        width: u32,
        /// Most columns.
        limit: u32,
    },

    /// An event could not name its feature.
    #[error("the {which} map of layer `{layer}` has {features} features; an event can name {limit}")]
    #[diagnostic(code(compiler::too_many_features), help("reduce it to at most {limit} features"))]
    TooManyFeatures {
        /// Name of the layer.
        layer: String,
        /// `input` or `output`.
        which: &'static str,
        /// Features of the map.
        features: u32,
        /// Most features.
        limit: u32,
    },

    /// However finely the layer is cut along filters, the weights of the smallest group do not fit.
    #[error(
        "the weights of {filters} filters of layer `{layer}` take {bytes} bytes, the smallest piece that can be cut; \
         a neural processor holds {limit}"
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
        "{rows} rows of the input of layer `{layer}` take {bytes} bytes, the smallest piece that can be cut; \
         a neural processor holds {limit}"
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
         ({bytes} bytes of input map against {limit}, {height} rows against {own_rows})"
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
    #[error("a slice of layer `{layer}` takes {} bytes; a neural processor holds {limit}: {footprint}", footprint.total())]
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

    /// The program would break a limit of the program format, so no simulator would run it.
    #[error("the program would not be valid: {0}")]
    #[diagnostic(
        code(compiler::invalid_program),
        help(
            "keep the model within the limits that the message names; without one it is a defect of the compiler"
        )
    )]
    Program(spikemesh_isa::Error),

    /// Packets could wait for each other for ever. It points to a defect of the routing function, not of the model.
    #[error("the program can deadlock the network: {0}")]
    #[diagnostic(code(compiler::deadlock), help("use dimension-ordered routing"))]
    Deadlock(CircularWait),
}
