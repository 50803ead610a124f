//! Round-robin choice over bit masks.
//!
//! A pointer is the place behind the last winner, and may be behind the last place: it need not be taken round.

/// The first set bit of `mask` at or after `from`, wrapping around. `mask` must not be zero; `from` may be behind the last place.
#[inline(always)]
pub(crate) fn pick(mask: u32, from: u32) -> u32 {
    (mask.rotate_right(from).trailing_zeros() + from) % u32::BITS
}

/// As [`pick`] among 64.
#[inline(always)]
pub(crate) fn pick_of_many(mask: u64, from: u32) -> u32 {
    (mask.rotate_right(from).trailing_zeros() + from) % u64::BITS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn picks_at_or_after_the_pointer_then_wraps() {
        assert_eq!(pick(0b1001, 0), 0);
        assert_eq!(pick(0b1001, 1), 3);
        assert_eq!(pick(0b1001, 3), 3);
        assert_eq!(pick(0b1001, 4), 0);
        assert_eq!(pick(1 << 31, 31), 31);
        assert_eq!(pick(1 << 31 | 2, 32), 1);
        assert_eq!(pick_of_many(1 << 63 | 2, 63), 63);
        assert_eq!(pick_of_many(1 << 63 | 2, 64), 1);
    }
}
