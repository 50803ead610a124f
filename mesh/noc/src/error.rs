//! What can be wrong with a network, a packet or a run.

use miette::Diagnostic;
use thiserror::Error;

use crate::time::Cycle;
use spikemesh_words::plural;

/// Errors of the network.
#[derive(Clone, Debug, PartialEq, Eq, Error, Diagnostic)]
#[non_exhaustive]
pub enum Error {
    /// The network cannot be built.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Config(#[from] spikemesh_device::network::Error),
    /// A packet names a terminal that does not exist; it is not taken.
    #[error("terminal {terminal} of a packet; the network has {count}, from 0 on")]
    #[diagnostic(code(network::terminal), help("use a terminal below {count}"))]
    Terminal {
        /// The terminal.
        terminal: u32,
        /// Terminals of the network.
        count: u32,
    },
    /// A packet names a traffic class that does not exist; it is not taken.
    #[error("traffic class {class} of a packet; the network has {count}, from 0 on")]
    #[diagnostic(code(network::class), help("use a class below {count}"))]
    Class {
        /// The class.
        class: u8,
        /// Classes of the network.
        count: usize,
    },
    /// A packet is empty or longer than a counter of flits; it is not taken.
    #[error("a packet of {}; 1 to {limit} are possible", plural(*flits, "flit", "flits"))]
    #[diagnostic(code(network::flits), help("split the message into packets of 1 to {limit} flits"))]
    Flits {
        /// Length of the packet.
        flits: u32,
        /// Longest packet.
        limit: u32,
    },
    /// A packet has no receiver, or one twice; it is not taken.
    #[error(
        "a packet for {}{}", plural(*targets, "receiver", "receivers"),
        twice.map_or(String::new(), |target| format!(", terminal {target} twice"))
    )]
    #[diagnostic(code(network::targets), help("name one receiver or more, each once"))]
    Targets {
        /// Receivers.
        targets: usize,
        /// One that is there twice.
        twice: Option<u32>,
    },
    /// A packet has several receivers, and the routers fork none; it is not taken.
    #[error("a packet for {targets} receivers in a network with multicast source")]
    #[diagnostic(code(network::no_trees), help("choose multicast tree, or send a packet to each receiver"))]
    NoTrees {
        /// Receivers.
        targets: usize,
    },
    /// A packet that forks does not fit a buffer, so a branch that waits could stop the others for ever; it is not taken.
    #[error("a packet of {} for several receivers, and buffers of {depth}", plural(*flits, "flit", "flits"))]
    #[diagnostic(
        code(network::long_tree),
        help("choose buffers of at least {flits}, shorter packets, or multicast source")
    )]
    LongTree {
        /// Length of the packet.
        flits: u32,
        /// Flits in a buffer.
        depth: u16,
    },
    /// A packet is created in a cycle that is over; it is not taken.
    #[error("a packet created in cycle {now} after cycle {last} was simulated")]
    #[diagnostic(code(network::late), help("offer packets in order of time, before the cycle is stepped"))]
    Late {
        /// Creation of the packet.
        now: Cycle,
        /// Last cycle that was stepped.
        last: Cycle,
    },
    /// More packets wait than there are numbers for; the packet is not taken.
    #[error("more than {limit} packets are waiting or under way")]
    #[diagnostic(code(network::backlog), help("offer less than the network accepts"))]
    Backlog {
        /// Most packets at one time.
        limit: u32,
    },
    /// Packets wait for each other, and no flit has moved for long: they would wait for ever.
    #[error(
        "cycle {now}: no flit has moved since cycle {since}, and {} in the network\n{packets}", plural(*flits, "flit is", "flits are")
    )]
    #[diagnostic(
        code(network::deadlock),
        help(
            "routes with a circular wait need virtual channels that break it; --watchdog sets the patience"
        )
    )]
    Deadlock {
        /// When the watchdog gave up.
        now: Cycle,
        /// The last cycle in which a flit moved.
        since: Cycle,
        /// Flits in the network.
        flits: u64,
        /// The packets that wait for each other.
        packets: String,
    },
    /// The audit found a difference: a defect of the simulator, and results of this run cannot be trusted.
    #[error("conservation broken at {place}: {what} is {found}, expected {expected}")]
    #[diagnostic(code(network::conservation), help("report this with the command that led to it"))]
    Conservation {
        /// Where.
        place: String,
        /// What was counted.
        what: &'static str,
        /// What was found.
        found: u64,
        /// What must hold.
        expected: u64,
    },
}
