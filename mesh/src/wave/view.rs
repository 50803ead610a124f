//! What a viewer shows first: the units in the order of layers, the busiest link, marks where layers begin.

use super::signal::{Signal, SignalKind};
use super::summary::WaveSummary;

/// What a viewer shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct View {
    pub sections: Vec<Section>,
    /// Names and times.
    pub marks: Vec<(String, u64)>,
    /// First and last time.
    pub span: (u64, u64),
}

/// Rows below a heading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Section {
    pub heading: String,
    pub rows: Vec<Row>,
}

/// A signal that is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    /// Its whole name.
    pub name: String,
    /// What it is called in the viewer.
    pub label: String,
    pub kind: SignalKind,
    /// Drawn as a curve.
    pub is_curve: bool,
}

impl View {
    pub fn new(summary: &WaveSummary) -> View {
        let mut sections =
            vec![Section { heading: "run".to_owned(), rows: rows(summary, "chip", "", &["cycle", "pass"]) }];
        let mut shown = vec![false; summary.units.len()];
        for (layer, name) in summary.layers.iter().enumerate() {
            let mut section = Section { heading: name.clone(), rows: Vec::new() };
            for (index, unit) in
                summary.units.iter().enumerate().filter(|(_, unit)| unit.layers.contains(&layer))
            {
                shown[index] = true;
                section.rows.extend(unit_rows(summary, &unit.name, &format!("{name} ")));
            }
            sections.push(section);
        }
        let others = summary.units.iter().zip(shown).filter(|(_, shown)| !shown);
        let rows_of_others = others.flat_map(|(unit, _)| unit_rows(summary, &unit.name, "")).collect();
        sections.push(Section { heading: "event DMA".to_owned(), rows: rows_of_others });
        if let Some((link, flits)) = summary.busiest_link() {
            let (node, side) = link.split_once('.').unwrap_or((link, ""));
            let scope = format!("chip.{node}.links.{side}");
            let rows = rows(summary, &scope, &format!("{node} {side} "), &["valid", "packet", "vc"]);
            let heading =
                format!("busiest link: {link}, {}", spikemesh_words::plural(flits, "flit", "flits"));
            sections.push(Section { heading, rows });
        }
        sections.retain(|section| !section.rows.is_empty());
        let time = |cycle| summary.scale.time(cycle);
        let begins = summary.layers.iter().zip(&summary.layer_begins);
        let marks = begins.filter_map(|(name, begin)| Some((name.clone(), time((*begin)?)))).collect();
        let (first, last) = summary.span;
        View { sections, marks, span: (time(first), time(last)) }
    }
}

fn unit_rows(summary: &WaveSummary, unit: &str, label: &str) -> Vec<Row> {
    let names = ["phase", "state", "frame", "fifo"];
    // Viewers take what is before a dot for a scope.
    rows(summary, &format!("chip.{unit}"), &format!("{label}{} ", unit.replace('.', " ")), &names)
}

/// Those signals of a scope that are written.
fn rows(summary: &WaveSummary, scope: &str, label: &str, names: &[&str]) -> Vec<Row> {
    let row = |short: &&str| {
        let name = format!("{scope}.{short}");
        let signal: Signal = *summary.names.get(&name)?;
        let kind = summary.catalogue.kind(signal).clone();
        Some(Row { label: format!("{label}{short}"), is_curve: *short == "fifo", name, kind })
    };
    names.iter().filter_map(row).collect()
}
