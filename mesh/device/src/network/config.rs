//! What a network is built from: size, ports, virtual channels, delays.

use serde::{Deserialize, Serialize};

use super::coord::NodeCoord;
use super::error::Error;
use super::port_kind::PortKind;

/// Order of a router's ports, which decides ties between them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PortOrder {
    /// The local ports, then -Y, -X, +X, +Y.
    #[default]
    LocalFirst,
    /// +X, -X, +Y, -Y, then the local ports.
    LocalLast,
}

/// How a packet finds its way. All are minimal and without a circular wait.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Routing {
    /// First along the row, then along the column.
    #[default]
    Xy,
    /// First along the column, then along the row.
    Yx,
    /// Half of the packets XY and half YX, each on its own half of the channels between routers; with an odd number XY has one more.
    /// Channels from and to terminals are common. Whether the n-th packet of a terminal goes XY is the lowest bit of a hash of the
    /// terminal and n.
    #[serde(rename = "o1turn")]
    O1Turn,
}

/// How an allocator matches requests, in one iteration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Allocator {
    /// Each input chooses one of its requests, then each output one of the inputs that chose it.
    #[default]
    SeparableInputFirst,
    /// Each output chooses one of the requests for it, then each input one of the outputs that chose it.
    SeparableOutputFirst,
}

/// How arbiters choose among requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ArbiterRule {
    /// The first request at or after a pointer that moves past each winner.
    #[default]
    RoundRobin,
    /// The request with the lowest index, always: the pointers never move.
    #[serde(rename = "prio")]
    Fixed,
}

/// How a packet for several receivers travels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Multicast {
    /// Its source sends a packet of its own to each receiver.
    #[default]
    Source,
    /// It is sent once, and routers fork it where the ways to its receivers part.
    Tree,
}

/// The virtual channels that one traffic class may use: `count` of them from `first` on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VcRange {
    /// Lowest channel.
    pub first: u16,
    /// Number of channels, at least 1.
    pub count: u16,
}

impl VcRange {
    /// The channels as a mask.
    pub fn mask(self) -> u32 {
        (((1u64 << self.count) - 1) << self.first) as u32
    }
}

/// Cycles that the stages take. The names and meanings are those of BookSim2's input-queued router: there a stage
/// of a router that takes several cycles takes in everything that is ready, and nothing more until that has left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delays {
    /// Route computation; 0 means that the route was looked up one router ahead.
    pub routing: u32,
    /// VC allocation, at least 1.
    pub vc_alloc: u32,
    /// Switch allocation, at least 1.
    pub sw_alloc: u32,
    /// First part of the switch traversal.
    pub st_prepare: u32,
    /// Second part of the switch traversal. Both parts together are at least 1.
    pub st_final: u32,
    /// Links between routers, flits and credits alike, at least 1. Links to terminals always take 1.
    pub link: u32,
    /// Processing of a credit at the router that receives it.
    pub credit: u32,
}

impl Delays {
    /// The R3 router: lookahead routing, then one cycle for each stage.
    pub const R3: Delays =
        Delays { routing: 0, vc_alloc: 1, sw_alloc: 1, st_prepare: 0, st_final: 1, link: 1, credit: 1 };

    /// Both parts of the switch traversal.
    pub fn traversal(&self) -> u32 {
        self.st_prepare + self.st_final
    }
}

