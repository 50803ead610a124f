//! What a unit emits.

/// An event or potential in the coordinates of the producing group's map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Emission {
    /// Column.
    pub x: u32,
    /// Row.
    pub y: u32,
    /// Feature.
    pub c: u32,
    /// Level, or potential.
    pub value: i32,
}
