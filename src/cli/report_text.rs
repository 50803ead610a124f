//! A report as text.

use std::fmt::Write as _;

use super::table::{Align, Table};
use crate::report::{Claim, Comparison, Delta, LayerFacts, Report, TimeFacts, cause, place, seats};
use crate::run::bound_text;
use crate::words::{decimals, figures, fixed, plural, share, thousands};

/// Lines of a table of times that people see.
const LINES: usize = 12;

/// A run.
pub fn report(report: &Report) -> String {
    let mut text = summary(report);
    if let Some(time) = &report.time {
        let _ = write!(text, "\nwhere the time goes: {}", time_table(time));
    }
    if let Some(time) = report.time.as_ref().filter(|time| !time.causes.is_empty()) {
        let _ = write!(text, "\nwhat would help, in clocks; these times are assumed\n{}\n", causes(time));
    }
    let _ = write!(text, "\nlayers, per frame\n{}\n", layers(&report.layers));
    if let Some(memory) = &report.memory {
        let mut table = Table::new(&[("layer", Align::Left), ("bytes", Align::Right), ("", Align::Right)]);
        for layer in &memory.layers {
            table.row([layer.name.clone(), thousands(layer.total_bytes), share(layer.share)]);
        }
        let capacity = thousands(memory.capacity_bytes);
        let _ = write!(text, "\nmemory of the fullest NP, in bytes, of {capacity}\n{table}\n");
    }
    let _ = write!(text, "\n{}\n\n{}\n", energy(report), layer_energy(report));
    let _ = write!(text, "\nfloorplan\n{}\n", seats(report).text());
    text.truncate(text.trim_end().len());
    text
}

/// The energy of a frame by part and by action.
fn energy(report: &Report) -> Table {
    let mut table = Table::new(&[
        ("energy of a frame", Align::Left),
        ("times", Align::Right),
        ("mJ", Align::Right),
        ("", Align::Right),
        ("", Align::Left),
    ]);
    for part in &report.energy {
        let what = if part.of == "total" { part.part.clone() } else { format!("of work: {}", part.part) };
        let count = part.count.map(|count| fixed(count, 0)).unwrap_or_default();
        let bound = part.share_at_most.map(|at_most| format!(" {}", bound_text(part.share, at_most)));
        let basis = format!("[{}]{}", part.basis, bound.unwrap_or_default());
        table.row([what, count, figures(part.mj, 4), share(part.share), basis]);
    }
    table
}

/// The work of a frame by layer.
fn layer_energy(report: &Report) -> Table {
    let mut table = Table::new(&[
        ("work of a frame, mJ", Align::Left),
        ("units", Align::Right),
        ("memories", Align::Right),
        ("loads", Align::Right),
        ("network", Align::Right),
        ("all", Align::Right),
    ]);
    for row in &report.layer_energy {
        let layer = row.layer.clone().unwrap_or_else(|| "event DMA".to_owned());
        let parts = [row.units_mj, row.memory_mj, row.load_mj, row.network_mj, row.total_mj];
        let [units, memory, load, network, total] = parts.map(|mj| figures(mj, 3));
        table.row([layer, units, memory, load, network, total]);
    }
    table
}

/// What a printed number rests on.
fn mark(claim: &Option<Claim>) -> String {
    claim.as_ref().map_or_else(|| "[no frames]".to_owned(), |claim| format!("[{}]", claim.text()))
}

fn summary(report: &Report) -> String {
    let Report { run, summary, findings, .. } = report;
    let mut text = String::new();
    let mut line = |what: &str, value: String| {
        let _ = writeln!(text, "{what:>10}  {value}");
    };
    line("run", format!("{}: {}", run.name, run.status));
    line("model", format!("{} on {} ({} MHz)", run.model, run.device, run.clock_hz / 1_000_000));
    if !run.settings.is_empty() {
        line("set", run.settings.join(", "));
    }
    line(
        "mapping",
        format!(
            "{} of {} in {}{}",
            plural(run.nps, "NP", "NPs"),
            run.device_nps,
            plural(run.passes, "pass", "passes"),
            run.mode.as_ref().map(|mode| format!(", mode {mode}")).unwrap_or_default()
        ),
    );
    line("frames", format!("{} of {}, {} at a time", run.finished, run.frames, run.batch));
    if run.finished > 0 {
        line(
            "latency",
            format!(
                "{} ms, {} clocks of one frame ({} to {})  {}",
                figures(summary.latency_ms, 4),
                fixed(summary.latency_clocks, 0),
                thousands(summary.latency_clocks_min),
                thousands(summary.latency_clocks_max),
                mark(&summary.cycles_claim)
            ),
        );
        let how =
            if summary.throughput_of == "steady_state" { "in steady state" } else { "one after another" };
        line(
            "throughput",
            format!(
                "{} frames/s, {how}, one every {} clocks  {}",
                figures(summary.throughput_fps, 4),
                fixed(summary.throughput_interval_clocks, 0),
                mark(&summary.throughput_claim)
            ),
        );
        let digits = decimals(summary.energy_mj, 4);
        line(
            "energy",
            format!(
                "{} mJ a frame  {}: {} floor {} + {} work {}",
                fixed(summary.energy_mj, digits),
                mark(&summary.energy_claim),
                fixed(summary.energy_floor_mj, digits),
                mark(&summary.energy_floor_claim),
                fixed(summary.energy_work_mj, digits),
                mark(&summary.energy_work_claim)
            ),
        );
    }
    for (layer, accuracy) in &summary.accuracies {
        line("accuracy", format!("{:.2} % at `{layer}`", 100.0 * accuracy));
    }
    line(
        "checks",
        match (summary.compared, summary.frames_different) {
            (false, _) => "not compared with the engine".to_owned(),
            (true, 0) => format!(
                "every layer of {} agrees with the engine",
                plural(summary.frames_compared, "frame", "frames")
            ),
            (true, different) => format!(
                "{different} of {} differ from the engine",
                plural(summary.frames_compared, "frame", "frames")
            ),
        },
    );
    for finding in findings {
        line(if finding.warning { "warning" } else { "finding" }, finding.message.clone());
    }
    text
}

