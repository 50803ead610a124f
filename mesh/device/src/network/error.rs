//! What can be wrong with the description of a network.

use miette::Diagnostic;
use spikemesh_words::plural;
use thiserror::Error;

/// Why a network cannot be built.
#[derive(Clone, Debug, PartialEq, Eq, Error, Diagnostic)]
#[non_exhaustive]
pub enum Error {
    /// A delay is given for a link that the mesh does not have; it is not built.
    #[error("there is no link {link} between routers in a mesh of {columns} x {rows} nodes")]
    #[diagnostic(
        code(network::no_link),
        help("a link has the name of the node that it leaves, n0_0 to n{}_{}, and a side on which there is another node", columns.saturating_sub(1), rows.saturating_sub(1))
    )]
    NoLink {
        /// Its name.
        link: String,
        /// Nodes in a row.
        columns: u16,
        /// Nodes in a column.
        rows: u16,
    },
    /// The delay of a link is outside what is simulated; the mesh is not built.
    #[error("{} on the link {link}; 1 to {most} are possible", plural(*cycles, "cycle", "cycles"))]
    #[diagnostic(code(network::link_delay), help("choose a delay between 1 and {most}"))]
    LinkDelay {
        /// Its name.
        link: String,
        /// Its delay.
        cycles: u32,
        /// The longest.
        most: u32,
    },
    /// The mesh has no nodes, or more than coordinates are made for; it is not built.
    #[error("a mesh of {columns} x {rows} nodes: each side must be 1 to {limit}")]
    #[diagnostic(code(network::size), help("choose columns and rows between 1 and {limit}"))]
    Size {
        /// Nodes in a row.
        columns: u16,
        /// Nodes in a column.
        rows: u16,
        /// Most in either.
        limit: u16,
    },
    /// The list of terminals per node does not fit the mesh; it is not built.
    #[error("{} of terminals per node for {}", plural(*found, "entry", "entries"), plural(*nodes, "node", "nodes"))]
    #[diagnostic(code(network::locals), help("give one entry for each node, row by row"))]
    Locals {
        /// Entries given.
        found: usize,
        /// Entries needed.
        nodes: usize,
    },
    /// A router would have more ports than a request word has bits; the mesh is not built.
    #[error("node {node} has {}; a router takes at most {limit}", plural(*locals, "terminal", "terminals"))]
    #[diagnostic(code(network::ports), help("spread the terminals over more nodes"))]
    Ports {
        /// The node.
        node: usize,
        /// Its terminals.
        locals: u16,
        /// Most terminals of a router.
        limit: u16,
    },
    /// Nobody could send; the mesh is not built.
    #[error("no node has a terminal")]
    #[diagnostic(code(network::no_terminals), help("give at least one node a terminal"))]
    NoTerminals,
    /// The number of virtual channels is outside what a request word holds; the mesh is not built.
    #[error("{vcs} virtual channels per port; 1 to {limit} are possible")]
    #[diagnostic(code(network::vcs), help("choose between 1 and {limit} virtual channels"))]
    Vcs {
        /// Channels asked for.
        vcs: u16,
        /// Most channels.
        limit: u16,
    },
    /// Buffers of no depth never have a credit, too deep ones are surely a mistake; the mesh is not built.
    #[error("buffers of {}; 1 to {limit} are possible", plural(*depth, "flit", "flits"))]
    #[diagnostic(code(network::depth), help("choose a depth between 1 and {limit}"))]
    Depth {
        /// Depth asked for.
        depth: u16,
        /// Deepest.
        limit: u16,
    },
    /// There is no traffic class, so no packet could be sent; the mesh is not built.
    #[error("no traffic class is given")]
    #[diagnostic(code(network::no_classes), help("give one class that covers all virtual channels"))]
    NoClasses,
    /// A traffic class has no channel, or channels that do not exist; the mesh is not built.
    #[error("traffic class {class} has {} from {first} on; the ports have {vcs}", plural(*count, "channel", "channels"))]
    #[diagnostic(code(network::class_range), help("keep first + count within the {vcs} channels"))]
    ClassRange {
        /// Index of the class.
        class: usize,
        /// Its lowest channel.
        first: u16,
        /// Its number of channels.
        count: u16,
        /// Channels of a port.
        vcs: u16,
    },
    /// Some classes have a routing and others have none; the mesh is not built.
    #[error("{found} routings for {classes} traffic classes")]
    #[diagnostic(code(network::class_routing), help("give each class a routing, or none"))]
    ClassRouting {
        /// Routings given.
        found: usize,
        /// Traffic classes.
        classes: usize,
    },
    /// A class with O1TURN has only one channel, so both orders of dimensions would share it and could deadlock; the mesh is not built.
    #[error("traffic class {class} has one virtual channel, and O1TURN needs two: one for XY and one for YX")]
    #[diagnostic(code(network::o1turn), help("give the class more channels, or choose XY or YX"))]
    O1Turn {
        /// Index of the class.
        class: usize,
    },
    /// Speculation needs its result in the cycle in which it is tried, and an allocator takes longer; the mesh is not built.
    #[error("speculation with vc_alloc = {vc_alloc} and sw_alloc = {sw_alloc} cycles; it needs 1 for both")]
    #[diagnostic(code(network::speculation), help("choose delays of 1, or no speculation"))]
    Speculation {
        /// Cycles of VC allocation.
        vc_alloc: u32,
        /// Cycles of switch allocation.
        sw_alloc: u32,
    },
    /// A held switch passes a flit per cycle, and an allocator takes longer; the mesh is not built.
    #[error("a held switch with vc_alloc = {vc_alloc} and sw_alloc = {sw_alloc} cycles; it needs 1 for both")]
    #[diagnostic(code(network::hold), help("choose delays of 1, or a switch that is not held"))]
    Hold {
        /// Cycles of VC allocation.
        vc_alloc: u32,
        /// Cycles of switch allocation.
        sw_alloc: u32,
    },
    /// Routers that fork packets do without what is asked for; the mesh is not built.
    #[error("multicast trees with {with}")]
    #[diagnostic(
        code(network::trees),
        help(
            "choose multicast source, or xy or yx, no speculation, no held switch, and allocators that are \
             separable_input_first and take one cycle"
        )
    )]
    Trees {
        /// What is asked for.
        with: &'static str,
    },
    /// Ports times route classes exceed the word that tracks them; the mesh is not built. A traffic class has a route class, or two with O1TURN.
    #[error("{ports} ports x {route_classes} route classes = {}; at most {limit} are possible", ports * route_classes)]
    #[diagnostic(code(network::pools), help("use fewer classes, fewer terminals per node, or no O1TURN"))]
    Pools {
        /// Most ports of a router.
        ports: usize,
        /// Route classes of all traffic classes.
        route_classes: usize,
        /// Most pairs.
        limit: usize,
    },
    /// A stage has a delay that this pipeline cannot have; the mesh is not built.
    #[error("delay {name} = {value}; {least} to {most} cycles are possible")]
    #[diagnostic(code(network::delay), help("choose {name} between {least} and {most}"))]
    Delay {
        /// The stage.
        name: &'static str,
        /// Cycles asked for.
        value: u32,
        /// Fewest cycles.
        least: u32,
        /// Most cycles.
        most: u32,
    },
    /// The buffers would need more memory than is reasonable; the mesh is not built.
    #[error(
        "{channels} virtual channels with {} in all; at most {most_channels} with {most_slots}", plural(*slots, "flit", "flits")
    )]
    #[diagnostic(code(network::memory), help("use a smaller mesh, fewer channels or less depth"))]
    Memory {
        /// Virtual channels of all ports, each port's number rounded up to a power of two.
        channels: u64,
        /// Flits in all buffers.
        slots: u64,
        /// Most channels.
        most_channels: u64,
        /// Most flits.
        most_slots: u64,
    },
}
