//! The words on the mesh.
//!
//! A packet is a head flit and up to four body flits. A body flit of 128 bits carries four 32-bit words: events, or
//! raw potentials. Markers and tokens are heads alone.

/// Words in a full packet.
pub const PACKET_WORDS: usize = 16;
/// Words in a body flit.
pub const FLIT_WORDS: usize = 4;
/// Rows that an event's `y` can name; the head's row base is a multiple of it.
pub const ROWS_PER_BASE: u32 = 1 << Y_BITS;

const X_BITS: u32 = 11;
const Y_BITS: u32 = 6;
const FEATURE_BITS: u32 = 11;
const VALUE_BITS: u32 = 4;

/// Columns that an event can name.
pub const MAX_WIDTH: u32 = 1 << X_BITS;
/// Features that an event can name.
pub const MAX_FEATURES: u32 = 1 << FEATURE_BITS;

/// One event as it lies in a body flit: column, row above the head's row base, feature, level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event(pub u32);

impl Event {
    /// Packs an event. Fields that do not fit are a defect of the sender.
    pub fn new(x: u32, y: u32, feature: u32, value: u32) -> Event {
        debug_assert!(
            x < MAX_WIDTH && y < ROWS_PER_BASE && feature < MAX_FEATURES && value < 1 << VALUE_BITS
        );
        Event(x | y << X_BITS | feature << (X_BITS + Y_BITS) | value << (X_BITS + Y_BITS + FEATURE_BITS))
    }

    /// Column.
    pub fn x(self) -> u32 {
        self.0 & (MAX_WIDTH - 1)
    }

    /// Row above the head's row base.
    pub fn y(self) -> u32 {
        self.0 >> X_BITS & (ROWS_PER_BASE - 1)
    }

    /// Feature.
    pub fn feature(self) -> u32 {
        self.0 >> (X_BITS + Y_BITS) & (MAX_FEATURES - 1)
    }

    /// Level, 1..=15.
    pub fn value(self) -> u32 {
        self.0 >> (X_BITS + Y_BITS + FEATURE_BITS)
    }
}

/// What a packet carries, written in its head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Head {
    /// Events; their rows count from `row_base`, a multiple of [`ROWS_PER_BASE`] in the receiver's local rows.
    Events {
        /// Local row of an event with y = 0.
        row_base: u32,
    },
    /// Raw potentials of successive features at one position.
    Potentials {
        /// Column.
        x: u32,
        /// Local row.
        row: u32,
        /// Feature of the first word.
        feature: u32,
    },
    /// The producer has sent all of its frame: the number of events (or potentials) that went to this receiver.
    Marker {
        /// Events sent to this receiver in this frame.
        count: u32,
    },
    /// The receiver's input map is free for the next frame.
    MapFree,
}

/// Flits of a packet with `words` words of payload.
pub fn flits(words: usize) -> usize {
    1 + words.div_ceil(FLIT_WORDS)
}
