//! Whether a program is consistent in itself.
//!
//! A program for which [`verify`] returns nothing may be run without further checks: every index is in range,
//! every window lies in its map, every packet lands in its receiver, every memory image has the length of its
//! layout, every receiver knows its producers, and no arithmetic on sizes overflows. What only a device can know, such
//! as which NPs exist and how much memory they have, is not looked at.
//!
//! | file | rules |
//! |---|---|
//! | `header` | names, counts, output maps, buffers, program input |
//! | `outputs` | program outputs; nothing is computed or collected for nobody |
//! | `unit` | geometry, filters, bits and memory of one unit |
//! | `image` | length of a memory image, steps in it |
//! | `flow` | routes, producers, coverage and cycles of one pass |
//! | `report` | the list of problems |
//! | `cover` | whether rectangles of (rows, channels) are disjoint |

mod cover;
mod flow;
mod header;
mod image;
mod outputs;
mod report;
mod unit;

use image::Images;
use report::Report;

use crate::error::Error;
use crate::program::Program;

/// Everything that is wrong with a program, in the order of the program; empty if nothing is.
pub fn verify(program: &Program) -> Vec<Error> {
    check(program, &mut Images::InRecords)
}

/// The same for a program whose memory images are elsewhere: `lengths` are theirs, in the order of the records.
pub(crate) fn verify_packed(program: &Program, lengths: &[u64]) -> Vec<Error> {
    check(program, &mut Images::Elsewhere(lengths.iter()))
}

fn check(program: &Program, images: &mut Images<'_>) -> Vec<Error> {
    let mut report = Report::default();
    header::check(program, &mut report);
    outputs::check(program, &mut report);
    for (i, pass) in program.passes.iter().enumerate() {
        unit::check(program, i, pass, images, &mut report);
    }
    flow::check(program, &mut report);
    report.finish()
}
