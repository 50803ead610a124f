//! Where the sums of a tile go: as potentials, or at once as levels, so that potentials which nobody reads are not stored.

use crate::activation::Lines;
use crate::lanes::{Lanes, PANEL, QUAD};

/// Results (position, filter) of some positions.
#[derive(Debug)]
pub enum Results<'a> {
    /// Potentials.
    Potentials(&'a mut [i32]),
    /// Levels by lines.
    Levels(&'a Lines, &'a mut [u8]),
}

/// Positions and panels of a tile.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// First position.
    pub position: usize,
    /// Positions of the tile that exist; sums of others are dropped.
    pub count: usize,
    /// First panel.
    pub panel: usize,
    /// Filters of a position.
    pub filters: usize,
}

impl Place {
    /// Writes the values of position p of the tile from panel f on, one panel or more, but those of filters that do not exist.
    #[inline(always)]
    pub fn put<T: Copy, const N: usize>(&self, out: &mut [T], p: usize, f: usize, values: &[T; N]) {
        if p >= self.count {
            return;
        }
        let first = (self.panel + f) * PANEL;
        let out = &mut out[(self.position + p) * self.filters + first..];
        let exist = self.filters - first;
        if exist >= N {
            // Of constant length: a move, and not a call.
            out[..N].copy_from_slice(values);
        } else {
            put_some(&mut out[..exist], values);
        }
    }
}

/// Apart, so that it is not joined with the copy of constant length.
#[inline(never)]
fn put_some<T: Copy>(out: &mut [T], values: &[T]) {
    out.copy_from_slice(&values[..out.len()]);
}

/// What becomes of the sums of P positions and F panels.
pub trait Finish {
    /// Writes them.
    fn finish<L: Lanes, const P: usize, const F: usize>(
        &mut self,
        lanes: L,
        sums: &[[L::Sums; F]; P],
        place: Place,
    );
}

impl Finish for &mut [i32] {
    #[inline(always)]
    fn finish<L: Lanes, const P: usize, const F: usize>(
        &mut self,
        lanes: L,
        sums: &[[L::Sums; F]; P],
        place: Place,
    ) {
        for (p, sums) in sums.iter().enumerate() {
            for (f, sums) in sums.iter().enumerate() {
                place.put(self, p, f, &lanes.store(*sums));
            }
        }
    }
}

impl Finish for (&Lines, &mut [u8]) {
    /// Four panels at a time: of one position, or of several if a position has fewer.
    #[inline(always)]
    fn finish<L: Lanes, const P: usize, const F: usize>(
        &mut self,
        lanes: L,
        sums: &[[L::Sums; F]; P],
        place: Place,
    ) {
        for first in (0..P * F).step_by(QUAD) {
            let mut four = [lanes.zero(); QUAD];
            let mut panels = [place.panel; QUAD];
            for k in 0..QUAD {
                let at = first + k;
                if at < P * F {
                    four[k] = sums[at / F][at % F];
                    panels[k] = place.panel + at % F;
                }
            }
            let levels = self.0.levels(lanes, four, panels);
            if let (QUAD, Some(levels)) = (F, levels.as_flattened().first_chunk::<{ QUAD * PANEL }>()) {
                place.put(self.1, first / F, 0, levels);
                continue;
            }
            for (at, levels) in (first..P * F).zip(&levels) {
                place.put(self.1, at / F, at % F, levels);
            }
        }
    }
}
