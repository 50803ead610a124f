//! A list of events.

/// One event of a sparse tensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Event {
    /// Sample.
    pub n: u32,
    /// Column.
    pub x: u32,
    /// Row.
    pub y: u32,
    /// Channel.
    pub c: u32,
    /// Value, 1..=255.
    pub value: u8,
}

/// Events of shape (n, w, h, c), at most one per coordinate, ascending by (n, x, y, c) unless sorted otherwise.
#[derive(Clone, Debug, PartialEq)]
pub struct Sparse {
    /// Sizes (n, w, h, c).
    pub shape: [usize; 4],
    /// The events.
    pub events: Vec<Event>,
}
