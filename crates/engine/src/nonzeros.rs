//! The non-zero values of a map, in the order in which convolutions visit them.

use multiversion::multiversion;

use spikemesh_model::Dims;

/// A non-zero value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Nonzero {
    /// Index within its column: y * channels + channel. A window's rows are contiguous in it, as are the weights they meet.
    pub row: u32,
    /// The value, 1..=255.
    pub value: i16,
}

/// The non-zero values of a map (w, h, c), ascending by x, y, channel.
#[derive(Clone, Debug, Default)]
pub struct Nonzeros {
    /// Longer than the number of values: kept at the largest map seen.
    values: Vec<Nonzero>,
    /// First value of each position x * h + y, and the end of the last one.
    starts: Vec<u32>,
    height: usize,
}

impl Nonzeros {
    /// Replaces the contents by those of `map`.
    ///
    /// Invariant: afterwards `starts` has one entry per position and one more, ascending; position p has the values
    /// `starts[p]..starts[p + 1]`, and what lies behind the last start is left from earlier maps.
    ///
    /// The trick: maps are half zeros in no order, which a branch predictor cannot learn. So each value is stored at the next free place
    /// whether it is zero or not, and the place is kept only if it is not. `values` is as long as the largest map, so a store is always
    /// inside.
    pub fn fill(&mut self, map: &[u8], dims: Dims) {
        let (height, channels) = (dims.height as usize, dims.channels as usize);
        if self.values.len() < map.len() {
            self.values.resize(map.len(), Nonzero::default());
        }
        self.height = height;
        self.starts.clear();
        let mut count = 0;
        for column in map.chunks_exact(height * channels) {
            for (y, position) in column.chunks_exact(channels).enumerate() {
                self.starts.push(count as u32);
                let first = (y * channels) as u32;
                for (row, &value) in (first..).zip(position) {
                    // Written always, kept if not zero: no branch to predict.
                    self.values[count] = Nonzero { row, value: value.into() };
                    count += usize::from(value != 0);
                }
            }
        }
        self.starts.push(count as u32);
    }

    /// Values of column `x` in `rows` of y.
    pub fn column(&self, x: usize, rows: std::ops::Range<usize>) -> &[Nonzero] {
        let base = x * self.height;
        &self.values[self.starts[base + rows.start] as usize..self.starts[base + rows.end] as usize]
    }
}

/// The number of values that are not zero.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512vl+avx512dq", "x86_64+avx2"))]
pub fn count_nonzero<T: Copy + Default + PartialEq>(values: &[T]) -> usize {
    count(values)
}

/// The same, to be compiled into functions that are compiled for several instruction sets: choosing one takes longer than counting few values.
/// Counted in 16 bits, which processors do many of at once, in runs that cannot overflow.
#[inline(always)]
pub fn count<T: Copy + Default + PartialEq>(values: &[T]) -> usize {
    let mut sum = 0;
    for run in values.chunks(1 << 12) {
        let mut short = 0u16;
        for value in run {
            short += u16::from(*value != T::default());
        }
        sum += usize::from(short);
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_values_by_column() {
        let mut nonzeros = Nonzeros::default();
        // Two columns of two rows with two channels.
        nonzeros.fill(&[0, 3, 4, 0, 0, 0, 5, 6], Dims { width: 2, height: 2, channels: 2 });
        assert_eq!(nonzeros.column(0, 0..2), [Nonzero { row: 1, value: 3 }, Nonzero { row: 2, value: 4 }]);
        assert_eq!(nonzeros.column(1, 0..1), []);
        assert_eq!(nonzeros.column(1, 1..2), [Nonzero { row: 2, value: 5 }, Nonzero { row: 3, value: 6 }]);
    }

    #[test]
    fn every_value_is_counted() {
        assert_eq!(count_nonzero::<u8>(&[]), 0);
        assert_eq!(count_nonzero(&[0u8, 3, 0, 255]), 2);
        assert_eq!(count_nonzero(&vec![-1i32; 100_000]), 100_000);
        let every_third: Vec<i64> = (0..30_001).map(|i| i64::from(i % 3 == 0)).collect();
        assert_eq!(count_nonzero(&every_third), 10_001);
    }
}
