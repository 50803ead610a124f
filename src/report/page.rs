//! A report as one page: HTML that needs nothing else.
//!
//! The page shows tables that are made here; its script draws the timeline and answers clicks from the same JSON that `report --format json` prints.

use std::fmt::Display;

use askama::Template;

use super::comparison::{Comparison, Delta};
use super::floorplan_picture::in_page;
use super::layers::LayerFacts;
use super::memory::LayerMemory;
use super::stats_file::Claim;
use super::time::LayerTime;
use super::timeline::FramesShown;
use super::units::ReasonClocks;
use super::{FloorplanFacts, Report, TimelineFacts};
use crate::run::CauseRow;
use crate::words;

/// Style and scripts of the page.
const CSS: &str = include_str!("../../templates/report/page.css");
const SCRIPT: &str = concat!(
    "(() => {\n",
    include_str!("../../templates/report/timeline.js"),
    include_str!("../../templates/report/floorplan.js"),
    include_str!("../../templates/report/page.js"),
    "})();\n"
);

/// Rows of a table of times that are shown.
const ROWS: usize = 16;

#[derive(Template)]
#[template(path = "report/page.html")]
struct Page<'a> {
    title: String,
    version: &'static str,
    css: &'static str,
    script: &'static str,
    comparison: Option<&'a Comparison>,
    runs: Vec<RunView<'a>>,
}

/// A run in the page.
struct RunView<'a> {
    /// 1, or 2 for the other one of two.
    number: usize,
    /// Behind labels: which of two runs it is.
    which: &'static str,
    report: &'a Report,
    /// SVG.
    floorplan: String,
    /// JSON for the script.
    data: String,
}

/// What the script needs: parts of the report, under its names.
#[derive(serde::Serialize)]
struct Data<'a> {
    units: Vec<UnitName<'a>>,
    floorplan: &'a FloorplanFacts,
    timeline: &'a Option<TimelineFacts>,
}

#[derive(serde::Serialize)]
struct UnitName<'a> {
    name: &'a str,
    layer: Option<&'a str>,
    pass: usize,
}

impl<'a> RunView<'a> {
    fn new(number: usize, which: &'static str, report: &'a Report) -> Result<RunView<'a>, String> {
        let unit = |unit: &'a super::UnitFacts| UnitName {
            name: &unit.name,
            layer: unit.layer.as_deref(),
            pass: unit.pass,
        };
        let data = Data {
            units: report.units.iter().map(unit).collect(),
            floorplan: &report.floorplan,
            timeline: &report.timeline,
        };
        // A name of a layer must not end the element that holds the data.
        let data = serde_json::to_string(&data).map_err(|error| error.to_string())?.replace('<', "\\u003c");
        Ok(RunView { number, which, report, floorplan: in_page(report, which), data })
    }
}

/// The page of a run.
///
/// # Errors
/// A value that cannot be written: a defect of the page.
pub(crate) fn of_run(report: &Report) -> Result<String, String> {
    let title = format!("{} on {}", report.run.model, report.run.device);
    page(title, None, vec![RunView::new(1, "", report)?])
}

/// The page of two runs.
///
/// # Errors
/// As [`of_run`].
pub(crate) fn of_comparison(comparison: &Comparison) -> Result<String, String> {
    let Comparison { first, second, .. } = comparison;
    let title = format!("{} and {}", first.run.name, second.run.name);
    page(
        title,
        Some(comparison),
        vec![RunView::new(1, ", first run", first)?, RunView::new(2, ", second run", second)?],
    )
}

fn page(title: String, comparison: Option<&Comparison>, runs: Vec<RunView>) -> Result<String, String> {
    let version = env!("CARGO_PKG_VERSION");
    let page = Page { title, version, css: CSS, script: SCRIPT, comparison, runs };
    page.render().map_err(|error| error.to_string())
}

/// Sections of a run, by their ids.
fn sections() -> [(&'static str, &'static str); 7] {
    [
        ("summary", "Summary"),
        ("time", "Where the time goes"),
        ("layers", "Layers"),
        ("timeline", "Timeline"),
        ("floorplan", "Floorplan"),
        ("memory", "Memory and energy"),
        ("run-facts", "What was run"),
    ]
}

// Words. Templates give references or values.

/// A number, or a reference to one.
trait Number {
    fn value(&self) -> f64;
}

impl Number for f64 {
    fn value(&self) -> f64 {
        *self
    }
}

impl<T: Number> Number for &T {
    fn value(&self) -> f64 {
        (**self).value()
    }
}

