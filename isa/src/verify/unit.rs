//! Geometry, filters, bits and memory of the units of a pass.

use super::image::{self, Image, Images};
use super::report::Report;
use crate::error::Error;
use crate::id::OutputMapId;
use crate::limits::{MAX_COLUMNS, MAX_IMAGE, MAX_KERNEL, MAX_SIDE};
use crate::memory::Layout;
use crate::place::{Place, Unit};
use crate::program::{OutputMap, Pass, Program};
use crate::record::{Activation, Axis, Convolution, FullyConnected, HrcRecord, NpRecord, Operation, Pooling};
use crate::shape::{MapShape, Rows};
use std::collections::BTreeSet;

pub(super) fn check(
    program: &Program,
    index: usize,
    pass: &Pass,
    images: &mut Images<'_>,
    report: &mut Report,
) {
    if let Some(record) = &pass.hrc {
        hrc(program, Place::Unit(index, Unit::Hrc), record, images.next(&record.memory), report);
    }
    let mut before = None;
    for record in &pass.nps {
        let place = Place::Unit(index, Unit::Np(record.np));
        if let Some(before) = before.filter(|&b| b >= record.np) {
            report.push(Error::NpOrder { place, before });
        }
        before = Some(record.np);
        np(program, place, record, images.next(&record.memory), report);
    }
    let sources = pass.sources.iter().enumerate().map(|(i, s)| (Unit::Source(i), s.buffer));
    unique(index, sources, report);
    let sinks = pass.sinks.iter().enumerate().map(|(i, s)| (Unit::Sink(i), s.buffer));
    unique(index, sinks, report);
}

/// No buffer has two of the records.
fn unique(pass: usize, records: impl Iterator<Item = (Unit, crate::id::BufferId)>, report: &mut Report) {
    let mut seen = BTreeSet::new();
    for (unit, buffer) in records {
        if !seen.insert(buffer) {
            report.push(Error::DuplicateRecord { place: Place::Unit(pass, unit), buffer: buffer.0 });
        }
    }
}

fn hrc(program: &Program, place: Place, record: &HrcRecord, memory: Image<'_>, report: &mut Report) {
    let image = record.image;
    if ![1, 3].contains(&image.channels) {
        report.push(Error::ImageChannels { place, channels: image.channels });
    }
    let image_fits = report.map(place, "image", image);
    let bits_fit = report.bits(place, "a weight", record.weight_bits, 1, 8);
    let declared = declared_map(program, place, record.output_map, record.activation, report);
    let windows = Windows { x: record.x, y: record.y, pooling: record.pooling };
    let output = if image_fits { windows.output(place, image, record.filters, report) } else { None };
    if let (Some(output), Some(declared)) = (output, declared) {
        output_map(place, output, declared.map, report);
        if record.filters != declared.map.channels {
            let (count, channels) = (record.filters, declared.map.channels);
            report.push(Error::Filters { place, first: 0, count, channels });
        }
    }
    if output.is_some() && bits_fit {
        let taps = record.x.size as u64 * record.y.size as u64 * image.channels as u64;
        if weights_fit(place, taps * record.filters as u64, record.weight_bits, report) {
            image::check(place, &memory, &Layout::of_hrc(record), report);
        }
    }
}

