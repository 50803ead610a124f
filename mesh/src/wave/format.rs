//! Formats of waves.

use std::io::{self, Seek, Write};
use std::path::Path;

use super::catalogue::Catalogue;
use super::fst::FstSink;
use super::sink::WaveSink;
use super::time_scale::TimeScale;
use super::vcd::VcdSink;

/// How a file of waves is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaveFormat {
    /// IEEE 1364, with text for names.
    Vcd,
    /// IEEE 1364 to the letter: numbers for names.
    StrictVcd,
    /// FST, the compressed format of GTKWave: numbers for names.
    Fst,
}

impl WaveFormat {
    /// The format that the end of a name stands for: `.vcd` or `.fst`.
    pub fn of(path: &Path) -> Option<WaveFormat> {
        let end = path.extension()?;
        let formats = [("vcd", WaveFormat::Vcd), ("fst", WaveFormat::Fst)];
        formats.into_iter().find(|(name, _)| end.eq_ignore_ascii_case(name)).map(|(_, format)| format)
    }

    /// Begins a file with its declarations, of at most `limit` bytes.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn begin<F: Write + Seek + Send + 'static>(
        self,
        file: F,
        catalogue: &Catalogue,
        scale: TimeScale,
        limit: u64,
    ) -> io::Result<Box<dyn WaveSink<F>>> {
        Ok(match self {
            WaveFormat::Vcd => Box::new(VcdSink::new(file, catalogue, scale, limit, false)?),
            WaveFormat::StrictVcd => Box::new(VcdSink::new(file, catalogue, scale, limit, true)?),
            WaveFormat::Fst => Box::new(FstSink::new(file, catalogue, scale, limit)?),
        })
    }

    /// Whether names are written as numbers.
    pub fn has_numbers_for_names(self) -> bool {
        self != WaveFormat::Vcd
    }
}
