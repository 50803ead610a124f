//! `spikemesh sweep report`: the table of a sweep as text, as JSON, as a picture or as one page.

use std::path::{Path, PathBuf};

use super::console::Console;
use super::error::VerbError;
use super::exit::Exit;
use super::outputs::{self, check_overwrite};
use super::table::{Align, Table};
use crate::sweep::{ReportOptions, ReportRow, SweepReport, front_picture, sweep_page};
use crate::words::{figures, plural, share, thousands};

/// Rows of the front and its ties that are shown for people; a page and scripts get all.
const SHOWN: usize = 30;

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The folder of a sweep
    pub folder: PathBuf,
    /// The metrics of the front, two or three, such as latency_ms,energy_mj,nps [default: latency_ms,energy_mj]
    #[arg(long, value_name = "METRIC,METRIC", value_delimiter = ',')]
    pub front: Vec<String>,
    /// The row that others are compared with, from 0 [default: the first with results]
    #[arg(long, value_name = "ROW")]
    pub base: Option<usize>,
    /// Write one page (.html) that needs no network; `-` is standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Draw the front into this file (.svg); `-` is standard output
    #[arg(long, value_name = "FILE")]
    pub plot: Option<PathBuf>,
    /// Overwrite an existing file
    #[arg(long)]
    pub force: bool,
}

/// A page that cannot be made.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[error("the page cannot be made: {reason}")]
#[diagnostic(code(sweep::page), help("this is a defect of Spikemesh: report it with results.csv"))]
struct PageError {
    reason: String,
}

/// Reports.
pub fn run(args: &Args, console: &Console) -> Result<(), VerbError> {
    let written: Vec<&Path> = args.output.as_deref().into_iter().chain(args.plot.as_deref()).collect();
    check_overwrite(&[], &written, args.force)?;
    let console = &console.beside(&written);
    let options = ReportOptions { metrics: args.front.clone(), base: args.base };
    let report =
        SweepReport::of(&args.folder, &options).map_err(|error| VerbError::one(Exit::Error, error))?;
    if let Some(path) = &args.output {
        let page = sweep_page(&report).map_err(|reason| VerbError::one(Exit::Error, PageError { reason }))?;
        outputs::write(path, page.as_bytes())?;
    }
    if let Some(path) = &args.plot {
        outputs::write(path, front_picture(&report).as_bytes())?;
    }
    console.data(&report, text)?;
    written.iter().for_each(|path| console.note(format!("wrote {}", path.display())));
    Ok(())
}

fn text(report: &SweepReport) -> String {
    let mut text = format!(
        "{} in {}, {} with results",
        plural(report.points, "point", "points"),
        report.folder,
        thousands(report.complete)
    );
    for (code, count) in &report.refused {
        text += &format!(", {} with {code}", thousands(count));
    }
    text += &format!("\n\nFront of {}\n\n{}\n", report.metrics.join(", "), front_table(report));
    let hidden = (report.front.len() + report.ties.len()).saturating_sub(SHOWN);
    if hidden > 0 {
        text += &format!("and {} more\n", thousands(hidden));
    }
    for note in &report.notes {
        text += &format!("\n{note}");
    }
    for metric in &report.metrics {
        text += &format!("\n\nEffect of each axis on {metric}, mean over all points with a value\n");
        for effect in report.effects.iter().filter(|effect| effect.metric == *metric) {
            let means = effect.means.iter().take(8).map(|of| format!("{} {}", of.value, figures(of.mean, 4)));
            let more = if effect.means.len() > 8 { ", …" } else { "" };
            text += &format!(
                "\n  {}: span {} ({}{more})",
                effect.axis,
                share(effect.span),
                means.collect::<Vec<_>>().join(", ")
            );
        }
    }
    text
}

fn front_table(report: &SweepReport) -> Table {
    let mut columns: Vec<(&str, Align)> = vec![("row", Align::Right), ("", Align::Left)];
    columns.extend(report.axes.iter().map(|axis| (axis.as_str(), Align::Left)));
    for metric in &report.metrics {
        columns.extend([(metric.as_str(), Align::Right), ("error", Align::Right), ("change", Align::Right)]);
    }
    let mut table = Table::new(&columns);
    let mut add = |is: &str, row: &ReportRow| {
        let mut cells = vec![row.row.to_string(), is.to_owned()];
        cells.extend(row.axes.iter().cloned());
        for (figure, delta) in row.figures.iter().zip(&row.deltas) {
            let error = match (figure.error, figure.basis.as_str()) {
                (Some(error), _) => format!("±{}", share(error)),
                (None, basis) => basis.to_owned(),
            };
            let delta = delta.map_or(String::new(), |delta| format!("{:+.1} %", 100.0 * delta));
            cells.extend([figure.text(), error, delta]);
        }
        table.row(cells);
    };
    report.base.iter().for_each(|row| add("base line", row));
    let rows = report.front.iter().chain(&report.ties);
    for row in rows.take(SHOWN) {
        let with: Vec<String> = row.ties_with.iter().take(3).map(usize::to_string).collect();
        let is = if with.is_empty() { "front".to_owned() } else { format!("tied with {}", with.join(", ")) };
        add(&is, row);
    }
    table
}
