//! What can be wrong between the units of a program: routes, and what arrives by them.

use spikemesh_words::plural;

use crate::place::Place;
use crate::record::Target;
use crate::shape::{MapShape, Rows};

fn target_name(target: &Target) -> String {
    match target {
        Target::Np(np) => format!("NP {}", np.0),
        Target::Sink(buffer) => format!("the sink of buffer {}", buffer.0),
    }
}

/// A defect of the routes between units. Each place is that of the sender, or of the receiver where something is missing.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[non_exhaustive]
pub enum FlowError {
    /// A route ends at nothing: packets could not be delivered.
    #[error("{place}: {} has no record in this pass", target_name(target))]
    #[diagnostic(code(program::route_target), help("add the receiver's record or remove the route"))]
    RouteTarget {
        /// The route.
        place: Place,
        /// The receiver.
        target: Target,
    },
    /// Two routes of one unit end at one receiver, which would count two markers of one producer.
    #[error("{place}: an earlier route of this unit goes to {} too", target_name(target))]
    #[diagnostic(code(program::duplicate_route), help("one route for each receiver"))]
    DuplicateRoute {
        /// The later route.
        place: Place,
        /// The receiver.
        target: Target,
    },
    /// A joined route has no route before it, or one with other rows or bases, so their packets differ.
    #[error("{place}: it is joined, and the route before it has other rows or bases, or is not there")]
    #[diagnostic(
        code(program::joined),
        help("join routes with equal rows and bases that follow one another")
    )]
    Joined {
        /// The joined route.
        place: Place,
    },
    /// A tree would reach the event DMA twice.
    #[error("{place}: it is joined to another route to a sink")]
    #[diagnostic(code(program::joined_sinks), help("leave one of them apart"))]
    JoinedSinks {
        /// The later route.
        place: Place,
    },
    /// Producer and receiver disagree about the size of the map.
    #[error("{place}: the producer's map is {producer}, the receiver's {receiver}")]
    #[diagnostic(code(program::route_map), help("width and height must be equal"))]
    RouteMap {
        /// The route.
        place: Place,
        /// The map that is sent.
        producer: MapShape,
        /// The map that receives.
        receiver: MapShape,
    },
    /// Events of a route would land outside the receiver's rows.
    #[error("{place}: rows {rows} above row {base} do not lie in the receiver's {}", plural(*count, "row", "rows"))]
    #[diagnostic(code(program::route_rows), help("the row base is the first row of the receiver's window"))]
    RouteRows {
        /// The route.
        place: Place,
        /// Rows sent.
        rows: Rows,
        /// Row base.
        base: u32,
        /// Rows of the receiver.
        count: u32,
    },
    /// Events of a route would land outside the receiver's channels.
    #[error(
        "{place}: channels {first} + {count} above channel {base} do not lie in the receiver's {channels}"
    )]
    #[diagnostic(
        code(program::route_channels),
        help("the channel base is where the producer's map starts in the concatenation")
    )]
    RouteChannels {
        /// The route.
        place: Place,
        /// First channel sent.
        first: u32,
        /// Channels sent.
        count: u32,
        /// Channel base.
        base: u32,
        /// Channels of the receiver.
        channels: u32,
    },
    /// Levels go where potentials are expected, or have more bits than the receiver.
    #[error(
        "{place}: the producer sends {}, the receiver takes {receiver} (0 bits are potentials)", plural(*producer, "bit", "bits")
    )]
    #[diagnostic(code(program::route_bits), help("the receiver's bits are the largest of its producers'"))]
    RouteBits {
        /// The route.
        place: Place,
        /// Bits sent; 0 for potentials.
        producer: u8,
        /// Bits taken; 0 for potentials.
        receiver: u8,
    },
    /// Potentials go to an NP, which takes levels only.
    #[error("{place}: raw potentials go to an NP")]
    #[diagnostic(code(program::potentials_to_np), help("potentials go to sinks only; enable the activation"))]
    PotentialsToNp {
        /// The route.
        place: Place,
    },
    /// A source would inject potentials; the event DMA injects levels only.
    #[error("{place}: buffer {buffer} holds potentials")]
    #[diagnostic(code(program::source_potentials), help("sources read buffers of levels"))]
    SourcePotentials {
        /// The source.
        place: Place,
        /// The buffer.
        buffer: u16,
    },
    /// The receiver would wait for ever, or start too early.
    #[error("{place}: it waits for {declared} producers, {found} send to it")]
    #[diagnostic(code(program::producers), help("one for each unit with a route to it, and at least one"))]
    Producers {
        /// The receiver.
        place: Place,
        /// Producers it waits for.
        declared: u32,
        /// Units with a route to it.
        found: usize,
    },
    /// A value would be computed, or arrive, twice.
    #[error("{place}: {first} and {second} both give row {row}, channel {channel}")]
    #[diagnostic(code(program::overlap), help("every value of a map has one producer"))]
    Overlap {
        /// The map.
        place: Place,
        /// One producer.
        first: Place,
        /// Another.
        second: Place,
        /// Row that both give.
        row: u32,
        /// Channel that both give.
        channel: u32,
    },
    /// Part of a map has no producer: it would read as zero.
    #[error("{place}: {found} of {expected} (row, channel) pairs have a producer")]
    #[diagnostic(
        code(program::coverage),
        help("every value of an output map and of a collected buffer has one producer")
    )]
    Coverage {
        /// The map.
        place: Place,
        /// Pairs with a producer.
        found: u128,
        /// Pairs of the map.
        expected: u128,
    },
    /// NPs wait for each other: no frame would ever end.
    #[error("{place}: it waits for its own output by way of other NPs")]
    #[diagnostic(code(program::cycle), help("a pass must flow from its sources to its sinks"))]
    Cycle {
        /// One NP of the cycle, or fed by it.
        place: Place,
    },
}

impl FlowError {
    /// Where in the program it is, if it is at one place.
    pub(crate) fn place(&self) -> Place {
        match self {
            FlowError::RouteTarget { place, .. }
            | FlowError::DuplicateRoute { place, .. }
            | FlowError::Joined { place }
            | FlowError::JoinedSinks { place }
            | FlowError::RouteMap { place, .. }
            | FlowError::RouteRows { place, .. }
            | FlowError::RouteChannels { place, .. }
            | FlowError::RouteBits { place, .. }
            | FlowError::PotentialsToNp { place, .. }
            | FlowError::SourcePotentials { place, .. }
            | FlowError::Producers { place, .. }
            | FlowError::Overlap { place, .. }
            | FlowError::Coverage { place, .. }
            | FlowError::Cycle { place, .. } => *place,
        }
    }
}
