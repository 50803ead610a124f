//! What the figures mean, as sentences: what an architect would look for first.

use serde::Serialize;

use super::layers::LayerFacts;
use super::stats_file::StatsFile;
use super::time::TimeFacts;
use crate::run::RunInfo;
use crate::words::{fixed, plural, share};

/// A sentence about a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What it is about: `partial`, `mismatch`, `rules`, `period`, `layer`, `network`, `no_inputs`, or a kind of note of `stats.json`.
    pub kind: String,
    /// Something is wrong, or keeps figures from being used.
    pub warning: bool,
    /// The sentence.
    pub message: String,
}

impl Finding {
    /// The run cannot run again.
    pub(super) fn no_inputs(why: &str) -> Finding {
        let message = format!("{why}: no critical path, no timeline, no flows");
        Finding { kind: "no_inputs".to_owned(), warning: true, message }
    }
}

/// From this share of its cycles on, the busiest link counts as a limit.
const BUSY_LINK: f64 = 0.5;
/// From this share of the critical path on, packets on their way count as a limit.
const LONG_WAY: f64 = 0.1;

/// The findings of a run.
pub(super) fn findings(
    info: &RunInfo,
    stats: &StatsFile,
    layers: &[LayerFacts],
    time: Option<&TimeFacts>,
) -> Vec<Finding> {
    let mut all = Vec::new();
    let mut add =
        |kind: &str, warning, message| all.push(Finding { kind: kind.to_owned(), warning, message });
    let what = &info.identity;
    if info.finished < what.frames {
        let of = plural(what.frames, "frame", "frames");
        let why = info.status.name();
        add("partial", true, format!("partial, {} of {of}: the run ended as `{why}`", info.finished));
    }
    if let Some(difference) = &info.first_difference {
        let frames = plural(info.frames_different as usize, "frame differs", "frames differ");
        add("mismatch", true, format!("{frames} from the engine: {difference}"));
    }
    let broken = what.rules.iter().flat_map(|rules| rules["broken"].as_array().into_iter().flatten());
    let broken: Vec<&str> = broken.filter_map(|rule| rule["message"].as_str()).collect();
    if let Some(first) = broken.first() {
        let rules = plural(broken.len(), "limit", "limits");
        add("rules", true, format!("the model breaks {rules} of the hardware: {first}"));
    }
    if let Some(period) = time.and_then(|time| time.period.as_ref()) {
        let units: Vec<String> = period
            .units
            .iter()
            .take(3)
            .map(|row| match &row.layer {
                Some(layer) => format!(
                    "{} of `{layer}` ({})",
                    row.unit,
                    share(row.clocks as f64 / period.loop_clocks.max(1) as f64)
                ),
                None => row.unit.clone(),
            })
            .collect();
        let how = if period.set_by == "loop" {
            "units that wait for each other"
        } else {
            "a frame running all passes"
        };
        let units = units.join(", ");
        add("period", false, format!("the period, {}, is set by {how}: {units}", of_clocks(period.clocks)));
    }
    if let Some(slowest) = layers.iter().max_by(|a, b| a.clocks_per_frame.total_cmp(&b.clocks_per_frame)) {
        add(
            "layer",
            false,
            format!(
                "`{}` computes longest: {} of a frame, {} of the time between frames",
                slowest.name,
                of_clocks(slowest.clocks_per_frame),
                share(slowest.load)
            ),
        );
    }
    if let Some(message) = network(stats, time) {
        add("network", false, message);
    }
    for note in &stats.notes {
        add(&note.kind, true, note.message.clone());
    }
    all
}

fn of_clocks(clocks: f64) -> String {
    let clocks = fixed(clocks, 0);
    let noun = if clocks == "1" { "clock" } else { "clocks" };
    format!("{clocks} {noun}")
}

/// Whether the network is a limit; none if nothing crossed it.
fn network(stats: &StatsFile, time: Option<&TimeFacts>) -> Option<String> {
    let busiest = stats.links.iter().max_by(|a, b| a.share.total_cmp(&b.share))?;
    let way = time.map_or(0.0, |time| time.packet_share);
    let word = if busiest.share >= BUSY_LINK || way >= LONG_WAY {
        "the network is a limit"
    } else {
        "the network is not the limit"
    };
    let packets = match time {
        Some(_) => format!(", packets take {} of the critical path", share(way)),
        None => String::new(),
    };
    Some(format!("{word}: busiest link {} {}{packets}", busiest.name, share(busiest.share)))
}
