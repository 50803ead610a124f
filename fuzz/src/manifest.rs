//! Manifests of cases.

use crate::errors::show_report;

/// Text, as `test` reads it.
pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    spikemesh::doors::manifest(text).iter().for_each(show_report);
}
