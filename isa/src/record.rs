//! Records: what one unit does in one pass.
//!
//! Coordinates are those of whole maps unless a name says `local`. `x` is the column, `y` the row, and the cut
//! axis of every split is `y`.

use crate::id::{BufferId, NpId, OutputMapId};
use crate::shape::{MapShape, Rows};

/// Who receives packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Target {
    /// A neural processor.
    Np(NpId),
    /// A buffer, by way of the event DMA. The buffer must have a [`SinkRecord`] in the same pass.
    Sink(BufferId),
}

/// One flow of output events: which rows of the producer's output map go to a target, and where they land.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// The receiver.
    pub target: Target,
    /// Rows of the producer's map that are sent.
    pub rows: Rows,
    /// Row of the producer's map that is the receiver's local row 0.
    pub row_base: u32,
    /// Added to the feature, which is the index of the filter in the producer's whole map.
    pub channel_base: u32,
    /// Its packets are those of the route before it, which has the same rows and bases: both are branches of one tree, and the network forks what
    /// is sent once.
    pub joined: bool,
}

impl Route {
    /// Whether packets of this route and another one are the same, so that one tree can carry them.
    pub fn shares_packets_with(&self, other: &Route) -> bool {
        (self.rows, self.row_base, self.channel_base) == (other.rows, other.row_base, other.channel_base)
    }
}

/// The routes of a unit, tree by tree: those that follow one another and are joined. A route by itself is a tree of one.
pub fn trees(routes: &[Route]) -> impl Iterator<Item = &[Route]> {
    routes.chunk_by(|_, next| next.joined)
}

/// The part of an input map that a unit holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// The whole map.
    pub map: MapShape,
    /// Rows held, halo included; row `rows.first` is local row 0.
    pub rows: Rows,
    /// Rows that this unit owns, without halo: they count for the timing.
    pub own: Rows,
    /// Bits of an input level, 1..=4 (8 for pixels).
    pub bits: u8,
}

/// Sliding-window geometry along one axis: output `o` covers inputs `o * stride - pad .. + size`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Axis {
    /// Window length.
    pub size: u32,
    /// Step between windows.
    pub stride: u32,
    /// Positions before input 0 that window 0 covers.
    pub pad: u32,
    /// Number of windows over the whole map.
    pub outputs: u32,
}

/// Pooling on potentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pooling {
    /// None.
    None,
    /// The largest potential of a window; padded positions never win.
    Max {
        /// Windows over columns of the convolution's output.
        x: Axis,
        /// Windows over rows of the convolution's output.
        y: Axis,
    },
    /// The sum over the whole map.
    GlobalSum,
}

/// What happens to a pooled potential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activation {
    /// It becomes a level of `bits` bits; level 0 is no event.
    Levels {
        /// 1..=4.
        bits: u8,
    },
    /// It leaves as a 32-bit potential.
    Potentials,
}

/// A convolution over a [`Window`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Convolution {
    /// Depthwise over each channel, then pointwise; otherwise over all channels at once.
    pub separable: bool,
    /// Windows over columns.
    pub x: Axis,
    /// Windows over rows.
    pub y: Axis,
    /// Pooling of its potentials.
    pub pooling: Pooling,
    /// First filter computed here.
    pub first_filter: u32,
    /// Filters computed here.
    pub filters: u32,
    /// Rows of the (pooled) output map computed here; none in some slices of a small map, which still send markers.
    pub output_rows: Rows,
    /// Bits of a weight in memory, 1..=8.
    pub weight_bits: u8,
}

/// A fully connected walk over the flattened map: input index = x + width * (y + height * channel).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FullyConnected {
    /// Neurons.
    pub units: u32,
    /// Bits of a weight in memory, 1..=8.
    pub weight_bits: u8,
    /// Weights lie in external memory: the NP walks over units instead of inputs.
    pub external: bool,
}

/// What an NP computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// A convolution, plain or separable.
    Convolution(Convolution),
    /// A fully connected layer.
    FullyConnected(FullyConnected),
}

/// What one neural processor does in a pass.
#[derive(Clone, Debug, PartialEq)]
pub struct NpRecord {
    /// Which NP.
    pub np: NpId,
    /// The map it helps to produce.
    pub output_map: OutputMapId,
    /// The part of its input map that it holds.
    pub input: Window,
    /// Markers to wait for before a frame is complete: one per producing unit.
    pub producers: u32,
    /// What it computes.
    pub operation: Operation,
    /// What leaves it.
    pub activation: Activation,
    /// Where events go, in the order in which copies are sent.
    pub routes: Vec<Route>,
    /// Its memory image, laid out as [`crate::memory`] says.
    pub memory: Vec<u8>,
}

/// What the input unit does in a pass: a dense convolution over 8-bit pixels, in raster order.
#[derive(Clone, Debug, PartialEq)]
pub struct HrcRecord {
    /// The map it produces.
    pub output_map: OutputMapId,
    /// The image, 1 or 3 channels.
    pub image: MapShape,
    /// Value of positions outside the image.
    pub padding_value: u8,
    /// Windows over columns.
    pub x: Axis,
    /// Windows over rows.
    pub y: Axis,
    /// Pooling of its potentials.
    pub pooling: Pooling,
    /// Filters.
    pub filters: u32,
    /// Bits of a weight in memory.
    pub weight_bits: u8,
    /// What leaves it.
    pub activation: Activation,
    /// Where events go.
    pub routes: Vec<Route>,
    /// Its memory image, laid out as [`crate::memory`] says.
    pub memory: Vec<u8>,
}

/// A buffer that the event DMA injects at the start of a frame.
#[derive(Clone, Debug, PartialEq)]
pub struct SourceRecord {
    /// The buffer.
    pub buffer: BufferId,
    /// Where events go.
    pub routes: Vec<Route>,
}

/// A buffer that the event DMA collects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SinkRecord {
    /// The buffer.
    pub buffer: BufferId,
    /// Markers to wait for: one per producing unit.
    pub producers: u32,
}
