//! Coordinates on the mesh.

use std::fmt;

/// A dimension of the mesh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Axis {
    /// Along a row: east and west.
    X,
    /// Along a column: south and north.
    Y,
}

impl Axis {
    /// The other one.
    #[inline]
    pub fn other(self) -> Axis {
        match self {
            Axis::X => Axis::Y,
            Axis::Y => Axis::X,
        }
    }
}

/// Column and row of a node. Its text is the node's name, such as `n4_1` for column 4 and row 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeCoord {
    /// Column.
    pub x: u16,
    /// Row.
    pub y: u16,
}

impl NodeCoord {
    /// Column or row.
    #[inline]
    pub fn along(self, axis: Axis) -> u16 {
        match axis {
            Axis::X => self.x,
            Axis::Y => self.y,
        }
    }
}

impl fmt::Display for NodeCoord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "n{}_{}", self.x, self.y)
    }
}

/// A terminal's node, and its local port there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TerminalCoord {
    /// The node.
    pub node: NodeCoord,
    /// Local port.
    pub local: u16,
}
