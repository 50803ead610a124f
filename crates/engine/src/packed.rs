//! Weights laid out for the inner loops.
//!
//! A block is B filters wide, and B is a constant of the type: the compiler then keeps B sums in vector registers and unrolls the loop
//! over them. A narrow layer gets a narrow block, so that few of its lanes multiply by zero.

/// A weight matrix (rows, filters) cut into blocks of filters, each block (rows, lanes): one row of a block is what one input
/// value multiplies. The last block is filled up with zero weights.
#[derive(Clone, Debug)]
pub struct Packed {
    rows: usize,
    filters: usize,
    blocks: Blocks,
}

/// Rows of all blocks, block after block. The width is a constant of the loops, so that sums live in registers.
#[derive(Clone, Debug)]
pub enum Blocks {
    /// Up to 16 filters.
    Of16(Vec<[i16; 16]>),
    /// Up to 32 filters.
    Of32(Vec<[i16; 32]>),
    /// Any number of filters.
    Of64(Vec<[i16; 64]>),
}

impl Packed {
    /// Packs `row(index)(filter)` in blocks of at most `widest` filters.
    pub fn new<F: Fn(usize) -> i8>(
        rows: usize,
        filters: usize,
        widest: usize,
        row: impl Fn(usize) -> F,
    ) -> Packed {
        let blocks = match filters.min(widest) {
            0..=16 => Blocks::Of16(pack(rows, filters, row)),
            17..=32 => Blocks::Of32(pack(rows, filters, row)),
            _ => Blocks::Of64(pack(rows, filters, row)),
        };
        Packed { rows, filters, blocks }
    }

    /// Rows of each block.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Filters of the matrix.
    pub fn filters(&self) -> usize {
        self.filters
    }

    /// Largest magnitude of a weight.
    pub fn largest(&self) -> u16 {
        fn largest<const B: usize>(blocks: &[[i16; B]]) -> u16 {
            blocks.iter().flatten().map(|weight| weight.unsigned_abs()).max().unwrap_or(0)
        }
        match &self.blocks {
            Blocks::Of16(blocks) => largest(blocks),
            Blocks::Of32(blocks) => largest(blocks),
            Blocks::Of64(blocks) => largest(blocks),
        }
    }

    /// The blocks.
    pub fn blocks(&self) -> &Blocks {
        &self.blocks
    }
}

/// The blocks of B filters, each with all rows in order. Row r of block b is at `b * rows + r`; lanes beyond the last filter are 0, so that
/// they add nothing and need no test in the loops.
fn pack<F: Fn(usize) -> i8, const B: usize>(
    rows: usize,
    filters: usize,
    row: impl Fn(usize) -> F,
) -> Vec<[i16; B]> {
    let mut packed = Vec::with_capacity(filters.div_ceil(B) * rows);
    for first in (0..filters).step_by(B) {
        for index in 0..rows {
            // Where a row lies is found once for all of its filters.
            let weight = row(index);
            packed.push(std::array::from_fn(|lane| {
                let filter = first + lane;
                if filter < filters { weight(filter).into() } else { 0 }
            }));
        }
    }
    packed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_block_is_filled_up() {
        let packed = Packed::new(2, 18, 16, |row| move |filter| (row * 50 + filter) as i8);
        let Blocks::Of16(blocks) = packed.blocks() else { panic!("18 filters at 16 a block") };
        assert_eq!(blocks.len(), 4);
        assert_eq!(blocks[1][15], 65);
        assert_eq!(blocks[3][..3], [66, 67, 0]);
    }
}
