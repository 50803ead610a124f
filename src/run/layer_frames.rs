//! What each layer did in each frame: the digest of its map, its events, its clocks.

use sha2::{Digest, Sha256};

use super::hashed_file::hexadecimal;
use crate::mesh::Outcome;

/// Hexadecimal digits of a digest.
const DIGITS: usize = 32;

/// A layer in a frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LayerFrame {
    /// [`map_digest`] of its map.
    pub map: String,
    /// Values that are not 0.
    pub events: u64,
    /// Clocks of its slowest unit, stalls left out.
    pub clocks: u64,
    /// Cycles from the start of the frame until its last marker had left.
    pub end: u64,
}

/// The first 32 digits of the SHA-256 of a map's values, int32 little-endian in the order (w, h, c).
pub(crate) fn map_digest(values: &[i32]) -> String {
    let mut hash = Sha256::new();
    let mut bytes = Vec::with_capacity(4096);
    for part in values.chunks(1024) {
        bytes.clear();
        bytes.extend(part.iter().flat_map(|value| value.to_le_bytes()));
        hash.update(&bytes);
    }
    let mut digest = hexadecimal(&hash.finalize());
    digest.truncate(DIGITS);
    digest
}

/// Every layer of every frame of a batch whose maps were recorded.
pub(super) fn layer_frames(outcome: &Outcome) -> Vec<Vec<LayerFrame>> {
    let of_frame = |(index, frame): (usize, &crate::mesh::FrameOutcome)| {
        let of_map = |values: &Vec<i32>| LayerFrame {
            map: map_digest(values),
            events: values.iter().filter(|value| **value != 0).count() as u64,
            clocks: 0,
            end: 0,
        };
        let mut layers: Vec<LayerFrame> = frame.output_maps.iter().map(of_map).collect();
        for unit in outcome.passes.iter().flat_map(|pass| &pass.units) {
            let layer = unit.output_map.and_then(|map| layers.get_mut(usize::from(map.0)));
            if let (Some(layer), Some(record)) = (layer, unit.frames.get(index)) {
                layer.clocks = layer.clocks.max(record.clocks());
                layer.end = layer.end.max(record.end.saturating_sub(frame.start));
            }
        }
        layers
    };
    outcome.frames.iter().enumerate().map(of_frame).collect()
}
