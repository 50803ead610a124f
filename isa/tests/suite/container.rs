//! `.npx` files: what is written is read back, and no damage goes unnoticed.

use crate::generate::{example, programs};
use proptest::prelude::*;
use spikemesh_isa::{Error, Program, encode, load, read, verify, write};

const HEADER: usize = 16 + 2 * 32 + 4;

fn codes(result: Result<Program, Vec<Error>>) -> Vec<String> {
    result.expect_err("a damaged file was read").iter().map(code).collect()
}

/// A file made of given sections, right in all that its header says; the format written down a second time.
fn file(sections: &[(u32, Vec<u8>, u64)]) -> Vec<u8> {
    let mut file = b"\x89NPX\r\n\x1a\n".to_vec();
    file.extend(3u32.to_le_bytes());
    file.extend((sections.len() as u32).to_le_bytes());
    let mut offset = 16 + 32 * sections.len() as u64 + 4;
    for (kind, stored, raw) in sections {
        file.extend(kind.to_le_bytes());
        file.extend(crc32fast::hash(stored).to_le_bytes());
        file.extend(offset.to_le_bytes());
        file.extend((stored.len() as u64).to_le_bytes());
        file.extend(raw.to_le_bytes());
        offset += stored.len() as u64;
    }
    file.extend(crc32fast::hash(&file).to_le_bytes());
    sections.iter().for_each(|(_, stored, _)| file.extend(stored));
    file
}

fn pack(raw: &[u8]) -> Vec<u8> {
    zstd::bulk::compress(raw, 3).unwrap()
}

/// A file of raw section contents.
fn file_of(records: &[u8], memory: &[u8]) -> Vec<u8> {
    file(&[(1, pack(records), records.len() as u64), (2, pack(memory), memory.len() as u64)])
}

/// Raw contents of a file's two sections.
fn contents(file: &[u8]) -> [Vec<u8>; 2] {
    [0, 1].map(|i| {
        let field = |at: usize| {
            let at = 16 + 32 * i + at;
            u64::from_le_bytes(file[at..at + 8].try_into().unwrap()) as usize
        };
        let (offset, stored, raw) = (field(8), field(16), field(24));
        zstd::bulk::decompress(&file[offset..offset + stored], raw).unwrap()
    })
}

/// The example's file with the header changed and its checksum right again.
fn with_header(change: impl Fn(&mut Vec<u8>)) -> Vec<u8> {
    let mut file = write(&example());
    change(&mut file);
    let checksum = crc32fast::hash(&file[..HEADER - 4]);
    file[HEADER - 4..HEADER].copy_from_slice(&checksum.to_le_bytes());
    file
}

proptest! {
    #[test]
    fn round_trip(program in programs()) {
        prop_assert_eq!(verify(&program).iter().map(|e| e.to_string()).collect::<Vec<_>>(), Vec::<String>::new());
        let bytes = write(&program);
        prop_assert_eq!(&read(&bytes).unwrap(), &program);
        prop_assert_eq!(write(&program), bytes);
    }

    /// Behind right checksums, records of arbitrary damage give an error or a consistent program.
    #[test]
    fn damaged_records(damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4)) {
        let [mut records, memory] = contents(&write(&example()));
        for (index, byte) in damage {
            let at = index.index(records.len());
            records[at] = byte;
        }
        if let Ok(program) = read(&file_of(&records, &memory)) {
            prop_assert!(verify(&program).is_empty());
        }
    }
}

/// Every byte of the records takes values that upset lengths, offsets and enums.
#[test]
fn every_record_byte() {
    let [records, memory] = contents(&write(&example()));
    let packed = pack(&memory);
    let mut refused = 0;
    for at in 0..records.len() {
        for byte in [0, 1, 0x7f, 0x80, 0xff] {
            let mut damaged = records.clone();
            damaged[at] = byte;
            let raw = damaged.len() as u64;
            // Raw blocks pack faster than compressed ones.
            let stored = zstd::bulk::compress(&damaged, -100).unwrap();
            let file = file(&[(1, stored, raw), (2, packed.clone(), memory.len() as u64)]);
            refused += usize::from(read(&file).is_err());
        }
    }
    assert!(refused > records.len(), "only {refused} of {} changes were refused", 5 * records.len());
}

#[test]
fn every_truncation() {
    let file = write(&example());
    for length in 0..file.len() {
        let codes = codes(read(&file[..length]));
        let expected = if length < 8 { "program::bad_magic" } else { "program::truncated" };
        assert_eq!(codes, [expected], "at length {length}");
    }
}

#[test]
fn every_bit_flip() {
    let program = example();
    let file = write(&program);
    for bit in 0..8 * file.len() {
        let mut damaged = file.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        assert!(read(&damaged).is_err(), "bit {bit} flipped and nobody noticed");
    }
}

#[test]
fn bytes_behind_the_end() {
    let mut file = write(&example());
    file.push(0);
    assert_eq!(codes(read(&file)), ["program::trailing_bytes"]);
}

