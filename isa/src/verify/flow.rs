//! Routes, producers, coverage and cycles.

use super::cover::{Tile, area, overlap};
use super::report::Report;
use crate::error::Error;
use crate::id::BufferId;
use crate::place::{Place, Unit};
use crate::program::{Pass, Program};
use crate::record::{Activation, NpRecord, Operation, Route, Target};
use crate::shape::{MapShape, Rows};
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn check(program: &Program, report: &mut Report) {
    let mut tiles: Vec<Vec<Tile>> = vec![Vec::new(); program.output_maps.len()];
    for (i, pass) in program.passes.iter().enumerate() {
        let producers = producers(program, i, pass, report);
        for producer in &producers {
            if let Some(tiles) = producer.output_map.and_then(|g| tiles.get_mut(g)) {
                tiles.push(producer.tile());
            }
        }
        let arrivals = arrivals(program, i, pass, &producers, report);
        receivers(program, i, pass, &arrivals, report);
        cycle(i, pass, report);
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
            report.push(Error::SourcePotentials { place, buffer: source.buffer.0 });
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

/// What a receiver takes: its map, the number of rows it holds, and bits.
struct Receiver {
    map: MapShape,
    rows: u32,
    bits: u8,
}

fn receiver(program: &Program, pass: &Pass, sinks: &BTreeSet<BufferId>, target: Target) -> Option<Receiver> {
    match target {
        Target::Np(np) => {
            let input = &pass.nps.get(pass.np_index(np)?)?.input;
            Some(Receiver { map: input.map, rows: input.rows.len(), bits: input.bits })
        }
        Target::Sink(id) => {
            let buffer = program.buffers.get(usize::from(sinks.get(&id)?.0))?;
            Some(Receiver { map: buffer.map, rows: buffer.map.height, bits: buffer.bits })
        }
    }
}

/// What arrives where: per receiver, one tile of its own map for each route to it.
fn arrivals(
    program: &Program,
    index: usize,
    pass: &Pass,
    producers: &[Producer<'_>],
    report: &mut Report,
) -> BTreeMap<Target, Vec<Tile>> {
    let sinks: BTreeSet<BufferId> = pass.sinks.iter().map(|s| s.buffer).collect();
    let mut arrivals: BTreeMap<Target, Vec<Tile>> = BTreeMap::new();
    for producer in producers {
        let mut seen = BTreeSet::new();
        for (i, route) in producer.routes.iter().enumerate() {
            let place = Place::Route(index, producer.unit, i);
            if !seen.insert(route.target) {
                report.push(Error::DuplicateRoute { place, target: route.target });
            }
            match receiver(program, pass, &sinks, route.target) {
                None => report.push(Error::RouteTarget { place, target: route.target }),
                Some(receiver) => {
                    self::route(place, producer, route, &receiver, report);
                    let tile = landing(place, producer, route);
                    arrivals.entry(route.target).or_default().push(tile);
                }
            }
        }
    }
    arrivals
}

fn route(place: Place, producer: &Producer<'_>, route: &Route, receiver: &Receiver, report: &mut Report) {
    let (sent, taken) = (producer.map, receiver.map);
    if (sent.width, sent.height) != (taken.width, taken.height) {
        report.push(Error::RouteMap { place, producer: sent, receiver: taken });
    }
    // No rows at all is a route that carries only markers.
    let Route { rows, row_base, channel_base, .. } = *route;
    let order = row_base <= rows.first && rows.first <= rows.end && rows.end <= sent.height;
    if !order || rows.end - row_base > receiver.rows {
        report.push(Error::RouteRows { place, rows, base: row_base, count: receiver.rows });
    }
    let (first, count) = producer.channels;
    if channel_base as u64 + first as u64 + count as u64 > taken.channels as u64 {
        report.push(Error::RouteChannels {
            place,
            first,
            count,
            base: channel_base,
            channels: taken.channels,
        });
    }
    let to_np = matches!(route.target, Target::Np(_));
    if producer.bits == 0 && to_np {
        report.push(Error::PotentialsToNp { place });
    } else if (producer.bits == 0) != (receiver.bits == 0) || producer.bits > receiver.bits {
        report.push(Error::RouteBits { place, producer: producer.bits, receiver: receiver.bits });
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
    arrivals: &BTreeMap<Target, Vec<Tile>>,
    report: &mut Report,
) {
    let none = Vec::new();
    for np in &pass.nps {
        let place = Place::Unit(index, Unit::Np(np.np));
        let tiles = arrivals.get(&Target::Np(np.np)).unwrap_or(&none);
        waits(place, np.producers, tiles, report);
        disjoint(place, tiles, report);
    }
    for (i, sink) in pass.sinks.iter().enumerate() {
        let place = Place::Unit(index, Unit::Sink(i));
        let tiles = arrivals.get(&Target::Sink(sink.buffer)).unwrap_or(&none);
        waits(place, sink.producers, tiles, report);
        if let Some(buffer) = program.buffers.get(usize::from(sink.buffer.0)) {
            exact(place, buffer.map, tiles, report);
        }
    }
}

fn waits(place: Place, declared: u32, tiles: &[Tile], report: &mut Report) {
    let found = tiles.len();
    if found == 0 || declared as usize != found {
        report.push(Error::Producers { place, declared, found });
    }
}

fn disjoint(place: Place, tiles: &[Tile], report: &mut Report) -> bool {
    let Some((first, second, row, channel)) = overlap(tiles) else { return true };
    let (first, second, channel) = (first.owner, second.owner, channel as u32);
    report.push(Error::Overlap { place, first, second, row, channel });
    false
}

/// Disjoint, and nothing missing.
fn exact(place: Place, map: MapShape, tiles: &[Tile], report: &mut Report) {
    let (found, expected) = (area(tiles), map.height as u128 * map.channels as u128);
    if disjoint(place, tiles, report) && found != expected {
        report.push(Error::Coverage { place, found, expected });
    }
}

/// Units that wait for one another would wait for ever. Takes away NPs whose NP producers are all gone; what stays is on
/// a cycle, or behind one.
fn cycle(index: usize, pass: &Pass, report: &mut Report) {
    let nps = &pass.nps;
    let next = |np: &NpRecord| -> Vec<usize> {
        let target = |r: &Route| match r.target {
            Target::Np(np) => pass.np_index(np),
            Target::Sink(_) => None,
        };
        np.routes.iter().filter_map(target).collect()
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
        report.push(Error::Cycle { place: Place::Unit(index, Unit::Np(nps[i].np)) });
    }
}
