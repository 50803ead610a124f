//! Integers that hold sums of products.

use std::ops::{Add, AddAssign, Mul};

/// An integer that a potential, or a part of one, is computed in. The engine chooses it per layer such that no sum can leave
/// its range (see [`overflow`](crate::overflow)), so plain arithmetic is exact.
pub trait Accumulator:
    Copy
    + Default
    + Ord
    + Send
    + Sync
    + Add<Output = Self>
    + Mul<Output = Self>
    + AddAssign
    + From<i16>
    + Into<i64>
{
    /// `value`, or the nearest number of this type.
    fn saturated(value: i64) -> Self;

    /// `self`, or the nearest number of 32 bits.
    fn cut_to_32(self) -> i32;
}

impl Accumulator for i16 {
    fn saturated(value: i64) -> i16 {
        value.clamp(i16::MIN.into(), i16::MAX.into()) as i16
    }

    #[inline(always)]
    fn cut_to_32(self) -> i32 {
        self.into()
    }
}

impl Accumulator for i32 {
    fn saturated(value: i64) -> i32 {
        value.clamp(i32::MIN.into(), i32::MAX.into()) as i32
    }

    #[inline(always)]
    fn cut_to_32(self) -> i32 {
        self
    }
}

impl Accumulator for i64 {
    fn saturated(value: i64) -> i64 {
        value
    }

    #[inline(always)]
    fn cut_to_32(self) -> i32 {
        self.clamp(i32::MIN.into(), i32::MAX.into()) as i32
    }
}
