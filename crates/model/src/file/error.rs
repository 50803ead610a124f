//! What can be wrong with a model file.

use spikemesh_words::plural;
use std::path::PathBuf;

const DAMAGED: &str = "the file is damaged: save the model again, or copy the file again";

/// A defect of a model file, or of the model in it.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[non_exhaustive]
pub enum Error {
    /// The operating system refused; nothing was read, and an existing file is as it was.
    #[error("cannot {action} {}: {source}", path.display())]
    #[diagnostic(code(model::io), help("check the path and its permissions"))]
    Io {
        /// The file.
        path: PathBuf,
        /// What was tried.
        action: &'static str,
        /// The system's answer.
        source: std::io::Error,
    },
    /// A file, or what it unpacks to, is larger than any model; reading stopped there, nothing was written.
    #[error("the model takes {} or more, the limit is {limit}", plural(*bytes, "byte", "bytes"))]
    #[diagnostic(code(model::file_size), help("split the model"))]
    TooLarge {
        /// Bytes counted so far.
        bytes: u64,
        /// Most bytes.
        limit: u64,
    },
    /// The file does not start as a model does; nothing else was looked at.
    #[error("this is no model file: it starts with {found:02x?}")]
    #[diagnostic(
        code(model::bad_magic),
        help(
            "a .fb or .fbz file that Spikemesh has saved is needed; of another tool's model describe the layers in a YAML template"
        )
    )]
    BadMagic {
        /// The first bytes, at most 8.
        found: Vec<u8>,
    },
    /// Another version of the schema; what it means is not known.
    #[error("the file has format version {found}, this build reads versions up to {supported}")]
    #[diagnostic(code(model::format_version), help("save the model again with this build"))]
    FormatVersion {
        /// Version in the file.
        found: u32,
        /// The newest version that is read.
        supported: u32,
    },
    /// The content does not have its checksum; nothing in it can be trusted.
    #[error("the content has checksum {computed:#010x}, {stored:#010x} is written in the file")]
    #[diagnostic(code(model::checksum), help("{DAMAGED}"))]
    Checksum {
        /// Checksum in the file.
        stored: u32,
        /// Checksum of the content.
        computed: u32,
    },
    /// A compressed file is not one zstd frame.
    #[error("the zstd frame cannot be unpacked: {reason}")]
    #[diagnostic(code(model::frame), help("{DAMAGED}"))]
    Frame {
        /// What the decoder says.
        reason: String,
    },
    /// The bytes are no well-formed FlatBuffers table.
    #[error("the file is malformed: {reason}")]
    #[diagnostic(code(model::malformed), help("{DAMAGED}"))]
    Malformed {
        /// What the verifier says.
        reason: String,
    },
    /// A layer type or a mode that this build does not know; guessing would make another model.
    #[error("layer {layer}: {field} has the unknown kind {found}")]
    #[diagnostic(code(model::unknown_kind), help("save the model again with this build"))]
    UnknownKind {
        /// Index of the layer.
        layer: usize,
        /// The field.
        field: &'static str,
        /// Its value.
        found: u8,
    },
    /// A layer's thresholds or steps are not one for each neuron; no layer was made for them.
    #[error("layer {layer}: {variable} has {}, the layer {}", plural(*found, "value", "values"), plural(*expected, "neuron", "neurons"))]
    #[diagnostic(code(model::threshold_count), help("{DAMAGED}"))]
    ThresholdCount {
        /// Index of the layer.
        layer: usize,
        /// The variable.
        variable: &'static str,
        /// Values in the file.
        found: usize,
        /// Neurons of the layer.
        expected: usize,
    },
    /// The file is sound, the model in it is not.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Model(#[from] crate::error::Error),
}

/// An error of the FlatBuffers verifier, in one line.
pub(super) fn malformed(error: flatbuffers::InvalidFlatbuffer) -> Error {
    Error::Malformed { reason: error.to_string().trim_end().replace("\n\t", ", ") }
}
