//! The numbers of a point: what each is, and what its claim is that of.

use serde::{Deserialize, Serialize};

use super::programs::Mapped;
use crate::device::{AccuracyClaim, Basis, ClaimBasis};
use crate::mesh::Reason;
use crate::run::Stats;

/// What a number rests on, and how far it may be off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClaimOf {
    /// Nothing: it follows from the program and the input alone.
    Exact,
    /// The clocks of layers.
    Cycles,
    /// Those, and the clock of the device.
    Time,
    /// The work of all layers.
    Work,
    /// The energies of memories, loads and network in it.
    Parts,
    /// The power that the device takes at any rate.
    Floor,
    /// Work and floor together.
    Energy,
    /// Waiting and the network: never compared with silicon.
    Network,
}

/// The claim for some numbers of a point.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Claim {
    /// `spec`, `calibrated`, `extrapolated` or `assumed`.
    pub basis: String,
    /// All measured values of the kind are within this fraction; none where nothing is claimed.
    pub error: Option<f64>,
    /// Half of them are.
    pub median: Option<f64>,
}

/// A number of a point, or a text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Cell {
    /// A count.
    Count(u64),
    /// A number.
    Number(f64),
    /// A text.
    Text(String),
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CellKind {
    /// Counts.
    Count,
    /// Numbers.
    Number,
    /// Texts.
    Text,
}

/// Which of two numbers is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Better {
    /// The smaller one.
    Lower,
    /// The larger one.
    Higher,
    /// Neither: it describes.
    Neither,
}

/// A column of the table.
pub struct Metric {
    /// Its name.
    pub name: &'static str,
    /// What it is, with its unit.
    pub about: &'static str,
    /// What it holds.
    pub kind: CellKind,
    /// What its claim is that of.
    pub claim: ClaimOf,
    /// Which is better.
    pub better: Better,
    value: fn(&Measured) -> Option<Cell>,
}

/// What a point has left.
pub(super) struct Measured<'a> {
    pub stats: &'a Stats,
    pub mapped: &'a Mapped,
    pub frames: u64,
    pub accuracy: Option<f64>,
    pub outputs_sha256: &'a str,
}

impl Measured<'_> {
    /// Picojoules of all frames as millijoules of one.
    fn millijoules(&self, picojoules: f64) -> Option<Cell> {
        Some(Cell::Number(picojoules / 1e9 / self.frames.max(1) as f64))
    }

    /// Clocks of all units with a reason.
    fn reason(&self, reason: Reason) -> Option<Cell> {
        Some(Cell::Count(self.stats.units.iter().map(|unit| unit.reasons.0.reasons[reason as usize]).sum()))
    }
}

use Better::{Higher, Lower, Neither};
use CellKind::{Count, Number, Text};

macro_rules! metrics {
    ($($name:literal, $kind:expr, $claim:ident, $better:expr, $about:literal, $value:expr;)*) => {
        &[$(Metric { name: $name, about: $about, kind: $kind, claim: ClaimOf::$claim, better: $better, value: $value }),*]
    };
}

