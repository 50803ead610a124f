//! What a frame gives out, and that nothing is computed or collected which nobody reads.

use super::report::Report;
use crate::error::Error;
use crate::id::{BufferId, OutputMapId};
use crate::limits::MAX_MAPS;
use crate::place::{Place, Unit};
use crate::program::{Pass, Program};
use crate::record::{Route, Target};
use std::collections::{BTreeMap, BTreeSet};

/// Output maps whose units send to a sink; `None` stands for a source, which has none.
type Collected = BTreeMap<BufferId, BTreeSet<Option<OutputMapId>>>;

pub(super) fn check(program: &Program, report: &mut Report) {
    report.count("outputs", program.outputs.len(), 1, MAX_MAPS);
    let collected = collected(program);
    let mut before: Option<OutputMapId> = None;
    for (i, output) in program.outputs.iter().enumerate() {
        let place = Place::Output(i);
        let known = report.index(place, "group", output.output_map.0.into(), program.output_maps.len())
            & report.index(place, "buffer", output.buffer.0.into(), program.buffers.len());
        if let Some(before) = before.filter(|&b| b >= output.output_map) {
            report.push(Error::OutputOrder { place, output_map: output.output_map.0, before: before.0 });
        }
        before = Some(output.output_map);
        let own = BTreeSet::from([Some(output.output_map)]);
        if known && collected.get(&output.buffer) != Some(&own) {
            let name = program.output_map(output).name.clone();
            report.push(Error::OutputBuffer { place, buffer: output.buffer.0, name });
        }
    }
    unread(program, report);
    for (i, pass) in program.passes.iter().enumerate() {
        for (unit, _, routes) in senders(pass) {
            if routes.is_empty() {
                report.push(Error::NoRoute { place: Place::Unit(i, unit) });
            }
        }
    }
}

/// Units that send, with the map that they produce and their routes.
fn senders(pass: &Pass) -> impl Iterator<Item = (Unit, Option<OutputMapId>, &[Route])> {
    let hrc = pass.hrc.iter().map(|h| (Unit::Hrc, Some(h.output_map), h.routes.as_slice()));
    let sources = pass.sources.iter().enumerate().map(|(i, s)| (Unit::Source(i), None, s.routes.as_slice()));
    let nps = pass.nps.iter().map(|np| (Unit::Np(np.np), Some(np.output_map), np.routes.as_slice()));
    hrc.chain(sources).chain(nps)
}

fn collected(program: &Program) -> Collected {
    let mut collected = Collected::new();
    for (_, output_map, routes) in program.passes.iter().flat_map(senders) {
        for route in routes {
            if let Target::Sink(buffer) = route.target {
                collected.entry(buffer).or_default().insert(output_map);
            }
        }
    }
    collected
}

/// Every buffer is an output, or some pass injects it. Whether an earlier pass has written it is another rule.
fn unread(program: &Program, report: &mut Report) {
    let outputs = program.outputs.iter().map(|output| output.buffer);
    let sources = program.passes.iter().flat_map(|pass| &pass.sources).map(|source| source.buffer);
    let read: BTreeSet<BufferId> = outputs.chain(sources).collect();
    for i in 0..program.buffers.len() {
        if !read.contains(&BufferId(i as u16)) {
            report.push(Error::UnreadBuffer { place: Place::Buffer(i) });
        }
    }
}