fn time_table(time: &TimeFacts) -> String {
    let mut table = Table::new(&[
        ("layer", Align::Left),
        ("reason", Align::Left),
        ("clocks", Align::Right),
        ("", Align::Right),
    ]);
    for row in time.by_layer.iter().take(LINES) {
        table.row([
            row.layer.clone().unwrap_or_default(),
            row.reason.clone(),
            thousands(row.clocks),
            share(row.share),
        ]);
    }
    let rest = time.by_layer.get(LINES..).unwrap_or_default();
    if !rest.is_empty() {
        let clocks: u64 = rest.iter().map(|row| row.clocks).sum();
        let of = rest.iter().map(|row| row.share).sum();
        table.row([
            plural(rest.len(), "line more", "lines more"),
            String::new(),
            thousands(clocks),
            share(of),
        ]);
    }
    format!(
        "the critical path to the end of frame {}, in clocks, of {}\n{table}\n",
        time.frame,
        thousands(time.end)
    )
}

fn causes(time: &TimeFacts) -> Table {
    let mut table = Table::new(&[
        ("change", Align::Left),
        ("where", Align::Left),
        ("makespan\npredicted", Align::Right),
        ("\nrun again", Align::Right),
        ("saves", Align::Right),
    ]);
    for row in &time.causes {
        table.row([
            cause(row),
            place(row),
            row.predicted.map(|times| thousands(times.makespan)).unwrap_or_default(),
            row.simulated.map_or("not ended".to_owned(), |times| thousands(times.makespan)),
            share(row.gain),
        ]);
    }
    table
}

fn layers(layers: &[LayerFacts]) -> Table {
    let columns = [
        ("layer", Align::Left),
        ("shape", Align::Right),
        ("units", Align::Right),
        ("events", Align::Right),
        ("density", Align::Right),
        ("clocks", Align::Right),
        ("of the\ninterval", Align::Right),
        ("of the\npath", Align::Right),
        ("compute", Align::Right),
        ("wait for\ninput", Align::Right),
        ("map", Align::Right),
        ("FIFO", Align::Right),
        ("energy\nmJ", Align::Right),
        ("", Align::Left),
    ];
    let mut table = Table::new(&columns);
    for layer in layers {
        let [width, height, channels] = layer.shape;
        let used = layer.reasons.used().max(1) as f64;
        let of_used = |clocks: u64| share(clocks as f64 / used);
        table.row([
            layer.name.clone(),
            format!("{width} x {height} x {channels}"),
            layer.units.to_string(),
            fixed(layer.events_per_frame, 0),
            layer.density.map(share).unwrap_or_default(),
            fixed(layer.clocks_per_frame, 0),
            share(layer.load),
            layer.path_share.map(share).unwrap_or_default(),
            of_used(layer.reasons.compute),
            of_used(layer.reasons.wait_input),
            of_used(layer.reasons.wait_map),
            of_used(layer.reasons.wait_fifo),
            figures(layer.energy_mj, 4),
            layer.clocks_claim.as_ref().map(|claim| format!("[{}]", claim.basis)).unwrap_or_default(),
        ]);
    }
    table
}

/// Two runs.
pub fn comparison(comparison: &Comparison) -> String {
    let Comparison { deltas, layers, differences, first, second } = comparison;
    let mut text = format!("first   {}\nsecond  {}\n\n", first.run.name, second.run.name);
    if differences.is_empty() {
        text += "the same was run\n";
    }
    for difference in differences {
        let _ = writeln!(text, "{difference}");
    }
    let _ = write!(text, "\n{}\n\nclocks of a frame by layer\n{}", delta_table(deltas), delta_table(layers));
    text
}

fn delta_table(deltas: &[Delta]) -> Table {
    let columns = [
        ("", Align::Left),
        ("first", Align::Right),
        ("second", Align::Right),
        ("change", Align::Right),
        ("", Align::Right),
        ("", Align::Left),
    ];
    let mut table = Table::new(&columns);
    for delta in deltas {
        let number = |value: Option<f64>| value.map(|value| figures(value, 4)).unwrap_or_default();
        table.row([
            delta.name.clone(),
            number(delta.first),
            number(delta.second),
            delta
                .delta
                .map(|change| format!("{}{}", if change > 0.0 { "+" } else { "" }, figures(change, 4)))
                .unwrap_or_default(),
            delta.relative.map(|relative| format!("{:+.1} %", 100.0 * relative)).unwrap_or_default(),
            delta.unit.to_owned(),
        ]);
    }
    table
}
