//! The non-zero values of a map, in the order in which convolutions visit them.

use multiversion::multiversion;

use crate::instruction_set::InstructionSet;
use crate::lanes::{Kernel, Lanes, PAIRED};
use spikemesh_model::Dims;

/// A value that is not zero, and its row: one number, so that a run of them is moved to other rows by one addition each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Nonzero(u64);

impl Nonzero {
    /// A value, 1..=255, at a row.
    #[inline(always)]
    pub fn new(row: u32, value: u8) -> Nonzero {
        Nonzero(u64::from(row) << 32 | u64::from(value))
    }

    /// The row.
    #[inline(always)]
    pub fn row(self) -> usize {
        (self.0 >> 32) as usize
    }

    /// The value.
    #[inline(always)]
    pub fn value(self) -> u8 {
        self.0 as u8
    }

    /// The same value some rows later, modulo 2^32.
    #[inline(always)]
    pub fn moved(self, rows: u32) -> Nonzero {
        Nonzero(self.0.wrapping_add(u64::from(rows) << 32))
    }
}

/// The non-zero values of a map (w, h, c), ascending by x, y, channel.
#[derive(Clone, Debug, Default)]
pub struct Nonzeros {
    /// Rows are indices within a column: y * channels + channel. A window's rows are contiguous in it, as are the weights they meet.
    values: Vec<Nonzero>,
    /// First value of each position x * h + y, and the end of the last one.
    starts: Vec<u32>,
    height: usize,
}

impl Nonzeros {
    /// Replaces the contents by those of `map`.
    pub fn fill(&mut self, set: InstructionSet, map: &[u8], dims: Dims) {
        self.values.clear();
        self.starts.clear();
        self.height = dims.height as usize;
        set.run(Fill { nonzeros: self, map, channels: dims.channels as usize });
        self.starts.push(self.values.len() as u32);
    }

    /// Number of values.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Values of column `x` in `rows` of y.
    #[inline(always)]
    pub fn column(&self, x: usize, rows: std::ops::Range<usize>) -> &[Nonzero] {
        let base = x * self.height;
        &self.values[self.starts[base + rows.start] as usize..self.starts[base + rows.end] as usize]
    }
}

struct Fill<'a> {
    nonzeros: &'a mut Nonzeros,
    map: &'a [u8],
    channels: usize,
}

impl Kernel for Fill<'_> {
    /// Invariant: before a word of 64 values is looked at, all values before it are listed, and `starts` has all positions that begin before it.
    ///
    /// The trick: a word becomes a bit for each value, and only bits that are set are visited. Where a position begins within the word, the bits
    /// before it are counted.
    #[inline(always)]
    fn run<L: Lanes>(self, lanes: L) {
        let Fill { nonzeros: Nonzeros { values, starts, height }, map, channels } = self;
        for column in map.chunks_exact(*height * channels) {
            let mut begin = 0;
            for first in (0..column.len()).step_by(PAIRED) {
                let mut bits = nonzero_bits(lanes, &column[first..]);
                while begin < first + PAIRED && begin < column.len() {
                    let before = bits & ((1 << (begin - first)) - 1);
                    starts.push(values.len() as u32 + before.count_ones());
                    begin += channels;
                }
                while bits != 0 {
                    let row = first + bits.trailing_zeros() as usize;
                    values.push(Nonzero::new(row as u32, column[row]));
                    bits &= bits - 1;
                }
            }
        }
    }
}

/// A bit for each of the first [`PAIRED`] values, or of as many as there are: whether it is not zero.
#[inline(always)]
pub fn nonzero_bits<L: Lanes>(lanes: L, values: &[u8]) -> u64 {
    match values.first_chunk() {
        Some(word) => lanes.nonzero(word),
        None => lanes.nonzero(&filled_up(values)),
    }
}

/// The values left at the end of a column, as a word.
#[inline(never)]
fn filled_up(rest: &[u8]) -> [u8; PAIRED] {
    let mut word = [0; PAIRED];
    word[..rest.len()].copy_from_slice(rest);
    word
}

/// The number of values that are not zero.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512vl+avx512dq", "x86_64+avx2"))]
pub fn count_nonzero<T: Copy + Default + PartialEq>(values: &[T]) -> usize {
    // Counted in lanes of 8 bits, of which processors have the most, in runs that cannot overflow.
    let (blocks, rest) = values.as_chunks::<PAIRED>();
    let mut sum = 0;
    for run in blocks.chunks(u8::MAX.into()) {
        let mut lanes = [0u8; PAIRED];
        for block in run {
            for (lane, value) in lanes.iter_mut().zip(block) {
                *lane += u8::from(*value != T::default());
            }
        }
        for lane in lanes {
            sum += usize::from(lane);
        }
    }
    for value in rest {
        sum += usize::from(*value != T::default());
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
        let dims = Dims { width: 2, height: 2, channels: 2 };
        nonzeros.fill(InstructionSet::best(), &[0, 3, 4, 0, 0, 0, 5, 6], dims);
        assert_eq!(nonzeros.column(0, 0..2), [Nonzero::new(1, 3), Nonzero::new(2, 4)]);
        assert_eq!(nonzeros.column(1, 0..1), []);
        assert_eq!(nonzeros.column(1, 1..2), [Nonzero::new(2, 5), Nonzero::new(3, 6)]);
        assert_eq!(Nonzero::new(2, 5).moved(1u32.wrapping_sub(2)), Nonzero::new(1, 5));
    }

    proptest::proptest! {
        #[test]
        fn every_instruction_set_lists_every_value(
            height in 1u32..20,
            channels in 1u32..150,
            seed in proptest::prelude::any::<u32>(),
        ) {
            let dims = Dims { width: 2, height, channels };
            let mut state = seed;
            let mut next = || {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 24) as u8
            };
            let map: Vec<u8> = (0..dims.len()).map(|_| if next() < 150 { 0 } else { next() }).collect();
            for set in InstructionSet::all() {
                let mut nonzeros = Nonzeros::default();
                nonzeros.fill(set, &map, dims);
                proptest::prop_assert_eq!(nonzeros.len(), count_nonzero(&map));
                for (position, values) in map.chunks(channels as usize).enumerate() {
                    let [x, y] = [position / height as usize, position % height as usize];
                    let first = y * channels as usize;
                    let expected = (first as u32..).zip(values).filter(|(_, value)| **value != 0);
                    let expected: Vec<_> = expected.map(|(row, &value)| Nonzero::new(row, value)).collect();
                    proptest::prop_assert_eq!(nonzeros.column(x, y..y + 1), &expected, "{:?}", set);
                }
            }
        }
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
