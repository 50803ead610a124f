//! The summary of a run, as it is printed.

use std::fmt::Write as _;

use serde::Serialize;

use crate::engine::InputOrder;
use crate::noc::Cycle;
use crate::run::{HostSpeed, RunInfo};

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
    /// Layers without a claimed error of their clocks, with the reason.
    pub extrapolated: Vec<String>,
    /// The layer whose neural processors hold most, its bytes and those that one can hold.
    pub fullest: Option<(String, u64, u64)>,
    /// The largest error that may be claimed of a layer's clocks.
    pub worst_claim: Option<f64>,
    #[serde(flatten)]
    pub host: HostSpeed,
    pub layers_compared: usize,
    pub waves: Option<String>,
    pub trace: Option<String>,
    pub directory: String,
}

impl RunSummary {
    /// A line for each result.
    pub fn text(&self) -> String {
        let RunSummary { info, directory, .. } = self;
        let mut text = String::new();
        let mut line = |what: &str, value: String| {
            let _ = writeln!(text, "{what:>10}  {value}");
        };
        line("model", format!("{} on {} ({} MHz)", info.model, info.device, info.clock_hz / 1_000_000));
        line("input", format!("read as {}", self.input_order));
        line("frames", format!("{} of {}, {} at a time", info.finished, info.frames, info.batch));
        line(
            "engine",
            if info.compared {
                format!("every value of {} layers agrees in every frame", self.layers_compared)
            } else {
                "not compared: give the program's model with --golden".to_owned()
            },
        );
        if let Some(accuracy) = info.accuracy {
            line(
                "accuracy",
                format!("{:.2} % (argmax of `{}`)", 100.0 * accuracy, info.accuracy_by.unwrap_or_default()),
            );
        }
        line(
            "cycles",
            format!(
                "{:.0} a frame ({} to {}), {:.1} frames per second  [calibrated]",
                self.mean_cycles, self.min_cycles, self.max_cycles, self.frames_per_second
            ),
        );
        line(
            "energy",
            format!(
                "{:.4} mJ a frame, above a floor of {} W  [calibrated]",
                self.dynamic_mj, self.floor_watts
            ),
        );
        if let Some(worst) = self.worst_claim {
            line("error", format!("layers within {:.1} % of silicon, where measured", 100.0 * worst));
        }
        if let Some(first) = self.extrapolated.first() {
            let more = self.extrapolated.len() - 1;
            let more = if more > 0 { format!("; and {more} more") } else { String::new() };
            line("no claim", format!("of an error for {first}{more}"));
        }
        if let Some((layer, bytes, of)) = &self.fullest {
            let share = 100.0 * *bytes as f64 / *of as f64;
            line(
                "memory",
                format!(
                    "{bytes} bytes of {of} ({share:.0} %) in the fullest NP, of {layer}; the footprint of each layer is in plan.json"
                ),
            );
        }
        line("speed", self.host.text());
        line("host", format!("{:.2} s on {} threads", info.host_seconds, info.host_threads));
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
            line("trace", format!("{trace} (replay it with spikemesh replay -d {})", info.device));
        }
        text.truncate(text.trim_end().len());
        text
    }
}
