//! The summary of a run, as it is printed.

use std::fmt::Write as _;

use serde::Serialize;

use crate::device::{AccuracyClaim, Basis};
use crate::document::{Document, Schema};
use crate::engine::InputOrder;
use crate::run::{HostSpeed, Latency, Note, RunInfo, Throughput, ThroughputOf, network_text};
use crate::words::{decimals, figures, fixed, percent, plural, thousands};

/// The summary of a run.
#[derive(Serialize)]
pub(super) struct RunSummary {
    #[serde(skip)]
    pub input_order: InputOrder,
    pub info: RunInfo,
    #[serde(flatten)]
    pub latency: Latency,
    #[serde(flatten)]
    pub throughput: Throughput,
    /// Mean energy of a frame in millijoules: floor and work.
    pub energy_mj: f64,
    pub energy_floor_mj: f64,
    pub energy_work_mj: f64,
    /// Of the work, what the network takes, its share, and what that can be at most by measurements.
    pub energy_network_mj: f64,
    pub network_share: f64,
    pub network_share_at_most: Option<f64>,
    /// What the division of the work rests on.
    pub parts_basis: Basis,
    pub floor_watts: f64,
    pub floor_basis: Basis,
    /// The accuracy that may be claimed for clocks, for times and rates, for the whole energy, and for that of the work.
    pub cycles_claim: Option<AccuracyClaim>,
    pub throughput_claim: Option<AccuracyClaim>,
    pub energy_claim: Option<AccuracyClaim>,
    pub energy_work_claim: Option<AccuracyClaim>,
    pub fullest_np: Option<FullestNp>,
    #[serde(flatten)]
    pub host: HostSpeed,
    pub layers_compared: usize,
    /// What the counters show, in words.
    pub notes: Vec<Note>,
    /// Files of waves.
    pub waves: Vec<String>,
    pub trace: Option<String>,
    pub directory: String,
}

/// The layer whose neural processors hold most.
#[derive(Serialize)]
pub(super) struct FullestNp {
    pub layer: String,
    /// Bytes of the fullest of its neural processors.
    pub bytes: u64,
    /// Bytes that one can hold.
    pub capacity_bytes: u64,
}

impl Document for RunSummary {
    const SCHEMA: Schema = Schema::RunSummary;
}

/// What a printed number rests on, with its error if one is claimed.
fn mark(claim: &Option<AccuracyClaim>, what: &str) -> String {
    match claim {
        None => "[no frames]".to_owned(),
        Some(AccuracyClaim { basis, worst: Some(worst), .. }) => {
            format!("[{basis}, {what} within {:.1} % of silicon]", 100.0 * worst)
        }
        Some(AccuracyClaim { basis, .. }) => format!("[{basis}]"),
    }
}

impl RunSummary {
    /// Why errors are not claimed, each reason once.
    fn reasons(&self) -> Vec<&str> {
        let claims =
            [&self.cycles_claim, &self.throughput_claim, &self.energy_work_claim].into_iter().flatten();
        let mut reasons: Vec<&str> = Vec::new();
        for reason in claims.flat_map(|claim| &claim.reasons) {
            if !reasons.contains(&reason.as_str()) {
                reasons.push(reason);
            }
        }
        reasons
    }

    /// The time of one frame.
    fn latency_line(&self) -> String {
        let Latency { latency_clocks, latency_clocks_min, latency_clocks_max, latency_ms, .. } = self.latency;
        format!(
            "{} ms, {} clocks of one frame ({} to {})  {}",
            figures(latency_ms, 4),
            fixed(latency_clocks, 0),
            thousands(latency_clocks_min),
            thousands(latency_clocks_max),
            mark(&self.cycles_claim, "layers")
        )
    }

    /// The rate of many frames, and what it is.
    fn throughput_line(&self) -> String {
        let Throughput { throughput_of, throughput_interval_clocks, throughput_interval_ms, throughput_fps } =
            self.throughput;
        let how = match throughput_of {
            ThroughputOf::SteadyState => format!(
                "in steady state, one every {} clocks ({} ms)",
                fixed(throughput_interval_clocks, 0),
                figures(throughput_interval_ms, 4)
            ),
            ThroughputOf::OneAfterAnother => "one after another; with --batch N they overlap".to_owned(),
        };
        format!("{} frames/s, {how}  {}", figures(throughput_fps, 4), mark(&self.throughput_claim, "layers"))
    }