/// Everything that defines a network.
///
/// Node `y * columns + x` has one router, four ports to its neighbours and `locals[node]` local ports. Each
/// local port has one terminal, which sends and receives at most one flit per cycle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Nodes in a row.
    pub columns: u16,
    /// Nodes in a column.
    pub rows: u16,
    /// Terminals of each node.
    pub locals: Vec<u16>,
    /// Order of the ports.
    pub port_order: PortOrder,
    /// Order of the dimensions.
    pub routing: Routing,
    /// Order of the dimensions by class, where classes differ; empty if all go by `routing`. Classes with different orders that share
    /// channels can deadlock.
    pub class_routing: Vec<Routing>,
    /// Virtual channels per port.
    pub vcs: u16,
    /// Flits that each virtual channel buffers.
    pub depth: u16,
    /// Channels of each traffic class; a packet keeps its class, so classes with disjoint channels never
    /// block each other.
    pub classes: Vec<VcRange>,
    /// How VCs are allocated.
    pub vc_allocator: Allocator,
    /// How the switch is allocated.
    pub sw_allocator: Allocator,
    /// Rule of all arbiters.
    pub arbiter: ArbiterRule,
    /// A head asks for the switch together with its VC, behind all others, if a channel that it may have is free and has a credit.
    pub speculative: bool,
    /// A packet that has the switch keeps it while its flits follow one another and have credit.
    pub hold_switch: bool,
    /// How packets for several receivers travel.
    pub multicast: Multicast,
    /// Cycles per stage.
    pub delays: Delays,
    /// Links between routers whose delay is not that of `delays`. Routes do not depend on it.
    pub link_delays: Vec<LinkDelay>,
}

/// A link between routers with a delay of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkDelay {
    /// The node that it leaves.
    pub node: NodeCoord,
    /// The side by which it leaves.
    pub side: PortKind,
    /// Cycles of flits along it, and of their credits back.
    pub cycles: u32,
}

impl Config {
    /// Most nodes in a row or column.
    pub const MAX_SIDE: u16 = 1024;
    /// Most nodes that are named for one mistake.
    const MAX_NAMED: usize = 8;
    /// Most ports of a router: one word of requests.
    pub const MAX_PORTS: u16 = 32;
    /// Most virtual channels per port: one word of requests.
    pub const MAX_VCS: u16 = 32;
    /// Most pairs of port and route class in a router: one word of pools. A traffic class has a route class, or two with [`Routing::O1Turn`].
    pub const MAX_POOLS: usize = 64;
    /// Most route classes: those of routers without a local port.
    pub const MAX_ROUTE_CLASSES: usize = Self::MAX_POOLS / 4;
    /// Deepest buffer.
    pub const MAX_DEPTH: u16 = 4096;
    /// Longest delay of a stage.
    pub const MAX_DELAY: u32 = 255;
    /// Most virtual channels of all routers together, counted as those that routers of this size have room for.
    pub const MAX_CHANNELS: u64 = 1 << 24;
    /// Most flits that all buffers together can hold.
    pub const MAX_SLOTS: u64 = 1 << 26;
    /// Longest packet.
    pub const MAX_FLITS: u32 = 1 << 16;

    /// Ports and virtual channels that routers are made for, smallest first.
    pub const ROUTER_SIZES: [(u16, u16); 7] =
        [(8, 8), (8, 16), (8, 32), (8, 64), (16, 64), (8, 256), (32, 1024)];

    /// The R3 router on a mesh with one terminal per node and one class over all channels.
    pub fn r3(columns: u16, rows: u16, vcs: u16, depth: u16, port_order: PortOrder) -> Config {
        // A mesh that is refused takes no memory: its size may come from a command line.
        let [x, y] = [columns, rows].map(|side| usize::from(side.min(Self::MAX_SIDE)));
        Config {
            columns,
            rows,
            locals: vec![1; x * y],
            port_order,
            routing: Routing::Xy,
            class_routing: Vec::new(),
            vcs,
            depth,
            classes: vec![VcRange { first: 0, count: vcs }],
            vc_allocator: Allocator::SeparableInputFirst,
            sw_allocator: Allocator::SeparableInputFirst,
            arbiter: ArbiterRule::RoundRobin,
            speculative: false,
            hold_switch: false,
            multicast: Multicast::Source,
            delays: Delays::R3,
            link_delays: Vec::new(),
        }
    }

