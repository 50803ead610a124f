//! A section's bytes as one zstd frame.

use std::io::Read;

use spikemesh_words::plural;
use zstd::Decoder;

/// Compression level: the one that zstd itself takes when asked for none.
const LEVEL: i32 = 3;
/// Logarithm of the most bytes that the decoder keeps at hand. Frames of [`pack`] need 2^21.
const MAX_WINDOW_LOG: u32 = 24;

/// Packs bytes into one frame.
pub fn pack(raw: &[u8]) -> Vec<u8> {
    // Packing memory into memory fails only without memory, as any other allocation does.
    zstd::bulk::compress(raw, LEVEL).expect("zstd packs any bytes")
}

/// Unpacks one frame, at most `raw` bytes and one more to show that there are more.
///
/// # Errors
/// What the decoder says, or that bytes follow the frame.
pub fn unpack(stored: &[u8], raw: u64) -> Result<Vec<u8>, String> {
    let mut stream = Stream::new(stored)?;
    let mut bytes = Vec::new();
    // Grows with what is really there: the declared length is only a bound.
    stream.0.by_ref().take(raw.saturating_add(1)).read_to_end(&mut bytes).map_err(|e| e.to_string())?;
    // One byte too many: where the frame ends does not matter any more.
    if bytes.len() as u64 <= raw {
        stream.end()?;
    }
    Ok(bytes)
}

/// The bytes of one frame, unpacked as they are read.
pub struct Stream<'a>(Decoder<'static, &'a [u8]>);

impl<'a> Stream<'a> {
    /// Begins a frame.
    ///
    /// # Errors
    /// What the decoder says.
    pub fn new(stored: &'a [u8]) -> Result<Stream<'a>, String> {
        let mut decoder = Decoder::with_buffer(stored).map_err(|e| e.to_string())?.single_frame();
        decoder.window_log_max(MAX_WINDOW_LOG).map_err(|e| e.to_string())?;
        Ok(Stream(decoder))
    }

    /// Fills a buffer as far as the frame has bytes; returns how far.
    ///
    /// # Errors
    /// What the decoder says.
    pub fn fill(&mut self, buffer: &mut [u8]) -> Result<usize, String> {
        let mut filled = 0;
        while filled < buffer.len() {
            match self.0.read(&mut buffer[filled..]).map_err(|e| e.to_string())? {
                0 => break,
                count => filled += count,
            }
        }
        Ok(filled)
    }

    /// Checks that nothing follows the frame, all of whose bytes have been read.
    ///
    /// # Errors
    /// That bytes follow.
    pub fn end(self) -> Result<(), String> {
        match self.0.finish() {
            [] => Ok(()),
            rest => Err(format!("{} its frame", plural(rest.len(), "byte follows", "bytes follow"))),
        }
    }
}
