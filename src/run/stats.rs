//! Counters of a run, as `stats.json` holds them.

use serde::{Serialize, Serializer};

use super::accuracy_claim::{LayerClaims, layer_conditions};
use super::action_columns::ActionColumns;
use super::activity::{FrameActivity, LayerActivity};
use super::counter::Counter;
use super::energy_stats::{Costs, EnergyStats};
use super::note::{ExternalLayer, Note, external_layers, notes};
use super::reason_columns::set_reasons;
use super::reason_rows::{LayerReasonClocks, UnitReasonClocks};
use super::speed::{Latency, SpeedSums, Throughput};
use super::stat_rows::{FrameStats, LayerStats, UnitStats};
use crate::device::network::Topology;
use crate::device::{AccuracyClaim, ActionCounts, Claims, Device, Work};
use crate::document::{Document, Schema};
use crate::link_stats::{LinkStats, link_stats};
use crate::mesh::Simulator;
use crate::mesh::{Outcome, ReasonCounts};
use crate::noc::LinkCounters;

/// Counters of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Stats {
    /// The accuracy that may be claimed for the cycles of a frame: the weakest of its layers and loads. The error is that of their clocks; waiting
    /// and the network are not compared with anything. `None` before the first frame.
    pub cycles_claim: Option<AccuracyClaim>,
    /// The same for times, and for frames per second: cycles and the device's clock.
    pub throughput_claim: Option<AccuracyClaim>,
    /// How long a frame takes.
    pub latency: Latency,
    /// How many frames the device takes in a second.
    pub throughput: Throughput,
    /// Frame by frame.
    pub frames: Vec<FrameStats>,
    /// Layer by layer: every output map of the program.
    pub layers: Vec<LayerStats>,
    /// Layer by layer: neurons that send nothing, values at the top level.
    pub activity: Vec<LayerActivity>,
    /// What these show, in words.
    pub notes: Vec<Note>,
    /// Unit by unit, pass by pass.
    pub units: Vec<UnitStats>,
    /// Clocks of all batches, each from its first cycle to its last event: what the reasons of every unit add up to. A batch that ended early
    /// counts as far as it came.
    pub span_clocks: u64,
    /// Flits times links crossed, all frames.
    pub flit_hops: u64,
    /// The load before the first frame, and before each frame of a program with several passes.
    pub first_load: FirstLoad,
    /// Clocks of each load of pass 2 and later that do not depend on its bytes. They count for the frame, for no layer. 0 on a device with several
    /// passes in one program.
    pub load_start_clocks: u64,
    /// Energy of all frames.
    pub energy: EnergyStats,
    /// Frames that were added. A run whose frames are on disk keeps none in `frames`.
    finished: usize,
    network: NetworkTotals,
    reasons: ReasonCounts,
    speed: SpeedSums,
    clock_hz: u64,
    costs: Costs,
    claims: Claims,
    is_loaded_between: bool,
    external: Vec<ExternalLayer>,
}

/// [`Stats`] as JSON, with its frames from wherever they are.
#[derive(Serialize)]
pub(super) struct StatsJson<'a, F> {
    cycles_claim: &'a Option<AccuracyClaim>,
    throughput_claim: &'a Option<AccuracyClaim>,
    #[serde(flatten)]
    latency: Latency,
    #[serde(flatten)]
    throughput: Throughput,
    frames: F,
    layers: &'a [LayerStats],
    activity: &'a [LayerActivity],
    notes: &'a [Note],
    units: &'a [UnitStats],
    span_clocks: u64,
    flit_hops: u64,
    links: Vec<LinkStats>,
    first_load: FirstLoad,
    load_start_clocks: u64,
    energy: &'a EnergyStats,
}

impl<F: Serialize> Document for StatsJson<'_, F> {
    const SCHEMA: Schema = Schema::Stats;
}

impl Document for Stats {
    const SCHEMA: Schema = Schema::Stats;
}

