//! Doors to what is private, for `spikemesh-fuzz`. Nothing here is kept stable, and nothing else uses it.

use std::path::Path;

use miette::Report;

use crate::regression::{Golden, Manifest};

pub use crate::regression::{MAX_BYTES as MANIFEST_BYTES, MAX_GOLDEN_BYTES};
pub use crate::run::MAX_INFO as RUN_INFO_BYTES;

/// An error as it is shown for people, and for scripts.
pub fn rendered(report: &Report) -> [String; 2] {
    crate::cli::in_both_formats(report)
}

/// What is wrong with a manifest: with the whole, or with each of its cases.
pub fn manifest(text: &str) -> Vec<Report> {
    match Manifest::parse(Path::new("fuzz.ron"), text) {
        Ok(manifest) => {
            manifest.cases.into_iter().filter_map(|(_, case)| case.err()).map(Report::new).collect()
        }
        Err(error) => vec![Report::new(error)],
    }
}

/// A golden file written again, if it can be read.
///
/// # Errors
/// What is wrong with it.
pub fn golden(text: &str) -> Result<String, String> {
    Golden::parse(text).map(|golden| golden.text())
}
