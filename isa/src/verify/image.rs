//! Memory images: their length, and the steps in them.

use super::report::Report;
use crate::error::Error;
use crate::memory::Layout;
use crate::place::Place;

/// Where the images of a program's records are.
pub(super) enum Images<'a> {
    /// In the records.
    InRecords,
    /// Elsewhere, with these lengths in the order of the records.
    Elsewhere(std::slice::Iter<'a, u64>),
}

/// What is known of one image.
pub(super) enum Image<'a> {
    /// All.
    Bytes(&'a [u8]),
    /// Its length.
    Length(u64),
}

impl Images<'_> {
    /// The image of the next record.
    pub(super) fn next<'r>(&mut self, in_record: &'r [u8]) -> Image<'r> {
        match self {
            Images::InRecords => Image::Bytes(in_record),
            Images::Elsewhere(lengths) => Image::Length(lengths.next().copied().unwrap_or(0)),
        }
    }
}

/// The image has the length of its layout, and steps by which levels can be distinguished.
pub(super) fn check(place: Place, image: &Image<'_>, layout: &Layout, report: &mut Report) {
    let expected = layout.len();
    let found = match image {
        Image::Bytes(bytes) => bytes.len(),
        Image::Length(length) => *length as usize,
    };
    if found != expected {
        report.push(Error::MemoryLength { place, found, expected });
        return;
    }
    let Image::Bytes(bytes) = image else { return };
    let steps = bytes[expected - 4 * layout.thresholds..].as_chunks::<4>().0;
    let steps = steps.iter().map(|&bytes| f32::from_le_bytes(bytes)).enumerate();
    for (filter, step) in steps.filter(|(_, step)| !(step.is_finite() && *step > 0.0)).take(1) {
        report.push(Error::Step { place, filter, step });
    }
}
