//! What a repair changes.

use std::fmt;

use spikemesh_model::ConvolutionMode;
use spikemesh_words::plural;

/// A change that leaves all outputs as they are.
#[derive(Clone, Debug, PartialEq)]
pub enum Repair {
    /// Zeros around a kernel.
    Kernel {
        /// Name of the layer.
        layer: String,
        /// Columns and rows before.
        from: [u32; 2],
        /// Columns and rows now.
        to: [u32; 2],
    },
    /// Another convolution mode that slides the same windows.
    Mode {
        /// Name of the layer.
        layer: String,
        /// The mode before.
        from: ConvolutionMode,
        /// The mode now.
        to: ConvolutionMode,
    },
    /// Another stride along an axis that has one position.
    Stride {
        /// Name of the layer.
        layer: String,
        /// Strides in x and y before.
        from: [u32; 2],
        /// Strides in x and y now.
        to: [u32; 2],
    },
    /// Pooling whose every window holds one position.
    Pooling {
        /// Name of the layer.
        layer: String,
    },
    /// Another pooling window along an axis that has one position.
    Window {
        /// Name of the layer.
        layer: String,
        /// Columns and rows before.
        from: [u32; 2],
        /// Columns and rows now.
        to: [u32; 2],
    },
    /// Another width that holds the same weights.
    Weights {
        /// Name of the layer.
        layer: String,
        /// Bits before.
        from: u8,
        /// Bits now.
        to: u8,
    },
    /// A convolution that passes levels on as they are, after max pooling.
    Identity {
        /// Name of the max pooled layer.
        layer: String,
        /// Name of the new layer.
        inserted: String,
        /// Names of the layers that it feeds; none if it is an output.
        feeds: Vec<String>,
    },
}

impl fmt::Display for Repair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Repair::Kernel { layer, from: [w, h], to: [x, y] } => {
                write!(f, "layer `{layer}`: kernel {w}x{h} padded with zeros to {x}x{y}")
            }
            Repair::Mode { layer, from, to } => {
                write!(
                    f,
                    "layer `{layer}`: convolution_mode {from:?} set to {to:?}, which slides the same windows"
                )
            }
            Repair::Stride { layer, from: [w, h], to: [x, y] } => {
                write!(
                    f,
                    "layer `{layer}`: stride {w}x{h} set to {x}x{y}, the same along an axis with one position"
                )
            }
            Repair::Pooling { layer } => {
                write!(f, "layer `{layer}`: pooling dropped, every window of it holds one position")
            }
            Repair::Window { layer, from: [w, h], to: [x, y] } => {
                write!(
                    f,
                    "layer `{layer}`: pooling {w}x{h} set to {x}x{y}, the same along an axis with one position"
                )
            }
            Repair::Weights { layer, from, to } => {
                write!(f, "layer `{layer}`: weights of {} held in {to}", plural(*from, "bit", "bits"))
            }
            Repair::Identity { layer, inserted, feeds } => {
                write!(f, "layer `{layer}`: its levels pass `{inserted}`, a 1x1 identity convolution, ")?;
                match feeds.as_slice() {
                    [] => f.write_str("as the output"),
                    names => write!(f, "to `{}`", names.join("`, `")),
                }
            }
        }
    }
}
