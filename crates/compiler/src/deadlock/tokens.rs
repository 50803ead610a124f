//! Frames move: every unit that waits gets what it waits for.
//!
//! A unit takes a frame when a marker of every route to it has come and it holds a token of every route from it. It ends the frame with a marker
//! along each of its routes, then gives its producers their tokens; a sink gives them when the map is collected. So routes are places of a marked
//! graph, and units its transitions: a place forward that is empty after reset, and one back that holds a token for each input map of the receiver. Tokens
//! are counted by route and frames take turns in the maps, so a place forward holds at most as many frames as there are maps. A marked graph
//! is live, and no place ever holds more than its circle holds, when every circle of places has a token (Commoner, Holt, Even, Pnueli). A circle
//! with a place back has one, so what is left to look for is a circle of routes alone.

use spikemesh_device::{Floorplan, Unit};
use spikemesh_isa::{Pass, Route};

use super::circle::Graph;
use super::flow::{UnitTable, receiver, senders};
use super::refused::Refused;

/// Proves a pass; gives the numbers of its units and routes.
pub(super) fn prove(pass: &Pass, index: usize, floorplan: &Floorplan) -> Result<(usize, usize), Refused> {
    let name = |unit| floorplan.name(unit);
    let mut routes: UnitTable<usize> = UnitTable::new();
    // Units whose frames end: those that send a marker, and sinks.
    let mut ending: UnitTable<bool> = UnitTable::new();
    pass.sinks.iter().for_each(|sink| *ending.of(Unit::Sink(sink.buffer.0)) = true);
    for (unit, own) in senders(pass) {
        if own.is_empty() {
            return Err(Refused::NoMarker { pass: index, unit: name(unit) });
        }
        *ending.of(unit) = true;
        own.iter().map(receiver).for_each(|to| *routes.of(to) += 1);
    }
    for (unit, own) in senders(pass) {
        if let Some(to) = own.iter().map(receiver).find(|&to| !ending.get(to)) {
            return Err(Refused::NoToken { pass: index, unit: name(unit), receiver: name(to) });
        }
    }
    let sinks = pass.sinks.iter().map(|sink| (Unit::Sink(sink.buffer.0), sink.producers));
    let nps = pass.nps.iter().map(|np| (Unit::Np(np.np.0), np.producers));
    for (unit, markers) in nps.chain(sinks) {
        let routes = routes.get(unit);
        if markers as usize != routes || routes == 0 {
            return Err(Refused::Markers { pass: index, unit: name(unit), markers, routes });
        }
    }
    if let Some(circle) = circle(pass, &routes) {
        let units: Vec<String> = circle.into_iter().map(name).collect();
        return Err(Refused::Circle { pass: index, circle: units.join(" -> ") });
    }
    Ok((ending.values().filter(|&&ends| ends).count(), routes.values().sum()))
}

/// The shortest circle of units that send to each other; `routes` counts those that end in a unit. Takes away units whose senders are all gone; only if
/// some stay, they make a graph in which a circle is looked for.
fn circle(pass: &Pass, routes: &UnitTable<usize>) -> Option<Vec<Unit>> {
    let mut own: UnitTable<&[Route]> = UnitTable::new();
    let mut waits: UnitTable<usize> = UnitTable::new();
    let mut free = Vec::new();
    for (unit, routes_from) in senders(pass) {
        *own.of(unit) = routes_from;
        *waits.of(unit) = routes.get(unit);
        if routes.get(unit) == 0 {
            free.push(unit);
        }
    }
    let mut left = senders(pass).count();
    while let Some(unit) = free.pop() {
        left -= 1;
        for to in own.get(unit).iter().map(receiver).filter(|to| !matches!(to, Unit::Sink(_))) {
            let waits = waits.of(to);
            *waits -= 1;
            if *waits == 0 {
                free.push(to);
            }
        }
    }
    if left == 0 {
        return None;
    }
    let mut graph = Graph::new();
    for (unit, routes) in senders(pass) {
        routes.iter().map(receiver).for_each(|to| graph.add(unit, to, ()));
    }
    graph.circle().map(|(units, _)| units)
}
