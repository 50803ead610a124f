//! What the ports of a router are for.

/// What a port is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PortKind {
    /// +X.
    East,
    /// -X.
    West,
    /// +Y.
    South,
    /// -Y.
    North,
    /// The n-th local port.
    Local(u16),
}

impl PortKind {
    /// The ports to neighbours.
    pub const SIDES: [PortKind; 4] = [PortKind::East, PortKind::West, PortKind::South, PortKind::North];

    /// The port in the neighbour that faces this one; a local port faces itself.
    pub fn facing(self) -> PortKind {
        match self {
            PortKind::East => PortKind::West,
            PortKind::West => PortKind::East,
            PortKind::South => PortKind::North,
            PortKind::North => PortKind::South,
            local => local,
        }
    }
}

impl std::fmt::Display for PortKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            PortKind::East => f.write_str("east"),
            PortKind::West => f.write_str("west"),
            PortKind::South => f.write_str("south"),
            PortKind::North => f.write_str("north"),
            PortKind::Local(n) => write!(f, "local{n}"),
        }
    }
}
