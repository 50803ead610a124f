//! Numbers and text in the bodies of records.

use super::frame::JournalFrame;
use crate::run::stat_rows::FrameStats;

/// Appends to a body.
pub(super) struct Writer<'a>(pub &'a mut Vec<u8>);

impl Writer<'_> {
    pub fn u32(&mut self, value: u32) {
        self.0.extend(value.to_le_bytes());
    }

    pub fn u64(&mut self, value: u64) {
        self.0.extend(value.to_le_bytes());
    }

    pub fn bytes(&mut self, bytes: &[u8]) {
        self.u32(bytes.len() as u32);
        self.0.extend(bytes);
    }

    pub fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    pub fn frame(&mut self, stats: &FrameStats, outputs: &[i32]) {
        self.u64(stats.start);
        self.u64(stats.end);
        self.u64(stats.dynamic_pj.to_bits());
        self.u32(outputs.len() as u32);
        outputs.iter().for_each(|value| self.0.extend(value.to_le_bytes()));
    }
}

/// Reads a body; none where it is too short.
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    pub fn new(bytes: &'a [u8]) -> Reader<'a> {
        Reader { bytes, at: 0 }
    }

    /// From a place on.
    pub fn from(bytes: &'a [u8], at: usize) -> Reader<'a> {
        Reader { bytes, at }
    }

    /// The place of the next byte.
    pub fn at(&self) -> usize {
        self.at
    }

    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let taken = self.bytes.get(self.at..self.at.checked_add(count)?)?;
        self.at += count;
        Some(taken)
    }

    pub fn u8(&mut self) -> Option<u8> {
        self.take(1).map(|bytes| bytes[0])
    }

    pub fn u32(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(self.take(4)?.try_into().ok()?))
    }

    pub fn u64(&mut self) -> Option<u64> {
        Some(u64::from_le_bytes(self.take(8)?.try_into().ok()?))
    }

    pub fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = self.u32()? as usize;
        self.take(length)
    }

    pub fn text(&mut self) -> Option<String> {
        String::from_utf8(self.bytes()?.to_vec()).ok()
    }

    pub fn frame(&mut self) -> Option<JournalFrame> {
        let (start, end, energy) = (self.u64()?, self.u64()?, self.u64()?);
        let values = (self.u32()? as usize).checked_mul(4)?;
        let values = self.take(values)?.chunks_exact(4).filter_map(|value| value.try_into().ok());
        let outputs = values.map(i32::from_le_bytes).collect();
        let stats = FrameStats { start, end, dynamic_pj: f64::from_bits(energy) };
        Some(JournalFrame { stats, outputs })
    }
}
