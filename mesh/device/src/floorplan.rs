//! Where units sit on a device, and the one name of each.

use crate::network::{NodeCoord, TerminalCoord, TerminalId};

/// A unit that sends and receives packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Unit {
    /// A neural processor, by its index: node by node, row by row.
    Np(u16),
    /// The input unit.
    Hrc,
    /// The event DMA where it reads a buffer of the program.
    Source(u16),
    /// The event DMA where it writes a buffer of the program.
    Sink(u16),
    /// The configuration DMA.
    ConfigDma,
}

/// The nodes of a device and the units at each.
///
/// Each node has the same number of neural processors, at the first local ports of its router. Behind them, the edge node has the input
/// unit, the event DMA, and the configuration DMA.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Floorplan {
    /// Nodes in a row.
    pub columns: u16,
    /// Nodes in a column.
    pub rows: u16,
    /// Neural processors at each node.
    pub nps_per_node: u16,
}

/// Local ports of the edge node that serve no neural processor.
const EDGE_PORTS: u16 = 3;

impl Floorplan {
    /// The node of the input unit and of both DMAs.
    pub const EDGE: NodeCoord = NodeCoord { x: 0, y: 0 };

    /// Neural processors of all nodes.
    pub fn nps(&self) -> u32 {
        u32::from(self.columns) * u32::from(self.rows) * u32::from(self.nps_per_node)
    }

    /// Local ports of each node, row by row.
    pub fn locals(&self) -> Vec<u16> {
        let nodes = (0..self.rows).flat_map(|y| (0..self.columns).map(move |x| NodeCoord { x, y }));
        nodes.map(|node| self.nps_per_node + self.edge_ports(node)).collect()
    }

    fn edge_ports(&self, node: NodeCoord) -> u16 {
        if node == Self::EDGE { EDGE_PORTS } else { 0 }
    }

    /// Node and local port of a unit.
    pub fn coord(&self, unit: Unit) -> TerminalCoord {
        let at_edge = |port| TerminalCoord { node: Self::EDGE, local: self.nps_per_node + port };
        match unit {
            Unit::Np(np) => {
                let (node, local) = (np / self.nps_per_node, np % self.nps_per_node);
                TerminalCoord { node: NodeCoord { x: node % self.columns, y: node / self.columns }, local }
            }
            Unit::Hrc => at_edge(0),
            Unit::Source(_) | Unit::Sink(_) => at_edge(1),
            Unit::ConfigDma => at_edge(2),
        }
    }

    /// The node of a neural processor.
    pub fn node(&self, np: u16) -> NodeCoord {
        self.coord(Unit::Np(np)).node
    }

    /// The terminal of a unit in the device's network.
    pub fn terminal(&self, unit: Unit) -> TerminalId {
        let TerminalCoord { node, local } = self.coord(unit);
        let index = u32::from(node.y) * u32::from(self.columns) + u32::from(node.x);
        let edge_ports = if index > 0 { u32::from(EDGE_PORTS) } else { 0 };
        TerminalId(index * u32::from(self.nps_per_node) + edge_ports + u32::from(local))
    }

    /// The name of a unit: its node's, then its own there, such as `n4_1.np0`, `n0_0.hrc`, `n0_0.source0`.
    pub fn name(&self, unit: Unit) -> String {
        let TerminalCoord { node, local } = self.coord(unit);
        match unit {
            Unit::Np(_) => format!("{node}.np{local}"),
            Unit::Hrc => format!("{node}.hrc"),
            Unit::Source(buffer) => format!("{node}.source{buffer}"),
            Unit::Sink(buffer) => format!("{node}.sink{buffer}"),
            Unit::ConfigDma => format!("{node}.config"),
        }
    }

    /// All neural processors in snake order: rows of nodes alternately eastwards and westwards, so that neighbors in the list are neighbors
    /// on the mesh.
    pub fn snake(&self) -> Vec<u16> {
        let mut order = Vec::with_capacity(self.nps() as usize);
        for y in 0..self.rows {
            for step in 0..self.columns {
                let x = if y % 2 == 0 { step } else { self.columns - 1 - step };
                let first = (y * self.columns + x) * self.nps_per_node;
                order.extend(first..first + self.nps_per_node);
            }
        }
        order
    }
}
