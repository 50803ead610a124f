//! The `.npx` file: a program in checked, compressed sections.
//!
//! All numbers are little-endian. The file has no byte that no checksum covers:
//!
//! | bytes | content |
//! |---|---|
//! | 8 | magic `89 4e 50 58 0d 0a 1a 0a`: not text, and damaged by transfers that change line ends |
//! | 4 | format version, 2 |
//! | 4 | number of sections, 2 |
//! | 32 each | section table: kind (4), CRC-32 of the stored bytes (4), offset (8), stored length (8), raw length (8) |
//! | 4 | CRC-32 of all bytes before it |
//! | | the sections in the order of the table, without gaps; nothing follows the last |
//!
//! Each section is one zstd frame. Kind 1, RECORDS, unpacks to the FlatBuffers table `Program` of
//! `schema/program.fbs`; kind 2, MEMORY, to the memory images of all units, one after the other in the order of
//! the records: per pass the input unit, then the NPs.
//!
//! A reader trusts nothing. A raw length is compared with a limit before a byte is unpacked, and unpacking stops at that length. What
//! comes out first is a [`PackedProgram`]: its records are consistent and account for every byte of MEMORY, which is still packed. Some
//! kilobytes can unpack to a gigabyte, so [`PackedProgram::unpack`] asks first; who knows the device compares the images with its memory
//! there. [`read`] and [`load`] ask no device, and unpack what is in proportion to the file. A [`Program`] has passed [`verify`], so it may be
//! indexed without further checks.

mod frame;
mod limits;
mod packed;
mod records;
mod table;

pub use limits::{FREE_MEMORY, MAX_FILE, MAX_MEMORY, MAX_RECORDS, PER_FILE_BYTE};
pub use packed::{PackedListing, PackedProgram};

use crate::error::{Error, FileError};
use crate::program::Program;
use crate::verify::verify;
use std::path::Path;

/// The bytes of a program's file. The same program gives the same bytes.
///
/// A program that [`verify`] refuses gives a file that [`read`] refuses.
pub fn write(program: &Program) -> Vec<u8> {
    let (records, memory) = records::encode(program);
    assemble(&records, &memory)
}

fn assemble(records: &[u8], memory: &[u8]) -> Vec<u8> {
    table::assemble(&[frame::pack(records), frame::pack(memory)], &[records.len(), memory.len()])
}

/// The file of sections that [`read`] takes.
fn checked(records: &[u8], memory: &[u8]) -> Result<Vec<u8>, Vec<Error>> {
    let errors = too_large(records.len(), memory.len());
    if errors.is_empty() { Ok(assemble(records, memory)) } else { Err(errors) }
}

/// Sections that [`read`] would refuse for their lengths.
fn too_large(records: usize, memory: usize) -> Vec<Error> {
    let sections = [("RECORDS", records as u64, MAX_RECORDS), ("MEMORY", memory as u64, MAX_MEMORY)];
    let above = sections.into_iter().filter(|&(_, bytes, limit)| bytes > limit);
    above.map(|(section, bytes, limit)| FileError::TooLarge { section, bytes, limit }.into()).collect()
}

/// The program of a file's bytes.
///
/// # Errors
/// The first damage that makes the rest unreadable; or, for a well-formed file, everything that [`verify`] finds; or that the memory images
/// are out of proportion to the file.
pub fn read(bytes: &[u8]) -> Result<Program, Vec<Error>> {
    PackedProgram::read(bytes)?.unpack_in_proportion()
}

/// The bytes of a program's file, if [`read`] would take them: for a caller that writes it.
///
/// # Errors
/// Everything that [`verify`] finds; or sections larger than a file holds.
pub fn encode(program: &Program) -> Result<Vec<u8>, Vec<Error>> {
    let errors = verify(program);
    if !errors.is_empty() {
        return Err(errors);
    }
    let (records, memory) = records::encode(program);
    checked(&records, &memory)
}

/// Reads a program's file.
///
/// # Errors
/// As [`read`]; or why the system refused.
pub fn load(path: &Path) -> Result<Program, Vec<Error>> {
    PackedProgram::load(path)?.unpack_in_proportion()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_that_no_file_holds() {
        let (records, memory) = (MAX_RECORDS as usize, MAX_MEMORY as usize);
        assert!(too_large(records, memory).is_empty());
        let errors: Vec<String> =
            too_large(records + 1, memory + 1).iter().map(ToString::to_string).collect();
        assert_eq!(errors[0], "section RECORDS of the program takes 16777217 bytes, a file holds 16777216");
        assert!(errors[1].starts_with("section MEMORY"), "{errors:?}");
        assert!(checked(&vec![0; records], &[]).is_ok() && checked(&vec![0; records + 1], &[]).is_err());
    }
}
