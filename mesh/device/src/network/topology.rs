//! Nodes, ports, terminals and links of a mesh, with stable numbers and names.

use super::config::{Config, PortOrder};
use super::coord::{Axis, NodeCoord, TerminalCoord};
use super::port_kind::PortKind;

/// Index of a node, `y * columns + x`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub u32);

/// Index of a terminal: all local ports of node 0, then those of node 1, and so on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TerminalId(pub u32);

/// Index of a directed link in [`Topology::links`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LinkId(pub u32);

/// One end of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// A terminal.
    Terminal(TerminalId),
    /// A port of a router, in the network's port order.
    Port {
        /// The router's node.
        node: NodeId,
        /// Index of the port.
        port: u8,
    },
}

/// A directed link: one flit per cycle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Where flits enter.
    pub from: Endpoint,
    /// Where flits leave.
    pub to: Endpoint,
    /// Name for waves and reports, such as `n0_1.east`, `n0_1.inject2` or `n0_1.eject2` (x first).
    pub name: String,
}

/// The static wiring of a mesh.
#[derive(Clone, Debug)]
pub struct Topology {
    columns: u32,
    rows: u32,
    order: PortOrder,
    /// First global port of each node, and the total at the end.
    port_base: Vec<u32>,
    /// First terminal of each node, and the total at the end.
    terminal_base: Vec<u32>,
    /// Node of each terminal.
    terminal_node: Vec<u32>,
    links: Vec<Link>,
    /// The link into each global port; [`Topology::NO_LINK`] at the mesh's edge.
    link_into: Vec<u32>,
    /// The link into each terminal.
    link_to_terminal: Vec<u32>,
}

impl Topology {
    const NO_LINK: u32 = u32::MAX;

    /// Wires a checked configuration.
    pub fn new(config: &Config) -> Topology {
        let mut port_base = vec![0];
        let mut terminal_base = vec![0];
        let mut terminal_node = Vec::new();
        for (node, &locals) in config.locals.iter().enumerate() {
            port_base.push(port_base[node] + 4 + locals as u32);
            terminal_base.push(terminal_base[node] + locals as u32);
            terminal_node.extend((0..locals).map(|_| node as u32));
        }
        let mut topology = Topology {
            columns: config.columns as u32,
            rows: config.rows as u32,
            order: config.port_order,
            link_into: vec![Self::NO_LINK; port_base[config.nodes()] as usize],
            link_to_terminal: vec![Self::NO_LINK; terminal_node.len()],
            port_base,
            terminal_base,
            terminal_node,
            links: Vec::new(),
        };
        topology.add_links();
        topology
    }

    /// Each node's injection links, then its output ports in port order.
    fn add_links(&mut self) {
        for node in (0..self.nodes()).map(NodeId) {
            let name = self.node_name(node);
            for local in 0..self.locals(node) {
                let terminal = self.terminal(node, local);
                let port = self.port(node, PortKind::Local(local)) as u8;
                let link = self.push_link(
                    Endpoint::Terminal(terminal),
                    Endpoint::Port { node, port },
                    format!("{name}.inject{local}"),
                );
                let global = self.global_port(node, port as u32);
                self.link_into[global as usize] = link;
            }
            for port in 0..self.ports(node) {
                let from = Endpoint::Port { node, port: port as u8 };
                match self.port_kind(node, port) {
                    PortKind::Local(local) => {
                        let terminal = self.terminal(node, local);
                        let link = self.push_link(
                            from,
                            Endpoint::Terminal(terminal),
                            format!("{name}.eject{local}"),
                        );
                        self.link_to_terminal[terminal.0 as usize] = link;
                    }
                    kind => {
                        let Some(next) = self.neighbor(node, kind) else { continue };
                        let facing = self.port(next, kind.facing());
                        let to = Endpoint::Port { node: next, port: facing as u8 };
                        let link = self.push_link(from, to, format!("{name}.{kind}"));
                        let global = self.global_port(next, facing);
                        self.link_into[global as usize] = link;
                    }
                }
            }
        }
    }

    fn push_link(&mut self, from: Endpoint, to: Endpoint, name: String) -> u32 {
        self.links.push(Link { from, to, name });
        self.links.len() as u32 - 1
    }

    /// Number of nodes.
    pub fn nodes(&self) -> u32 {
        self.columns * self.rows
    }

    /// Number of terminals.
    pub fn terminals(&self) -> u32 {
        self.terminal_node.len() as u32
    }

    /// All links; a [`LinkId`] is an index.
    pub fn links(&self) -> &[Link] {
        &self.links
    }

    /// A link.
    pub fn link(&self, LinkId(link): LinkId) -> &Link {
        &self.links[link as usize]
    }

    /// The link from a node's output port, which must not be at the mesh's edge.
    pub fn link_from(&self, node: NodeId, port: u8) -> LinkId {
        match self.port_kind(node, port.into()) {
            PortKind::Local(local) => self.link_to_terminal(self.terminal(node, local).0),
            side => {
                let next = self.neighbor(node, side).expect("a link leaves by the port");
                self.link_into(self.global_port(next, self.port(next, side.facing())))
            }
        }
    }

