//! The first batch of a run as a trace of Perfetto, in its TrackEvent format: <https://ui.perfetto.dev> and `trace_processor` read it.
//!
//! A track per unit, with a slice for each frame and in it one for each phase; flows from the phase of a producer to the phase of the consumer that
//! waited for its packet; a counter for each link that carries something. Times are those of the device's clock, rounded down to nanoseconds; the
//! cycles stand beside them.

mod link_series;
mod message;

use std::collections::BTreeMap;

use prost::Message;

use crate::Stop;
use crate::device::network::Topology;
use crate::mesh::timeline::{Interval, PassTimeline, Timeline, TimelineProbe};
use crate::mesh::{Reason, SimulationOptions, Simulator, UnitId};
use crate::noc::Cycle;
use crate::run::{Error, Rerun, first_frames};
use link_series::LinkSeries;
use message::{
    CounterDescriptor, Data, DebugAnnotation, EventType, Trace, TracePacket, TrackDescriptor, TrackEvent,
};

/// The one writer of a file.
const SEQUENCE: u32 = 1;
/// Tracks of units and links are below these.
const UNITS: u64 = 1;
const LINKS: u64 = 2;
/// Children of a track are shown in the order of their ranks.
const BY_RANK: i32 = 3;

/// The trace of the first batch of a run, which runs again.
///
/// # Errors
/// The input does not fit.
pub(crate) fn perfetto(rerun: &Rerun, stop: &Stop) -> Result<Vec<u8>, Error> {
    let simulator = &rerun.simulator;
    let topology = Topology::new(&simulator.device().network_config());
    let frames = first_frames(simulator.program(), &rerun.input, rerun.batch)?;
    let options =
        SimulationOptions { record_output_maps: false, max_cycles: rerun.max_cycles, stop: stop.clone() };
    let mut probes = (TimelineProbe::new(simulator), LinkSeries::new(topology.links().len()));
    // Of a run that ends early the trace has what came before.
    let _ = simulator.run(&frames, 0, &options, &mut probes);
    let (timeline, series) = (probes.0.into_timeline(), probes.1);
    let mut writer = Writer { clock_hz: *simulator.device().clock_hz, packet: Vec::new() };
    writer.units(simulator, &timeline);
    let names: Vec<&str> = topology.links().iter().map(|link| link.name.as_str()).collect();
    let end = timeline.passes.last().map_or(0, |pass| pass.end);
    writer.links(&names, &series, end);
    Ok(Trace { packet: writer.packet }.encode_to_vec())
}

struct Writer {
    clock_hz: u64,
    packet: Vec<TracePacket>,
}

/// Flows that end waits: of each interval of a sender, and of each interval that follows a wait, by unit and index.
#[derive(Default)]
struct Flows {
    from: BTreeMap<(u32, u32), Vec<u64>>,
    to: BTreeMap<(u32, u32), Vec<u64>>,
}

impl Writer {
    fn nanoseconds(&self, cycle: Cycle) -> u64 {
        (u128::from(cycle) * 1_000_000_000 / u128::from(self.clock_hz.max(1))) as u64
    }

    fn track(&mut self, track: TrackDescriptor) {
        let data = Some(Data::TrackDescriptor(track));
        self.packet.push(TracePacket { timestamp: None, trusted_packet_sequence_id: SEQUENCE, data });
    }