impl Serialize for Stats {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.json(&self.frames).serialize(serializer)
    }
}

/// Loading the first pass. It is no part of any frame's cycles.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct FirstLoad {
    /// Weight bytes.
    pub bytes: u64,
    /// Time in microseconds.
    pub microseconds: f64,
}

/// Counters of the network over all batches.
#[derive(Clone, Debug, PartialEq)]
struct NetworkTotals {
    /// Of all links.
    names: Vec<String>,
    links: Vec<LinkCounters>,
}

impl NetworkTotals {
    fn new(device: &Device) -> NetworkTotals {
        let names: Vec<String> =
            Topology::new(&device.network_config()).links().iter().map(|link| link.name.clone()).collect();
        NetworkTotals { links: vec![LinkCounters::default(); names.len()], names }
    }
}

impl Stats {
    /// Counters at zero.
    pub(super) fn new(simulator: &Simulator) -> Stats {
        let output_maps = &simulator.program().output_maps;
        let mut layers: Vec<LayerStats> = output_maps
            .iter()
            .zip(layer_conditions(simulator.program()))
            .map(|(output_map, conditions)| LayerStats {
                name: output_map.name.clone(),
                units: 0,
                clocks: 0,
                emitted: 0,
                received: 0,
                reasons: LayerReasonClocks::default(),
                main_reasons: Vec::new(),
                load_bytes: 0,
                load_clocks: 0,
                dynamic_pj: 0.0,
                actions: ActionColumns::default(),
                clocks_claim: None,
                energy_claim: None,
                conditions,
                frame_load: (0, 0),
            })
            .collect();
        let mut units = Vec::new();
        for (pass, plan) in simulator.passes().iter().enumerate() {
            for load in plan.loads.iter().filter(|_| pass > 0) {
                let layer = &mut layers[usize::from(load.output_map.0)];
                layer.frame_load.0 += load.bytes;
                layer.frame_load.1 += load.clocks.ceil();
            }
            for (position, (name, output_map)) in plan.names.iter().zip(&plan.output_maps).enumerate() {
                if let Some(output_map) = output_map {
                    layers[usize::from(output_map.0)].units += 1;
                }
                units.push(UnitStats {
                    pass,
                    name: name.clone(),
                    layer: output_map.map(|g| output_maps[usize::from(g.0)].name.clone()),
                    map: output_map.map(|g| usize::from(g.0)),
                    frames: 0,
                    clocks: 0,
                    received: 0,
                    emitted: 0,
                    emitted_in_first_batch: 0,
                    copies: 0,
                    reasons: UnitReasonClocks::default(),
                    blame: Vec::new(),
                    dynamic_pj: 0.0,
                    cost: plan.energies.get(position).copied().unwrap_or_default(),
                    counts: ActionCounts::default(),
                });
            }
        }
        let device = simulator.device();
        let load = &device.timing.load;
        let bytes = simulator.passes().first().map_or(0, |p| p.loads.iter().map(|l| l.bytes).sum());
        let clocks = load.first_byte.times(bytes).ceil();
        let first_load = FirstLoad {
            bytes,
            microseconds: f64::from(*load.first_microseconds) + clocks as f64 * 1e6 / *device.clock_hz as f64,
        };
        let costs = Costs::of(device);
        let energy = EnergyStats::new(device, &costs);
        Stats {
            cycles_claim: None,
            throughput_claim: None,
            latency: Latency::default(),
            throughput: Throughput::default(),
            frames: Vec::new(),
            layers,
            activity: LayerActivity::of(simulator.program()),
            notes: Vec::new(),
            units,
            flit_hops: 0,
            first_load,
            load_start_clocks: simulator.passes().first().map_or(0, |plan| plan.load_start.ceil()),
            energy,
            finished: 0,
            network: NetworkTotals::new(device),
            reasons: ReasonCounts::new(simulator.passes()),
            span_clocks: 0,
            speed: SpeedSums::default(),
            clock_hz: *device.clock_hz,
            costs,
            claims: Claims::new(device),
            is_loaded_between: simulator.passes().len() > 1,
            external: external_layers(simulator.program()),
        }
    }

