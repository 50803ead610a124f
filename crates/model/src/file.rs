//! Model files: `.fb`, and `.fbz`, the same in one zstd frame.
//!
//! A file holds the name, the layers with every parameter, and the variables that were set; `schema/model.fbs` says
//! how. A checksum covers all of it. The first bytes of a file decide what it holds, never its name.
//!
//! [`decode`] trusts nothing. It stops unpacking at what is in proportion to the file, and at [`MAX_RAW`] bytes; it rebuilds the model through
//! [`Model::add`] and [`Model::set_variable`], so that whatever holds for a model made by hand holds for one from a
//! file.
//!
//! ```
//! use spikemesh_model::{Dims, InputData, Model, Parameters, file};
//!
//! let mut model = Model::new("empty");
//! let input = Dims { width: 4, height: 4, channels: 2 };
//! model.add("events", Parameters::InputData(InputData { input }), &[]).unwrap();
//! let bytes = file::encode(&model).unwrap();
//! assert_eq!(file::decode(&bytes).unwrap(), model);
//! ```

mod content;
mod error;

pub use content::{FREE_RAW, MAX_RAW, PER_FILE_BYTE};
pub use error::Error;

use crate::generated as fbs;
use crate::model::Model;
use spikemesh_files::{ReadError, read_limited};
use spikemesh_words::plural;
use std::io::Read;
use std::path::Path;

/// Version of files without learning.
const VERSION: u32 = 1;
/// Version of files in which a layer has learned; it is the newest one.
const VERSION_LEARNING: u32 = 2;
/// First bytes of a zstd frame.
const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
/// Compression level: the one that zstd itself takes when asked for none.
const LEVEL: i32 = 3;
/// Logarithm of the most bytes that the decoder keeps at hand; frames of [`save`] need 2^21.
const MAX_WINDOW_LOG: u32 = 24;

/// True if the bytes start as a `.fb` file, or as a zstd frame, which a `.fbz` file is.
pub fn is_model(bytes: &[u8]) -> bool {
    bytes.starts_with(&ZSTD) || has_identifier(bytes)
}

fn has_identifier(bytes: &[u8]) -> bool {
    bytes.get(4..8) == Some(fbs::MODEL_FILE_IDENTIFIER.as_bytes())
}

/// The bytes of a `.fb` file. The same model gives the same bytes.
///
/// # Errors
/// The model takes more than [`MAX_RAW`] bytes.
pub fn encode(model: &Model) -> Result<Vec<u8>, Error> {
    let bytes = content::size(model);
    if bytes > MAX_RAW {
        return Err(Error::TooLarge { bytes, limit: MAX_RAW });
    }
    let learns = model.layers().iter().any(|layer| layer.learning.is_some());
    Ok(seal(&content::encode(model), learns))
}

/// The bytes of a `.fb` file around its content, whatever that is: with identifier, version and checksum.
#[doc(hidden)]
pub fn seal(content: &[u8], learns: bool) -> Vec<u8> {
    let mut builder = flatbuffers::FlatBufferBuilder::with_capacity(content.len() + 64);
    let args = fbs::ModelFileArgs {
        version: if learns { VERSION_LEARNING } else { VERSION },
        checksum: crc32fast::hash(content),
        content: Some(builder.create_vector(content)),
    };
    let root = fbs::ModelFile::create(&mut builder, &args);
    fbs::finish_model_file_buffer(&mut builder, root);
    builder.finished_data().to_vec()
}

/// The model of a file's bytes, `.fb` or `.fbz`.
///
/// # Errors
/// The damage that makes the rest unreadable; or all that is wrong with the first layer that cannot be added; or every
/// variable that cannot be set.
pub fn decode(bytes: &[u8]) -> Result<Model, Vec<Error>> {
    let raw;
    let bytes = if bytes.starts_with(&ZSTD) {
        raw = unpack(bytes).map_err(|e| vec![e])?;
        &raw
    } else {
        bytes
    };
    let content = checked(bytes).map_err(|e| vec![e])?;
    content::decode(content)
}

/// The content of a `.fb` file, behind identifier, version and checksum.
fn checked(bytes: &[u8]) -> Result<&[u8], Error> {
    if !has_identifier(bytes) {
        return Err(Error::BadMagic { found: bytes[..bytes.len().min(8)].to_vec() });
    }
    let file = flatbuffers::root::<fbs::ModelFile>(bytes).map_err(error::malformed)?;
    if !(VERSION..=VERSION_LEARNING).contains(&file.version()) {
        return Err(Error::FormatVersion { found: file.version(), supported: VERSION_LEARNING });
    }
    let content = file.content().bytes();
    let (stored, computed) = (file.checksum(), crc32fast::hash(content));
    if stored != computed {
        return Err(Error::Checksum { stored, computed });
    }
    Ok(content)
}

fn unpack(stored: &[u8]) -> Result<Vec<u8>, Error> {
    let frame = |e: std::io::Error| Error::Frame { reason: e.to_string() };
    let (mut rest, mut raw) = (stored, Vec::new());
    let mut decoder = zstd::Decoder::with_buffer(&mut rest).map_err(frame)?.single_frame();
    decoder.window_log_max(MAX_WINDOW_LOG).map_err(frame)?;
    let limit = MAX_RAW.min(FREE_RAW + PER_FILE_BYTE * stored.len() as u64);
    // Grows with what is really there; one byte more than the limit shows that there are more.
    decoder.take(limit + 1).read_to_end(&mut raw).map_err(frame)?;
    if raw.len() as u64 > limit {
        return Err(Error::TooLarge { bytes: raw.len() as u64, limit });
    }
    if !rest.is_empty() {
        return Err(Error::Frame {
            reason: format!("{} it", plural(rest.len(), "byte follows", "bytes follow")),
        });
    }
    Ok(raw)
}

/// Writes a model's file, compressed if `path` ends in `.fbz`: aside first, then renamed, so that `path` never holds
/// half a model.
///
/// # Errors
/// As [`encode`]; or why the system refused.
pub fn save(model: &Model, path: &Path) -> Result<(), Vec<Error>> {
    let raw = encode(model).map_err(|e| vec![e])?;
    let io = |source| vec![Error::Io { path: path.to_path_buf(), action: "write", source }];
    let packed = path.to_string_lossy().ends_with(".fbz");
    let bytes = if packed { zstd::bulk::compress(&raw, LEVEL).map_err(io)? } else { raw };
    spikemesh_files::write(path, &bytes).map_err(io)
}

/// Reads a model's file.
///
/// # Errors
/// As [`decode`]; or why the system refused.
pub fn load(path: &Path) -> Result<Model, Vec<Error>> {
    read(path).map(|(model, _)| model)
}

/// A model with the bytes that it was read from.
pub(crate) fn read(path: &Path) -> Result<(Model, Vec<u8>), Vec<Error>> {
    let bytes = read_limited(path, MAX_RAW).map_err(|error| match error {
        // At least: no more was read.
        ReadError::TooLarge { limit } => vec![Error::TooLarge { bytes: limit + 1, limit }],
        error => vec![Error::Io { path: path.to_path_buf(), action: "read", source: error.into() }],
    })?;
    Ok((decode(&bytes)?, bytes))
}
