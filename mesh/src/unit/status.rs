//! What a probe sees of a unit.

/// What a unit is doing, as waves show it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UnitState {
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

impl UnitState {
    /// All states; the position is the value in waves.
    pub const ALL: [UnitState; 12] = [
        UnitState::Idle,
        UnitState::Receive,
        UnitState::Unpack,
        UnitState::Fetch,
        UnitState::Accumulate,
        UnitState::Scan,
        UnitState::Walk,
        UnitState::Convolve,
        UnitState::Inject,
        UnitState::StallFifo,
        UnitState::StallToken,
        UnitState::Flush,
    ];

    /// Its name in waves and reports.
    pub fn name(self) -> &'static str {
        match self {
            UnitState::Idle => "idle",
            UnitState::Receive => "receive",
            UnitState::Unpack => "unpack",
            UnitState::Fetch => "fetch",
            UnitState::Accumulate => "accumulate",
            UnitState::Scan => "scan",
            UnitState::Walk => "walk",
            UnitState::Convolve => "convolve",
            UnitState::Inject => "inject",
            UnitState::StallFifo => "stall_fifo",
            UnitState::StallToken => "stall_token",
            UnitState::Flush => "flush",
        }
    }
}

/// What a probe sees of a unit after it has acted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UnitStatus {
    /// What it is doing.
    pub state: UnitState,
    /// Group of filters being computed.
    pub filter_group: u32,
    /// Column being computed.
    pub column: u32,
    /// Events in its output FIFO.
    pub fifo: u32,
    /// Events and potentials received since the pass began.
    pub received: u64,
    /// Events and potentials emitted since the pass began, before replication.
    pub emitted: u64,
}
