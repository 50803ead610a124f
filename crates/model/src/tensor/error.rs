//! What can be wrong with a tensor or its file.

use spikemesh_words::plural;

/// A tensor that cannot be, or an operation that it does not have.
#[derive(Clone, Debug, PartialEq, thiserror::Error, miette::Diagnostic)]
pub enum Error {
    /// Rows of coordinates do not fit the shape, so that their meaning would be guessed.
    #[error("coordinates of {} do not fit a shape of {}", plural(*columns, "column", "columns"), plural(*dimensions, "dimension", "dimensions"))]
    #[diagnostic(
        code(tensor::coordinates),
        help("(m, 3) coordinates go with (w, h, c), (m, 4) with (n, w, h, c)")
    )]
    Coordinates {
        /// Columns of the coordinates.
        columns: usize,
        /// Dimensions of the shape.
        dimensions: usize,
    },

    /// The number of values is not that of the shape.
    #[error("{} the shape {shape:?}, which has {expected}", plural(*values, "value does not fill", "values do not fill"))]
    #[diagnostic(code(tensor::length), help("reshape the values, or correct the shape"))]
    Length {
        /// Values that came.
        values: usize,
        /// The shape.
        shape: Vec<usize>,
        /// Values of the shape.
        expected: usize,
    },

    /// An event outside of the shape: all events are rejected.
    #[error("event {index}: {dimension} is {value}, the size is {size}")]
    #[diagnostic(code(tensor::out_of_bounds), help("coordinates start at 0 and end below the size"))]
    OutOfBounds {
        /// Place in the list.
        index: usize,
        /// `n`, `x`, `y` or `c`.
        dimension: &'static str,
        /// The coordinate.
        value: i64,
        /// Size of the dimension.
        size: usize,
    },

    /// An event inside of its shape, at a place that an array of coordinates cannot name: all events are rejected.
    #[error("event {index}: {dimension} is {value}, the limit is {limit}")]
    #[diagnostic(code(tensor::coordinate_limit), help("coordinates are signed numbers of 32 bits"))]
    CoordinateLimit {
        /// Place in the list.
        index: usize,
        /// `n`, `x`, `y` or `c`.
        dimension: &'static str,
        /// The coordinate.
        value: i64,
        /// Largest coordinate.
        limit: u32,
    },

    /// Zero means that there is no event.
    #[error("event {index} has value 0")]
    #[diagnostic(code(tensor::zero_event), help("leave out events of value 0"))]
    ZeroEvent {
        /// Place in the list.
        index: usize,
    },

    /// Two values for one place.
    #[error("two events at (n, x, y, c) = {place:?}")]
    #[diagnostic(code(tensor::duplicate_event), help("keep one event per coordinate and sample"))]
    DuplicateEvent {
        /// The place.
        place: [u32; 4],
    },

    /// The order of a sort names a dimension twice or not at all.
    #[error("{order:?} is not an order of the dimensions 0 to 3")]
    #[diagnostic(code(tensor::order), help("name each dimension once, such as [0, 1, 2, 3] for n, x, y, c"))]
    Order {
        /// What came.
        order: Vec<usize>,
    },

    /// A mask without one entry per dimension, or beyond the shape.
    #[error("mask {mask:?} does not fit the shape {shape:?}")]
    #[diagnostic(code(tensor::mask), help("one entry per dimension: a coordinate, or -1 for all"))]
    Mask {
        /// What came.
        mask: Vec<i64>,
        /// The shape.
        shape: [usize; 4],
    },

    /// No such dimension or no such coordinate in it.
    #[error("cannot take {index} of dimension {dimension} of the shape {shape:?}")]
    #[diagnostic(code(tensor::chip), help("dimensions are 0 to 3 for n, x, y, c; coordinates start at 0"))]
    Chip {
        /// The dimension.
        dimension: usize,
        /// The coordinate.
        index: usize,
        /// The shape.
        shape: [usize; 4],
    },

    /// A packet holds at least one event.
    #[error("packet size is 0")]
    #[diagnostic(code(tensor::packet_size), help("set it to the number of events per sample"))]
    PacketSize,

    /// More values than fit into memory.
    #[error("the shape {shape:?} has more than {limit} values")]
    #[diagnostic(code(tensor::too_large), help("split the tensor along its first dimension"))]
    TooLarge {
        /// The shape.
        shape: Vec<usize>,
        /// The limit.
        limit: u64,
    },

    /// The file cannot be read or written. A file that was there before a failed write is untouched.
    #[error("cannot {action} {path}: {reason}")]
    #[diagnostic(code(tensor::file), help("check the path, its permissions and the space on the disk"))]
    File {
        /// `read` or `write`.
        action: &'static str,
        /// The file.
        path: String,
        /// The system's reason.
        reason: String,
    },

    /// The file is not an array of NumPy, or is damaged.
    #[error("{path} is not a .npy file: {reason}")]
    #[diagnostic(code(tensor::npy_format), help("write it with numpy.save"))]
    NpyFormat {
        /// The file.
        path: String,
        /// What is wrong.
        reason: String,
    },

    /// Values of another type than the one that is needed.
    #[error("{path} holds values of type {found}, expected is {expected}")]
    #[diagnostic(code(tensor::npy_type), help("{advice}"))]
    NpyType {
        /// The file.
        path: String,
        /// Type in the file.
        found: String,
        /// Type that is needed.
        expected: &'static str,
        /// What to do, which depends on the values.
        advice: String,
    },

    /// Another number of dimensions than is needed.
    #[error("{path} has {} {shape:?}, expected are {expected}", plural(*found, "dimension", "dimensions"))]
    #[diagnostic(code(tensor::npy_rank), help("images are (n, h, w, c), events (n, w, h, c)"))]
    NpyRank {
        /// The file.
        path: String,
        /// Dimensions of the array.
        found: usize,
        /// Its shape.
        shape: Vec<usize>,
        /// Dimensions that are needed.
        expected: usize,
    },
}