    /// Adds the frames of a batch, and what was counted of their events.
    pub(super) fn add(&mut self, outcome: &Outcome, activity: &[Vec<FrameActivity>], reasons: &ReasonCounts) {
        let first_batch = self.finished == 0;
        let first_frame = self.frames.len();
        self.finished += outcome.frames.len();
        let frames = outcome.frames.iter();
        let loads = self.costs.loads(self.layers.iter().map(|layer| layer.frame_load.0).sum());
        self.frames.extend(frames.map(|f| FrameStats { start: f.start, end: f.end, dynamic_pj: loads }));
        let times: Vec<(u64, u64)> = outcome.frames.iter().map(|frame| (frame.start, frame.end)).collect();
        self.speed.add(&times);
        if let (Some(first), Some(last)) = (outcome.frames.first(), outcome.frames.last()) {
            self.energy.floor_pj += self.costs.floor(last.end - first.start);
        }
        let mut slowest = vec![vec![0; outcome.frames.len()]; self.layers.len()];
        let units = outcome.passes.iter().flat_map(|pass| &pass.units);
        for (unit, stats) in units.zip(&mut self.units) {
            for (frame, record) in unit.frames.iter().enumerate() {
                stats.frames += 1;
                stats.clocks += record.clocks();
                stats.received += record.received;
                stats.emitted += record.emitted;
                stats.emitted_in_first_batch += if first_batch { record.emitted } else { 0 };
                stats.copies += record.copies;
                let counts = record.actions(stats.cost.clock);
                stats.counts += counts;
                if let Some(frame) = self.frames.get_mut(first_frame + frame) {
                    frame.dynamic_pj += stats.cost.of(&counts).total();
                }
                let Some(output_map) = unit.output_map.map(|g| usize::from(g.0)) else { continue };
                let layer = &mut self.layers[output_map];
                layer.emitted += record.emitted;
                layer.received += record.received;
                let clocks = &mut slowest[output_map][frame];
                *clocks = record.clocks().max(*clocks);
            }
        }
        for (layer, clocks) in self.layers.iter_mut().zip(slowest) {
            layer.clocks += clocks.iter().sum::<u64>();
        }
        for frame in activity.iter().take(outcome.frames.len()) {
            self.activity.iter_mut().zip(frame).for_each(|(layer, frame)| layer.add(frame));
        }
        self.flit_hops += outcome.passes.iter().map(|pass| pass.flit_hops).sum::<u64>();
        outcome.passes.iter().for_each(|pass| LinkCounters::add_all(&mut self.network.links, &pass.links));
        self.reasons.add(reasons);
        self.derive();
    }

    /// What passed each link, all frames and passes: the links that flits passed, in the order of the network.
    pub fn links(&self) -> Vec<LinkStats> {
        let NetworkTotals { names, links } = &self.network;
        link_stats(names.iter().map(String::as_str), links, self.reasons.span)
    }

    /// Frames that were added.
    pub(super) fn finished(&self) -> usize {
        self.finished
    }

    /// Sets what follows from the counters.
    pub(super) fn derive(&mut self) {
        let frames = self.finished as u64;
        for layer in &mut self.layers {
            (layer.load_bytes, layer.load_clocks) =
                (layer.frame_load.0 * frames, layer.frame_load.1 * frames);
        }
        self.span_clocks = self.reasons.span;
        set_reasons(&self.reasons, &mut self.units, &mut self.layers);
        self.activity.iter_mut().for_each(LayerActivity::derive);
        self.notes = notes(&self.activity, &self.external, |map| self.layers[map].received, frames);
        self.claim();
        self.energy.derive(&self.costs, &mut self.units, &mut self.layers);
        self.latency = self.speed.latency(self.clock_hz);
        self.throughput = self.speed.throughput(self.clock_hz);
    }

