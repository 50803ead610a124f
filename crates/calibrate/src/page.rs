//! The report as a page of the book.

use std::fmt::Write as _;

use crate::accuracy::{LONG_LAYER, Summary};
use crate::bound::BoundVerdict;
use crate::report::ValidationReport;

/// The page, in Markdown; `scatter.svg` is in the same folder.
pub fn page(report: &ValidationReport) -> String {
    let mut page = String::from(
        "# Clocks and energy against silicon\n\n\
         Made by `spikemesh validate -o docs/validation`. [How rows are read and computed](README.md).\n\n",
    );
    let _ = writeln!(page, "{} Errors are\n(predicted - published) / published.\n", report.basis());
    let _ = writeln!(page, "## Summary\n\n{}", summary(report));
    page += "![Predicted against published clocks](scatter.svg)\n\n## Layers\n\n";
    page += "| model | layer | type | mapping | NPs | pass | predicted | published | error | not claimed |\n";
    page += "|---|---|---|---|---|---|---|---|---|---|\n";
    for row in &report.rows.layers {
        let _ = writeln!(
            page,
            "| {} | {} | {} | {} | {} | {} | {} | {} | {} | {} |",
            cell(&row.model),
            cell(&row.layer),
            row.kind,
            cell(&row.mapping),
            row.nps,
            row.pass,
            row.predicted,
            row.published,
            percent(row.error),
            row.not_claimed.as_deref().map_or(String::new(), cell)
        );
    }
    page += "\n## Models\n\n";
    page += "| model | mapping | NPs | passes | as published | predicted | published | error | mJ | published | error | network | at most |\n";
    page += "|---|---|---|---|---|---|---|---|---|---|---|---|---|\n";
    for row in &report.rows.models {
        if let Some(reason) = &row.skipped {
            let name = cell(&row.model);
            let _ = writeln!(
                page,
                "| {name} | {:?} | | | skipped: {} | | {} | | | | | | |",
                row.mapping,
                cell(reason),
                row.published
            );
            continue;
        }
        let number = |value: Option<u64>| value.map_or(String::new(), |v| v.to_string());
        let joules = |value: Option<f64>| value.map_or(String::new(), |v| format!("{v:.3}"));
        let _ = writeln!(
            page,
            "| {} | {:?} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} | {} |",
            cell(&row.model),
            row.mapping,
            number(row.nps.map(u64::from)),
            number(row.passes.map(u64::from)),
            if row.mapping_as_published == Some(true) { "yes" } else { "no" },
            number(row.predicted),
            row.published,
            row.error.map_or(String::new(), percent),
            joules(row.predicted_mj),
            joules(row.published_mj),
            row.energy_error.map_or(String::new(), percent),
            row.network_share.map_or(String::new(), share),
            row.network_share_at_most.map_or(String::new(), share)
        );
    }
    page += "\nNPs count the input unit as one. Energy is that above the power floor. The network's share of it lies between 0 and what is given as at most.\n\n";
    if let Some(text) = report.network_share() {
        let _ = writeln!(page, "{text}\n");
    }
    page += &network(report);
    page += "## Microbenchmarks\n\n";
    page += "| what | device | unit | predicted | published | error |\n|---|---|---|---|---|---|\n";
    for row in &report.rows.micro {
        let _ = writeln!(
            page,
            "| {} | {} | {} | {} | {} | {} |",
            cell(&row.what),
            row.device,
            cell(&row.unit),
            row.predicted.map_or("not computed".to_owned(), |v| format!("{v:.4}")),
            row.published,
            row.error.map_or(String::new(), percent)
        );
    }
    page += &bounds(report);
    page += "\n## NP totals\n\n| template | predicted | published |\n|---|---|---|\n";
    for row in &report.rows.np_counts {
        let _ = writeln!(page, "| {} | {} | {} |", cell(&row.model_file), row.predicted, row.published);
    }
    page
}

/// Models under several mappings, and what each allows the network.
fn network(report: &ValidationReport) -> String {
    let mut text = String::from(
        "| model | mappings | published energies differ by | those of the network by | it can be at most |\n|---|---|---|---|---|\n",
    );
    for row in &report.network.models {
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {:.2} times as much |",
            cell(&row.model),
            row.mappings,
            share(row.published),
            share(row.network),
            row.at_most
        );
    }
    text + "\n"
}

/// Published bounds, and what exceeds them whatever the events.
fn bounds(report: &ValidationReport) -> String {
    let mut text = String::from(
        "\n## Bounds\n\nPublished wall times of whole images are upper bounds. Predicted are a frame in which no neuron fires, and one in which all do.\n\n\
         | what | device | template | predicted | at most | strength | |\n|---|---|---|---|---|---|---|\n",
    );
    for row in &report.rows.bounds {
        let predicted = match (row.least, row.most) {
            (Some(least), Some(most)) => format!("{least:.3} to {most:.3} {}", cell(&row.bound.unit)),
            _ => String::new(),
        };
        let remark = match (&row.reason, row.verdict, &row.slowest_layer, row.slowest_layer_clocks) {
            (Some(reason), verdict, ..) => format!("{verdict}: {}", cell(reason)),
            (None, BoundVerdict::Missed, Some(layer), Some(clocks)) => {
                format!("missed: `{layer}` takes {clocks} clocks whatever the events")
            }
            (None, verdict, ..) => verdict.to_string(),
        };
        let _ = writeln!(
            text,
            "| {} | {} | {} | {predicted} | {} {} | {} | {remark} |",
            cell(&row.bound.what),
            cell(&row.bound.device),
            row.bound.template.as_deref().map_or(String::new(), cell),
            row.bound.upper_bound,
            cell(&row.bound.unit),
            cell(&row.bound.strength),
        );
    }
    text
}

/// The summary as a table.
pub fn summary(report: &ValidationReport) -> String {
    let mut table = String::from("| rows | n | median | p90 | worst |\n|---|---|---|---|---|\n");
    let mut line = |name: &str, s: &Summary| {
        let size = |value: Option<f64>| value.map_or("-".to_owned(), |v| format!("{:.2} %", 100.0 * v));
        let _ = writeln!(
            table,
            "| {name} | {} | {} | {} | {} |",
            s.n,
            size(s.median),
            size(s.p90),
            size(s.worst)
        );
    };
    line(&format!("layers above {LONG_LAYER} clocks"), &report.layers);
    line("shorter layers", &report.short_layers());
    line("whole models", &report.models.errors);
    line("dynamic energy of models", &report.energy);
    line("microbenchmarks", &report.micro());
    let counts = &report.np_counts;
    let _ = writeln!(
        table,
        "\nNP totals: {} of {} exact. Models skipped for want of layer rows: {}.",
        counts.exact, counts.n, report.models.skipped
    );
    table
}

/// Signed, in percent.
pub fn percent(error: f64) -> String {
    // Nothing is not negative.
    let percent = (1000.0 * error).round() / 10.0 + 0.0;
    format!("{percent:+.1} %")
}

/// A share, in percent.
fn share(share: f64) -> String {
    format!("{:.2} %", 100.0 * share)
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}
