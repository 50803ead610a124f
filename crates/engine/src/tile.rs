//! The product of windows of a map with a matrix of weights, a tile of positions and filters at a time.
//!
//! `out[p, f] = sum over columns i and values j of map[start(p) + i * column_stride + j] * weights[i * column + j, f]`
//!
//! A window is some columns of a map, each a run of values at an equal distance: a convolution over a map with its border written out is
//! that, and so is a pointwise product (one column of a position's channels). Dense: zeros are multiplied like other values.

use std::ops::Range;

use crate::instruction_set::InstructionSet;
use crate::lanes::{BytePanel, Bytes, Kernel, Lanes, PANEL, WordPanel, Words};
use crate::results::{Finish, Place, Results};

/// What is multiplied: bytes with weights of 8 bits, or words with weights of 16 bits.
pub trait Kind: Clone + std::fmt::Debug {
    /// A value of the map.
    type Value: Copy + Default + std::fmt::Debug;
    /// Values that are multiplied together.
    type Group: Copy;
    /// A panel's weights for a group.
    type Panel: Clone + std::fmt::Debug;
    /// Sums on their way.
    type Partial<L: Lanes>: Copy;
    /// Values of a group.
    const GROUP: usize;
    /// Weights of 0.
    const ZERO: Self::Panel;

    /// Puts a weight into a panel.
    fn set(panel: &mut Self::Panel, filter: usize, value: usize, weight: i8);
    /// Values as groups.
    fn groups(values: &[Self::Value]) -> &[Self::Group];
    /// Whether partial sums must be emptied now and then.
    fn overflows<L: Lanes>() -> bool;
    /// Partial sums of 0.
    fn zero<L: Lanes>(lanes: L) -> Self::Partial<L>;
    /// Adds a group's products.
    fn add<L: Lanes>(
        lanes: L,
        sums: Self::Partial<L>,
        values: Self::Group,
        weights: &Self::Panel,
    ) -> Self::Partial<L>;
    /// Empties partial sums into sums.
    fn widen<L: Lanes>(lanes: L, sums: L::Sums, partial: Self::Partial<L>) -> L::Sums;
}

/// Values of 8 bits without sign.
#[derive(Clone, Debug)]
pub struct OfBytes;

impl Kind for OfBytes {
    type Value = u8;
    type Group = Bytes;
    type Panel = BytePanel;
    type Partial<L: Lanes> = L::Short;
    const GROUP: usize = 4;
    const ZERO: BytePanel = [[0; 4]; PANEL];

    fn set(panel: &mut BytePanel, filter: usize, value: usize, weight: i8) {
        panel[filter][value] = weight;
    }

    #[inline(always)]
    fn groups(values: &[u8]) -> &[Bytes] {
        values.as_chunks().0
    }

    #[inline(always)]
    fn overflows<L: Lanes>() -> bool {
        L::SHORT_OVERFLOWS
    }

    #[inline(always)]
    fn zero<L: Lanes>(lanes: L) -> L::Short {
        lanes.zero_short()
    }

    #[inline(always)]
    fn add<L: Lanes>(lanes: L, sums: L::Short, values: Bytes, weights: &BytePanel) -> L::Short {
        lanes.add_bytes(sums, values, weights)
    }

    #[inline(always)]
    fn widen<L: Lanes>(lanes: L, sums: L::Sums, partial: L::Short) -> L::Sums {
        lanes.widen(sums, partial)
    }
}

/// Values of 16 bits.
#[derive(Clone, Debug)]
pub struct OfWords;

impl Kind for OfWords {
    type Value = i16;
    type Group = Words;
    type Panel = WordPanel;
    type Partial<L: Lanes> = L::Sums;
    const GROUP: usize = 2;
    const ZERO: WordPanel = [[0; 2]; PANEL];

    fn set(panel: &mut WordPanel, filter: usize, value: usize, weight: i8) {
        panel[filter][value] = weight.into();
    }

    #[inline(always)]
    fn groups(values: &[i16]) -> &[Words] {
        values.as_chunks().0
    }

    #[inline(always)]
    fn overflows<L: Lanes>() -> bool {
        false
    }

    #[inline(always)]
    fn zero<L: Lanes>(lanes: L) -> L::Sums {
        lanes.zero()
    }