/// All columns behind those of the axes.
pub const METRICS: &[Metric] = metrics! {
    "latency_ms", Number, Time, Lower, "time of a frame that enters an empty mesh, mean, ms", |m| Some(Cell::Number(m.stats.latency.latency_ms));
    "latency_clocks", Number, Cycles, Lower, "the same in clocks", |m| Some(Cell::Number(m.stats.latency.latency_clocks));
    "interval_ms", Number, Time, Lower, "time from the end of a frame to the end of the next, mean, ms", |m| Some(Cell::Number(m.stats.throughput.throughput_interval_ms));
    "interval_clocks", Number, Cycles, Lower, "the same in clocks", |m| Some(Cell::Number(m.stats.throughput.throughput_interval_clocks));
    "fps", Number, Time, Higher, "frames per second at this interval", |m| Some(Cell::Number(m.stats.throughput.throughput_fps));
    "energy_mj", Number, Energy, Lower, "energy of a frame, work and floor, mJ", |m| m.millijoules(m.stats.energy.total_pj);
    "work_mj", Number, Work, Lower, "of it, the work", |m| m.millijoules(m.stats.energy.dynamic_pj);
    "floor_mj", Number, Floor, Lower, "of it, the floor", |m| m.millijoules(m.stats.energy.floor_pj);
    "np_mj", Number, Parts, Lower, "of the work, clocks of neural processors", |m| m.millijoules(m.stats.energy.np_pj);
    "hrc_mj", Number, Parts, Lower, "of the work, the input unit", |m| m.millijoules(m.stats.energy.hrc_pj);
    "memory_mj", Number, Parts, Lower, "of the work, memories of neural processors", |m| m.millijoules(m.stats.energy.memory_pj);
    "load_mj", Number, Parts, Lower, "of the work, weights loaded inside frames", |m| m.millijoules(m.stats.energy.load_pj);
    "network_mj", Number, Parts, Lower, "of the work, the network", |m| m.millijoules(m.stats.energy.network_pj);
    "network_share", Number, Parts, Lower, "the network's share of the work", |m| Some(Cell::Number(m.stats.energy.network_share));
    "network_share_at_most", Number, Parts, Neither, "the largest that measurements allow it to be; nothing is the least", |m| m.stats.energy.network_share_at_most.map(Cell::Number);
    "nps", Count, Exact, Lower, "neural processors of all layers", |m| Some(Cell::Count(m.mapped.nps.into()));
    "device_nps", Count, Exact, Lower, "neural processors of the device that compute", |m| Some(Cell::Count(m.mapped.device_nps.into()));
    "passes", Count, Exact, Lower, "passes of the program", |m| Some(Cell::Count(m.mapped.passes.into()));
    "memory_bytes", Count, Exact, Lower, "bytes of the fullest neural processor", |m| Some(Cell::Count(m.mapped.memory.0));
    "memory_share", Number, Exact, Lower, "of the bytes that it holds at most", |m| Some(Cell::Number(m.mapped.memory.0 as f64 / m.mapped.memory.1.max(1) as f64));
    "placement_hops", Count, Exact, Lower, "event hops of a frame if every neuron fired", |m| Some(Cell::Count(m.mapped.placement_cost));
    "flit_hops", Count, Exact, Lower, "flits times links crossed, all frames", |m| Some(Cell::Count(m.stats.flit_hops));
    "busiest_link", Text, Network, Neither, "the link that carries most flits", |m| crate::link_stats::busiest(&m.stats.links()).map(|link| Cell::Text(link.name.clone()));
    "busiest_link_share", Number, Network, Lower, "flits of that link by clocks", |m| crate::link_stats::busiest(&m.stats.links()).map(|link| Cell::Number(link.share));
    "buffer_peak", Count, Network, Lower, "most flits in one virtual channel at the end of a link", |m| m.stats.links().iter().map(|link| Cell::Count(link.peak.into())).max_by_key(|peak| match peak { Cell::Count(peak) => *peak, _ => 0 });
    "compute_clocks", Count, Cycles, Lower, "clocks of all units that compute", |m| m.reason(Reason::Compute);
    "wait_input_clocks", Count, Network, Lower, "that wait for input", |m| m.reason(Reason::WaitInput);
    "wait_map_clocks", Count, Network, Lower, "that wait for a free map", |m| m.reason(Reason::WaitMap);
    "wait_fifo_clocks", Count, Network, Lower, "that wait for room in their FIFO", |m| m.reason(Reason::WaitFifo);
    "drain_clocks", Count, Network, Lower, "that drain", |m| m.reason(Reason::Drain);
    "load_clocks", Count, Network, Lower, "that are loaded", |m| m.reason(Reason::Load);
    "unused_clocks", Count, Network, Lower, "that are not in use", |m| m.reason(Reason::Unused);
    "accuracy", Number, Exact, Higher, "share of frames whose class is their label", |m| m.accuracy.map(Cell::Number);
    "frames_done", Count, Exact, Neither, "frames that were simulated", |m| Some(Cell::Count(m.frames));
    "outputs_sha256", Text, Exact, Neither, "hash of all outputs, 16 digits: what is equal computed the same", |m| Some(Cell::Text(m.outputs_sha256.to_owned()));
};

impl Metric {
    /// A metric by its name.
    pub fn named(name: &str) -> Option<&'static Metric> {
        METRICS.iter().find(|metric| metric.name == name)
    }

    /// Its value at a point.
    pub(super) fn of(&self, measured: &Measured) -> Option<Cell> {
        (self.value)(measured)
    }
}

/// The claims of a point, by what they are of.
pub(super) fn claims(stats: &Stats) -> Vec<(ClaimOf, Claim)> {
    let none =
        || AccuracyClaim { basis: ClaimBasis::Assumed, median: None, worst: None, reasons: Vec::new() };
    let or_none = |claim: &Option<AccuracyClaim>| claim.clone().unwrap_or_else(none);
    let work = or_none(&stats.energy.claim);
    let parts = match stats.energy.parts_basis {
        Basis::Assumed => none(),
        // The division has no error of its own.
        _ => AccuracyClaim {
            basis: work.basis.max(ClaimBasis::Extrapolated),
            median: None,
            worst: None,
            reasons: Vec::new(),
        },
    };
    let of = [
        (ClaimOf::Cycles, or_none(&stats.cycles_claim)),
        (ClaimOf::Time, or_none(&stats.throughput_claim)),
        (ClaimOf::Work, work),
        (ClaimOf::Parts, parts),
        (ClaimOf::Floor, or_none(&stats.energy.floor_claim)),
        (ClaimOf::Energy, or_none(&stats.energy.total_claim)),
        (ClaimOf::Network, none()),
    ];
    of.into_iter()
        .map(|(of, claim)| {
            (of, Claim { basis: claim.basis.to_string(), error: claim.worst, median: claim.median })
        })
        .collect()
}
