//! What a probe sees of a unit.

/// What a unit is doing, as waves show it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum State {
    /// Nothing left to do.
    #[default]
    Idle,
    /// Taking in a map.
    Receive,
    /// Bringing events into memory order.
    Unpack,
    /// Fetching pointers and kernels of a column.
    Fetch,
    /// Adding a column's events to the potentials of a group.
    Accumulate,
    /// Comparing and emitting a column of a group.
    Scan,
    /// Walking over fully connected weights.
    Walk,
    /// Convolving pixels.
    Convolve,
    /// Injecting a map from host memory.
    Inject,
    /// Waiting for room in the output FIFO.
    StallFifo,
    /// Waiting for a consumer's map to be free.
    StallToken,
    /// Sending markers.
    Flush,
}

impl State {
    /// All states; the position is the value in waves.
    pub const ALL: [State; 12] = [
        State::Idle,
        State::Receive,
        State::Unpack,
        State::Fetch,
        State::Accumulate,
        State::Scan,
        State::Walk,
        State::Convolve,
        State::Inject,
        State::StallFifo,
        State::StallToken,
        State::Flush,
    ];

    /// Its name in waves and reports.
    pub fn name(self) -> &'static str {
        match self {
            State::Idle => "idle",
            State::Receive => "receive",
            State::Unpack => "unpack",
            State::Fetch => "fetch",
            State::Accumulate => "accumulate",
            State::Scan => "scan",
            State::Walk => "walk",
            State::Convolve => "convolve",
            State::Inject => "inject",
            State::StallFifo => "stall_fifo",
            State::StallToken => "stall_token",
            State::Flush => "flush",
        }
    }
}

/// What a probe sees of a unit after it has acted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// What it is doing.
    pub state: State,
    /// Group of filters being computed.
    pub filter_group: u32,
    /// Column being computed.
    pub column: u32,
    /// Events in its output FIFO.
    pub fifo: u32,
    /// Events and potentials received in this frame.
    pub received: u64,
}