    #[inline(always)]
    fn add<L: Lanes>(lanes: L, sums: L::Sums, values: Words, weights: &WordPanel) -> L::Sums {
        lanes.add_words(sums, values, weights)
    }

    /// Sums of words are wide from the start and never emptied, so there is nothing to add to.
    #[inline(always)]
    fn widen<L: Lanes>(_: L, _: L::Sums, partial: L::Sums) -> L::Sums {
        partial
    }
}

/// A weight matrix (rows, filters) as panels of 16 filters; rows are whole groups, filled up with weights of 0.
#[derive(Clone, Debug)]
pub struct Panels<K: Kind> {
    /// (panel, group).
    panels: Vec<K::Panel>,
    groups: usize,
    filters: usize,
    /// Groups whose products surely fit 16 bits together, two and two values.
    run: usize,
}

impl<K: Kind> Panels<K> {
    /// Packs `weight(row, filter)`; `rows` is a multiple of [`Kind::GROUP`]. No value exceeds `max_value`.
    pub fn new(
        rows: usize,
        filters: usize,
        max_value: u64,
        weight: impl Fn(usize, usize) -> i8,
    ) -> Panels<K> {
        let groups = rows / K::GROUP;
        let mut panels = vec![K::ZERO; groups * filters.div_ceil(PANEL)];
        let mut largest = 0u64;
        for (panel, packed) in panels.chunks_exact_mut(groups.max(1)).enumerate() {
            let first = panel * PANEL;
            for (group, packed) in packed.iter_mut().enumerate() {
                for value in 0..K::GROUP {
                    for filter in first..filters.min(first + PANEL) {
                        let weight = weight(group * K::GROUP + value, filter);
                        largest = largest.max(weight.unsigned_abs().into());
                        K::set(packed, filter - first, value, weight);
                    }
                }
            }
        }
        let run = i16::MAX as u64 / (2 * max_value * largest).max(1);
        Panels { panels, groups, filters, run: usize::try_from(run).unwrap_or(usize::MAX) }
    }

    /// Bytes of the weights.
    pub fn bytes(&self) -> usize {
        size_of_val(&self.panels[..])
    }

    /// Rows times filters.
    pub fn products(&self) -> usize {
        self.groups * K::GROUP * self.filters
    }

    /// Filters of the matrix.
    pub fn filters(&self) -> usize {
        self.filters
    }

    /// Whether products of two bytes fit 16 bits, or need not, as [`Lanes::add_bytes`] asks.
    pub fn fits_bytes(&self, set: InstructionSet) -> bool {
        self.run > 0 || !set.sums_bytes_in_16_bits()
    }
}

/// Windows of a map.
#[derive(Clone, Copy, Debug)]
pub struct Windows<'a, V> {
    /// The map.
    pub map: &'a [V],
    /// Windows in x and y; results are in this order, x slowest.
    pub count: [usize; 2],
    /// Values from a window to the next one in x and y.
    pub step: [usize; 2],
    /// Columns of a window.
    pub columns: usize,
    /// Values from a column to the next one.
    pub column_stride: usize,
}

impl<'a, V> Windows<'a, V> {
    /// The windows at some places in x.
    pub fn at(&self, x: Range<usize>) -> Windows<'a, V> {
        let map = &self.map[x.start * self.step[0]..];
        Windows { map, count: [x.len(), self.count[1]], ..*self }
    }
}

/// Positions of a tile.
const POSITIONS: usize = 6;

/// Writes what becomes of the sums of every window with every filter.
///
/// Every window of [`Windows`] lies within the map, and a column has as many values as the matrix has rows for it; no sum leaves 32 bits.
pub fn multiply<K: Kind>(
    set: InstructionSet,
    windows: &Windows<'_, K::Value>,
    weights: &Panels<K>,
    results: Results<'_>,
) {
    match results {
        Results::Potentials(out) => set.run(Product { windows, weights, out }),
        Results::Levels(lines, levels) => set.run(Product { windows, weights, out: (lines, levels) }),
    }
}

struct Product<'a, K: Kind, R> {
    windows: &'a Windows<'a, K::Value>,
    weights: &'a Panels<K>,
    out: R,
}