fn np(program: &Program, place: Place, record: &NpRecord, memory: Image<'_>, report: &mut Report) {
    let input = &record.input;
    report.bits(place, "its input", input.bits, 1, 4);
    let declared = declared_map(program, place, record.output_map, record.activation, report);
    let mut sound = report.map(place, "input map", input.map);
    if sound {
        let whole = Rows { first: 0, end: input.map.height };
        sound &= rows(place, "rows of its window", input.rows, whole, report);
        // A slice may own nothing, and hold nothing: it still sends its markers.
        if !inside(input.own, input.rows) {
            report.push(Error::RowRange { place, what: "its own rows", rows: input.own, within: input.rows });
        }
    }
    let weights = match &record.operation {
        Operation::Convolution(c) => {
            sound &= report.bits(place, "a weight", c.weight_bits, 1, 8);
            sound = sound && convolution(place, record, c, declared, report);
            let taps = c.x.size as u128 * c.y.size as u128 * input.map.channels as u128;
            let filters = c.filters as u128;
            if c.separable { taps + input.map.channels as u128 * filters } else { taps * filters }
        }
        Operation::FullyConnected(f) => {
            sound &= report.bits(place, "a weight", f.weight_bits, 1, 8);
            sound = sound && fully_connected(place, record, f, declared, report);
            elements(input.map) * f.units as u128
        }
    };
    // Sound sizes are small: the product of the largest is below 2^64.
    let weight_bits = match &record.operation {
        Operation::Convolution(c) => c.weight_bits,
        Operation::FullyConnected(f) => f.weight_bits,
    };
    if sound && weights_fit(place, weights as u64, weight_bits, report) {
        image::check(place, &memory, &Layout::of_np(record), report);
    }
}

/// The output map of a unit that sends what the output map has.
fn declared_map<'a>(
    program: &'a Program,
    place: Place,
    id: OutputMapId,
    activation: Activation,
    report: &mut Report,
) -> Option<&'a OutputMap> {
    let potentials = match activation {
        Activation::Levels { bits } => {
            report.bits(place, "a level", bits, 1, 4);
            false
        }
        Activation::Potentials => true,
    };
    report.index(place, "group", id.0.into(), program.output_maps.len());
    let declared = program.output_maps.get(usize::from(id.0))?;
    if declared.potentials != potentials {
        report.push(Error::ActivationKind { place, unit: potentials, output_map: declared.potentials });
    }
    Some(declared)
}

/// True if the record's sizes are sound enough to compute with.
fn convolution(
    place: Place,
    record: &NpRecord,
    c: &Convolution,
    declared: Option<&OutputMap>,
    report: &mut Report,
) -> bool {
    let windows = Windows { x: c.x, y: c.y, pooling: c.pooling };
    let map = record.input.map;
    if map.width > MAX_COLUMNS {
        report.push(Error::Columns { place, width: map.width, limit: MAX_COLUMNS });
    }
    let Some(output) = windows.output(place, map, c.filters, report) else { return false };
    let whole = Rows { first: 0, end: output.1 };
    if rows(place, "its output rows", c.output_rows, whole, report) && !c.output_rows.is_empty() {
        let (needed, held) = (windows.needed(c.output_rows, map.height), record.input.rows);
        if !inside(needed, held) {
            report.push(Error::WindowRows { place, needed, held });
        }
    }
    if let Some(declared) = declared {
        output_map(place, output, declared.map, report);
        let channels = declared.map.channels;
        if c.first_filter.checked_add(c.filters).is_none_or(|end| end > channels) {
            report.push(Error::Filters { place, first: c.first_filter, count: c.filters, channels });
        }
    }
    true
}

fn fully_connected(
    place: Place,
    record: &NpRecord,
    f: &FullyConnected,
    declared: Option<&OutputMap>,
    report: &mut Report,
) -> bool {
    let output = MapShape { width: 1, height: 1, channels: f.units };
    if !report.map(place, "output", output) {
        return false;
    }
    let (needed, held) = (Rows { first: 0, end: record.input.map.height }, record.input.rows);
    if held != needed {
        report.push(Error::WindowRows { place, needed, held });
    }
    if let Some(declared) = declared {
        output_map(place, (1, 1), declared.map, report);
        if f.units != declared.map.channels {
            report.push(Error::Filters { place, first: 0, count: f.units, channels: declared.map.channels });
        }
    }
    true
}

/// A convolution's windows and those of its pooling.
struct Windows {
    x: Axis,
    y: Axis,
    pooling: Pooling,
}

