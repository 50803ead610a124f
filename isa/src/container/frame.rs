//! A section's bytes as one zstd frame.

use std::io::Read;

/// Compression level: the one that zstd itself takes when asked for none.
const LEVEL: i32 = 3;

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
    let mut rest = stored;
    let mut bytes = Vec::new();
    let decoder = zstd::Decoder::with_buffer(&mut rest).map_err(|e| e.to_string())?.single_frame();
    // Grows with what is really there: the declared length is only a bound.
    decoder.take(raw.saturating_add(1)).read_to_end(&mut bytes).map_err(|e| e.to_string())?;
    // One byte too many: where the frame ends does not matter any more.
    if bytes.len() as u64 <= raw && !rest.is_empty() {
        return Err(format!("{} bytes follow its frame", rest.len()));
    }
    Ok(bytes)
}
