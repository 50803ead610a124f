//! The table of a sweep as people look at it: deltas to a base line, effects of axes, the front.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;

use super::effect::{AxisEffect, effects};
use super::error::Error;
use super::front::Front;
use super::metric::{Better, CellKind, METRICS, Metric};
use super::table::{Figure, Table, TableRow};
use crate::document::{Document, Schema};
use crate::words::{nearest, plural, thousands};

/// Most metrics of a front.
const MOST_METRICS: usize = 3;
/// The metrics of a front, unless others are asked for.
pub const FRONT: [&str; 2] = ["latency_ms", "energy_mj"];

/// What a report is asked for.
#[derive(Clone, Debug, Default)]
pub struct ReportOptions {
    /// The metrics of the front; empty for [`FRONT`].
    pub metrics: Vec<String>,
    /// The row that others are compared with, from 0; otherwise the first with results.
    pub base: Option<usize>,
}

/// A report of a sweep.
#[derive(Clone, Debug, Serialize)]
pub struct SweepReport {
    /// The folder.
    pub folder: String,
    /// Rows of the table.
    pub points: usize,
    /// Rows with results.
    pub complete: usize,
    /// Rows without, by code.
    pub refused: BTreeMap<String, usize>,
    /// The axes with several values.
    pub axes: Vec<String>,
    /// The metrics of the front.
    pub metrics: Vec<String>,
    /// The row that others are compared with.
    pub base: Option<ReportRow>,
    /// The rows that no other one beats, the best of the first metric first.
    pub front: Vec<ReportRow>,
    /// The rows that others beat by less than their error only.
    pub ties: Vec<ReportRow>,
    /// What each axis does.
    pub effects: Vec<AxisEffect>,
    /// What to know before believing it.
    pub notes: Vec<String>,
    /// All rows with results, as points of the picture.
    #[serde(skip)]
    pub(super) all: Vec<ReportRow>,
}

impl Document for SweepReport {
    const SCHEMA: Schema = Schema::SweepReport;
}

/// A row of a report.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ReportRow {
    /// Its place in the table, from 0.
    pub row: usize,
    /// Its values of the axes with several values.
    pub axes: Vec<String>,
    /// The metrics of the front.
    pub figures: Vec<Figure>,
    /// Each against the base line: 0.1 is a tenth more.
    pub deltas: Vec<Option<f64>>,
    /// Rows of the front that it ties with.
    pub ties_with: Vec<usize>,
}

impl SweepReport {
    /// Reports the table of a folder.
    ///
    /// # Errors
    /// There is no table; a metric or row that it does not have.
    pub fn of(folder: &Path, options: &ReportOptions) -> Result<SweepReport, Error> {
        let table = Table::read(folder)?;
        let names: Vec<&str> = match &options.metrics[..] {
            [] => FRONT.to_vec(),
            names => names.iter().map(String::as_str).collect(),
        };
        let metrics = names.iter().map(|name| metric(name)).collect::<Result<Vec<_>, _>>()?;
        if !(2..=MOST_METRICS).contains(&metrics.len()) {
            let help = format!("give 2 or {MOST_METRICS}, such as `--front {}`", FRONT.join(","));
            return Err(Error::Unknown {
                what: "a front of so many metrics is not drawn",
                name: names.join(","),
                help,
            });
        }
        let base = match options.base {
            Some(row) if table.rows.get(row).is_none_or(|row| !row.is_complete()) => {
                let help = format!(
                    "rows count from 0 to {}, and the base line has results",
                    table.rows.len().saturating_sub(1)
                );
                return Err(Error::Unknown {
                    what: "no base line is in this row",
                    name: row.to_string(),
                    help,
                });
            }
            Some(row) => Some(row),
            None => table.rows.iter().position(TableRow::is_complete),
        };
        let varied: Vec<usize> = (0..table.axes.len())
            .filter(|&axis| table.rows.windows(2).any(|pair| pair[0].axes[axis] != pair[1].axes[axis]))
            .collect();
        let row_of = |row: usize, ties_with: Vec<usize>| -> Option<ReportRow> {
            let of = &table.rows[row];
            let figures: Vec<Figure> =
                metrics.iter().map(|metric| of.figure(metric).cloned()).collect::<Option<_>>()?;
            let deltas = metrics.iter().zip(&figures).map(|(metric, figure)| {
                let base = table.rows[base?].figure(metric)?.value;
                (base != 0.0).then(|| figure.value / base - 1.0)
            });
            let deltas = deltas.collect();
            Some(ReportRow {
                row,
                axes: varied.iter().map(|&axis| of.axes[axis].clone()).collect(),
                figures,
                deltas,
                ties_with,
            })
        };
        let front = Front::of(&table.rows, &metrics);
        let mut refused: BTreeMap<String, usize> = BTreeMap::new();
        table
            .rows
            .iter()
            .filter(|row| !row.is_complete())
            .for_each(|row| *refused.entry(row.code.clone()).or_default() += 1);
        let complete: Vec<usize> =
            (0..table.rows.len()).filter(|&row| table.rows[row].is_complete()).collect();
        Ok(SweepReport {
            folder: folder.display().to_string(),
            points: table.rows.len(),
            complete: complete.len(),
            refused,
            axes: varied.iter().map(|&axis| table.axes[axis].clone()).collect(),
            metrics: metrics.iter().map(|metric| metric.name.to_owned()).collect(),
            base: base.and_then(|base| row_of(base, Vec::new())),
            front: front.best.iter().filter_map(|&row| row_of(row, Vec::new())).collect(),
            ties: front.ties.iter().filter_map(|(row, with)| row_of(*row, with.clone())).collect(),
            effects: effects(&table, &varied, &metrics),
            notes: notes(&table, &metrics, &front),
            all: complete.iter().filter_map(|&row| row_of(row, Vec::new())).collect(),
        })
    }