    fn event(&mut self, cycle: Cycle, kind: EventType, event: TrackEvent) {
        let data = Some(Data::TrackEvent(TrackEvent { r#type: kind as i32, ..event }));
        let timestamp = Some(self.nanoseconds(cycle));
        self.packet.push(TracePacket { timestamp, trusted_packet_sequence_id: SEQUENCE, data });
    }

    fn units(&mut self, simulator: &Simulator, timeline: &Timeline) {
        let program = simulator.program();
        let name = format!("{} on {}", program.name, simulator.device().name);
        self.track(TrackDescriptor {
            uuid: UNITS,
            name,
            child_ordering: Some(BY_RANK),
            ..TrackDescriptor::default()
        });
        // Ids of tracks of units begin behind those of the two groups.
        let mut next = LINKS + 1;
        let mut first = Vec::new();
        for plan in simulator.passes() {
            first.push(next);
            for (unit, map) in plan.names.iter().zip(&plan.output_maps) {
                let layer = map.map(|map| program.output_maps[usize::from(map.0)].name.as_str());
                self.track(TrackDescriptor {
                    uuid: next,
                    name: layer.map_or_else(|| unit.clone(), |layer| format!("{unit} {layer}")),
                    parent_uuid: Some(UNITS),
                    sibling_order_rank: Some(map.map_or(0, |map| 1 + i32::from(map.0))),
                    ..TrackDescriptor::default()
                });
                next += 1;
            }
        }
        let mut flow = 0;
        for pass in &timeline.passes {
            let flows = flows(pass, &mut flow);
            let plan = &simulator.passes()[pass.pass];
            for unit in 0..pass.units() as u32 {
                let layer = plan.output_maps[unit as usize]
                    .map(|map| program.output_maps[usize::from(map.0)].name.as_str());
                let what = layer.unwrap_or(&plan.names[unit as usize]);
                self.unit(pass, UnitId(unit), first[pass.pass] + u64::from(unit), what, &flows);
            }
        }
    }

    /// The frames of a unit in a pass, each with its phases.
    fn unit(&mut self, pass: &PassTimeline, unit: UnitId, track_uuid: u64, layer: &str, flows: &Flows) {
        let event = |name: Option<String>, category: &str| TrackEvent {
            track_uuid,
            name,
            categories: if category.is_empty() { Vec::new() } else { vec![category.to_owned()] },
            ..TrackEvent::default()
        };
        let ids = |of: &BTreeMap<(u32, u32), Vec<u64>>, index: usize| {
            of.get(&(unit.0, index as u32)).cloned().unwrap_or_default()
        };
        let intervals = pass.intervals(unit);
        let mut open: Option<(u32, Cycle)> = None;
        for (index, interval) in intervals.iter().enumerate() {
            let used = interval.reason != Reason::Unused && interval.start < interval.end;
            if open.is_some_and(|(frame, _)| !used || frame != interval.frame)
                && let Some((_, end)) = open.take()
            {
                self.event(end, EventType::SliceEnd, event(None, ""));
            }
            let (flow_ids, terminating_flow_ids) = (ids(&flows.from, index), ids(&flows.to, index));
            if !used {
                // Nothing is drawn here, but flows may begin or end.
                if !flow_ids.is_empty() || !terminating_flow_ids.is_empty() {
                    let name = Some("packet".to_owned());
                    let event = TrackEvent { flow_ids, terminating_flow_ids, ..event(name, "packet") };
                    self.event(interval.start, EventType::Instant, event);
                }
                continue;
            }
            if open.is_none() {
                let frame = pass.frames.get(interval.frame as usize).copied().unwrap_or_default();
                let begin = TrackEvent {
                    debug_annotations: vec![annotation("frame", frame as u64)],
                    ..event(Some(format!("frame {frame} {layer}")), "frame")
                };
                self.event(interval.start, EventType::SliceBegin, begin);
            }
            open = Some((interval.frame, interval.end));
            let begin = TrackEvent {
                debug_annotations: vec![
                    annotation("cycle", interval.start),
                    annotation("clocks", interval.end - interval.start),
                ],
                flow_ids,
                terminating_flow_ids,
                ..event(Some(interval.reason.name().to_owned()), "phase")
            };
            self.event(interval.start, EventType::SliceBegin, begin);
            self.event(interval.end, EventType::SliceEnd, event(None, ""));
        }
        if let Some((_, end)) = open {
            self.event(end, EventType::SliceEnd, event(None, ""));
        }
    }

    fn links(&mut self, names: &[&str], series: &LinkSeries, end: Cycle) {
        let name = "links".to_owned();
        self.track(TrackDescriptor { uuid: LINKS, name, ..TrackDescriptor::default() });
        // Behind every track of a unit.
        const FIRST: u64 = 1 << 32;
        for ((track_uuid, name), counts) in (FIRST..).zip(names).zip(&series.links) {
            if counts.is_empty() {
                continue;
            }
            let unit_name = "flits per 100 clocks".to_owned();
            self.track(TrackDescriptor {
                uuid: track_uuid,
                name: (*name).to_owned(),
                parent_uuid: Some(LINKS),
                counter: Some(CounterDescriptor { unit_name }),
                ..TrackDescriptor::default()
            });
            // The last window may be shorter than the others.
            let last = end / series.window;
            let mut before = None;
            for (index, flits) in (0..).zip(counts.iter().chain([&0])) {
                let clocks =
                    if index == last { (end - index * series.window + 1).max(1) } else { series.window };
                let value = 100.0 * *flits as f64 / clocks as f64;
                if before != Some(value) {
                    let event =
                        TrackEvent { track_uuid, double_counter_value: Some(value), ..TrackEvent::default() };
                    self.event((index * series.window).min(end), EventType::Counter, event);
                }
                before = Some(value);
            }
        }
    }
}

fn annotation(name: &str, uint_value: u64) -> DebugAnnotation {
    DebugAnnotation { uint_value, name: name.to_owned() }
}

/// The packets that ended waits by their arrival: from the interval in which each was made to the one that follows the wait, which begins when it arrived.
fn flows(pass: &PassTimeline, next: &mut u64) -> Flows {
    let mut flows = Flows::default();
    for unit in 0..pass.units() as u32 {
        let intervals: &[Interval] = pass.intervals(UnitId(unit));
        for (index, interval) in (0..).zip(intervals) {
            let Some(packet) = interval.cause.map(|cause| pass.packets[cause as usize]) else { continue };
            if packet.arrived && index + 1 < intervals.len() as u32 {
                *next += 1;
                flows.from.entry((packet.source.0, packet.origin)).or_default().push(*next);
                flows.to.entry((unit, index + 1)).or_default().push(*next);
            }
        }
    }
    flows
}
