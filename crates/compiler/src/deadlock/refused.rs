//! Why a program is not proved free of deadlock.

use super::circular_wait::CircularWait;
use spikemesh_words::plural;

/// Why a program is not proved free of deadlock. A program that was just compiled is never refused, unless routing function or compiler have a
/// defect.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, miette::Diagnostic)]
pub enum Refused {
    /// Packets could wait for each other for ever. It points to a defect of the routing function, not of the model.
    #[error("the program can deadlock the network: {0}")]
    #[diagnostic(code(compiler::deadlock), help("use dimension-ordered routing"))]
    CircularWait(CircularWait),
    /// Two classes of packets share a virtual channel, so that a token could wait behind the data that waits for it.
    #[error("{first} and {second} share virtual channel {vc}")]
    #[diagnostic(
        code(compiler::shared_channel),
        help("give each class virtual channels of its own: `data_vcs`, `token_vcs`")
    )]
    SharedChannel {
        /// One class.
        first: String,
        /// The other.
        second: String,
        /// A virtual channel of both.
        vc: u32,
    },
    /// A route is joined to another one, and the device's routers fork no packets.
    #[error("pass {pass}: {unit} sends a tree, and the device has multicast source")]
    #[diagnostic(
        code(compiler::no_trees),
        help("map the model for this device, or choose `network.multicast=tree`")
    )]
    NoTrees {
        /// The pass.
        pass: usize,
        /// The unit.
        unit: String,
    },
    /// A packet that forks may not fit a buffer, so that a branch that waits could stop the others for ever.
    #[error("pass {pass}: {unit} sends a tree of packets of up to {}, and buffers have {depth}", plural(*flits, "flit", "flits"))]
    #[diagnostic(
        code(compiler::shallow_buffer),
        help("choose `network.vc_buf_size` of at least {flits}, or `network.multicast=source`")
    )]
    ShallowBuffer {
        /// The pass.
        pass: usize,
        /// The unit.
        unit: String,
        /// The longest packet.
        flits: usize,
        /// Flits in a buffer.
        depth: u16,
    },
    /// A unit sends to nobody: without a marker to send its frame never ends, and its producers never get their tokens.
    #[error("pass {pass}: {unit} has no route, so none of its frames ends")]
    #[diagnostic(
        code(compiler::no_marker),
        help("send its map to another unit; a map that nothing reads goes to a sink")
    )]
    NoMarker {
        /// The pass.
        pass: usize,
        /// The unit.
        unit: String,
    },
    /// A route ends in a unit that gives no token back, so that its producer sends one frame and no second one.
    #[error("pass {pass}: {unit} sends to {receiver}, which gives no token back")]
    #[diagnostic(code(compiler::no_token), help("give the receiver a record in this pass"))]
    NoToken {
        /// The pass.
        pass: usize,
        /// The producer.
        unit: String,
        /// The receiver.
        receiver: String,
    },
    /// A unit waits for more markers than come, or takes a frame before all have come.
    #[error("pass {pass}: {unit} waits for {markers} markers, and {routes} routes end in it")]
    #[diagnostic(code(compiler::markers), help("one marker for each route, and at least one"))]
    Markers {
        /// The pass.
        pass: usize,
        /// The unit.
        unit: String,
        /// Markers that it waits for.
        markers: u32,
        /// Routes that end in it.
        routes: usize,
    },
    /// A unit computes nothing, so that its frames never end.
    #[error("pass {pass}: {unit} is disabled, so none of its frames ends")]
    #[diagnostic(
        code(compiler::disabled),
        help("map the model for this device: mapping leaves out what is disabled")
    )]
    Disabled {
        /// The pass.
        pass: usize,
        /// The unit.
        unit: String,
    },
    /// Units wait for each other's frames, and none of them holds a token to begin with.
    #[error("pass {pass}: {circle} send to each other in a circle that holds no token")]
    #[diagnostic(code(compiler::circle), help("a pass must flow from its sources to its sinks"))]
    Circle {
        /// The pass.
        pass: usize,
        /// The units, each sending to the next, the last to the first.
        circle: String,
    },
}
