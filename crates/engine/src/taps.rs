//! The non-zero values of a map, in the order in which convolutions visit them.

use spikemesh_model::Dims;

/// A non-zero value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tap {
    /// Index within its column: y * channels + channel. A window's rows are contiguous in it, as are the weights they meet.
    pub row: u32,
    /// The value, 1..=255.
    pub value: i16,
}

/// The non-zero values of a map (w, h, c), ascending by x, y, channel.
#[derive(Clone, Debug, Default)]
pub struct Taps {
    /// Longer than the number of values: kept at the largest map seen.
    taps: Vec<Tap>,
    /// First tap of each position x * h + y, and the end of the last one.
    starts: Vec<u32>,
    height: usize,
}

impl Taps {
    /// Replaces the contents by those of `map`.
    pub fn fill(&mut self, map: &[u8], dims: Dims) {
        let (height, channels) = (dims.height as usize, dims.channels as usize);
        if self.taps.len() < map.len() {
            self.taps.resize(map.len(), Tap::default());
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
                    self.taps[count] = Tap { row, value: value.into() };
                    count += usize::from(value != 0);
                }
            }
        }
        self.starts.push(count as u32);
    }

    /// Values of column `x` in `rows` of y.
    pub fn column(&self, x: usize, rows: std::ops::Range<usize>) -> &[Tap] {
        let base = x * self.height;
        &self.taps[self.starts[base + rows.start] as usize..self.starts[base + rows.end] as usize]
    }

    /// Number of values at each position, by x then y.
    pub fn counts(&self) -> impl Iterator<Item = u64> {
        self.starts.windows(2).map(|pair| u64::from(pair[1] - pair[0]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_values_by_column() {
        let mut taps = Taps::default();
        // Two columns of two rows with two channels.
        taps.fill(&[0, 3, 4, 0, 0, 0, 5, 6], Dims { width: 2, height: 2, channels: 2 });
        assert_eq!(taps.column(0, 0..2), [Tap { row: 1, value: 3 }, Tap { row: 2, value: 4 }]);
        assert_eq!(taps.column(1, 0..1), []);
        assert_eq!(taps.column(1, 1..2), [Tap { row: 2, value: 5 }, Tap { row: 3, value: 6 }]);
        assert_eq!(taps.counts().collect::<Vec<_>>(), [1, 1, 0, 2]);
    }
}
