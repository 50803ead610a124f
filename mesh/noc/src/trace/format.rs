//! The formats of a trace file.

use std::io::Write;
use std::path::Path;

/// The format of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TraceFormat {
    /// Text.
    Csv,
    /// Records in compressed blocks; see [`super::spt`].
    Spt,
}

impl TraceFormat {
    /// The format in which a file of this name is written.
    pub fn of(path: &Path) -> TraceFormat {
        let is_spt = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("spt"));
        if is_spt { TraceFormat::Spt } else { TraceFormat::Csv }
    }
}

/// An output and its format.
pub struct TraceOutput<'a> {
    /// Where the bytes go.
    pub to: &'a mut dyn Write,
    /// In what format.
    pub format: TraceFormat,
}

impl<'a, W: Write> From<&'a mut W> for TraceOutput<'a> {
    fn from(to: &'a mut W) -> TraceOutput<'a> {
        TraceOutput { to, format: TraceFormat::Csv }
    }
}