impl<K: Kind, R: Finish> Kernel for Product<'_, K, R> {
    /// Blocks of as many panels as the set has registers for, then the rest: the weights of a block stay in the first cache while all
    /// positions go over them.
    #[inline(always)]
    fn run<L: Lanes>(mut self, lanes: L) {
        let panels = self.weights.filters.div_ceil(PANEL);
        let mut first = 0;
        if L::PANELS >= 4 {
            while panels - first >= 4 {
                self.block::<L, 4>(lanes, first);
                first += 4;
            }
        }
        if L::PANELS >= 2 && panels - first >= 2 {
            self.block::<L, 2>(lanes, first);
            first += 2;
        }
        while first < panels {
            self.block::<L, 1>(lanes, first);
            first += 1;
        }
    }
}

impl<K: Kind, R: Finish> Product<'_, K, R> {
    #[inline(always)]
    fn block<L: Lanes, const F: usize>(&mut self, lanes: L, first: usize) {
        let positions = self.windows.count[0] * self.windows.count[1];
        let mut position = 0;
        while positions - position > 1 {
            self.tile::<L, POSITIONS, F>(lanes, first, position, positions);
            position = (position + POSITIONS).min(positions);
        }
        if position < positions {
            self.tile::<L, 1, F>(lanes, first, position, positions);
        }
    }

    /// P positions from `position` on with F panels from `first` on.
    ///
    /// Invariant: all P x F sums stay in registers; a group of weights is loaded once for P positions, a group of values once for F
    /// panels. Partial sums in 16 bits are emptied after `run` groups, before they could overflow. Positions beyond the last one repeat it,
    /// so that the loops keep their constant shape, and their sums are not written.
    #[inline(always)]
    fn tile<L: Lanes, const P: usize, const F: usize>(
        &mut self,
        lanes: L,
        first: usize,
        position: usize,
        positions: usize,
    ) {
        let Windows { map, count, step, columns, column_stride } = *self.windows;
        let weights = self.weights;
        let column = weights.groups / columns;
        let starts: [usize; P] = std::array::from_fn(|p| {
            let position = (position + p).min(positions - 1);
            position / count[1] * step[0] + position % count[1] * step[1]
        });
        let panels: [&[K::Panel]; F] =
            std::array::from_fn(|f| &weights.panels[(first + f) * weights.groups..][..weights.groups]);
        let mut sums = [[lanes.zero(); F]; P];
        let mut partial = [[K::zero(lanes); F]; P];
        let mut left = weights.run;
        for i in 0..columns {
            let values: [&[K::Group]; P] = std::array::from_fn(|p| {
                &K::groups(&map[starts[p] + i * column_stride..][..column * K::GROUP])[..column]
            });
            let panels: [&[K::Panel]; F] = std::array::from_fn(|f| &panels[f][i * column..][..column]);
            for group in 0..column {
                for p in 0..P {
                    for f in 0..F {
                        partial[p][f] = K::add(lanes, partial[p][f], values[p][group], &panels[f][group]);
                    }
                }
                if K::overflows::<L>() {
                    left -= 1;
                    if left == 0 {
                        left = weights.run;
                        for p in 0..P {
                            for f in 0..F {
                                sums[p][f] = K::widen(lanes, sums[p][f], partial[p][f]);
                                partial[p][f] = K::zero(lanes);
                            }
                        }
                    }
                }
            }
        }
        for p in 0..P {
            for f in 0..F {
                sums[p][f] = K::widen(lanes, sums[p][f], partial[p][f]);
            }
        }
        let count = P.min(positions - position);
        let place = Place { position, count, panel: first, filters: weights.filters };
        self.out.finish(lanes, &sums, place);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::activation::Activation;

    /// The rule at the head of this file, in 64 bits.
    fn expected<V: Copy + Into<i64>>(
        windows: &Windows<'_, V>,
        rows: usize,
        filters: usize,
        weight: impl Fn(usize, usize) -> i8,
    ) -> Vec<i64> {
        let column = rows / windows.columns;
        let mut out = Vec::new();
        for x in 0..windows.count[0] {
            for y in 0..windows.count[1] {
                let start = x * windows.step[0] + y * windows.step[1];
                out.extend((0..filters).map(|filter| {
                    (0..rows)
                        .map(|row| {
                            let at = start + row / column * windows.column_stride + row % column;
                            windows.map[at].into() * i64::from(weight(row, filter))
                        })
                        .sum::<i64>()
                }));
            }
        }
        out
    }

    fn agree<K: Kind<Value: Into<i64>>>(
        windows: &Windows<'_, K::Value>,
        rows: usize,
        filters: usize,
        max_value: u64,
        weight: impl Fn(usize, usize) -> i8,
    ) {
        let expected = expected(windows, rows, filters, &weight);
        let panels = Panels::<K>::new(rows, filters, max_value, &weight);
        // Thresholds and steps such that levels differ.
        let most = expected.iter().map(|sum| sum.unsigned_abs()).max().unwrap_or(0);
        let thresholds: Vec<i32> = expected[..filters].iter().map(|sum| *sum as i32 - 40).collect();
        let steps: Vec<f32> = (0..filters).map(|filter| 4.0 + filter as f32 * 0.3).collect();
        let activation = Activation::<i32>::new(&thresholds, &steps, 4, most);
        let mut out_levels = vec![77; expected.len()];
        let bytes = K::GROUP == OfBytes::GROUP;
        for set in InstructionSet::all().filter(|set| !bytes || panels.fits_bytes(*set)) {
            let mut out = vec![-1; expected.len()];
            multiply(set, windows, &panels, Results::Potentials(&mut out));
            assert!(out.iter().zip(&expected).all(|(out, expected)| i64::from(*out) == *expected), "{set:?}");
            if let Some(lines) = activation.lines() {
                let mut levels = vec![99; out.len()];
                multiply(set, windows, &panels, Results::Levels(lines, &mut levels));
                activation.run(&out, &mut out_levels);
                assert_eq!(levels, out_levels, "{set:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn every_instruction_set_gives_the_exact_sums(
            count in [1usize..5, 1usize..8],
            columns in 1usize..4,
            groups in 1usize..20,
            filters in 1usize..150,
            stride in 0usize..9,
            seed in any::<u64>(),
        ) {
            let mut state = seed | 1;
            let mut next = || {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                state
            };
            let (byte_rows, word_rows) = (columns * groups * 4, columns * groups * 2);
            let column_stride = groups * 4 + stride;
            let step = [column_stride, stride];
            let len = 5 * column_stride + 8 * stride + columns * column_stride;
            // The largest values there are, so that sums in 16 bits are as full as they get.
            let bytes: Vec<u8> = (0..len).map(|_| if next() % 3 == 0 { 0 } else { 15 - (next() % 2) as u8 }).collect();
            let weights: Vec<i8> = (0..byte_rows * filters).map(|_| 7 - (next() % 3) as i8).collect();
            let windows = Windows { map: &bytes[..], count, step, columns, column_stride };
            agree::<OfBytes>(&windows, byte_rows, filters, 15, |row, filter| weights[row * filters + filter]);
            let any: Vec<u8> = (0..len).map(|_| next() as u8).collect();
            let all: Vec<i8> = (0..byte_rows * filters).map(|_| next() as i8).collect();
            let windows = Windows { map: &any[..], ..windows };
            agree::<OfBytes>(&windows, byte_rows, filters, 255, |row, filter| all[row * filters + filter]);
            let words: Vec<i16> = (0..len).map(|_| next() as i16).collect();
            let windows = Windows { map: &words[..], count, step, columns, column_stride };
            agree::<OfWords>(&windows, word_rows, filters, 1 << 15, |row, filter| weights[row * filters + filter]);
        }
    }

    /// The sums of 16 bits are emptied in time, and a run one longer would overflow: the test above can fail.
    #[test]
    fn short_sums_are_emptied_just_in_time() {
        let rows = 4 * 400;
        let map = vec![15u8; rows];
        let windows = Windows { map: &map[..], count: [1, 1], step: [0, 0], columns: 1, column_stride: 0 };
        agree::<OfBytes>(&windows, rows, 17, 15, |_, filter| if filter == 3 { -8 } else { 7 });
        let panels = Panels::<OfBytes>::new(rows, 1, 15, |_, _| -8);
        assert_eq!(panels.run, 136);
        assert!(InstructionSet::all().all(|set| panels.fits_bytes(set)));
        let large = Panels::<OfBytes>::new(4, 1, 255, |_, _| 100);
        assert!(InstructionSet::all().all(|set| large.fits_bytes(set) != set.sums_bytes_in_16_bits()));
    }
}
