//! Integers that hold sums of products.

use std::ops::{Add, AddAssign, Mul};

use multiversion::multiversion;

/// An integer that a potential, or a part of one, is computed in. The engine chooses it per layer such that no sum can leave
/// its range (see [`bound`](crate::bound)), so plain arithmetic is exact.
pub trait Number:
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
}

impl Number for i16 {
    fn saturated(value: i64) -> i16 {
        value.clamp(i16::MIN.into(), i16::MAX.into()) as i16
    }
}

impl Number for i32 {
    fn saturated(value: i64) -> i32 {
        value.clamp(i32::MIN.into(), i32::MAX.into()) as i32
    }
}

impl Number for i64 {
    fn saturated(value: i64) -> i64 {
        value
    }
}

/// Values that are not zero. Counted in 16 bits, which processors do many of at once, in runs that cannot overflow.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512vl+avx512dq", "x86_64+avx2"))]
pub fn nonzero<T: Copy + Default + PartialEq>(values: &[T]) -> usize {
    let runs = values.chunks(1 << 12);
    runs.map(|run| run.iter().map(|value| u16::from(*value != T::default())).sum::<u16>() as usize).sum()
}

#[cfg(test)]
mod tests {
    use super::nonzero;

    #[test]
    fn every_value_is_counted() {
        assert_eq!(nonzero::<u8>(&[]), 0);
        assert_eq!(nonzero(&[0u8, 3, 0, 255]), 2);
        assert_eq!(nonzero(&vec![-1i32; 100_000]), 100_000);
        let every_third: Vec<i64> = (0..30_001).map(|i| i64::from(i % 3 == 0)).collect();
        assert_eq!(nonzero(&every_third), 10_001);
    }
}