    /// Number of nodes.
    pub fn nodes(&self) -> usize {
        self.columns as usize * self.rows as usize
    }

    /// The first of [`Config::ROUTER_SIZES`] that has room for the ports and channels of every node.
    pub fn router_size(&self) -> Option<(u16, u16)> {
        let locals = self.locals.iter().copied().max().unwrap_or(0);
        let fits = |&(ports, channels): &(u16, u16)| locals <= ports - 4 && self.vcs <= channels / ports;
        Self::ROUTER_SIZES.into_iter().find(fits)
    }

    /// The routing of a class.
    pub fn routing_of(&self, class: usize) -> Routing {
        self.class_routing.get(class).copied().unwrap_or(self.routing)
    }

    /// Terminals of all nodes.
    pub fn terminals(&self) -> u32 {
        self.locals.iter().map(|&locals| u32::from(locals)).sum()
    }

    /// Every reason why this network cannot be built; empty if it can.
    pub fn check(&self) -> Vec<Error> {
        let mut errors = Vec::new();
        let (side, columns, rows) = (1..=Self::MAX_SIDE, self.columns, self.rows);
        let is_sized = side.contains(&columns) && side.contains(&rows);
        if is_sized {
            self.check_locals(&mut errors);
        } else {
            errors.push(Error::Size { columns, rows, limit: Self::MAX_SIDE });
        }
        if !(1..=Self::MAX_VCS).contains(&self.vcs) {
            errors.push(Error::Vcs { vcs: self.vcs, limit: Self::MAX_VCS });
        }
        if !(1..=Self::MAX_DEPTH).contains(&self.depth) {
            errors.push(Error::Depth { depth: self.depth, limit: Self::MAX_DEPTH });
        }
        self.check_classes(&mut errors);
        self.check_delays(&mut errors);
        self.check_links(&mut errors);
        self.check_shortcuts(&mut errors);
        self.check_trees(&mut errors);
        if is_sized {
            self.check_memory(&mut errors);
        }
        errors
    }

    fn check_locals(&self, errors: &mut Vec<Error>) {
        if self.locals.len() != self.nodes() {
            errors.push(Error::Locals { found: self.locals.len(), nodes: self.nodes() });
        }
        let limit = Self::MAX_PORTS - 4;
        let crowded = self.locals.iter().enumerate().filter(|&(_, &locals)| locals > limit);
        let crowded = crowded.map(|(node, &locals)| Error::Ports { node, locals, limit });
        errors.extend(crowded.take(Self::MAX_NAMED));
        if self.locals.iter().all(|&locals| locals == 0) {
            errors.push(Error::NoTerminals);
        }
    }

    fn check_classes(&self, errors: &mut Vec<Error>) {
        if self.classes.is_empty() {
            errors.push(Error::NoClasses);
        }
        for (class, range) in self.classes.iter().enumerate() {
            let end = range.first as u32 + range.count as u32;
            if range.count == 0 || end > self.vcs as u32 {
                let VcRange { first, count } = *range;
                errors.push(Error::ClassRange { class, first, count, vcs: self.vcs });
            } else if range.count == 1 && self.routing_of(class) == Routing::O1Turn {
                errors.push(Error::O1Turn { class });
            }
        }
        let (found, classes) = (self.class_routing.len(), self.classes.len());
        if found != 0 && found != classes {
            errors.push(Error::ClassRouting { found, classes });
        }
        let ports = 4 + self.locals.iter().copied().max().unwrap_or(0) as usize;
        let orders = |class| if self.routing_of(class) == Routing::O1Turn { 2 } else { 1 };
        let route_classes = (0..self.classes.len()).map(orders).sum();
        if ports.saturating_mul(route_classes) > Self::MAX_POOLS {
            errors.push(Error::Pools { ports, route_classes, limit: Self::MAX_POOLS });
        }
    }

