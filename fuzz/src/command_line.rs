//! Arguments of commands.

use std::ffi::OsString;

use spikemesh::doors;

use crate::errors::show_report;

/// An argument on each line, and the network that they describe, if any. Nothing is run.
pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let arguments: Vec<OsString> = std::iter::once("spikemesh").chain(text.lines()).map(Into::into).collect();
    doors::arguments(&arguments).iter().for_each(show_report);
}
