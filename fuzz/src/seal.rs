//! Containers around hostile contents: everything that a checksum or a length could refuse is right.

use spikemesh::isa;
use spikemesh::isa::Program;
use spikemesh::noc::trace::spt;

/// Bytes before the section table of a program: magic, version, number of sections.
const FIXED: usize = 16;

/// A program's file of records and a memory section of `memory` bytes, each `fill`. It is written down a second time here, so that a change of the format
/// that only its own reader understands is noticed.
pub fn program(records: &[u8], memory: u64, fill: u8, like: &Program) -> Vec<u8> {
    let stored = [pack(records), pack(&vec![fill; memory as usize])];
    let mut file = isa::write(like)[..FIXED].to_vec();
    let mut offset = (FIXED + 2 * 32 + 4) as u64;
    for (kind, (stored, raw)) in stored.iter().zip([records.len() as u64, memory]).enumerate() {
        file.extend((kind as u32 + 1).to_le_bytes());
        file.extend(crc32fast::hash(stored).to_le_bytes());
        file.extend(offset.to_le_bytes());
        file.extend((stored.len() as u64).to_le_bytes());
        file.extend(raw.to_le_bytes());
        offset += stored.len() as u64;
    }
    file.extend(crc32fast::hash(&file).to_le_bytes());
    stored.iter().for_each(|stored| file.extend(stored));
    file
}

/// An `.spt` file of one block, of which the first two bytes are its columns and its number of records; or of an origin alone. It is also written down
/// a second time.
pub fn trace(kind: u32, is_origin: bool, data: &[u8]) -> Vec<u8> {
    let (header, body) = data.split_at(data.len().min(2));
    let [columns, records] = [0, 1].map(|at| header.get(at).copied().unwrap_or(0));
    let mut file = spt::MAGIC.to_vec();
    for field in [spt::VERSION, kind, columns.into()] {
        file.extend(field.to_le_bytes());
    }
    file.extend(crc32fast::hash(&file).to_le_bytes());
    let origin = if is_origin { pack(body) } else { Vec::new() };
    let mut lengths = (if is_origin { body.len() as u32 } else { 0 }).to_le_bytes().to_vec();
    lengths.extend((origin.len() as u32).to_le_bytes());
    let sum = crc32fast::hash(&[&lengths[..], &origin].concat());
    [lengths, sum.to_le_bytes().to_vec(), origin].iter().for_each(|bytes| file.extend(bytes));
    let mut block = |number: u64, records: u32, raw: usize, stored: &[u8]| {
        let mut header = Vec::new();
        for field in [records, raw as u32, stored.len() as u32] {
            header.extend(field.to_le_bytes());
        }
        let mut checksum = crc32fast::Hasher::new();
        checksum.update(&header);
        checksum.update(&number.to_le_bytes());
        checksum.update(stored);
        header.extend(checksum.finalize().to_le_bytes());
        file.extend(header);
        file.extend(stored);
    };
    if is_origin {
        block(0, 0, 0, &0u64.to_le_bytes());
    } else {
        block(0, records.into(), body.len(), &pack(body));
        block(1, 0, 0, &u64::from(records).to_le_bytes());
    }
    file
}

/// A journal behind the header of another, of records with lengths of 16 bits; also written down a second time.
pub fn journal(header: &[u8], mut records: &[u8]) -> Vec<u8> {
    let mut file = header.to_vec();
    while let Some((length, rest)) = records.split_first_chunk::<2>() {
        let (body, after) = rest.split_at(usize::from(u16::from_le_bytes(*length)).min(rest.len()));
        let length = (body.len() as u32).to_le_bytes();
        let mut checksum = crc32fast::Hasher::new();
        checksum.update(&length);
        checksum.update(body);
        file.extend(length);
        file.extend(checksum.finalize().to_le_bytes());
        file.extend(body);
        records = after;
    }
    file
}

/// A `run.json` with the hash of its text, if it ends with one.
pub fn run_info(text: &[u8]) -> Vec<u8> {
    let end = b"\"\n}\n";
    let mut file = text.to_vec();
    if let Some(at) = file.len().checked_sub(64 + end.len()).filter(|_| file.ends_with(end)) {
        file[at..at + 64].fill(b'0');
        let hash = spikemesh::run::sha256(&file);
        file[at..at + 64].copy_from_slice(hash.as_bytes());
    }
    file
}

fn pack(raw: &[u8]) -> Vec<u8> {
    // Nobody reads it again: as fast as possible.
    zstd::bulk::compress(raw, -5).expect("zstd packs any bytes")
}
