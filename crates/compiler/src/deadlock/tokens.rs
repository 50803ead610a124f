//! Frames move: every unit that waits gets what it waits for.
//!
//! A unit takes a frame when a marker of every route to it has come and it holds a token of every route from it. It ends the frame with a marker
//! along each of its routes, then gives its producers their tokens; a sink gives them when the map is collected. So routes are places of a marked
//! graph, and units its transitions: a place forward that is empty after reset, and one back that holds the token of a free map. A marked graph
//! is live, and no place ever holds more than its circle holds, when every circle of places has a token (Commoner, Holt, Even, Pnueli). A circle
//! with a place back has one, so what is left to look for is a circle of routes alone.

use std::collections::{BTreeMap, BTreeSet};

use spikemesh_device::{Floorplan, Unit};
use spikemesh_isa::Pass;

use super::circle::Graph;
use super::flow::{receiver, senders};
use super::refused::Refused;

/// Proves a pass; gives the numbers of its units and routes.
pub(super) fn prove(pass: &Pass, index: usize, floorplan: &Floorplan) -> Result<(usize, usize), Refused> {
    let name = |unit| floorplan.name(unit);
    let mut routes: BTreeMap<Unit, usize> = BTreeMap::new();
    let mut waits = Graph::new();
    // Units whose frames end: those that send a marker, and sinks.
    let mut ending: BTreeSet<Unit> = pass.sinks.iter().map(|sink| Unit::Sink(sink.buffer.0)).collect();
    for (unit, own) in senders(pass) {
        if own.is_empty() {
            return Err(Refused::NoMarker { pass: index, unit: name(unit) });
        }
        ending.insert(unit);
        for to in own.iter().map(receiver) {
            *routes.entry(to).or_default() += 1;
            waits.add(unit, to, ());
        }
    }
    for (unit, own) in senders(pass) {
        if let Some(to) = own.iter().map(receiver).find(|to| !ending.contains(to)) {
            return Err(Refused::NoToken { pass: index, unit: name(unit), receiver: name(to) });
        }
    }
    let sinks = pass.sinks.iter().map(|sink| (Unit::Sink(sink.buffer.0), sink.producers));
    let nps = pass.nps.iter().map(|np| (Unit::Np(np.np.0), np.producers));
    for (unit, markers) in nps.chain(sinks) {
        let routes = routes.get(&unit).copied().unwrap_or(0);
        if markers as usize != routes || routes == 0 {
            return Err(Refused::Markers { pass: index, unit: name(unit), markers, routes });
        }
    }
    if let Some((circle, _)) = waits.circle() {
        let units: Vec<String> = circle.into_iter().map(name).collect();
        return Err(Refused::Circle { pass: index, circle: units.join(" -> ") });
    }
    Ok((ending.len(), routes.values().sum()))
}
