//! What `spikemesh diff` prints for people.

use std::fmt::Write as _;

use serde_json::Value;

use super::table::{Align, Table};
use crate::diff::{Change, DiffReport, EventSide, FirstEvent, OutputChange};
use crate::words::{fixed, plural, shortened, thousands};

/// Rows of a section that people see; scripts get all.
const ROWS: usize = 12;

/// The whole report.
pub(super) fn text(report: &DiffReport) -> String {
    if !report.different && report.first_event_unknown.is_none() {
        return format!("no difference between these {}", report.of);
    }
    let mut text = String::new();
    section(&mut text, "configuration", changes(&report.configuration), report.configuration.len());
    section(&mut text, "constants", changes(&report.constants), report.constants.len());
    section(&mut text, "program", program(report), report.program.len());
    if let Some(first) = &report.first_event {
        let _ = writeln!(text, "first event\n{}\n", first_event(first));
    }
    if let Some(unknown) = &report.first_event_unknown {
        let _ = writeln!(text, "first event: not known. {}: {}\n", unknown.code, unknown.message);
    }
    for output in &report.outputs {
        let _ = writeln!(text, "output {}\n", output_text(output));
    }
    for (title, rows) in [
        ("frames", &report.frames),
        ("layers", &report.layers),
        ("totals", &report.totals),
        ("links", &report.links),
    ] {
        section(&mut text, title, changes(rows), rows.len());
    }
    text.truncate(text.trim_end().len());
    text
}

fn section(text: &mut String, title: &str, table: Table, rows: usize) {
    if rows == 0 {
        return;
    }
    let _ = writeln!(text, "{title}\n{table}");
    if rows > ROWS {
        let _ = writeln!(text, "and {} more", thousands(rows - ROWS));
    }
    text.push('\n');
}

fn value(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => shortened(text),
        Value::Number(number) if number.is_f64() => fixed(number.as_f64().unwrap_or_default(), 3),
        Value::Number(number) => thousands(number),
        value => shortened(&value.to_string()),
    }
}

fn changes(changes: &[Change]) -> Table {
    let mut table = Table::new(&[
        ("of", Align::Left),
        ("what", Align::Left),
        ("a", Align::Right),
        ("b", Align::Right),
        ("change", Align::Right),
    ]);
    for Change { of, name, a, b, share, .. } in changes.iter().take(ROWS) {
        let share = share.map(|share| {
            format!("{}{} %", if share < 0.0 { "-" } else { "+" }, fixed(100.0 * share.abs(), 1))
        });
        table.row([
            of.clone().unwrap_or_default(),
            name.clone(),
            value(a),
            value(b),
            share.unwrap_or_default(),
        ]);
    }
    table
}

fn program(report: &DiffReport) -> Table {
    let mut table = Table::new(&[
        ("layer", Align::Left),
        ("unit", Align::Left),
        ("what", Align::Left),
        ("offset", Align::Right),
        ("a", Align::Left),
        ("b", Align::Left),
        ("values that differ", Align::Right),
    ]);
    for change in report.program.iter().take(ROWS) {
        let number = |number: Option<usize>| number.map(thousands).unwrap_or_default();
        table.row([
            change.layer.clone().unwrap_or_default(),
            change.unit.clone().unwrap_or_default(),
            change.name.clone(),
            number(change.offset),
            value(&change.a),
            value(&change.b),
            number(change.differing),
        ]);
    }
    table
}

fn first_event(first: &FirstEvent) -> String {
    let FirstEvent { differs, frame, layer, x, y, feature, a, b } = first;
    let side = |side: &Option<EventSide>| match side {
        None => "no event".to_owned(),
        Some(EventSide { value, frame_cycle, cycle, unit }) => format!(
            "{value} by {unit}, {} into its frame (cycle {})",
            plural(*frame_cycle, "cycle", "cycles"),
            thousands(cycle)
        ),
    };
    format!(
        "  frame {frame}, layer `{layer}`, x {x}, y {y}, feature {feature}: another {differs}\n  a: {}\n  b: {}",
        side(a),
        side(b)
    )
}

fn output_text(output: &OutputChange) -> String {
    let OutputChange { layer, a_shape, b_shape, first } = output;
    let shape = |shape: &Option<[usize; 4]>| match shape {
        Some(shape) => format!("{shape:?}"),
        None => "no output".to_owned(),
    };
    let mut text = format!("`{layer}`");
    if a_shape != b_shape {
        let _ = write!(text, ", {} and {}", shape(a_shape), shape(b_shape));
    }
    if let Some(first) = first {
        let _ = write!(
            text,
            ": {} of {}; the first, frame {}, x {}, y {}, feature {}: {} and {}",
            thousands(first.differing),
            plural(first.values, "value differs", "values differ"),
            first.frame,
            first.x,
            first.y,
            first.feature,
            first.a,
            first.b
        );
    }
    text
}
