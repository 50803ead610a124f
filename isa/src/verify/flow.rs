//! Routes, producers, coverage and cycles.

use super::cover::{Disjoint, Tile, area, overlap};
use super::report::Report;
use crate::error::FlowError;
use crate::id::BufferId;
use crate::place::{Place, Unit};
use crate::program::{Pass, Program};
use crate::record::{Activation, NpRecord, Operation, Route, Target};
use crate::shape::{MapShape, Rows};
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn check(program: &Program, report: &mut Report) {
    let mut tiles: Vec<Vec<Tile>> = vec![Vec::new(); program.output_maps.len()];
    for (i, pass) in program.passes.iter().enumerate() {
        let targets = Targets::of(pass);
        let producers = producers(program, i, pass, report);
        for producer in &producers {
            if let Some(tiles) = producer.output_map.and_then(|g| tiles.get_mut(g)) {
                tiles.push(producer.tile());
            }
        }
        let arrivals = arrivals(program, i, pass, &targets, &producers, report);
        receivers(program, i, pass, &targets, &producers, &arrivals, report);
        cycle(i, pass, &targets, report);
    }
    for (i, tiles) in tiles.iter().enumerate() {
        exact(Place::OutputMap(i), program.output_maps[i].map, tiles, report);
    }
}

/// A unit that sends, and what it sends: some rows and channels of a map.
struct Producer<'a> {
    unit: Unit,
    place: Place,
    output_map: Option<usize>,
    map: MapShape,
    rows: Rows,
    /// First channel and number of channels, of the whole map.
    channels: (u32, u32),
    /// Bits of a level; 0 for potentials.
    bits: u8,
    routes: &'a [Route],
}

impl Producer<'_> {
    fn tile(&self) -> Tile {
        let first = self.channels.0 as u64;
        Tile { rows: self.rows, channels: (first, first + self.channels.1 as u64), owner: self.place }
    }
}

/// The units of a pass that send; those whose map is unknown are reported elsewhere.
fn producers<'a>(program: &Program, index: usize, pass: &'a Pass, report: &mut Report) -> Vec<Producer<'a>> {
    let mut producers = Vec::new();
    if let Some(hrc) = &pass.hrc
        && let Some(output_map) = program.output_maps.get(usize::from(hrc.output_map.0))
    {
        producers.push(Producer {
            unit: Unit::Hrc,
            place: Place::Unit(index, Unit::Hrc),
            output_map: Some(hrc.output_map.0.into()),
            map: output_map.map,
            rows: Rows { first: 0, end: output_map.map.height },
            channels: (0, hrc.filters),
            bits: level_bits(hrc.activation),
            routes: &hrc.routes,
        });
    }
    for (i, source) in pass.sources.iter().enumerate() {
        let Some(buffer) = program.buffers.get(usize::from(source.buffer.0)) else { continue };
        let place = Place::Unit(index, Unit::Source(i));
        if buffer.potentials {
            report.push(FlowError::SourcePotentials { place, buffer: source.buffer.0 });
        }
        producers.push(Producer {
            unit: Unit::Source(i),
            place,
            output_map: None,
            map: buffer.map,
            rows: Rows { first: 0, end: buffer.map.height },
            channels: (0, buffer.map.channels),
            bits: buffer.bits,
            routes: &source.routes,
        });
    }
    for np in &pass.nps {
        let Some(output_map) = program.output_maps.get(usize::from(np.output_map.0)) else { continue };
        let (rows, channels) = match &np.operation {
            Operation::Convolution(c) => (c.output_rows, (c.first_filter, c.filters)),
            Operation::FullyConnected(f) => (Rows { first: 0, end: 1 }, (0, f.units)),
        };
        producers.push(Producer {
            unit: Unit::Np(np.np),
            place: Place::Unit(index, Unit::Np(np.np)),
            output_map: Some(np.output_map.0.into()),
            map: output_map.map,
            rows,
            channels,
            bits: level_bits(np.activation),
            routes: &np.routes,
        });
    }
    producers
}

fn level_bits(activation: Activation) -> u8 {
    match activation {
        Activation::Levels { bits } => bits,
        Activation::Potentials => 0,
    }
}

/// Where the routes of a pass may end: receivers by number, NPs first, then sinks. A pass has as many routes as pairs of units, so each is
/// found by its index.
struct Targets {
    /// By NP.
    nps: Vec<Option<u32>>,
    sinks: BTreeMap<BufferId, u32>,
    count: usize,
}