impl Windows {
    /// Width and height of the pooled map, if all windows are sound.
    fn output(&self, place: Place, map: MapShape, filters: u32, report: &mut Report) -> Option<(u32, u32)> {
        let mut sound = axis(place, "the kernel in x", &self.x, map.width, MAX_KERNEL, report);
        sound &= axis(place, "the kernel in y", &self.y, map.height, MAX_KERNEL, report);
        let output = MapShape { width: self.x.outputs, height: self.y.outputs, channels: filters };
        if !sound || !report.map(place, "output of the convolution", output) {
            return None;
        }
        match &self.pooling {
            Pooling::None => Some((output.width, output.height)),
            Pooling::GlobalSum => Some((1, 1)),
            Pooling::Max { x, y } => {
                let mut sound = axis(place, "the pooling in x", x, output.width, MAX_SIDE, report);
                sound &= axis(place, "the pooling in y", y, output.height, MAX_SIDE, report);
                let pooled = MapShape { width: x.outputs, height: y.outputs, channels: filters };
                (sound && report.map(place, "output of the pooling", pooled))
                    .then_some((pooled.width, pooled.height))
            }
        }
    }

    /// Input rows of a map of `height` rows that some output rows need; all windows are sound.
    fn needed(&self, output_rows: Rows, height: u32) -> Rows {
        let pooled = match &self.pooling {
            Pooling::None => output_rows,
            Pooling::GlobalSum => Rows { first: 0, end: self.y.outputs },
            Pooling::Max { y, .. } => covered(y, output_rows, self.y.outputs),
        };
        covered(&self.y, pooled, height)
    }
}

/// Positions of 0..length that the windows of some outputs cover.
fn covered(axis: &Axis, outputs: Rows, length: u32) -> Rows {
    let start = |o: u32| o as u64 * axis.stride as u64;
    let first = start(outputs.first).saturating_sub(axis.pad as u64);
    let end = (start(outputs.end - 1) + axis.size as u64).saturating_sub(axis.pad as u64).min(length as u64);
    // Both are at most `length`: sound windows start inside.
    Rows { first: first as u32, end: end as u32 }
}

/// Every window has a position inside 0..length.
fn axis(place: Place, name: &'static str, a: &Axis, length: u32, limit: u32, report: &mut Report) -> bool {
    let &Axis { size, stride, pad, outputs } = a;
    let sound = (1..=limit).contains(&size)
        && (1..=MAX_SIDE).contains(&stride)
        && outputs >= 1
        && pad < size
        && (outputs - 1) as u64 * (stride as u64) < length as u64 + pad as u64;
    if !sound {
        report.push(Error::AxisWindows { place, axis: name, size, stride, pad, outputs, length, limit });
    }
    sound
}

fn output_map(place: Place, (width, height): (u32, u32), map: MapShape, report: &mut Report) {
    if (width, height) != (map.width, map.height) {
        report.push(Error::OutputMap { place, width, height, map });
    }
}

fn inside(rows: Rows, within: Rows) -> bool {
    within.first <= rows.first && rows.first <= rows.end && rows.end <= within.end
}

/// Inside; a slice of a small map may have none.
fn rows(place: Place, what: &'static str, rows: Rows, within: Rows, report: &mut Report) -> bool {
    let fits = inside(rows, within);
    if !fits {
        report.push(Error::RowRange { place, what, rows, within });
    }
    fits
}

fn elements(map: MapShape) -> u128 {
    map.width as u128 * map.height as u128 * map.channels as u128
}

/// The packed weights are small enough that their layout does not overflow.
fn weights_fit(place: Place, weights: u64, bits: u8, report: &mut Report) -> bool {
    let bytes = (weights as u128 * bits as u128).div_ceil(8);
    let fits = bytes <= MAX_IMAGE as u128;
    if !fits {
        report.push(Error::MemorySize { place, bytes: bytes as u64, limit: MAX_IMAGE });
    }
    fits
}