fn plural(count: impl Display, one: &str, many: &str) -> String {
    let count = count.to_string();
    format!("{count} {}", if count == "1" { one } else { many })
}

fn thousands(number: impl Display) -> String {
    words::thousands(number)
}

fn figures(value: impl Number, digits: i32) -> String {
    words::figures(value.value(), digits)
}

fn fixed(value: impl Number, decimals: usize) -> String {
    words::fixed(value.value(), decimals)
}

fn share(fraction: impl Number) -> String {
    words::share(fraction.value())
}

fn percent(bytes: &u64, capacity: &u64) -> String {
    words::percent(*bytes, *capacity)
}

/// A share of which little counts too.
fn fine_share(fraction: &f64) -> String {
    format!("{:.3} %", 100.0 * fraction)
}

fn optional_share(fraction: &Option<f64>) -> String {
    fraction.map(words::share).unwrap_or_default()
}

fn mhz(hz: &u64) -> u64 {
    hz / 1_000_000
}

/// What a number rests on, with the reasons for which no error is claimed.
fn claim(claim: &Option<Claim>) -> String {
    let Some(claim) = claim else { return String::new() };
    let text = format!("<span class=\"basis {}\">{}</span>", escaped(&claim.basis), escaped(&claim.text()));
    if claim.reasons.is_empty() {
        return text;
    }
    let reasons: Vec<String> = claim.reasons.iter().map(|r| format!("<li>{}</li>", escaped(r))).collect();
    format!("<details class=\"why\"><summary>{text}</summary><ul>{}</ul></details>", reasons.concat())
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// A sentence as HTML: what stands in backticks is code.
fn sentence(text: impl AsRef<str>) -> String {
    let parts = escaped(text.as_ref());
    let mut html = String::with_capacity(parts.len());
    for (index, part) in parts.split('`').enumerate() {
        html += match index {
            0 => "",
            odd if odd % 2 == 1 => "<code>",
            _ => "</code>",
        };
        html += part;
    }
    if parts.matches('`').count() % 2 == 1 { html + "</code>" } else { html }
}

/// Percent of a bar, 0 to 100.
fn width(share: impl Number) -> String {
    format!("{:.2}", 100.0 * share.value().clamp(0.0, 1.0))
}

fn width_of(part: &u64, whole: &u64) -> String {
    width(*part as f64 / (*whole).max(1) as f64)
}

// Times.

fn first(rows: &[LayerTime]) -> &[LayerTime] {
    &rows[..rows.len().min(ROWS)]
}

/// How many rows are not shown, with their clocks and their share.
fn rest(rows: &[LayerTime]) -> Option<(usize, u64, f64)> {
    let rest = rows.get(ROWS..).filter(|rest| !rest.is_empty())?;
    Some((rest.len(), rest.iter().map(|row| row.clocks).sum(), rest.iter().map(|row| row.share).sum()))
}

/// Reasons of clocks in use.
const USED: [&str; 6] = ["compute", "wait_input", "wait_map", "wait_fifo", "drain", "load"];
/// All reasons.
const REASONS: [&str; 7] = ["compute", "wait_input", "wait_map", "wait_fifo", "drain", "load", "unused"];

/// A reason as words.
fn reason(name: &str) -> &str {
    match name {
        "wait_input" => "wait for input",
        "wait_map" => "wait for a map",
        "wait_fifo" => "wait for room",
        "packet" => "packets on their way",
        "load_pass" => "load of a pass",
        other => other,
    }
}

/// Shares of the clocks in use.
fn reasons(clocks: &ReasonClocks) -> Vec<(&'static str, f64)> {
    let used = clocks.used().max(1) as f64;
    let named = clocks.named().into_iter().filter(|(name, clocks)| *name != "unused" && *clocks > 0);
    named.map(|(name, clocks)| (name, clocks as f64 / used)).collect()
}

fn reasons_text(clocks: &ReasonClocks) -> String {
    let shares = reasons(clocks).into_iter();
    let texts: Vec<String> =
        shares.map(|(name, part)| format!("{} {}", reason(name), words::share(part))).collect();
    if texts.is_empty() { "not in use".to_owned() } else { texts.join(", ") }
}

/// Layers with neurons that send nothing, or values at the top level everywhere.
fn quiet(report: &Report) -> Vec<&LayerFacts> {
    let quiet = |layer: &&LayerFacts| layer.silent_neurons > 0 || layer.top_share == Some(1.0);
    report.layers.iter().filter(quiet).collect()
}

/// The frames of a long batch that the timeline leaves out.
fn left_out(frames: &FramesShown) -> Option<String> {
    let FramesShown { all, first, last } = *frames;
    (first + last < all).then(|| match last {
        0 => format!("Frames {first} to {} are left out.", all - 1),
        _ => format!("Frames {first} to {} are left out: the first and the last are shown.", all - last - 1),
    })
}

// What would help.

/// A cause in words: what was made otherwise.
pub(crate) fn cause(row: &CauseRow) -> String {
    let what = match row.cause {
        "load" => "loads of passes".to_owned(),
        "fifo" => "room for events".to_owned(),
        "packets" => "packets".to_owned(),
        "steps" => format!("`{}` steps", row.step.unwrap_or_default()),
        "clock" => "clock".to_owned(),
        "maps" => "input maps".to_owned(),
        other => other.to_owned(),
    };
    format!("{what}: {}", row.change)
}

/// Where a cause is.
pub(crate) fn place(row: &CauseRow) -> String {
    match (&row.unit, &row.target, &row.layer) {
        (Some(unit), Some(target), _) => format!("most: {unit} to {target}"),
        (Some(unit), None, Some(layer)) => format!("{unit} of {layer}"),
        (Some(unit), None, None) => unit.clone(),
        (None, _, Some(layer)) => layer.clone(),
        (None, _, None) => row.everywhere().to_owned(),
    }
}

fn predicted(row: &CauseRow) -> String {
    row.predicted.map(|times| words::thousands(times.makespan)).unwrap_or_default()
}

fn simulated(row: &CauseRow) -> String {
    row.simulated.map_or("not ended".to_owned(), |times| words::thousands(times.makespan))
}

fn signed(difference: &Option<f64>) -> String {
    difference.map(|share| format!("{:+.1} %", 100.0 * share)).unwrap_or_default()
}

// Memory.

const MEMORY: [(&str, &str); 5] = [
    ("weights", "weights"),
    ("input_map", "input map"),
    ("potentials", "potentials"),
    ("thresholds", "thresholds"),
    ("output_fifo", "output FIFO"),
];

fn memory_parts(layer: &LayerMemory) -> [(&'static str, u64); 5] {
    [
        ("weights", layer.weights),
        ("input_map", layer.input_map),
        ("potentials", layer.potentials),
        ("thresholds", layer.thresholds),
        ("output_fifo", layer.output_fifo),
    ]
}

fn memory_text(layer: &LayerMemory) -> String {
    let parts = memory_parts(layer).into_iter().zip(MEMORY).filter(|((_, bytes), _)| *bytes > 0);
    let texts: Vec<String> =
        parts.map(|((_, bytes), (_, text))| format!("{text} {}", words::thousands(bytes))).collect();
    let external = if layer.external_weights { "external weights, " } else { "" };
    format!("in bytes: {external}{}", texts.join(", "))
}

// Comparison.

fn delta_tables(comparison: &Comparison) -> [(&'static str, &[Delta]); 2] {
    [("Figures", &comparison.deltas), ("Clocks of a frame by layer", &comparison.layers)]
}

fn number(value: &Option<f64>) -> String {
    value.map(|value| words::figures(value, 4)).unwrap_or_default()
}

fn change(delta: &Delta) -> String {
    let sign = |change: f64| if change > 0.0 { "+" } else { "" };
    delta.delta.map(|change| format!("{}{}", sign(change), words::figures(change, 4))).unwrap_or_default()
}

fn relative(delta: &Delta) -> String {
    delta.relative.map(|relative| format!("{:+.1}", 100.0 * relative)).unwrap_or_default()
}

fn verdict(delta: &Delta) -> &'static str {
    match delta.better {
        Some(true) => " <span class=\"better\">better</span>",
        Some(false) => " <span class=\"worse\">worse</span>",
        None => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_backticks_are_code_and_nothing_else_is_markup() {
        assert_eq!(sentence("`a<b` is & `c`"), "<code>a&lt;b</code> is &amp; <code>c</code>");
        assert_eq!(sentence("plain"), "plain");
        assert_eq!(sentence("one ` alone"), "one <code> alone</code>");
    }

    #[test]
    fn a_claim_says_why_no_error_is_claimed() {
        let claim = |reasons: &[&str]| Claim {
            basis: "extrapolated".to_owned(),
            median: None,
            worst: None,
            reasons: reasons.iter().map(|&reason| reason.to_owned()).collect(),
        };
        assert_eq!(super::claim(&None), "");
        assert!(!super::claim(&Some(claim(&[]))).contains("<details"));
        assert!(super::claim(&Some(claim(&["<b>"]))).contains("<li>&lt;b&gt;</li>"));
    }
}