impl Targets {
    fn of(pass: &Pass) -> Targets {
        let mut nps = Vec::new();
        for (number, np) in (0..).zip(&pass.nps) {
            let index = usize::from(np.np.0);
            if index >= nps.len() {
                nps.resize(index + 1, None);
            }
            nps[index].get_or_insert(number);
        }
        let first = pass.nps.len() as u32;
        // Of two sinks of a buffer, which is another problem, the first gets the packets.
        let mut sinks = BTreeMap::new();
        for (number, sink) in (first..).zip(&pass.sinks) {
            sinks.entry(sink.buffer).or_insert(number);
        }
        Targets { nps, sinks, count: pass.nps.len() + pass.sinks.len() }
    }

    fn number(&self, target: Target) -> Option<usize> {
        let number = match target {
            Target::Np(np) => self.nps.get(usize::from(np.0)).copied().flatten(),
            Target::Sink(buffer) => self.sinks.get(&buffer).copied(),
        };
        number.map(|number| number as usize)
    }
}

/// What a receiver takes: its map, the number of rows it holds, and bits.
struct Receiver {
    map: MapShape,
    rows: u32,
    bits: u8,
}

/// A receiver by its number; a sink of no buffer is reported elsewhere.
fn receiver(program: &Program, pass: &Pass, number: usize) -> Option<Receiver> {
    if let Some(np) = pass.nps.get(number) {
        let input = &np.input;
        return Some(Receiver { map: input.map, rows: input.rows.len(), bits: input.bits });
    }
    let sink = pass.sinks.get(number - pass.nps.len())?;
    let buffer = program.buffers.get(usize::from(sink.buffer.0))?;
    Some(Receiver { map: buffer.map, rows: buffer.map.height, bits: buffer.bits })
}

/// A route that ends in a receiver: producer and route by their places.
#[derive(Clone, Copy)]
struct Arrival {
    producer: u32,
    route: u32,
}

