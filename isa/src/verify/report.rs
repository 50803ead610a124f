//! The problems of a program, up to a limit.

use crate::error::Error;
use crate::limits::{MAX_ELEMENTS, MAX_ERRORS, MAX_SIDE};
use crate::place::Place;
use crate::shape::MapShape;

/// Problems found so far.
#[derive(Default)]
pub(super) struct Report {
    errors: Vec<Error>,
    more: usize,
}

impl Report {
    /// Adds a problem; beyond the limit it is only counted.
    pub(super) fn push(&mut self, error: impl Into<Error>) {
        if self.errors.len() < MAX_ERRORS {
            self.errors.push(error.into());
        } else {
            self.more += 1;
        }
    }

    /// All problems, and last how many more there were.
    pub(super) fn finish(mut self) -> Vec<Error> {
        if self.more > 0 {
            self.errors.push(Error::More { count: self.more });
        }
        self.errors
    }

    /// Checks the size of a map.
    pub(super) fn map(&mut self, place: Place, what: &'static str, map: MapShape) -> bool {
        let MapShape { width, height, channels } = map;
        let sides = [width, height, channels].iter().all(|side| (1..=MAX_SIDE).contains(side));
        // Within the limits of the sides, the product is below 2^48.
        let fits = sides && width as u64 * height as u64 * channels as u64 <= MAX_ELEMENTS;
        if !fits {
            self.push(Error::MapSize { place, what, map });
        }
        fits
    }

    /// Checks a width in bits.
    pub(super) fn bits(&mut self, place: Place, what: &'static str, bits: u8, low: u8, high: u8) -> bool {
        let fits = (low..=high).contains(&bits);
        if !fits {
            self.push(Error::Bits { place, what, bits, low, high });
        }
        fits
    }

    /// Checks how many of something there are.
    pub(super) fn count(&mut self, what: &'static str, count: usize, low: usize, high: usize) {
        if !(low..=high).contains(&count) {
            self.push(Error::Count { what, count, low, high });
        }
    }

    /// Checks an index; `count` is the number of things there are.
    pub(super) fn index(&mut self, place: Place, what: &'static str, index: usize, count: usize) -> bool {
        let fits = index < count;
        if !fits {
            self.push(Error::Index { place, what, index, count });
        }
        fits
    }
}
