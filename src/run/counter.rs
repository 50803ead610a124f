//! Numbers that add up over frames: what a journal saves and restores.

/// A number that adds up over frames, as 64 bits.
pub(crate) trait Counter {
    /// Its bits.
    fn bits(&self) -> u64;
    /// The number of these bits.
    fn set_bits(&mut self, bits: u64);
}

impl Counter for u64 {
    fn bits(&self) -> u64 {
        *self
    }

    fn set_bits(&mut self, bits: u64) {
        *self = bits;
    }
}

impl Counter for u16 {
    fn bits(&self) -> u64 {
        u64::from(*self)
    }

    fn set_bits(&mut self, bits: u64) {
        *self = u16::try_from(bits).unwrap_or(u16::MAX);
    }
}

impl Counter for usize {
    fn bits(&self) -> u64 {
        *self as u64
    }

    fn set_bits(&mut self, bits: u64) {
        *self = bits as usize;
    }
}

impl Counter for f64 {
    fn bits(&self) -> u64 {
        self.to_bits()
    }

    fn set_bits(&mut self, bits: u64) {
        *self = f64::from_bits(bits);
    }
}
