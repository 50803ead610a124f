//! Waves as an FST file. Names are written as numbers: the writer has neither text nor tables.

use std::io::{self, Seek, SeekFrom, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use fst_writer::{
    FstBodyWriter, FstFileType, FstHeaderWriter, FstInfo, FstScopeType, FstSignalId, FstSignalType,
    FstVarDirection, FstVarType, FstWriteError,
};

use super::catalogue::{Catalogue, Item};
use super::signal::{Change, UNKNOWN};
use super::sink::WaveSink;
use super::time_scale::TimeScale;

/// Bytes of changes that are compressed at a time.
const BLOCK: u64 = 8 << 20;
/// Less room than this, in bytes, is none.
const LEAST_ROOM: u64 = 1 << 12;
/// Where the header has the version of the program, and how many bytes of it: before it are the type and the length of the header, eight numbers of
/// eight bytes, and the time unit.
const VERSION_AT: u64 = 1 + 8 + 8 * 8 + 1;
const VERSION_BYTES: usize = 128;

/// Writes FST.
pub struct FstSink<F: Write + Seek> {
    body: FstBodyWriter<Measured<F>>,
    signals: Vec<Option<(FstSignalId, usize)>>,
    length: Arc<AtomicU64>,
    limit: u64,
    /// The last time.
    time: u64,
}

/// A file, and how long it is.
struct Measured<F> {
    file: F,
    at: u64,
    length: Arc<AtomicU64>,
}

impl<F: Write> Write for Measured<F> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.at += written as u64;
        self.length.fetch_max(self.at, Ordering::Relaxed);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl<F: Seek> Seek for Measured<F> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        if to != SeekFrom::Current(0) {
            self.at = self.file.seek(to)?;
        }
        Ok(self.at)
    }
}

impl<F: Write + Seek> FstSink<F> {
    /// Begins a file with its declarations, of at most `limit` bytes.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn new(file: F, catalogue: &Catalogue, scale: TimeScale, limit: u64) -> io::Result<FstSink<F>> {
        let info = FstInfo {
            start_time: 0,
            timescale_exponent: -(scale.exponent() as i8),
            version: concat!("spikemesh ", env!("CARGO_PKG_VERSION")).to_owned(),
            date: String::new(),
            file_type: FstFileType::Verilog,
        };
        let length = Arc::new(AtomicU64::new(0));
        let file = Measured { file, at: 0, length: length.clone() };
        let mut header = FstHeaderWriter::new(file, &info).map_err(failed)?;
        let mut signals: Vec<Option<(FstSignalId, usize)>> = vec![None; catalogue.len()];
        for item in catalogue.items() {
            match item {
                Item::Open(name) => header.scope(name, "", FstScopeType::Module),
                Item::Close => header.up_scope(),
                Item::Name { name, signal } => {
                    let bits = catalogue.kind(*signal).bits();
                    let known = signals[signal.index()].map(|(id, _)| id);
                    let (kind, direction) = (FstVarType::Wire, FstVarDirection::Implicit);
                    header.var(name, FstSignalType::bit_vec(bits), kind, direction, known).map(|id| {
                        signals[signal.index()] = Some((id, bits as usize));
                    })
                }
            }
            .map_err(failed)?;
        }
        let mut body = header.finish().map_err(failed)?;
        // Nobody repeats a value.
        body.set_deduplicate(false);
        Ok(FstSink { body, signals, length, limit, time: 0 })
    }

    /// Compresses what waits where a new time may begin, and says whether there is room for more.
    fn make_room(&mut self) -> io::Result<bool> {
        let waiting = self.body.size() as u64;
        let written = self.length.load(Ordering::Relaxed);
        if waiting < BLOCK && written + waiting + LEAST_ROOM <= self.limit {
            return Ok(true);
        }
        if waiting > 4 * self.signals.len() as u64 {
            self.body.flush().map_err(failed)?;
        }
        let written = self.length.load(Ordering::Relaxed);
        Ok(written + self.body.size() as u64 + LEAST_ROOM <= self.limit)
    }
}

impl<F: Write + Seek + Send> WaveSink<F> for FstSink<F> {
    fn changes(&mut self, time: u64, changes: &[Change]) -> io::Result<bool> {
        // A block may only end before a time begins.
        if !self.make_room()? {
            return Ok(false);
        }
        self.body.time_change(time).map_err(failed)?;
        self.time = time;
        let mut bits = [b'x'; 64];
        for &Change { signal, value } in changes {
            let Some((id, width)) = self.signals[signal.index()] else { continue };
            let bits = &mut bits[..width];
            for (at, bit) in bits.iter_mut().rev().enumerate() {
                *bit = if value == UNKNOWN { b'x' } else { b'0' + (value >> at & 1) as u8 };
            }
            self.body.signal_change(id, bits).map_err(failed)?;
        }
        Ok(true)
    }

    fn bytes(&self) -> u64 {
        self.length.load(Ordering::Relaxed)
    }

    fn finish(mut self: Box<Self>, partial: Option<&str>) -> io::Result<(F, u64)> {
        if self.time == 0 {
            // Readers want a time behind the first one.
            self.body.time_change(1).map_err(failed)?;
        }
        let mut file = self.body.finish().map_err(failed)?;
        if let Some(why) = partial {
            let version = format!("spikemesh {}, partial: {why}", env!("CARGO_PKG_VERSION"));
            let end = version.floor_char_boundary(VERSION_BYTES - 1);
            let mut bytes = version.as_bytes()[..end].to_vec();
            bytes.resize(VERSION_BYTES, 0);
            file.seek(SeekFrom::Start(VERSION_AT))?;
            file.write_all(&bytes)?;
        }
        file.flush()?;
        Ok((file.file, self.length.load(Ordering::Relaxed)))
    }
}

fn failed(error: FstWriteError) -> io::Error {
    match error {
        FstWriteError::Io(error) => error,
        error => io::Error::other(error),
    }
}