    /// The link from a terminal.
    pub fn link_from_terminal(&self, terminal: TerminalId) -> LinkId {
        let (node, local) = self.place(terminal);
        self.link_into(self.global_port(node, self.port(node, PortKind::Local(local))))
    }

    /// The link into a global port that is not at the mesh's edge.
    pub fn link_into(&self, global: u32) -> LinkId {
        LinkId(self.link_into[global as usize])
    }

    /// The link into a terminal.
    pub fn link_to_terminal(&self, terminal: u32) -> LinkId {
        LinkId(self.link_to_terminal[terminal as usize])
    }

    /// Column and row of a node.
    pub fn node_coord(&self, node: NodeId) -> NodeCoord {
        NodeCoord { x: (node.0 % self.columns) as u16, y: (node.0 / self.columns) as u16 }
    }

    /// Name of a node, such as `n0_1` (column first).
    pub fn node_name(&self, node: NodeId) -> String {
        self.node_coord(node).to_string()
    }

    /// Local ports of a node.
    pub fn locals(&self, node: NodeId) -> u16 {
        (self.terminal_base[node.0 as usize + 1] - self.terminal_base[node.0 as usize]) as u16
    }

    /// Ports of a node, the four to its neighbours included.
    pub fn ports(&self, node: NodeId) -> u32 {
        4 + self.locals(node) as u32
    }

    /// The terminal at a local port of a node.
    pub fn terminal(&self, node: NodeId, local: u16) -> TerminalId {
        TerminalId(self.terminal_base[node.0 as usize] + local as u32)
    }

    /// Node and local port of a terminal.
    pub fn place(&self, terminal: TerminalId) -> (NodeId, u16) {
        let node = self.terminal_node[terminal.0 as usize];
        (NodeId(node), (terminal.0 - self.terminal_base[node as usize]) as u16)
    }

    /// Coordinates of a terminal.
    pub fn coord(&self, terminal: TerminalId) -> TerminalCoord {
        let (node, local) = self.place(terminal);
        TerminalCoord { node: self.node_coord(node), local }
    }

    /// Coordinates of all terminals.
    pub fn coords(&self) -> Vec<TerminalCoord> {
        (0..self.terminals()).map(|terminal| self.coord(TerminalId(terminal))).collect()
    }

    /// Position of a node's port in tables over all ports.
    pub fn global_port(&self, node: NodeId, port: u32) -> u32 {
        self.port_base[node.0 as usize] + port
    }

    /// The port of a node that serves `kind`.
    pub fn port(&self, node: NodeId, kind: PortKind) -> u32 {
        let locals = self.locals(node) as u32;
        match (matches!(self.order, PortOrder::LocalFirst), kind) {
            (true, PortKind::Local(n)) => n as u32,
            (true, PortKind::North) => locals,
            (true, PortKind::West) => locals + 1,
            (true, PortKind::East) => locals + 2,
            (true, PortKind::South) => locals + 3,
            (false, PortKind::East) => 0,
            (false, PortKind::West) => 1,
            (false, PortKind::South) => 2,
            (false, PortKind::North) => 3,
            (false, PortKind::Local(n)) => 4 + n as u32,
        }
    }

    /// What a port of a node serves: the inverse of [`Topology::port`].
    pub fn port_kind(&self, node: NodeId, port: u32) -> PortKind {
        let side = PortKind::SIDES.into_iter().find(|&kind| self.port(node, kind) == port);
        side.unwrap_or_else(|| {
            let first = self.port(node, PortKind::Local(0));
            PortKind::Local((port - first) as u16)
        })
    }

    /// The node next to `node` on a side, if there is one.
    pub fn neighbor(&self, node: NodeId, side: PortKind) -> Option<NodeId> {
        let (x, y) = (node.0 % self.columns, node.0 / self.columns);
        match side {
            PortKind::East => (x + 1 < self.columns).then(|| NodeId(node.0 + 1)),
            PortKind::West => (x > 0).then(|| NodeId(node.0 - 1)),
            PortKind::South => (y + 1 < self.rows).then(|| NodeId(node.0 + self.columns)),
            PortKind::North => (y > 0).then(|| NodeId(node.0 - self.columns)),
            PortKind::Local(_) => None,
        }
    }

    /// The side by which a shortest way along an axis leaves node `at` for node `to`; `None` if nothing is left along this axis.
    #[inline]
    pub fn side_towards(&self, axis: Axis, at: NodeCoord, to: NodeCoord) -> Option<PortKind> {
        let (at, to) = (at.along(axis), to.along(axis));
        let (ahead, back) = match axis {
            Axis::X => (PortKind::East, PortKind::West),
            Axis::Y => (PortKind::South, PortKind::North),
        };
        (at != to).then_some(if at < to { ahead } else { back })
    }

    /// Links between routers on a shortest way. Packets and the compiler's cost of a placement both count them here.
    #[inline]
    pub fn hops(&self, from: NodeCoord, to: NodeCoord) -> u32 {
        u32::from(from.x.abs_diff(to.x)) + u32::from(from.y.abs_diff(to.y))
    }
}
