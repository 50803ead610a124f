//! Coordinates on the mesh.

use std::fmt;
use std::str::FromStr;

use super::port_kind::PortKind;

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

impl NodeCoord {
    /// The node next to this one on a side of a mesh; `None` at its edge.
    pub fn beside(self, side: PortKind, columns: u16, rows: u16) -> Option<NodeCoord> {
        let NodeCoord { x, y } = self;
        match side {
            PortKind::East => (x + 1 < columns).then(|| NodeCoord { x: x + 1, y }),
            PortKind::West => x.checked_sub(1).map(|x| NodeCoord { x, y }),
            PortKind::South => (y + 1 < rows).then(|| NodeCoord { x, y: y + 1 }),
            PortKind::North => y.checked_sub(1).map(|y| NodeCoord { x, y }),
            PortKind::Local(_) => None,
        }
    }
}

impl fmt::Display for NodeCoord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "n{}_{}", self.x, self.y)
    }
}

impl FromStr for NodeCoord {
    type Err = String;

    fn from_str(text: &str) -> Result<NodeCoord, String> {
        let sides = text.strip_prefix('n').and_then(|sides| sides.split_once('_'));
        let node = sides.and_then(|(x, y)| Some(NodeCoord { x: x.parse().ok()?, y: y.parse().ok()? }));
        // One spelling each: no leading zeros.
        let node = node.filter(|node| node.to_string() == text);
        node.ok_or_else(|| format!("`{text}` is no node: give column and row, such as `n4_1`"))
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
