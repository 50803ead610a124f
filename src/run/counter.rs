//! Numbers that add up over frames: what a journal saves and restores.

/// A number that adds up over frames, as 64 bits.
pub(crate) trait Counter {
    /// Its bits.
    fn bits(&self) -> u64;
    /// The number of these bits.
    fn set_bits(&mut self, bits: u64);
    /// Whether a run can have counted so far. A journal may be from somebody else, and sums of its numbers must not overflow.
    fn is_possible(&self) -> bool;
}

/// More than any run counts, and exact as a number of JSON.
const MOST: u64 = 1 << 53;

impl Counter for u64 {
    fn bits(&self) -> u64 {
        *self
    }

    fn set_bits(&mut self, bits: u64) {
        *self = bits;
    }

    fn is_possible(&self) -> bool {
        *self <= MOST
    }
}

impl Counter for u16 {
    fn bits(&self) -> u64 {
        u64::from(*self)
    }

    fn set_bits(&mut self, bits: u64) {
        *self = u16::try_from(bits).unwrap_or(u16::MAX);
    }

    fn is_possible(&self) -> bool {
        true
    }
}

impl Counter for usize {
    fn bits(&self) -> u64 {
        *self as u64
    }

    fn set_bits(&mut self, bits: u64) {
        *self = bits as usize;
    }

    fn is_possible(&self) -> bool {
        *self as u64 <= MOST
    }
}

impl Counter for f64 {
    fn bits(&self) -> u64 {
        self.to_bits()
    }

    fn set_bits(&mut self, bits: u64) {
        *self = f64::from_bits(bits);
    }

    fn is_possible(&self) -> bool {
        self.is_finite() && *self >= 0.0
    }
}
