//! Weights laid out for the way over events: one value of the map multiplies a row of weights.

use crate::lanes::PAIRED;

/// Filters of a block.
pub const BLOCK: usize = PAIRED;

/// A weight matrix (rows, filters) cut into blocks of filters, each block (row, filter). The last block is filled up with weights of 0, which
/// add nothing and need no test in the loops.
#[derive(Clone, Debug)]
pub struct Packed {
    rows: usize,
    filters: usize,
    /// Row r of block b is at `b * rows + r`.
    blocks: Vec<[i8; BLOCK]>,
}

impl Packed {
    /// Packs `row(index)(filter)`.
    pub fn new<F: Fn(usize) -> i8>(rows: usize, filters: usize, row: impl Fn(usize) -> F) -> Packed {
        let mut blocks = Vec::with_capacity(filters.div_ceil(BLOCK) * rows);
        for first in (0..filters).step_by(BLOCK) {
            for index in 0..rows {
                // Where a row lies is found once for all of its filters.
                let weight = row(index);
                blocks.push(std::array::from_fn(|lane| {
                    let filter = first + lane;
                    if filter < filters { weight(filter) } else { 0 }
                }));
            }
        }
        Packed { rows, filters, blocks }
    }

    /// Filters of the matrix.
    pub fn filters(&self) -> usize {
        self.filters
    }

    /// Largest magnitude of a weight.
    pub fn largest(&self) -> u8 {
        self.blocks.iter().flatten().map(|weight| weight.unsigned_abs()).max().unwrap_or(0)
    }

    /// The blocks, each with all rows in order.
    pub fn blocks(&self) -> impl ExactSizeIterator<Item = &[[i8; BLOCK]]> {
        self.blocks.chunks_exact(self.rows.max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_block_is_filled_up() {
        let packed = Packed::new(2, BLOCK + 2, |row| move |filter| (row * 50 + filter) as i8);
        let blocks: Vec<_> = packed.blocks().collect();
        assert_eq!(blocks.iter().map(|block| block.len()).collect::<Vec<_>>(), [2, 2]);
        assert_eq!(blocks[0][1][15], 65);
        assert_eq!(blocks[1][1][..3], [114, 115, 0]);
        assert_eq!(packed.largest(), 115);
    }
}
