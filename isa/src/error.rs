//! What can be wrong with a program or its file: its file ([`FileError`]), the routes between its units ([`FlowError`]), and its records, each by
//! itself.
//!
//! Codes are `program::name` and stable. A message gives the value found and the limit that it breaks; a
//! [`Place`] says where in the program.

mod file;
mod flow;

use crate::id::NpId;
use crate::place::Place;
use crate::shape::{MapShape, Rows};
use spikemesh_words::plural;

pub use file::FileError;
pub use flow::FlowError;

/// A defect of a program or of its file.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[non_exhaustive]
pub enum Error {
    /// Its file is damaged, or no program.
    #[error(transparent)]
    #[diagnostic(transparent)]
    File(#[from] FileError),
    /// Its units do not fit together.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Flow(#[from] FlowError),
    /// A record is of a kind that this build does not know; guessing would run another program.
    #[error("{place}: {field} has the unknown kind {found}")]
    #[diagnostic(code(program::unknown_kind), help("make the program again with this build"))]
    UnknownKind {
        /// Where.
        place: Place,
        /// The field.
        field: &'static str,
        /// Its value.
        found: u8,
    },

    /// A name is empty, too long, or has control characters: messages and files could not show it.
    #[error("{place}: the {what} name has {}{}", plural(*bytes, "byte", "bytes"), if *.control { " and control characters" } else { "" })]
    #[diagnostic(code(program::name), help("a name has 1 to {limit} bytes and no control characters"))]
    Name {
        /// Where.
        place: Place,
        /// Which name.
        what: &'static str,
        /// Its length.
        bytes: usize,
        /// Has control characters.
        control: bool,
        /// Most bytes.
        limit: usize,
    },
    /// Two output maps have one name, so reports could not tell them apart.
    #[error("{place}: output map {other} has its name too: {name:?}")]
    #[diagnostic(code(program::duplicate_name), help("give every output map a name of its own"))]
    DuplicateName {
        /// The later output map.
        place: Place,
        /// The earlier output map.
        other: usize,
        /// The name.
        name: String,
    },
    /// Too many of something, or none where one is needed.
    #[error("the program has {count} {what}, it must have {low} to {high}")]
    #[diagnostic(code(program::count), help("split the model, or look for a compiler defect"))]
    Count {
        /// What is counted.
        what: &'static str,
        /// How many.
        count: usize,
        /// Least.
        low: usize,
        /// Most.
        high: usize,
    },
    /// A record refers to something that is not there.
    #[error("{place}: it refers to {what} {index}, there are {count}")]
    #[diagnostic(code(program::index), help("indices count from 0"))]
    Index {
        /// Where.
        place: Place,
        /// Output map or buffer.
        what: &'static str,
        /// The index.
        index: usize,
        /// How many there are.
        count: usize,
    },
    /// A map has an empty side, or is larger than any hardware of this kind could hold.
    #[error("{place}: the {what} is {map}")]
    #[diagnostic(code(program::map_size), help("sides and channels are 1 to 65,535, elements at most 2^28"))]
    MapSize {
        /// Where.
        place: Place,
        /// Which map.
        what: &'static str,
        /// Its size.
        map: MapShape,
    },
    /// A convolution slides over more columns than the hardware has pointers for.
    #[error("{place}: a convolution slides over {}, and takes at most {limit}", plural(*width, "column", "columns"))]
    #[diagnostic(code(program::columns), help("a fully connected record takes any width"))]
    Columns {
        /// The NP.
        place: Place,
        /// Columns of its input map.
        width: u32,
        /// Most columns.
        limit: u32,
    },
    /// An image has a number of channels that the input unit does not know.
    #[error("{place}: the image has {}", plural(*channels, "channel", "channels"))]
    #[diagnostic(code(program::image_channels), help("an image has 1 or 3 channels"))]
    ImageChannels {
        /// The input unit.
        place: Place,
        /// Its channels.
        channels: u32,
    },
    /// A width in bits that the unit does not have.
    #[error("{place}: {what} has {}, it must have {low} to {high}", plural(*bits, "bit", "bits"))]
    #[diagnostic(code(program::bits), help("buffers of potentials have 0 bits, all else at least 1"))]
    Bits {
        /// Where.
        place: Place,
        /// Weights, levels, input.
        what: &'static str,
        /// Its bits.
        bits: u8,
        /// Least.
        low: u8,
        /// Most.
        high: u8,
    },
    /// NPs must ascend, each at most once, so that they can be found by their id.
    #[error("{place}: it follows NP {}", before.0)]
    #[diagnostic(code(program::np_order), help("sort the records of a pass by NP, one for each"))]
    NpOrder {
        /// The later record.
        place: Place,
        /// The NP before it.
        before: NpId,
    },
    /// Two records of a pass read, or two collect, one buffer.
    #[error("{place}: an earlier record of this pass has buffer {buffer} too")]
    #[diagnostic(code(program::duplicate_record), help("join the two records"))]
    DuplicateRecord {
        /// The later record.
        place: Place,
        /// The buffer.
        buffer: u16,
    },
    /// A range of rows is turned round, empty, or leaves what it must lie in.
    #[error("{place}: {what} are {rows}, they must be some of {within}")]
    #[diagnostic(code(program::rows), help("ranges are half-open and count from row 0 of the whole map"))]
    RowRange {
        /// Where.
        place: Place,
        /// Which rows.
        what: &'static str,
        /// The range.
        rows: Rows,
        /// What it must lie in.
        within: Rows,
    },
    /// Windows that miss the map: some would see only padding, or arithmetic would overflow.
    #[error(
        "{place}: {axis} has size {size}, stride {stride}, pad {pad}, outputs {outputs} over {length} positions"
    )]
    #[diagnostic(
        code(program::axis),
        help(
            "size is 1..={limit}, stride 1..=65535, outputs at least 1, pad below size, and the last window starts inside the map"
        )
    )]
    AxisWindows {
        /// The unit.
        place: Place,
        /// Which axis.
        axis: &'static str,
        /// Window length.
        size: u32,
        /// Step.
        stride: u32,
        /// Positions before input 0.
        pad: u32,
        /// Windows.
        outputs: u32,
        /// Positions along the axis.
        length: u32,
        /// Largest window.
        limit: u32,
    },
    /// The unit's geometry gives maps of another size than its output map.
    #[error("{place}: it computes maps of {width}x{height}, its output map is {map}")]
    #[diagnostic(
        code(program::output_map),
        help("the outputs of the last windows are the sides of the output map")
    )]
    OutputMap {
        /// The unit.
        place: Place,
        /// Columns computed.
        width: u32,
        /// Rows computed.
        height: u32,
        /// The output map's size.
        map: MapShape,
    },
    /// The unit computes filters that its output map does not have.
    #[error("{place}: it computes {} from {first}, its output map has {channels}", plural(*count, "filter", "filters"))]
    #[diagnostic(
        code(program::filters),
        help("at least one filter; the input unit and fully connected records compute all of them")
    )]
    Filters {
        /// The unit.
        place: Place,
        /// First filter.
        first: u32,
        /// Filters.
        count: u32,
        /// The output map's channels.
        channels: u32,
    },
    /// The unit does not hold the input rows that its output rows need.
    #[error("{place}: its outputs need input rows {needed}, it holds {held}")]
    #[diagnostic(
        code(program::window_rows),
        help("widen the window by the halo; a fully connected unit holds the whole map")
    )]
    WindowRows {
        /// The unit.
        place: Place,
        /// Rows needed.
        needed: Rows,
        /// Rows held.
        held: Rows,
    },
    /// A memory image would be larger than any memory; its length was not computed further.
    #[error("{place}: its weights take {}, the limit is {limit}", plural(*bytes, "byte", "bytes"))]
    #[diagnostic(code(program::memory_size), help("split the layer"))]
    MemorySize {
        /// The unit.
        place: Place,
        /// Bytes of weights.
        bytes: u64,
        /// Most bytes.
        limit: u64,
    },
    /// A memory image does not have the length of its layout, so weights would be read from wrong places.
    #[error("{place}: its memory image has {}, its layout {expected}", plural(*found, "byte", "bytes"))]
    #[diagnostic(
        code(program::memory_length),
        help("pack it with the record's weight bits, filters and channels")
    )]
    MemoryLength {
        /// The unit.
        place: Place,
        /// Bytes of the image.
        found: usize,
        /// Bytes of the layout.
        expected: usize,
    },
    /// A step by which levels cannot be distinguished.
    #[error("{place}: the step of its filter {filter} is {step}")]
    #[diagnostic(code(program::step), help("steps are finite and above 0"))]
    Step {
        /// The unit.
        place: Place,
        /// Filter, counted from the unit's first.
        filter: usize,
        /// Its step.
        step: f32,
    },
    /// A unit sends levels where its output map has potentials, or the other way round.
    #[error("{place}: it sends {}, its output map is of {}", kind(*.unit), kind(*.output_map))]
    #[diagnostic(code(program::activation), help("all units of an output map send the same kind"))]
    ActivationKind {
        /// The unit.
        place: Place,
        /// It sends potentials.
        unit: bool,
        /// The output map has potentials.
        output_map: bool,
    },
    /// No sink, or more than one, writes the buffer, or a sink writes the program's input.
    #[error("{place}: {found} sinks write it, {expected} must")]
    #[diagnostic(
        code(program::buffer_writers),
        help("the input is written by the host, any other buffer by one sink")
    )]
    BufferWriters {
        /// The buffer.
        place: Place,
        /// Sinks that write it.
        found: usize,
        /// Sinks that must.
        expected: usize,
    },
    /// A buffer is read before it is written.
    #[error("{place}: it reads buffer {buffer}, which no earlier pass has written")]
    #[diagnostic(
        code(program::buffer_order),
        help("a pass reads the program's input and what earlier passes wrote")
    )]
    BufferOrder {
        /// The source.
        place: Place,
        /// The buffer.
        buffer: u16,
    },
    /// A program takes images by one input unit, or events by a buffer that is read, never both.
    #[error("the program has {}, {hrcs} input units, and {sources} sources of its input",
        if *.buffer { "an input buffer" } else { "no input buffer" })]
    #[diagnostic(
        code(program::input),
        help("either one input unit, or an input buffer of events that a source reads")
    )]
    Input {
        /// It has an input buffer.
        buffer: bool,
        /// Input units in all passes.
        hrcs: usize,
        /// Sources that read the input buffer.
        sources: usize,
    },
    /// Outputs are out of order, or one output map has two.
    #[error("{place}: it holds output map {output_map} and follows output map {before}")]
    #[diagnostic(code(program::output_order), help("sort the outputs by output map, at most one for each"))]
    OutputOrder {
        /// The later output.
        place: Place,
        /// Its output map.
        output_map: u16,
        /// The output map of the output before it.
        before: u16,
    },
    /// An output's buffer does not collect the output map of its name.
    #[error("{place}: buffer {buffer} does not collect output map {name:?}")]
    #[diagnostic(
        code(program::output_buffer),
        help("route every unit of the output map, and no other unit, to the sink of this buffer")
    )]
    OutputBuffer {
        /// The output.
        place: Place,
        /// Its buffer.
        buffer: u16,
        /// Name of its output map.
        name: String,
    },
    /// What a buffer collects is lost.
    #[error("{place}: no pass reads it, and it is no output")]
    #[diagnostic(
        code(program::unread_buffer),
        help("list it as an output, inject it in a later pass, or remove its sink")
    )]
    UnreadBuffer {
        /// The buffer.
        place: Place,
    },
    /// Nobody receives what a unit computes. Without a marker to send, its frame never ends, and its producers get no token.
    #[error("{place}: it has no route")]
    #[diagnostic(
        code(program::no_route),
        help("send its map to an NP or to a sink; a map that nothing reads is an output")
    )]
    NoRoute {
        /// The unit.
        place: Place,
    },
    /// The list of problems was cut.
    #[error("{count} more problems")]
    #[diagnostic(code(program::more), help("the first problems are the likely causes"))]
    More {
        /// Problems not listed.
        count: usize,
    },
}

