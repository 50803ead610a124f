//! Whether a program is consistent in itself.
//!
//! A program for which [`verify`] returns nothing may be run without further checks: every index is in range,
//! every window lies in its map, every packet lands in its receiver, every memory image has the length of its
//! layout, every receiver knows its producers, and no arithmetic on sizes overflows. What only a device can know, such
//! as which NPs exist and how much memory they have, is not looked at.
//!
//! | file | rules |
//! |---|---|
//! | `header` | names, counts, output maps, buffers, program input and output |
//! | `unit` | geometry, filters, bits and memory of one unit |
//! | `flow` | routes, producers, coverage and cycles of one pass |
//! | `cover` | whether rectangles of (rows, channels) are disjoint |

mod cover;
mod flow;
mod header;
mod unit;

use crate::error::Error;
use crate::place::Place;
use crate::program::Program;
use crate::shape::MapShape;

/// Largest width or height of a map.
pub const MAX_SIDE: u32 = 4096;
/// Most channels of a map.
pub const MAX_CHANNELS: u32 = 65_536;
/// Most elements of a map.
pub const MAX_ELEMENTS: u64 = 1 << 28;
/// Largest kernel.
pub const MAX_KERNEL: u32 = 15;
/// Most bytes of one unit's weights.
pub const MAX_IMAGE: u64 = 1 << 28;
/// Most bytes of a name.
pub const MAX_NAME: usize = 256;
/// Most output maps, and most buffers.
pub const MAX_MAPS: usize = 4096;
/// Most passes.
pub const MAX_PASSES: usize = 1024;
/// Problems listed before the rest is only counted.
const MAX_ERRORS: usize = 200;

/// Everything that is wrong with a program, in the order of the program; empty if nothing is.
pub fn verify(program: &Program) -> Vec<Error> {
    let mut report = Report::default();
    header::check(program, &mut report);
    for (i, pass) in program.passes.iter().enumerate() {
        unit::check(program, i, pass, &mut report);
    }
    flow::check(program, &mut report);
    report.finish()
}

/// Problems found so far.
#[derive(Default)]
struct Report {
    errors: Vec<Error>,
    more: usize,
}

impl Report {
    fn push(&mut self, error: Error) {
        if self.errors.len() < MAX_ERRORS {
            self.errors.push(error);
        } else {
            self.more += 1;
        }
    }

    fn finish(mut self) -> Vec<Error> {
        if self.more > 0 {
            self.errors.push(Error::More { count: self.more });
        }
        self.errors
    }

    /// Checks the size of a map.
    fn map(&mut self, place: Place, what: &'static str, map: MapShape) -> bool {
        let MapShape { width, height, channels } = map;
        let sides = (1..=MAX_SIDE).contains(&width) && (1..=MAX_SIDE).contains(&height);
        let channels_fit = (1..=MAX_CHANNELS).contains(&channels);
        // Within the limits of the sides, the product is below 2^40.
        let fits = sides && channels_fit && width as u64 * height as u64 * channels as u64 <= MAX_ELEMENTS;
        if !fits {
            self.push(Error::MapSize { place, what, map });
        }
        fits
    }

    /// Checks a width in bits.
    fn bits(&mut self, place: Place, what: &'static str, bits: u8, low: u8, high: u8) -> bool {
        let fits = (low..=high).contains(&bits);
        if !fits {
            self.push(Error::Bits { place, what, bits, low, high });
        }
        fits
    }

    /// Checks an index; `count` is the number of things there are.
    fn index(&mut self, place: Place, what: &'static str, index: usize, count: usize) -> bool {
        let fits = index < count;
        if !fits {
            self.push(Error::Index { place, what, index, count });
        }
        fits
    }
}
