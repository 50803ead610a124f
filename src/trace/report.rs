//! What is told of a trace, as JSON has it.

use serde::Serialize;

use super::groups::Sums;
use super::histogram::Histograms;
use crate::document::{Document, Schema};
use crate::noc::Cycle;

/// What is in a trace. What it does not say is null.
#[derive(Clone, Debug, Serialize)]
pub struct TraceReport {
    /// The file.
    pub trace: String,
    /// `complete`: a part is refused.
    pub status: &'static str,
    /// The device that it was recorded on.
    pub device: Option<String>,
    /// SHA-256 of the device's canonical text.
    pub device_sha256: Option<String>,
    /// The model that ran.
    pub model: Option<String>,
    /// Nodes in a row and in a column.
    pub columns: Option<u16>,
    /// As for columns.
    pub rows: Option<u16>,
    /// Units that the program uses.
    pub units: Option<usize>,
    /// Packets of the file.
    pub all_packets: u64,
    /// Packets that are selected; all that follows is of those.
    pub packets: u64,
    /// Their flits, each once, however many targets a packet has.
    pub flits: u64,
    /// Packets to several targets.
    pub to_several: u64,
    /// Arrivals: one for each target of each packet.
    pub arrivals: u64,
    /// First creation.
    pub first_cycle: Option<Cycle>,
    /// Last arrival, or last creation if arrivals are not known.
    pub last_cycle: Option<Cycle>,
    /// Cycles from the first to the last, both included.
    pub span: Option<u64>,
    /// Why latencies are not known.
    pub no_latency: Option<&'static str>,
    /// Why links are not known.
    pub no_links: Option<&'static str>,
    /// From creation to arrival, of several the last.
    pub latency: Option<LatencyStats>,
    /// By traffic class.
    pub classes: Vec<ClassRow>,
    /// By what packets carry.
    pub kinds: Vec<KindRow>,
    /// By frame.
    pub frames: Vec<FrameRow>,
    /// By the sender's and the receiver's layer, for each arrival.
    pub layers: Vec<LayerRow>,
    /// By source and target, for each arrival.
    pub routes: Vec<RouteRow>,
    /// By link, in the order of the mesh.
    pub links: Option<Vec<LinkRow>>,
    /// By terminal.
    pub terminals: Vec<TerminalRow>,
    /// Distributions.
    pub histograms: Histograms,
    /// Files that were written.
    pub written: Vec<String>,
}

impl Document for TraceReport {
    const SCHEMA: Schema = Schema::Trace;
}

/// Cycles from the creation of packets to the arrival of their tails.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct LatencyStats {
    /// Mean.
    pub mean: f64,
    /// The least that half of the packets do not exceed.
    pub p50: Cycle,
    /// The least that 99 of 100 packets do not exceed.
    pub p99: Cycle,
    /// The longest.
    pub max: Cycle,
}

impl LatencyStats {
    pub(super) fn of(sums: &Sums) -> Option<LatencyStats> {
        let latencies = &sums.latencies;
        Some(LatencyStats {
            mean: latencies.mean()?,
            p50: latencies.percentile(50)?,
            p99: latencies.percentile(99)?,
            max: latencies.max()?,
        })
    }
}

/// A traffic class.
#[derive(Clone, Debug, Serialize)]
pub struct ClassRow {
    /// Its number.
    pub class: u8,
    /// Packets.
    pub packets: u64,
    /// Flits.
    pub flits: u64,
    /// Of these packets.
    pub latency: Option<LatencyStats>,
}

/// What packets carry.
#[derive(Clone, Debug, Serialize)]
pub struct KindRow {
    /// `event`, `potential`, `marker` or `token`.
    pub kind: Option<&'static str>,
    /// Packets.
    pub packets: u64,
    /// Flits.
    pub flits: u64,
    /// Of these packets.
    pub latency: Option<LatencyStats>,
}

/// A frame.
#[derive(Clone, Debug, Serialize)]
pub struct FrameRow {
    /// Its index in the run.
    pub frame: Option<u64>,
    /// Packets.
    pub packets: u64,
    /// Flits.
    pub flits: u64,
    /// First and last cycle of creation.
    pub first_cycle: Cycle,
    /// As for the first.
    pub last_cycle: Cycle,
}

/// A pair of layers.
#[derive(Clone, Debug, Serialize)]
pub struct LayerRow {
    /// The sender's.
    pub from: Option<String>,
    /// The receiver's, of its last pass.
    pub to: Option<String>,
    /// Packets.
    pub packets: u64,
    /// Flits.
    pub flits: u64,
    /// Of these packets.
    pub latency: Option<LatencyStats>,
}

/// Packets from one terminal to another.
#[derive(Clone, Debug, Serialize)]
pub struct RouteRow {
    /// The terminals' names, or numbers.
    pub from: String,
    /// As for the source.
    pub to: String,
    /// Routers on the way; null if the mesh is not known.
    pub routers: Option<u32>,
    /// Packets.
    pub packets: u64,
    /// Flits.
    pub flits: u64,
    /// Of these packets.
    pub latency: Option<LatencyStats>,
}

/// A link that flits pass.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LinkRow {
    /// Its name, as in `stats.json`.
    pub name: String,
    /// Flits.
    pub flits: u64,
    /// Flits by cycles of the span.
    pub share: f64,
}

/// A terminal that sends or receives.
#[derive(Clone, Debug, Serialize)]
pub struct TerminalRow {
    /// Its number.
    pub terminal: u32,
    /// Its unit's name, of several with `+` between, or its number.
    pub name: String,
    /// The layer of its unit.
    pub layer: Option<String>,
    /// Packets that it sends.
    pub sent_packets: u64,
    /// Their flits.
    pub sent_flits: u64,
    /// Packets that it receives.
    pub received_packets: u64,
    /// Their flits.
    pub received_flits: u64,
}