/// What arrives where: the routes to each receiver, by its number.
fn arrivals(
    program: &Program,
    index: usize,
    pass: &Pass,
    targets: &Targets,
    producers: &[Producer<'_>],
    report: &mut Report,
) -> Vec<Vec<Arrival>> {
    let mut arrivals: Vec<Vec<Arrival>> = vec![Vec::new(); targets.count];
    let receivers: Vec<Option<Receiver>> = (0..targets.count).map(|n| receiver(program, pass, n)).collect();
    for (number, producer) in (0..).zip(producers) {
        let mut unknown = BTreeSet::new();
        for (i, route) in producer.routes.iter().enumerate() {
            let place = Place::Route(index, producer.unit, i);
            let target = targets.number(route.target);
            let known = target.and_then(|target| Some((target, receivers[target].as_ref()?)));
            let Some((target, receiver)) = known else {
                if !unknown.insert(route.target) {
                    report.push(FlowError::DuplicateRoute { place, target: route.target });
                }
                report.push(FlowError::RouteTarget { place, target: route.target });
                continue;
            };
            // Routes of a producer come one after the other, so an earlier one to this receiver is its last arrival.
            if arrivals[target].last().is_some_and(|before| before.producer == number) {
                report.push(FlowError::DuplicateRoute { place, target: route.target });
            }
            self::route(place, producer, route, receiver, report);
            joined(place, &producer.routes[..=i], report);
            arrivals[target].push(Arrival { producer: number, route: i as u32 });
        }
    }
    arrivals
}

/// A joined route follows one with the same packets, and a tree has one branch at the event DMA at most: all buffers have one terminal.
fn joined(place: Place, routes: &[Route], report: &mut Report) {
    let Some((route, before)) = routes.split_last().filter(|(route, _)| route.joined) else { return };
    if !before.last().is_some_and(|last| last.shares_packets_with(route)) {
        report.push(FlowError::Joined { place });
    }
    let is_sink = |route: &Route| matches!(route.target, Target::Sink(_));
    let first = before.iter().rposition(|route| !route.joined).unwrap_or(0);
    if is_sink(route) && before[first..].iter().any(is_sink) {
        report.push(FlowError::JoinedSinks { place });
    }
}

fn route(place: Place, producer: &Producer<'_>, route: &Route, receiver: &Receiver, report: &mut Report) {
    let (sent, taken) = (producer.map, receiver.map);
    if (sent.width, sent.height) != (taken.width, taken.height) {
        report.push(FlowError::RouteMap { place, producer: sent, receiver: taken });
    }
    // No rows at all is a route that carries only markers.
    let Route { rows, row_base, channel_base, .. } = *route;
    let order = row_base <= rows.first && rows.first <= rows.end && rows.end <= sent.height;
    if !order || rows.end - row_base > receiver.rows {
        report.push(FlowError::RouteRows { place, rows, base: row_base, count: receiver.rows });
    }
    let (first, count) = producer.channels;
    if channel_base as u64 + first as u64 + count as u64 > taken.channels as u64 {
        report.push(FlowError::RouteChannels {
            place,
            first,
            count,
            base: channel_base,
            channels: taken.channels,
        });
    }
    let to_np = matches!(route.target, Target::Np(_));
    if producer.bits == 0 && to_np {
        report.push(FlowError::PotentialsToNp { place });
    } else if (producer.bits == 0) != (receiver.bits == 0) || producer.bits > receiver.bits {
        report.push(FlowError::RouteBits { place, producer: producer.bits, receiver: receiver.bits });
    }
}

/// Local rows and channels of the receiver that a route gives.
fn landing(place: Place, producer: &Producer<'_>, route: &Route) -> Tile {
    let first = route.rows.first.max(producer.rows.first).saturating_sub(route.row_base);
    let end = route.rows.end.min(producer.rows.end).saturating_sub(route.row_base);
    let channel = route.channel_base as u64 + producer.channels.0 as u64;
    Tile {
        rows: Rows { first, end },
        channels: (channel, channel + producer.channels.1 as u64),
        owner: place,
    }
}

/// Every receiver knows how many send to it; nothing arrives twice; a collected buffer is complete.
fn receivers(
    program: &Program,
    index: usize,
    pass: &Pass,
    targets: &Targets,
    producers: &[Producer<'_>],
    arrivals: &[Vec<Arrival>],
    report: &mut Report,
) {
    let mut known = Disjoint::default();
    // Local tiles of the receiver, one for each route to it.
    let land = |target: Target| -> Vec<Tile> {
        let routes = targets.number(target).map_or(&[][..], |number| &arrivals[number]);
        let tile = |arrival: &Arrival| {
            let producer = &producers[arrival.producer as usize];
            let place = Place::Route(index, producer.unit, arrival.route as usize);
            landing(place, producer, &producer.routes[arrival.route as usize])
        };
        routes.iter().map(tile).collect()
    };
    for np in &pass.nps {
        let place = Place::Unit(index, Unit::Np(np.np));
        let tiles = land(Target::Np(np.np));
        waits(place, np.producers, &tiles, report);
        if !known.contains(&tiles) && disjoint(place, &tiles, report) {
            known.insert(&tiles);
        }
    }
    for (i, sink) in pass.sinks.iter().enumerate() {
        let place = Place::Unit(index, Unit::Sink(i));
        let tiles = land(Target::Sink(sink.buffer));
        waits(place, sink.producers, &tiles, report);
        if let Some(buffer) = program.buffers.get(usize::from(sink.buffer.0)) {
            exact(place, buffer.map, &tiles, report);
        }
    }
}

fn waits(place: Place, declared: u32, tiles: &[Tile], report: &mut Report) {
    let found = tiles.len();
    if found == 0 || declared as usize != found {
        report.push(FlowError::Producers { place, declared, found });
    }
}

fn disjoint(place: Place, tiles: &[Tile], report: &mut Report) -> bool {
    let Some((first, second, row, channel)) = overlap(tiles) else { return true };
    let (first, second, channel) = (first.owner, second.owner, channel as u32);
    report.push(FlowError::Overlap { place, first, second, row, channel });
    false
}

/// Disjoint, and nothing missing.
fn exact(place: Place, map: MapShape, tiles: &[Tile], report: &mut Report) {
    let (found, expected) = (area(tiles), map.height as u128 * map.channels as u128);
    if disjoint(place, tiles, report) && found != expected {
        report.push(FlowError::Coverage { place, found, expected });
    }
}

/// Units that wait for one another would wait for ever. Takes away NPs whose NP producers are all gone; what stays is on
/// a cycle, or behind one.
fn cycle(index: usize, pass: &Pass, targets: &Targets, report: &mut Report) {
    let nps = &pass.nps;
    let next = |np: &'_ NpRecord| -> Vec<usize> {
        np.routes.iter().filter_map(|r| targets.number(r.target)).filter(|&to| to < nps.len()).collect()
    };
    let mut waits = vec![0usize; nps.len()];
    nps.iter().flat_map(&next).for_each(|i| waits[i] += 1);
    let mut ready: Vec<usize> = (0..nps.len()).filter(|&i| waits[i] == 0).collect();
    while let Some(i) = ready.pop() {
        for j in next(&nps[i]) {
            waits[j] -= 1;
            if waits[j] == 0 {
                ready.push(j);
            }
        }
    }
    if let Some(i) = waits.iter().position(|&n| n > 0) {
        report.push(FlowError::Cycle { place: Place::Unit(index, Unit::Np(nps[i].np)) });
    }
}