    /// Floor, work and their sum, all with the decimals of the sum.
    fn energy_line(&self) -> String {
        let decimals = decimals(self.energy_mj, 4);
        format!(
            "{} mJ a frame  {}: {} floor of {} W [{}] + {} work {}",
            fixed(self.energy_mj, decimals),
            mark(&self.energy_claim, "both"),
            fixed(self.energy_floor_mj, decimals),
            self.floor_watts,
            self.floor_basis,
            fixed(self.energy_work_mj, decimals),
            mark(&self.energy_work_claim, "models")
        )
    }

    /// A line for each result.
    pub fn text(&self) -> String {
        let RunSummary { info, directory, .. } = self;
        let what = &info.identity;
        let mut text = String::new();
        let mut line = |what: &str, value: String| {
            let _ = writeln!(text, "{what:>10}  {value}");
        };
        line("model", format!("{} on {} ({} MHz)", what.model, what.device, what.clock_hz / 1_000_000));
        if !what.settings.is_empty() {
            let settings: Vec<String> = what.settings.iter().map(ToString::to_string).collect();
            line("set", settings.join(", "));
        }
        line("input", format!("read as {}", self.input_order));
        line("frames", format!("{} of {}, {} at a time", info.finished, what.frames, what.batch));
        line(
            "engine",
            if what.compared && info.finished == 0 {
                "nothing to compare: no frame was simulated".to_owned()
            } else if what.compared {
                format!(
                    "every value of {} agrees in every frame",
                    plural(self.layers_compared, "layer", "layers")
                )
            } else {
                "not compared: give the program's model with --golden".to_owned()
            },
        );
        for output in &what.outputs {
            let Some(accuracy) = info.accuracies.get(&output.name) else { continue };
            let of = if what.outputs.len() > 1 { format!("`{}`: ", output.name) } else { String::new() };
            line(
                "accuracy",
                format!(
                    "{of}{:.2} % (argmax of `{}`, {})",
                    100.0 * accuracy,
                    output.accuracy_by.as_deref().unwrap_or_default(),
                    plural(output.num_classes.unwrap_or_default(), "class", "classes")
                ),
            );
        }
        line("latency", self.latency_line());
        line("throughput", self.throughput_line());
        line("energy", self.energy_line());
        if info.finished > 0 {
            let basis = self.parts_basis.to_string();
            let share = network_text(self.network_share, self.network_share_at_most, &basis);
            line("network", format!("{} mJ a frame, {share}", figures(self.energy_network_mj, 3)));
        }
        if let Some((first, more)) = self.reasons().split_first() {
            let more = if more.is_empty() { String::new() } else { format!("; and {} more", more.len()) };
            line("no claim", format!("of an error for {first}{more}"));
        }
        for note in &self.notes {
            line("note", note.message.clone());
        }
        if let Some(FullestNp { layer, bytes, capacity_bytes }) = &self.fullest_np {
            let share = percent(*bytes, *capacity_bytes);
            let (bytes, of) = (thousands(bytes), thousands(capacity_bytes));
            line(
                "memory",
                format!(
                    "{bytes} bytes of {of} ({share}) in the fullest NP, of {layer}; the footprint of each layer is in plan.json"
                ),
            );
        }
        line("speed", self.host.text());
        line(
            "host",
            format!("{:.2} s on {}", info.host_seconds, plural(info.host_threads, "thread", "threads")),
        );
        line(
            "written",
            format!(
                "{directory}: run.json, stats.json, outputs.npy, {}program.npx{}",
                match what.outputs.len() {
                    1 => String::new(),
                    outputs => format!("outputs/ ({}), ", plural(outputs, "layer", "layers")),
                },
                if self.fullest_np.is_some() { ", plan.json" } else { "" }
            ),
        );
        for waves in &self.waves {
            line("waves", format!("{waves} (gtkwave {waves} {waves}.gtkw)"));
        }
        if let Some(trace) = &self.trace {
            line("trace", format!("{trace} (replay it with spikemesh replay -d {})", what.device));
        }
        text.truncate(text.trim_end().len());
        text
    }
}
