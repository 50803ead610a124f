//! Sums over a trace while it is read, and the report of them.

use std::collections::BTreeMap;

use super::error::Error;
use super::groups::{Groups, Key, Sums};
use super::histogram::{Histograms, Periods, Powers, singles};
use super::places::Places;
use super::report::{ClassRow, FrameRow, KindRow, LatencyStats, LayerRow, RouteRow, TraceReport};
use crate::noc::Cycle;
use crate::noc::replay::AnswerRow;
use crate::noc::trace::{Origin, PacketTimes, TracePacket};

/// Most latencies that are kept apart, in all combinations of route, class, layer and kind together: some hundred megabytes.
pub const MAX_LATENCIES: usize = 1 << 22;
/// A combination, and a frame, takes the room of so many latencies.
const GROUP: usize = 16;

/// Sums over the packets of a trace.
pub struct Summary {
    file: String,
    origin: Origin,
    has_times: bool,
    groups: Groups,
    /// What the sums take, counted in latencies.
    entries: usize,
    frames: BTreeMap<Option<u64>, FrameRow>,
    sizes: BTreeMap<u64, (u64, u64)>,
    created: Periods,
    latencies: Powers,
    /// Packets of the file.
    all: u64,
    first: Option<Cycle>,
    last: Option<Cycle>,
}

impl Summary {
    /// No packet yet; `has_times` says whether arrivals are known.
    pub fn new(file: &str, origin: Origin, has_times: bool) -> Summary {
        Summary {
            file: file.to_owned(),
            origin,
            has_times,
            groups: Groups::default(),
            entries: 0,
            frames: BTreeMap::new(),
            sizes: BTreeMap::new(),
            created: Periods::default(),
            latencies: Powers::default(),
            all: 0,
            first: None,
            last: None,
        }
    }

    /// Counts a packet that is not selected.
    pub fn skip(&mut self) {
        self.all += 1;
    }

    /// Adds a packet. Of one with several targets `branches` has the arrivals; those of targets that are not among them count as the last one.
    ///
    /// # Errors
    /// [`Error::TooMany`]
    pub fn add(
        &mut self,
        packet: &TracePacket,
        times: PacketTimes,
        branches: &[AnswerRow],
    ) -> Result<(), Error> {
        let &TracePacket { source, target, flits, class, labels, cycle, .. } = packet;
        self.all += 1;
        let latency = self.has_times.then(|| times.tail - times.created);
        let created = if self.has_times { times.created } else { cycle };
        let key = Key { source, target, class, layer: labels.layer, kind: labels.kind };
        if packet.others.is_empty() {
            self.entries += entry(self.groups.single.entry(key).or_default(), flits, latency);
        } else {
            let mut targets: Vec<u32> = packet.targets().collect();
            targets.sort_unstable();
            for &target in &targets {
                let arrival = branches.iter().find(|branch| branch.target == target);
                let tail = arrival.map_or(times.tail, |branch| branch.times.tail);
                let latency = self.has_times.then(|| tail.saturating_sub(times.created));
                let sums = self.groups.branches.entry(Key { target, ..key }).or_default();
                self.entries += entry(sums, flits, latency);
            }
            let key = Key { target: targets[0], ..key };
            self.entries += targets.len();
            self.entries += entry(self.groups.several.entry((key, targets)).or_default(), flits, latency);
        }
        let frame = self.frames.entry(labels.frame).or_insert_with(|| {
            self.entries += GROUP;
            FrameRow { frame: labels.frame, packets: 0, flits: 0, first_cycle: created, last_cycle: created }
        });
        if self.entries > MAX_LATENCIES {
            return Err(Error::TooMany { file: self.file.clone(), limit: MAX_LATENCIES });
        }
        frame.packets += 1;
        frame.flits += u64::from(flits);
        frame.first_cycle = frame.first_cycle.min(created);
        frame.last_cycle = frame.last_cycle.max(created);
        let size = self.sizes.entry(u64::from(flits)).or_default();
        *size = (size.0 + 1, size.1 + u64::from(flits));
        self.created.add(created, flits);
        latency.into_iter().for_each(|latency| self.latencies.add(latency, flits));
        self.first = Some(self.first.map_or(created, |first| first.min(created)));
        self.last = self.last.max(Some(if self.has_times { times.tail } else { created }));
        Ok(())
    }

