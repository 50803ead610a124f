//! What can be wrong with the file of a program: its container, not what the records say.

use std::path::PathBuf;

use spikemesh_words::plural;

use crate::place::Place;

const DAMAGED: &str = "the file is damaged: make it again with `spikemesh map`, or copy it again";

/// A defect of a program's file.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[non_exhaustive]
pub enum FileError {
    /// The operating system refused; nothing was read, and an existing file is as it was.
    #[error("cannot {action} {}: {source}", path.display())]
    #[diagnostic(code(program::io), help("check the path and its permissions"))]
    Io {
        /// The file.
        path: PathBuf,
        /// What was tried.
        action: &'static str,
        /// The system's answer.
        source: std::io::Error,
    },
    /// The file is larger than any program may be; it was not read.
    #[error("the file has more than {limit} bytes")]
    #[diagnostic(code(program::file_size), help("this is hardly a program: check the path"))]
    FileSize {
        /// Largest file that is read.
        limit: u64,
    },
    /// The file does not start as a program does; nothing else was looked at.
    #[error("this is no .npx program: it starts with {found:02x?}")]
    #[diagnostic(code(program::bad_magic), help("programs are made by `spikemesh map MODEL -o prog.npx`"))]
    BadMagic {
        /// The first bytes, at most 8.
        found: Vec<u8>,
    },
    /// Another version of the container; its sections cannot be understood.
    #[error("the file has format version {found}, this build reads version {supported}")]
    #[diagnostic(code(program::format_version), help("make the program again with this build"))]
    FormatVersion {
        /// Version in the file.
        found: u32,
        /// The version that is read.
        supported: u32,
    },
    /// The file ends before its header or one of its sections does.
    #[error("the file ends in {what}: {} needed, {found} are there", plural(*needed, "byte is", "bytes are"))]
    #[diagnostic(code(program::truncated), help("{DAMAGED}"))]
    Truncated {
        /// The part that is cut.
        what: String,
        /// Bytes up to its end.
        needed: u64,
        /// Bytes of the file.
        found: u64,
    },
    /// Header and section table do not have their checksum; nothing in them can be trusted.
    #[error("the header has checksum {computed:#010x}, {stored:#010x} is written in it")]
    #[diagnostic(code(program::header_checksum), help("{DAMAGED}"))]
    HeaderChecksum {
        /// Checksum in the file.
        stored: u32,
        /// Checksum of its bytes.
        computed: u32,
    },
    /// The section table does not have the sections of a program, each once, in order, without gaps.
    #[error("section {index}: {field} is {found}, it must be {expected}")]
    #[diagnostic(code(program::section_table), help("{DAMAGED}"))]
    SectionTable {
        /// Position in the table.
        index: usize,
        /// Field of the entry.
        field: &'static str,
        /// Its value.
        found: u64,
        /// The value it must have.
        expected: u64,
    },
    /// The memory images are out of proportion to the file, and no device was asked; nothing was unpacked.
    #[error("its memory images unpack to {}, the limit for a file of this size is {limit}", plural(*bytes, "byte", "bytes"))]
    #[diagnostic(
        code(program::image_bytes),
        help(
            "weights of a trained model do not pack so well; run the program on its device, which says how much memory there is"
        )
    )]
    ImageBytes {
        /// Bytes of all images.
        bytes: u64,
        /// Most bytes.
        limit: u64,
    },
    /// A section claims more bytes than a program may have; nothing was allocated.
    #[error("section {section} unpacks to {}, the limit is {limit}", plural(*raw, "byte", "bytes"))]
    #[diagnostic(code(program::section_size), help("{DAMAGED}"))]
    SectionSize {
        /// The section.
        section: &'static str,
        /// Bytes it claims.
        raw: u64,
        /// Most bytes it may have.
        limit: u64,
    },
    /// The program has more routes or weights than its file may hold; nothing was written.
    #[error("section {section} of the program takes {}, a file holds {limit}", plural(*bytes, "byte", "bytes"))]
    #[diagnostic(
        code(program::too_large),
        help(
            "map the model onto fewer neural processors, such as with `--mode minimal`, or divide it into several"
        )
    )]
    TooLarge {
        /// The section.
        section: &'static str,
        /// Its bytes.
        bytes: u64,
        /// Most bytes.
        limit: u64,
    },
    /// A section's stored bytes do not have their checksum.
    #[error("section {section} has checksum {computed:#010x}, {stored:#010x} is written in the header")]
    #[diagnostic(code(program::section_checksum), help("{DAMAGED}"))]
    SectionChecksum {
        /// The section.
        section: &'static str,
        /// Checksum in the file.
        stored: u32,
        /// Checksum of its bytes.
        computed: u32,
    },
    /// A section is not one zstd frame.
    #[error("section {section} cannot be unpacked: {reason}")]
    #[diagnostic(code(program::section_frame), help("{DAMAGED}"))]
    SectionFrame {
        /// The section.
        section: &'static str,
        /// What the decoder says.
        reason: String,
    },
    /// A section unpacks to another length than the header says; unpacking stopped at the first byte too many.
    #[error("section {section} unpacks to {}{}, the header says {raw}", plural(*found, "byte", "bytes"), if *.found > *.raw { " or more" } else { "" })]
    #[diagnostic(code(program::section_length), help("{DAMAGED}"))]
    SectionLength {
        /// The section.
        section: &'static str,
        /// Bytes unpacked.
        found: u64,
        /// Bytes it claims.
        raw: u64,
    },
    /// Bytes follow the last section.
    #[error("{} the last section", plural(*count, "byte follows", "bytes follow"))]
    #[diagnostic(code(program::trailing_bytes), help("{DAMAGED}"))]
    TrailingBytes {
        /// How many.
        count: u64,
    },
    /// The records are no well-formed FlatBuffers table.
    #[error("the records are malformed: {reason}")]
    #[diagnostic(code(program::records), help("{DAMAGED}"))]
    Records {
        /// What the verifier says.
        reason: String,
    },
    /// Memory images must follow one another in the order of the records; this one lies elsewhere.
    #[error("{place}: its memory image is bytes {offset} + {length}, expected at {expected} of {total}")]
    #[diagnostic(code(program::memory_span), help("{DAMAGED}"))]
    MemorySpan {
        /// The unit.
        place: Place,
        /// First byte.
        offset: u64,
        /// Bytes.
        length: u64,
        /// End of the image before it.
        expected: u64,
        /// Bytes of the section.
        total: u64,
    },
    /// The section has bytes that belong to no unit.
    #[error("the memory section has {}, the units' images {expected}", plural(*found, "byte", "bytes"))]
    #[diagnostic(code(program::memory_section), help("{DAMAGED}"))]
    MemorySection {
        /// Bytes of the section.
        found: u64,
        /// Bytes of all images.
        expected: u64,
    },
}