impl Error {
    /// Where in the program it is, if it is at one place.
    pub fn place(&self) -> Option<Place> {
        match self {
            Error::UnknownKind { place, .. }
            | Error::Name { place, .. }
            | Error::DuplicateName { place, .. }
            | Error::Index { place, .. }
            | Error::MapSize { place, .. }
            | Error::Columns { place, .. }
            | Error::ImageChannels { place, .. }
            | Error::Bits { place, .. }
            | Error::NpOrder { place, .. }
            | Error::DuplicateRecord { place, .. }
            | Error::RowRange { place, .. }
            | Error::AxisWindows { place, .. }
            | Error::OutputMap { place, .. }
            | Error::Filters { place, .. }
            | Error::WindowRows { place, .. }
            | Error::MemorySize { place, .. }
            | Error::MemoryLength { place, .. }
            | Error::Step { place, .. }
            | Error::ActivationKind { place, .. }
            | Error::BufferWriters { place, .. }
            | Error::BufferOrder { place, .. }
            | Error::OutputOrder { place, .. }
            | Error::OutputBuffer { place, .. }
            | Error::UnreadBuffer { place, .. }
            | Error::NoRoute { place, .. } => Some(*place),
            Error::Flow(error) => Some(error.place()),
            Error::File(_) | Error::Count { .. } | Error::Input { .. } | Error::More { .. } => None,
        }
    }
}

fn kind(potentials: bool) -> &'static str {
    if potentials { "potentials" } else { "levels" }
}
