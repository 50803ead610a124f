//! Names, counts, output maps, buffers, and where frames enter.

use super::report::Report;
use crate::error::Error;
use crate::limits::{MAX_MAPS, MAX_NAME, MAX_PASSES};
use crate::place::{Place, Unit};
use crate::program::{Buffer, Program};
use std::collections::BTreeMap;

pub(super) fn check(program: &Program, report: &mut Report) {
    name(report, Place::Program, "program", &program.name);
    name(report, Place::Program, "device", &program.device);
    report.count("groups", program.output_maps.len(), 0, MAX_MAPS);
    report.count("buffers", program.buffers.len(), 1, MAX_MAPS);
    report.count("passes", program.passes.len(), 1, MAX_PASSES);

    let mut names = BTreeMap::new();
    for (i, output_map) in program.output_maps.iter().enumerate() {
        let place = Place::OutputMap(i);
        name(report, place, "group", &output_map.name);
        report.map(place, "map", output_map.map);
        if let Some(other) = names.insert(output_map.name.as_str(), i) {
            report.push(Error::DuplicateName { place, other, name: output_map.name.clone() });
        }
    }
    for (i, Buffer { map, potentials, bits }) in program.buffers.iter().enumerate() {
        report.map(Place::Buffer(i), "map", *map);
        let (low, high) = if *potentials { (0, 0) } else { (1, 4) };
        report.bits(Place::Buffer(i), "a value", *bits, low, high);
    }
    let buffers = program.buffers.len();
    if let Some(input) = program.input {
        report.index(Place::Program, "buffer", input.0.into(), buffers);
    }
    input(program, report);
    order(program, report);
}

fn name(report: &mut Report, place: Place, what: &'static str, name: &str) {
    let control = name.chars().any(char::is_control);
    if name.is_empty() || name.len() > MAX_NAME || control {
        report.push(Error::Name { place, what, bytes: name.len(), control, limit: MAX_NAME });
    }
}

/// Frames enter by one input unit or by one buffer of events.
fn input(program: &Program, report: &mut Report) {
    let hrcs = program.passes.iter().filter(|p| p.hrc.is_some()).count();
    let reads_input = |&b| program.passes.iter().flat_map(|p| &p.sources).filter(|s| s.buffer == b).count();
    let sources = program.input.as_ref().map_or(0, reads_input);
    let right = match program.input {
        None => hrcs == 1,
        Some(_) => hrcs == 0 && sources > 0,
    };
    if !right {
        report.push(Error::Input { buffer: program.input.is_some(), hrcs, sources });
    }
}

/// A buffer is written once, by the host or by a sink, and read by later passes only.
fn order(program: &Program, report: &mut Report) {
    let mut writers = vec![0usize; program.buffers.len()];
    let input = program.input.map(|b| usize::from(b.0));
    for (i, pass) in program.passes.iter().enumerate() {
        for (j, source) in pass.sources.iter().enumerate() {
            let (place, buffer) = (Place::Unit(i, Unit::Source(j)), usize::from(source.buffer.0));
            if report.index(place, "buffer", buffer, writers.len())
                && input != Some(buffer)
                && writers[buffer] == 0
            {
                report.push(Error::BufferOrder { place, buffer: source.buffer.0 });
            }
        }
        for (j, sink) in pass.sinks.iter().enumerate() {
            let (place, buffer) = (Place::Unit(i, Unit::Sink(j)), usize::from(sink.buffer.0));
            if report.index(place, "buffer", buffer, writers.len()) {
                writers[buffer] += 1;
            }
        }
    }
    for (i, &found) in writers.iter().enumerate() {
        let expected = if input == Some(i) { 0 } else { 1 };
        if found != expected {
            report.push(Error::BufferWriters { place: Place::Buffer(i), found, expected });
        }
    }
}
