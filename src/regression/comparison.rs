//! Compares what a case gave with its golden file.

use super::changes::changes;
use super::error::Error;
use super::golden_file::{Golden, GoldenLayer, GoldenLayerFrame, GoldenOutput};
use super::mismatch::{Mismatch, Place};
use crate::run::{FrameResult, map_digest};
use crate::words::plural;

/// What a case gave.
pub(super) struct Found<'a> {
    /// As its golden file would have it.
    pub golden: &'a Golden,
    /// Its frames, with the maps that are kept.
    pub frames: &'a [FrameResult],
    /// The map of a layer of a frame as the engine computes it.
    pub engine: &'a dyn Fn(usize, &str) -> Option<Vec<i32>>,
}

/// How much is tolerated.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tolerance {
    /// Share of the golden cycles and clocks.
    pub cycles: f64,
    /// The case uses a part of the golden frames.
    pub fewer_frames: bool,
}

impl Tolerance {
    fn allows(self, expected: u64, found: u64) -> bool {
        expected == found || expected.abs_diff(found) as f64 <= self.cycles * expected as f64
    }
}

/// Everything that differs from the golden file; empty if nothing does.
///
/// # Errors
/// The golden file is that of another case: other outputs, layers, sizes or frames.
pub(super) fn compare(
    golden: &Golden,
    found: &Found,
    tolerance: Tolerance,
) -> Result<Vec<Mismatch>, Vec<Error>> {
    sizes(golden, found.golden, tolerance)?;
    let mut mismatches: Vec<Mismatch> = first_map(golden, found).into_iter().collect();
    for frame in 0..found.golden.cycles.len() {
        for (golden, output) in golden.outputs.iter().zip(&found.golden.outputs) {
            let expected = golden.frames[frame].iter().copied();
            let first = Place::first(golden.shape, expected, &output.frames[frame]);
            let output = golden.name.clone();
            mismatches.extend(first.map(|first| Mismatch::Output { frame, output, first }));
        }
        let (expected, cycles) = (golden.cycles[frame], found.golden.cycles[frame]);
        if !tolerance.allows(expected, cycles) {
            mismatches.push(Mismatch::Cycles { frame, expected, found: cycles });
        }
    }
    let layers = golden.layers.iter().zip(&found.golden.layers);
    mismatches.extend(layers.filter_map(|(golden, found)| layer_times(golden, found, tolerance)));
    if !mismatches.is_empty() {
        let changes = changes(golden, found.golden);
        if !changes.is_empty() {
            mismatches.push(Mismatch::Changed { changes });
        }
    }
    Ok(mismatches)
}

fn sizes(golden: &Golden, found: &Golden, tolerance: Tolerance) -> Result<(), Vec<Error>> {
    let mut errors = Vec::new();
    let mut size = |what: String, found: String, expected: String| {
        if found != expected {
            errors.push(Error::GoldenSize { what, found, expected });
        }
    };
    let (golden_frames, frames) = (golden.cycles.len(), found.cycles.len());
    if !tolerance.fewer_frames || golden_frames < frames {
        let count = |frames| plural(frames, "frame", "frames");
        size("file".to_owned(), format!("of {}", count(golden_frames)), format!("of {}", count(frames)));
    }
    let outputs = |golden: &Golden| {
        let name = |output: &GoldenOutput| format!("`{}`", output.name);
        golden.outputs.iter().map(name).collect::<Vec<_>>().join(", ")
    };
    size("list of outputs".to_owned(), outputs(golden), outputs(found));
    for (golden, output) in golden.outputs.iter().zip(&found.outputs) {
        let shape = |output: &GoldenOutput| format!("{:?}", output.shape);
        size(format!("shape of `{}`", output.name), shape(golden), shape(output));
    }
    let layers = |golden: &Golden| {
        let name = |layer: &GoldenLayer| format!("`{}` {:?}", layer.name, layer.shape);
        golden.layers.iter().map(name).collect::<Vec<_>>().join(", ")
    };
    size("list of layers".to_owned(), layers(golden), layers(found));
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

/// The first map that differs.
fn first_map(golden: &Golden, found: &Found) -> Option<Mismatch> {
    let count = found.golden.cycles.len();
    let differ = |frame: usize| {
        let layers = golden.layers.iter().zip(&found.golden.layers);
        layers
            .enumerate()
            .filter(move |(_, (golden, found))| golden.frames[frame].map != found.frames[frame].map)
    };
    let frame = (0..count).find(|&frame| differ(frame).next().is_some())?;
    let (index, (layer, now)) = differ(frame).next()?;
    let map = found.frames[frame].maps.get(index);
    let first = map.and_then(|map| {
        let expected = expected_map(golden, layer, frame, found)?;
        Place::first(layer.shape, expected.into_iter(), map)
    });
    Some(Mismatch::Map {
        frame,
        layer: layer.name.clone(),
        first,
        events: (layer.frames[frame].events, now.frames[frame].events),
        layers: differ(frame).count(),
        frames: (0..count).filter(|&frame| differ(frame).next().is_some()).count(),
    })
}

/// The golden map of a layer: as the file keeps it, as an output, or what the engine computes if that has the golden digest.
fn expected_map(golden: &Golden, layer: &GoldenLayer, frame: usize, found: &Found) -> Option<Vec<i32>> {
    if let Some(levels) = layer.levels.get(frame) {
        return levels.chars().map(|digit| Some(digit.to_digit(16)? as i32)).collect();
    }
    let digest = &layer.frames[frame].map;
    let output = golden.outputs.iter().find(|output| output.name == layer.name);
    let output = output.map(|output| output.frames[frame].clone());
    [output, (found.engine)(frame, &layer.name)].into_iter().flatten().find(|map| map_digest(map) == *digest)
}

/// Times of a layer over all frames, if they differ in any.
fn layer_times(golden: &GoldenLayer, found: &GoldenLayer, tolerance: Tolerance) -> Option<Mismatch> {
    let mut frames = golden.frames.iter().zip(&found.frames);
    let is_same = |(golden, found): (&GoldenLayerFrame, &GoldenLayerFrame)| {
        tolerance.allows(golden.clocks, found.clocks) && tolerance.allows(golden.end, found.end)
    };
    if frames.all(is_same) {
        return None;
    }
    let sum = |of: fn(&GoldenLayerFrame) -> u64| {
        let golden = golden.frames.iter().take(found.frames.len());
        (golden.map(of).sum(), found.frames.iter().map(of).sum())
    };
    let layer = golden.name.clone();
    Some(Mismatch::Layer { layer, clocks: sum(|frame| frame.clocks), end: sum(|frame| frame.end) })
}
