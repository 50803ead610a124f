//! The `.spt` trace: records in checked, compressed blocks, written and read as a stream.
//!
//! All numbers are little-endian. The file has no byte that no checksum covers:
//!
//! | bytes | content |
//! |---|---|
//! | 8 | magic `89 53 50 54 0d 0a 1a 0a`: not text, and damaged by transfers that change line ends |
//! | 4 | format version, 2 |
//! | 4 | kind of the records: 1 packets, 2 hops |
//! | 4 | columns: 1 classes, 2 dependencies, 4 times, 8 layers, 16 frames, 32 kinds, added up |
//! | 4 | CRC-32 of all bytes before it |
//! | 4 | raw length of the origin's body, at most 16 MiB; 0 without one |
//! | 4 | stored length of it |
//! | 4 | CRC-32 of the eight bytes before it and the stored body |
//! | | body: one zstd frame, which unpacks to a `Block` of `schema/trace.fbs` that holds the origin alone |
//! | | blocks |
//!
//! | bytes of a block | content |
//! |---|---|
//! | 4 | records, at most 4,096; 0 in the last block |
//! | 4 | raw length of its body |
//! | 4 | stored length of its body |
//! | 4 | CRC-32 of the twelve bytes before it, the number of the block (8 bytes, from 0), and the stored body |
//! | | body: one zstd frame, which unpacks to the FlatBuffers table `Block` of `schema/trace.fbs` |
//!
//! The last block has no frame: its body is the number of all records (8 bytes), and nothing follows it. Only if the records are a part
//! of all, the reason follows as text of at most 1,024 bytes; readers give it as an error behind the last record. So a file that was cut is
//! recognised, and blocks can neither be lost nor change places.
//!
//! Readers trust nothing: lengths are compared with limits before a byte is read, unpacking stops at the raw length, bodies go through the
//! FlatBuffers verifier, and packets through the same checks as those of a text. One block is in memory at a time.

mod block;
mod column;
mod flows;
mod generated;
mod hop;
mod origin;
mod packet_reader;
mod packet_writer;

pub(super) use block::cut;
pub use hop::{HopReader, HopWriter};
pub use packet_reader::PacketReader;
pub use packet_writer::PacketWriter;

/// The first bytes of a file.
pub const MAGIC: [u8; 8] = *b"\x89SPT\r\n\x1a\n";
/// Version of the format.
pub const VERSION: u32 = 2;
/// Most records of a block.
pub const MAX_RECORDS: usize = 4096;
/// Packets to wait for, or further targets, that close a block, so that its body keeps its limit.
const FULL_AFTER: usize = 16_384;
/// Most bytes of a block's body, stored or unpacked.
pub const MAX_BODY: u32 = 1 << 20;
/// Most bytes of an origin's body, stored or unpacked.
pub const MAX_ORIGIN: u32 = 1 << 24;

/// What the records are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordKind {
    /// A record per packet.
    Packets,
    /// A record per router that a packet passes.
    Hops,
}
