//! Doors to what is private, for `spikemesh-fuzz`. Nothing here is kept stable, and nothing else uses it.

use crate::error::Error;
use crate::published::PublishedFile;
use crate::{bound, count, layer, micro, model};

pub use crate::published::MAX_BYTES;

/// The number of rows of a text: of layers, models, microbenchmarks, bounds or NP totals, as the first letter of `kind` says.
///
/// # Errors
/// All that is wrong with the rows.
pub fn rows(kind: u8, text: &str) -> Result<usize, Vec<Error>> {
    let file = PublishedFile { name: "fuzz.csv".to_owned(), text: text.to_owned(), folder: None };
    match kind {
        b'l' => layer::read(&file).map(|rows| rows.len()),
        b'm' => model::read(&file).map(|rows| rows.len()),
        b'u' => micro::read(&file).map(|rows| rows.len()),
        b'b' => bound::read(&file).map(|rows| rows.len()),
        _ => count::read(&file).map(|rows| rows.len()),
    }
}
