//! Two reports beside each other.

use serde::Serialize;

use super::Report;
use super::summary::Summary;
use crate::document::{Document, Schema};

/// Two runs beside each other.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// Figures of both.
    pub deltas: Vec<Delta>,
    /// Layers of both, by name: clocks of a frame.
    pub layers: Vec<Delta>,
    /// What differs between what was run: `device: akd1000, akd1500`.
    pub differences: Vec<String>,
    /// The first run.
    pub first: Report,
    /// The second.
    pub second: Report,
}

impl Document for Comparison {
    const SCHEMA: Schema = Schema::Comparison;
}

/// A figure of two runs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Delta {
    /// The figure, or the layer.
    pub name: String,
    /// Its unit.
    pub unit: &'static str,
    /// Of the first run; none if it has none.
    pub first: Option<f64>,
    /// Of the second.
    pub second: Option<f64>,
    /// The second less the first.
    pub delta: Option<f64>,
    /// This, of the first; none if the first is 0.
    pub relative: Option<f64>,
    /// The second run is the better one; none if they are equal, or if the figure is neither good nor bad.
    pub better: Option<bool>,
}

/// What makes a figure better.
#[derive(Clone, Copy, PartialEq)]
enum Good {
    Less,
    More,
}

impl Delta {
    fn of(name: &str, unit: &'static str, good: Good, first: Option<f64>, second: Option<f64>) -> Delta {
        let delta = first.zip(second).map(|(first, second)| second - first);
        let relative =
            delta.zip(first).filter(|(_, first)| *first != 0.0).map(|(delta, first)| delta / first);
        let better = delta.filter(|delta| *delta != 0.0).map(|delta| (delta > 0.0) == (good == Good::More));
        Delta { name: name.to_owned(), unit, first, second, delta, relative, better }
    }
}

type Figure = (&'static str, &'static str, Good, fn(&Report) -> Option<f64>);

const FIGURES: [Figure; 9] = [
    ("latency_ms", "ms", Good::Less, |report| finished(report, |summary| summary.latency_ms)),
    ("latency_clocks", "clocks", Good::Less, |report| finished(report, |summary| summary.latency_clocks)),
    ("throughput_fps", "frames/s", Good::More, |report| finished(report, |summary| summary.throughput_fps)),
    ("throughput_interval_clocks", "clocks", Good::Less, |report| {
        finished(report, |summary| summary.throughput_interval_clocks)
    }),
    ("energy_mj", "mJ", Good::Less, |report| finished(report, |summary| summary.energy_mj)),
    ("energy_work_mj", "mJ", Good::Less, |report| finished(report, |summary| summary.energy_work_mj)),
    ("accuracy", "", Good::More, |report| report.summary.accuracies.values().next_back().copied()),
    ("nps", "NPs", Good::Less, |report| Some(report.run.nps as f64)),
    ("busiest_link", "flits per cycle", Good::Less, |report| {
        report.links.iter().map(|link| link.share).reduce(f64::max)
    }),
];

fn finished(report: &Report, of: fn(&Summary) -> f64) -> Option<f64> {
    (report.run.finished > 0).then(|| of(&report.summary))
}

impl Comparison {
    /// Compares two runs.
    pub fn of(first: Report, second: Report) -> Comparison {
        let deltas = FIGURES
            .iter()
            .map(|(name, unit, good, of)| Delta::of(name, unit, *good, of(&first), of(&second)))
            .filter(|delta| delta.first.is_some() || delta.second.is_some())
            .collect();
        let clocks = |report: &Report, name: &str| {
            report.layers.iter().find(|layer| layer.name == name).map(|layer| layer.clocks_per_frame)
        };
        let mut names: Vec<&str> = first.layers.iter().map(|layer| layer.name.as_str()).collect();
        let others = second.layers.iter().map(|layer| layer.name.as_str());
        names.extend(others.filter(|name| clocks(&first, name).is_none()));
        let layers = names
            .into_iter()
            .map(|name| Delta::of(name, "clocks", Good::Less, clocks(&first, name), clocks(&second, name)))
            .collect();
        Comparison { deltas, layers, differences: differences(&first, &second), first, second }
    }
}

/// What differs between what was run.
fn differences(first: &Report, second: &Report) -> Vec<String> {
    let of = |report: &Report| {
        let run = &report.run;
        let listed = |texts: &[String]| if texts.is_empty() { "none".to_owned() } else { texts.join(" ") };
        [
            ("model", run.model.clone()),
            ("program", run.program_sha256.clone()),
            ("device", run.device.clone()),
            ("constants of the device", run.device_sha256.clone()),
            ("settings", listed(&run.settings)),
            ("mode", run.mode.clone().unwrap_or_default()),
            ("batch", run.batch.to_string()),
            ("frames", run.finished.to_string()),
            ("input", run.input_sha256.clone().unwrap_or_default()),
        ]
    };
    // Of a hash its first digits tell which is which.
    let short = |text: &str| text.chars().take(if text.len() == 64 { 12 } else { 80 }).collect::<String>();
    let pairs = of(first).into_iter().zip(of(second));
    pairs
        .filter(|((_, a), (_, b))| a != b)
        .map(|((name, a), (_, b))| format!("{name}: {}, {}", short(&a), short(&b)))
        .collect()
}
