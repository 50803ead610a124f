//! Rectangles of (rows, channels): are they disjoint, and how much do they cover?

use crate::place::Place;
use crate::shape::Rows;
use std::collections::{BTreeMap, HashSet};

/// What one producer gives of a map.
#[derive(Clone, Copy, Debug)]
pub struct Tile {
    /// Rows.
    pub rows: Rows,
    /// Half-open range of channels.
    pub channels: (u64, u64),
    /// The producer.
    pub owner: Place,
}

impl Tile {
    fn is_empty(&self) -> bool {
        self.rows.is_empty() || self.channels.0 >= self.channels.1
    }

    fn area(&self) -> u128 {
        if self.is_empty() {
            0
        } else {
            self.rows.len() as u128 * (self.channels.1 - self.channels.0) as u128
        }
    }
}

/// Lists of tiles that are known to be disjoint, whoever gives them. Slices of a layer that hold the same rows receive the same tiles.
#[derive(Default)]
pub struct Disjoint(HashSet<Vec<(Rows, (u64, u64))>>);

impl Disjoint {
    fn key(tiles: &[Tile]) -> Vec<(Rows, (u64, u64))> {
        tiles.iter().map(|tile| (tile.rows, tile.channels)).collect()
    }

    /// True if these tiles are known.
    pub fn contains(&self, tiles: &[Tile]) -> bool {
        self.0.contains(&Self::key(tiles))
    }

    /// Notes that these tiles are disjoint.
    pub fn insert(&mut self, tiles: &[Tile]) {
        self.0.insert(Self::key(tiles));
    }
}

/// (Row, channel) pairs in all tiles.
pub fn area(tiles: &[Tile]) -> u128 {
    tiles.iter().map(Tile::area).sum()
}

/// Two tiles that overlap, and a (row, channel) of both; in O(n log n).
pub fn overlap(tiles: &[Tile]) -> Option<(Tile, Tile, u32, u64)> {
    let mut starts: Vec<&Tile> = tiles.iter().filter(|t| !t.is_empty()).collect();
    let mut ends = starts.clone();
    starts.sort_by_key(|t| (t.rows.first, t.channels.0));
    ends.sort_by_key(|t| t.rows.end);
    // Tiles that reach the current row, by their first channel. They are disjoint, so only the neighbours of a new
    // one can overlap it, and no two have the same key.
    let mut open: BTreeMap<u64, &Tile> = BTreeMap::new();
    let mut closed = 0;
    for tile in starts {
        while ends[closed].rows.end <= tile.rows.first {
            open.remove(&ends[closed].channels.0);
            closed += 1;
        }
        let before = open.range(..tile.channels.1).next_back();
        if let Some((_, other)) = before.filter(|(_, other)| other.channels.1 > tile.channels.0) {
            return Some((**other, *tile, tile.rows.first, tile.channels.0.max(other.channels.0)));
        }
        open.insert(tile.channels.0, tile);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn tile((first, rows, channel, channels): (u32, u32, u64, u64)) -> Tile {
        Tile {
            rows: Rows { first, end: first + rows },
            channels: (channel, channel + channels),
            owner: Place::Program,
        }
    }

    proptest! {
        /// Against painting the grid.
        #[test]
        fn finds_overlaps(raw in prop::collection::vec((0u32..12, 0u32..6, 0u64..12, 0u64..6), 0..9)) {
            let tiles: Vec<Tile> = raw.into_iter().map(tile).collect();
            let mut grid = [[0u32; 24]; 24];
            for t in &tiles {
                for row in t.rows.first..t.rows.end {
                    for channel in t.channels.0..t.channels.1 {
                        grid[row as usize][channel as usize] += 1;
                    }
                }
            }
            prop_assert_eq!(area(&tiles), grid.iter().flatten().sum::<u32>() as u128);
            match overlap(&tiles) {
                None => prop_assert!(grid.iter().flatten().all(|&n| n <= 1)),
                Some((_, _, row, channel)) => prop_assert!(grid[row as usize][channel as usize] > 1),
            }
        }
    }
}
