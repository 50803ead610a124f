//! Counters of a run, as `stats.json` holds them.

use serde::Serialize;

use crate::mesh::Simulator;
use crate::mesh::simulator::Outcome;

/// Counters of a run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Stats {
    /// What the cycle counts rest on.
    pub basis: &'static str,
    /// Frame by frame.
    pub frames: Vec<FrameStats>,
    /// Layer by layer: every group of the program.
    pub layers: Vec<LayerStats>,
    /// Unit by unit, pass by pass.
    pub units: Vec<UnitStats>,
    /// Flits times links crossed, all frames.
    pub flit_hops: u64,
}

/// One frame.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FrameStats {
    /// The cycle of its batch in which it was first taken in.
    pub start: u64,
    /// The cycle of its batch in which its last output arrived.
    pub end: u64,
}

/// One layer, all frames.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LayerStats {
    /// Its name.
    pub name: String,
    /// Units that compute it.
    pub units: usize,
    /// Clocks of its slowest unit, summed over frames; stalls left out.
    pub clocks: u64,
    /// Events or potentials emitted.
    pub emitted: u64,
    /// Events or potentials received by its units, halo copies included.
    pub received: u64,
    /// Cycles for which a unit waited for room in its output FIFO, summed over units.
    pub stall_fifo: u64,
    /// Cycles for which a unit waited for a consumer's map, summed over units.
    pub stall_token: u64,
}

/// One unit, all frames.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UnitStats {
    /// The pass.
    pub pass: usize,
    /// Its name, as in waves.
    pub name: String,
    /// The layer that it computes.
    pub layer: Option<String>,
    /// Frames that it finished.
    pub frames: usize,
    /// Clocks of computing, stalls left out.
    pub clocks: u64,
    /// Events or potentials received.
    pub received: u64,
    /// Events or potentials emitted, before replication.
    pub emitted: u64,
    /// Of these, in the first batch: what the waves show.
    pub emitted_in_first_batch: u64,
    /// Events or potentials sent, each copy counted.
    pub copies: u64,
    /// Cycles spent waiting for room in the output FIFO.
    pub stall_fifo: u64,
    /// Cycles spent waiting for a consumer's map.
    pub stall_token: u64,
}

impl Stats {
    /// Counters at zero.
    pub(super) fn new(simulator: &Simulator) -> Stats {
        let groups = &simulator.program().groups;
        let mut layers: Vec<LayerStats> = groups
            .iter()
            .map(|group| LayerStats {
                name: group.name.clone(),
                units: 0,
                clocks: 0,
                emitted: 0,
                received: 0,
                stall_fifo: 0,
                stall_token: 0,
            })
            .collect();
        let mut units = Vec::new();
        for (pass, plan) in simulator.passes().iter().enumerate() {
            for (name, group) in plan.names.iter().zip(&plan.groups) {
                if let Some(group) = group {
                    layers[usize::from(group.0)].units += 1;
                }
                units.push(UnitStats {
                    pass,
                    name: name.clone(),
                    layer: group.map(|g| groups[usize::from(g.0)].name.clone()),
                    frames: 0,
                    clocks: 0,
                    received: 0,
                    emitted: 0,
                    emitted_in_first_batch: 0,
                    copies: 0,
                    stall_fifo: 0,
                    stall_token: 0,
                });
            }
        }
        let basis = "calibrated: constants of the device file, fitted to published silicon; see docs/microarchitecture";
        Stats { basis, frames: Vec::new(), layers, units, flit_hops: 0 }
    }

    /// Adds a batch.
    pub(super) fn add(&mut self, outcome: &Outcome) {
        let first_batch = self.frames.is_empty();
        self.frames.extend(outcome.frames.iter().map(|f| FrameStats { start: f.start, end: f.end }));
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
                stats.stall_fifo += record.stall_fifo;
                stats.stall_token += record.stall_token;
                let Some(group) = unit.group.map(|g| usize::from(g.0)) else { continue };
                let layer = &mut self.layers[group];
                layer.emitted += record.emitted;
                layer.received += record.received;
                layer.stall_fifo += record.stall_fifo;
                layer.stall_token += record.stall_token;
                let clocks = &mut slowest[group][frame];
                *clocks = record.clocks().max(*clocks);
            }
        }
        for (layer, clocks) in self.layers.iter_mut().zip(slowest) {
            layer.clocks += clocks.iter().sum::<u64>();
        }
        self.flit_hops += outcome.passes.iter().map(|pass| pass.flit_hops).sum::<u64>();
    }
}