    /// The report; `layers` are the names of layers by number.
    pub fn report(&self, layers: &[String]) -> TraceReport {
        let Origin { device, model, units, mesh } = &self.origin;
        let mut total = Sums::default();
        self.groups.sent(|_| ()).values().for_each(|sums| total.merge(sums));
        let several = || self.groups.several.iter();
        let arrivals: u64 = self.groups.arrived(|_| ()).values().map(|sums| sums.packets).sum();
        let span = self.first.zip(self.last).map(|(first, last)| (last - first).saturating_add(1));
        let places = Places::new(&self.origin);
        let name = |layer: Option<u32>| layer.and_then(|layer| layers.get(layer as usize).cloned());
        let mut layer_rows: Vec<LayerRow> = self
            .groups
            .arrived(|key| (key.layer, places.layer(key.target)))
            .into_iter()
            .map(|((from, to), sums)| LayerRow {
                from: name(from),
                to: to.map(str::to_owned),
                packets: sums.packets,
                flits: sums.flits,
                latency: LatencyStats::of(&sums),
            })
            .collect();
        layer_rows.retain(|row| row.from.is_some() || row.to.is_some());
        let links = places.links(&self.groups, span.unwrap_or(1));
        TraceReport {
            trace: self.file.clone(),
            status: "complete",
            device: device.as_ref().map(|device| device.name.clone()),
            device_sha256: device.as_ref().map(|device| device.sha256.clone()),
            model: model.clone(),
            columns: mesh.as_ref().map(|mesh| mesh.columns),
            rows: mesh.as_ref().map(|mesh| mesh.rows),
            units: (!units.is_empty()).then_some(units.len()),
            all_packets: self.all,
            packets: total.packets,
            flits: total.flits,
            to_several: several().map(|(_, sums)| sums.packets).sum(),
            arrivals,
            first_cycle: self.first,
            last_cycle: self.last,
            span,
            no_latency: (!self.has_times).then_some(NO_LATENCY),
            no_links: match (mesh, &links) {
                (None, _) => Some(NO_MESH),
                (Some(_), None) => Some(NO_WAY),
                (Some(_), Some(_)) => None,
            },
            latency: LatencyStats::of(&total),
            classes: self
                .groups
                .sent(|key| key.class)
                .into_iter()
                .map(|(class, sums)| ClassRow {
                    class,
                    packets: sums.packets,
                    flits: sums.flits,
                    latency: LatencyStats::of(&sums),
                })
                .collect(),
            kinds: self
                .groups
                .sent(|key| key.kind)
                .into_iter()
                .map(|(kind, sums)| KindRow {
                    kind: kind.map(|kind| kind.name()),
                    packets: sums.packets,
                    flits: sums.flits,
                    latency: LatencyStats::of(&sums),
                })
                .collect(),
            frames: self.frames.values().cloned().collect(),
            layers: layer_rows,
            routes: self
                .groups
                .arrived(|key| (key.source, key.target))
                .into_iter()
                .map(|((from, to), sums)| RouteRow {
                    from: places.name(from),
                    to: places.name(to),
                    routers: places.routers(from, to),
                    packets: sums.packets,
                    flits: sums.flits,
                    latency: LatencyStats::of(&sums),
                })
                .collect(),
            links,
            terminals: places.terminals(&self.groups),
            histograms: Histograms {
                latency: self.has_times.then(|| self.latencies.bars()),
                size: singles(&self.sizes),
                created: self.created.bars(),
            },
            written: Vec::new(),
        }
    }
}

/// Adds a packet to sums; by how many latencies they take more room.
fn entry(sums: &mut Sums, flits: u32, latency: Option<Cycle>) -> usize {
    let (is_new, before) = (sums.packets == 0, sums.latencies.values());
    sums.add(flits, latency);
    sums.latencies.values() - before + if is_new { GROUP } else { 0 }
}

const NO_LATENCY: &str = "the trace does not say when packets arrived: `spikemesh replay TRACE -d DEVICE -o answer.csv` measures it, then add `--with answer.csv`";
const NO_MESH: &str = "the trace does not say its mesh: give -d DEVICE, or --size 5x4";
const NO_WAY: &str =
    "with O1TURN the way of a packet depends on those before it: `replay --format json` counts links";