    /// Visits every number that adds up over frames, always in the same order. The others follow from these and from the program, see
    /// [`Stats::derive`].
    pub(super) fn each_counter(&mut self, visit: &mut dyn FnMut(&mut dyn Counter)) {
        // All fields by name: one that is added must be put to one side or the other.
        let Stats {
            cycles_claim: _,
            throughput_claim: _,
            latency: _,
            throughput: _,
            frames: _,
            layers,
            activity,
            notes: _,
            units,
            flit_hops,
            first_load: _,
            load_start_clocks: _,
            energy,
            finished,
            network,
            reasons,
            span_clocks: _,
            speed,
            clock_hz: _,
            costs: _,
            claims: _,
            is_loaded_between: _,
            external: _,
        } = self;
        visit(finished);
        visit(flit_hops);
        speed.counters().into_iter().for_each(|counter| visit(counter));
        reasons.numbers().for_each(|number| visit(number));
        for LinkCounters { flits, peak } in &mut network.links {
            visit(flits);
            visit(peak);
        }
        visit(&mut energy.floor_pj);
        for layer in layers {
            let LayerStats { clocks, emitted, received, .. } = layer;
            for counter in [clocks, emitted, received] {
                visit(counter);
            }
        }
        for layer in activity {
            layer.each_counter(visit);
        }
        for unit in units {
            let UnitStats { frames, clocks, received, emitted, emitted_in_first_batch, copies, .. } = unit;
            visit(frames);
            for counter in [clocks, received, emitted, emitted_in_first_batch, copies] {
                visit(counter);
            }
            unit.counts.0.iter_mut().for_each(|count| visit(count));
        }
    }

    /// As JSON, with these frames.
    pub(super) fn json<F>(&self, frames: F) -> StatsJson<'_, F> {
        StatsJson {
            cycles_claim: &self.cycles_claim,
            throughput_claim: &self.throughput_claim,
            latency: self.latency,
            throughput: self.throughput,
            frames,
            layers: &self.layers,
            activity: &self.activity,
            notes: &self.notes,
            units: &self.units,
            span_clocks: self.span_clocks,
            flit_hops: self.flit_hops,
            links: self.links(),
            first_load: self.first_load,
            load_start_clocks: self.load_start_clocks,
            energy: &self.energy,
        }
    }

    /// The claims for what was added so far.
    fn claim(&mut self) {
        let frames = self.finished as u64;
        if frames == 0 {
            return;
        }
        let (mut cycles, mut energy) = (Vec::new(), Vec::new());
        for layer in &mut self.layers {
            let Some(conditions) = layer.conditions else { continue };
            let point = conditions.case(layer.received, frames);
            let claims = LayerClaims::of(&self.claims, &point, layer.load_bytes > 0);
            cycles.push(claims.cycles.of_part(&layer.name));
            energy.push(claims.energy.clone().of_part(&layer.name));
            layer.clocks_claim = Some(claims.clocks);
            layer.energy_claim = Some(claims.energy);
        }
        if self.is_loaded_between && self.load_start_clocks > 0 {
            cycles.push(self.claims.load(Work::External).of_part("the start of each load"));
        }
        let cycles = AccuracyClaim::weakest(&cycles);
        let throughput = AccuracyClaim::weakest([&cycles, &self.claims.constant("clock_hz")]);
        let energy = AccuracyClaim::weakest(&energy);
        let floor = AccuracyClaim::weakest([&throughput, &self.claims.constant("energy.floor_watts")]);
        self.cycles_claim = Some(cycles);
        self.throughput_claim = Some(throughput);
        self.energy.total_claim = Some(AccuracyClaim::weakest([&energy, &floor]));
        self.energy.claim = Some(energy);
        self.energy.floor_claim = Some(floor);
    }
}