    fn check_delays(&self, errors: &mut Vec<Error>) {
        let d = &self.delays;
        let stages = [
            ("routing", d.routing, 0),
            ("vc_alloc", d.vc_alloc, 1),
            ("sw_alloc", d.sw_alloc, 1),
            ("st_prepare", d.st_prepare, 0),
            ("st_final", d.st_final, 0),
            ("link", d.link, 1),
            ("credit", d.credit, 0),
        ];
        for (name, value, least) in stages {
            if !(least..=Self::MAX_DELAY).contains(&value) {
                errors.push(Error::Delay { name, value, least, most: Self::MAX_DELAY });
            }
        }
        if d.st_prepare == 0 && d.st_final == 0 {
            let name = "st_prepare + st_final";
            errors.push(Error::Delay { name, value: 0, least: 1, most: 2 * Self::MAX_DELAY });
        }
    }

    fn check_links(&self, errors: &mut Vec<Error>) {
        for &LinkDelay { node, side, cycles } in &self.link_delays {
            let inside = node.x < self.columns && node.y < self.rows;
            let leaves = node.beside(side, self.columns, self.rows).is_some();
            if !inside || !leaves {
                errors.push(Error::NoLink {
                    link: format!("{node}.{side}"),
                    columns: self.columns,
                    rows: self.rows,
                });
            }
            if !(1..=Self::MAX_DELAY).contains(&cycles) {
                errors.push(Error::LinkDelay {
                    link: format!("{node}.{side}"),
                    cycles,
                    most: Self::MAX_DELAY,
                });
            }
        }
    }

    /// Speculation and held switches are decided within a cycle.
    fn check_shortcuts(&self, errors: &mut Vec<Error>) {
        let d = &self.delays;
        if self.speculative && (d.vc_alloc > 1 || d.sw_alloc > 1) {
            let (vc_alloc, sw_alloc) = (d.vc_alloc, d.sw_alloc);
            errors.push(Error::Speculation { vc_alloc, sw_alloc });
        }
        if self.hold_switch && (d.vc_alloc > 1 || d.sw_alloc > 1) {
            let (vc_alloc, sw_alloc) = (d.vc_alloc, d.sw_alloc);
            errors.push(Error::Hold { vc_alloc, sw_alloc });
        }
    }

    /// Routers that fork packets have one way to each receiver, choose inputs first, and decide within a cycle.
    fn check_trees(&self, errors: &mut Vec<Error>) {
        if self.multicast == Multicast::Source {
            return;
        }
        let input_first = Allocator::SeparableInputFirst;
        let is_o1turn = (0..self.classes.len()).any(|class| self.routing_of(class) == Routing::O1Turn);
        let refused = [
            (is_o1turn, "routing o1turn"),
            (self.speculative, "speculation"),
            (self.hold_switch, "a held switch"),
            (
                self.vc_allocator != input_first || self.sw_allocator != input_first,
                "an allocator that is not separable_input_first",
            ),
            (self.delays.vc_alloc > 1 || self.delays.sw_alloc > 1, "an allocator of several cycles"),
        ];
        let refused = refused.into_iter().filter(|&(is_so, _)| is_so);
        errors.extend(refused.map(|(_, with)| Error::Trees { with }));
    }

    fn check_memory(&self, errors: &mut Vec<Error>) {
        let ports: u64 = self.locals.iter().map(|&locals| 4 + locals as u64).sum();
        // The largest has room for any number of ports and channels that is allowed.
        let (_, most) = self.router_size().unwrap_or_default();
        let channels = self.nodes() as u64 * most as u64;
        let slots = (ports * self.vcs as u64).saturating_mul((self.depth as u64).next_power_of_two());
        if channels > Self::MAX_CHANNELS || slots > Self::MAX_SLOTS {
            let (most_channels, most_slots) = (Self::MAX_CHANNELS, Self::MAX_SLOTS);
            errors.push(Error::Memory { channels, slots, most_channels, most_slots });
        }
    }
}
