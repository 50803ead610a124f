//! The summary of a run, as it is printed.

use std::fmt::Write as _;

use serde::Serialize;

use super::table::percent;
use crate::device::{AccuracyClaim, Basis};
use crate::document::{Document, Schema};
use crate::engine::InputOrder;
use crate::noc::Cycle;
use crate::run::{HostSpeed, RunInfo};
use crate::words::plural;

/// The summary of a run.
#[derive(Serialize)]
pub(super) struct RunSummary {
    #[serde(skip)]
    pub input_order: InputOrder,
    pub info: RunInfo,
    pub mean_cycles: f64,
    pub min_cycles: Cycle,
    pub max_cycles: Cycle,
    pub frames_per_second: f64,
    /// Mean energy of a frame's work in millijoules, the floor left out.
    pub dynamic_mj: f64,
    pub floor_watts: f64,
    pub floor_basis: Basis,
    /// The accuracy that may be claimed for cycles, for times and rates, and for the energy of the work.
    pub cycles_claim: Option<AccuracyClaim>,
    pub throughput_claim: Option<AccuracyClaim>,
    pub energy_claim: Option<AccuracyClaim>,
    /// The layer whose neural processors hold most, its bytes and those that one can hold.
    pub fullest: Option<(String, u64, u64)>,
    #[serde(flatten)]
    pub host: HostSpeed,
    pub layers_compared: usize,
    pub waves: Option<String>,
    pub trace: Option<String>,
    pub directory: String,
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
        let claims = [&self.cycles_claim, &self.throughput_claim, &self.energy_claim].into_iter().flatten();
        let mut reasons: Vec<&str> = Vec::new();
        for reason in claims.flat_map(|claim| &claim.reasons) {
            if !reasons.contains(&reason.as_str()) {
                reasons.push(reason);
            }
        }
        reasons
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
        if let Some(accuracy) = info.accuracy {
            line(
                "accuracy",
                format!(
                    "{:.2} % (argmax of `{}`, {})",
                    100.0 * accuracy,
                    what.accuracy_by.as_deref().unwrap_or_default(),
                    plural(what.num_classes.unwrap_or_default(), "class", "classes")
                ),
            );
        }
        line(
            "cycles",
            format!(
                "{:.0} a frame ({} to {})  {}",
                self.mean_cycles,
                self.min_cycles,
                self.max_cycles,
                mark(&self.cycles_claim, "layers")
            ),
        );
        line(
            "rate",
            format!(
                "{:.1} frames per second  {}",
                self.frames_per_second,
                mark(&self.throughput_claim, "layers")
            ),
        );
        line(
            "energy",
            format!(
                "{:.4} mJ a frame  {}, above a floor of {} W  [{}]",
                self.dynamic_mj,
                mark(&self.energy_claim, "models"),
                self.floor_watts,
                self.floor_basis
            ),
        );
        if let Some((first, more)) = self.reasons().split_first() {
            let more = if more.is_empty() { String::new() } else { format!("; and {} more", more.len()) };
            line("no claim", format!("of an error for {first}{more}"));
        }
        if let Some((layer, bytes, of)) = &self.fullest {
            let share = percent(*bytes, *of);
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
                "{directory}: run.json, stats.json, outputs.npy, program.npx{}",
                if self.fullest.is_some() { ", plan.json" } else { "" }
            ),
        );
        if let Some(waves) = &self.waves {
            line("waves", format!("{waves} (open with gtkwave or surfer)"));
        }
        if let Some(trace) = &self.trace {
            line("trace", format!("{trace} (replay it with spikemesh replay -d {})", what.device));
        }
        text.truncate(text.trim_end().len());
        text
    }
}