#[test]
fn other_versions_and_section_tables() {
    let cases: [(usize, u64, &str); 12] = [
        (8, 1, "program::format_version"),
        (8, 2, "program::format_version"),
        (8, 4, "program::format_version"),
        (12, 3, "program::section_table"),
        (12, u32::MAX as u64, "program::section_table"),
        (16, 2, "program::section_table"),
        (24, 0, "program::section_table"),
        (24, u64::MAX, "program::section_table"),
        (32, u64::MAX, "program::truncated"),
        (40, u64::MAX, "program::section_size"),
        (72, u64::MAX, "program::section_size"),
        (40, 1, "program::section_length"),
    ];
    for (at, value, code) in cases {
        let width = if at < 24 { 4 } else { 8 };
        let file = with_header(|f| f[at..at + width].copy_from_slice(&value.to_le_bytes()[..width]));
        assert_eq!(codes(read(&file)), [code], "{value} at byte {at}");
    }
}

#[test]
fn lengths_that_lie() {
    let [records, memory] = contents(&write(&example()));
    let (r, m) = (records.len() as u64, memory.len() as u64);
    let lies = [
        ((r + 1, m), "program::section_length"),
        ((r - 1, m), "program::section_length"),
        ((1 << 24, m), "program::section_length"),
        ((r, m + 1), "program::memory_section"),
        ((r, m - 1), "program::memory_span"),
    ];
    for ((raw_records, raw_memory), code) in lies {
        let file = file(&[(1, pack(&records), raw_records), (2, pack(&memory), raw_memory)]);
        assert_eq!(codes(read(&file)), [code], "{raw_records}, {raw_memory}");
    }
    // The records believe in more memory than there is.
    let short = file(&[(1, pack(&records), r), (2, pack(&memory[1..]), m)]);
    assert_eq!(codes(read(&short)), ["program::section_length"]);
}

#[test]
fn bombs() {
    // 1 GiB of zeros in some 100 kB: unpacking must stop at the declared length.
    let bomb = {
        let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
        std::io::copy(&mut std::io::Read::take(std::io::repeat(0), 1 << 30), &mut encoder).unwrap();
        encoder.finish().unwrap()
    };
    let [records, memory] = contents(&write(&example()));
    let (r, m) = (records.len() as u64, memory.len() as u64);
    let as_records = file(&[(1, bomb.clone(), r), (2, pack(&memory), m)]);
    assert_eq!(codes(read(&as_records)), ["program::section_length"]);
    let as_memory = file(&[(1, pack(&records), r), (2, bomb.clone(), m)]);
    assert_eq!(codes(read(&as_memory)), ["program::section_length"]);
    // Honest about its length, but the records need less.
    let honest = file(&[(1, pack(&records), r), (2, bomb.clone(), 1 << 30)]);
    assert_eq!(codes(read(&honest)), ["program::memory_section"]);
    let honest = file(&[(1, bomb, 1 << 30), (2, pack(&memory), m)]);
    assert_eq!(codes(read(&honest)), ["program::section_size"]);
}

#[test]
fn frames_that_are_none() {
    let [records, memory] = contents(&write(&example()));
    let (r, m) = (records.len() as u64, memory.len() as u64);
    let mut two = pack(&records);
    two.extend(pack(b"x"));
    let cut = pack(&records);
    for stored in [Vec::new(), records.clone(), two, cut[..cut.len() - 1].to_vec()] {
        let file = file(&[(1, stored, r), (2, pack(&memory), m)]);
        assert_eq!(codes(read(&file)), ["program::section_frame"]);
    }
}

#[test]
fn records_that_are_none() {
    for records in [vec![], vec![0; 4], vec![0xff; 64], b"\x08\0\0\0SMPR".to_vec()] {
        assert_eq!(codes(read(&file_of(&records, &[]))), ["program::records"]);
    }
}

#[test]
fn other_files() {
    for bytes in [&b""[..], b"\0", b"GIF89a, but longer", b"\x89NPX\n\x1a\n\0\0"] {
        assert_eq!(codes(read(bytes)), ["program::bad_magic"]);
    }
}

#[test]
fn inconsistent_programs_are_refused() {
    let mut program = example();
    program.name.clear();
    program.passes[0].nps[0].producers += 1;
    assert_eq!(codes(read(&write(&program))), ["program::name", "program::producers"]);

    assert_eq!(encode(&program).unwrap_err().len(), 2);
}

#[test]
fn a_program_comes_back_from_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("p.npx");
    std::fs::write(&path, encode(&example()).unwrap()).unwrap();
    assert_eq!(load(&path).unwrap(), example());

    assert_eq!(codes(load(&folder.path().join("none.npx"))), ["program::io"]);
    assert_eq!(codes(load(folder.path())), ["program::io"]);
}

fn code(error: &Error) -> String {
    miette::Diagnostic::code(error).map(|code| code.to_string()).unwrap_or_default()
}
