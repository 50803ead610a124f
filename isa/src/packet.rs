//! The words on the mesh.
//!
//! A packet is a head flit and up to four body flits. A body flit of 128 bits carries four 32-bit words: events, or
//! raw potentials. Markers and tokens are heads alone.

/// Words in a full packet.
pub const PACKET_WORDS: usize = 16;
/// Words in a body flit.
pub const FLIT_WORDS: usize = 4;

const X_BITS: u32 = 11;
const Y_BITS: u32 = 6;
const FEATURE_BITS: u32 = 11;
const VALUE_BITS: u32 = 4;

/// Columns that an event names above its head's base.
pub const COLUMNS_PER_BASE: u32 = 1 << X_BITS;
/// Rows that an event names above its head's base.
pub const ROWS_PER_BASE: u32 = 1 << Y_BITS;
/// Features that an event names above its head's base.
pub const FEATURES_PER_BASE: u32 = 1 << FEATURE_BITS;

/// Bits of a whole coordinate: of a column, a row or a feature.
const COORDINATE_BITS: u32 = 16;
/// Columns, rows and features that a head and its events name together.
pub const MAX_COORDINATES: u32 = 1 << COORDINATE_BITS;

const COLUMN_BASE_BITS: u32 = COORDINATE_BITS - X_BITS;
const ROW_BASE_BITS: u32 = COORDINATE_BITS - Y_BITS;

/// What the coordinates of a packet's events count from, as its head carries it: the upper bits of column, local row and
/// feature.
///
/// It is the same for all positions of a block of [`COLUMNS_PER_BASE`] columns, [`ROWS_PER_BASE`] rows and
/// [`FEATURES_PER_BASE`] features; a packet has one base, so it closes where the next event lies in another block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Base(u32);

impl Base {
    /// Column of an event with x = 0.
    pub fn column(self) -> u32 {
        (self.0 & ((1 << COLUMN_BASE_BITS) - 1)) << X_BITS
    }

    /// Local row of an event with y = 0.
    pub fn row(self) -> u32 {
        (self.0 >> COLUMN_BASE_BITS & ((1 << ROW_BASE_BITS) - 1)) << Y_BITS
    }

    /// Feature of an event with feature 0.
    pub fn feature(self) -> u32 {
        self.0 >> (COLUMN_BASE_BITS + ROW_BASE_BITS) << FEATURE_BITS
    }
}

/// One event as it lies in a body flit: column, row and feature above the head's base, and level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event(pub u32);

impl Event {
    /// Packs an event at a column, local row and feature, each below [`MAX_COORDINATES`]. It belongs into a packet
    /// whose head has the base. Fields that do not fit are a defect of the sender.
    #[inline]
    pub fn pack(column: u32, row: u32, feature: u32, value: u32) -> (Base, Event) {
        debug_assert!(column.max(row).max(feature) < MAX_COORDINATES && value < 1 << VALUE_BITS);
        let base = column >> X_BITS
            | row >> Y_BITS << COLUMN_BASE_BITS
            | feature >> FEATURE_BITS << (COLUMN_BASE_BITS + ROW_BASE_BITS);
        let (x, y) = (column & (COLUMNS_PER_BASE - 1), row & (ROWS_PER_BASE - 1));
        let feature = feature & (FEATURES_PER_BASE - 1);
        let word = x | y << X_BITS | feature << (X_BITS + Y_BITS) | value << (X_BITS + Y_BITS + FEATURE_BITS);
        (Base(base), Event(word))
    }

    /// Column above the head's base.
    pub fn x(self) -> u32 {
        self.0 & (COLUMNS_PER_BASE - 1)
    }

    /// Row above the head's base.
    pub fn y(self) -> u32 {
        self.0 >> X_BITS & (ROWS_PER_BASE - 1)
    }

    /// Feature above the head's base.
    pub fn feature(self) -> u32 {
        self.0 >> (X_BITS + Y_BITS) & (FEATURES_PER_BASE - 1)
    }

    /// Level, 1..=15.
    pub fn value(self) -> u32 {
        self.0 >> (X_BITS + Y_BITS + FEATURE_BITS)
    }
}

/// What a packet carries, written in its head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Head {
    /// Events; their coordinates count from `base`, rows in the receiver's local rows.
    Events {
        /// What they count from.
        base: Base,
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Coordinates, the ends of blocks among them.
    fn coordinate() -> impl Strategy<Value = u32> {
        prop_oneof![
            0..MAX_COORDINATES,
            prop::sample::select(vec![0, 63, 64, 2047, 2048, 4095, 4096, 65_534, 65_535])
        ]
    }

    proptest! {
        /// Base and event name the position that was packed.
        #[test]
        fn events_come_back(x in coordinate(), y in coordinate(), c in coordinate(), value in 1u32..16) {
            let (base, event) = Event::pack(x, y, c, value);
            prop_assert_eq!(
                (base.column() + event.x(), base.row() + event.y(), base.feature() + event.feature(), event.value()),
                (x, y, c, value)
            );
            prop_assert_eq!(base.column() % COLUMNS_PER_BASE + base.row() % ROWS_PER_BASE, 0);
            prop_assert_eq!(base.feature() % FEATURES_PER_BASE, 0);
        }
    }

    #[test]
    fn the_base_is_that_of_the_block() {
        let base = |x, y, c| Event::pack(x, y, c, 1).0;
        let origin = base(0, 0, 0);
        assert_eq!(origin, base(2047, 63, 2047));
        for other in [base(2048, 0, 0), base(0, 64, 0), base(0, 0, 2048)] {
            assert_ne!(origin, other);
        }
        assert_eq!(base(4095, 127, 4095), base(2048, 64, 2048));
    }
}