    /// The metrics of the front.
    pub fn front_metrics(&self) -> impl Iterator<Item = &'static Metric> {
        self.metrics.iter().filter_map(|name| Metric::named(name))
    }
}

fn metric(name: &str) -> Result<&'static Metric, Error> {
    let fits = |metric: &&Metric| metric.kind != CellKind::Text && metric.better != Better::Neither;
    Metric::named(name).filter(fits).ok_or_else(|| {
        let names: Vec<&str> = METRICS.iter().filter(fits).map(|metric| metric.name).collect();
        let help = match nearest(name, &names) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("a front is of {}", names.join(", ")),
        };
        Error::Unknown {
            what: "no column of the table has an order of this name",
            name: name.to_owned(),
            help,
        }
    })
}

/// What is to be known of the figures of a front.
fn notes(table: &Table, metrics: &[&'static Metric], front: &Front) -> Vec<String> {
    let mut notes = Vec::new();
    let complete: Vec<&TableRow> = table.rows.iter().filter(|row| row.is_complete()).collect();
    for metric in metrics {
        let figures: Vec<&Figure> = complete.iter().filter_map(|row| row.figure(metric)).collect();
        let unknown = figures.iter().filter(|figure| !figure.is_known()).count();
        let assumed = figures.iter().filter(|figure| figure.basis == "assumed").count();
        let name = metric.name;
        if figures.len() < complete.len() {
            let count = complete.len() - figures.len();
            notes.push(format!("{} no {name} and left out", plural(count, "point has", "points have")));
        }
        if unknown == 0 {
            continue;
        }
        let of = if unknown == figures.len() {
            "every point".to_owned()
        } else {
            format!("{} of {} points", thousands(unknown), thousands(figures.len()))
        };
        let why = if assumed == figures.len() {
            "all of it is assumed"
        } else if assumed == 0 {
            "it is extrapolated"
        } else {
            "it is assumed or extrapolated"
        };
        notes.push(format!(
            "no error of {name} is known for {of}: {why}. The order of points holds in the model; that it holds on a chip is not claimed"
        ));
    }
    let close = front.close(&table.rows, metrics);
    if !close.is_empty() {
        let pairs: Vec<String> = close.iter().take(5).map(|(a, b)| format!("{a} and {b}")).collect();
        let more = if close.len() > 5 { format!(" and {} more", close.len() - 5) } else { String::new() };
        notes.push(format!(
            "rows of the front that differ by less than their error: {}{more}",
            pairs.join(", ")
        ));
    }
    notes
}
