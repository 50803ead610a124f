//! Round-robin choice over bit masks.

use serde::{Deserialize, Serialize};

/// How arbiters choose among requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ArbiterRule {
    /// The first request at or after a pointer that moves past each winner.
    #[default]
    RoundRobin,
    /// The request with the lowest index, always: the pointers never move.
    #[serde(rename = "prio")]
    Fixed,
}

/// The first set bit of `mask` at or after `from`, wrapping around. `mask` must not be zero and `from` must
/// be below 32.
#[inline]
pub(super) fn pick(mask: u32, from: u32) -> u32 {
    let at_or_after = mask & (u32::MAX << from);
    let candidates = if at_or_after != 0 { at_or_after } else { mask };
    candidates.trailing_zeros()
}

/// The index after `index` in a ring of `size`.
#[inline]
pub(super) fn after(index: u32, size: u32) -> u32 {
    if index + 1 == size { 0 } else { index + 1 }
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
    }

    #[test]
    fn the_ring_closes() {
        assert_eq!(after(0, 1), 0);
        assert_eq!(after(3, 5), 4);
        assert_eq!(after(4, 5), 0);
    }
}
