//! `spikemesh validate`: compares predictions with published measurements of real chips.

use std::path::{Path, PathBuf};

use super::console::Console;
use super::error::{Failures, VerbError};
use super::exit::Exit;
use super::inputs;
use super::interrupt;
use super::outputs::{self, check_overwrite};
use super::table::{Align, Table};
use crate::calibrate::BoundVerdict;
use crate::calibrate::scatter;
use crate::calibrate::{LONG_LAYER, Summary};
use crate::calibrate::{Published, PublishedFile, ValidationReport, validate};
use crate::calibrate::{page, percent};
use crate::document::{Document, Schema};
use crate::files::make_folders;
use crate::words::{figures, fixed, plural, share, thousands};

pub(super) const EXAMPLE: &str =
    "Example:\n  spikemesh validate\n  spikemesh validate --layers mine.csv --format json\n";

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Rows of layers (.csv) instead of the built-in ones
    #[arg(long, value_name = "FILE")]
    pub layers: Option<PathBuf>,
    /// Rows of whole models; computed if their layers are among the rows of layers
    #[arg(long, value_name = "FILE")]
    pub models: Option<PathBuf>,
    /// Rows of NP totals; the templates are in the folder `models` next to the file
    #[arg(long, value_name = "FILE")]
    pub np_counts: Option<PathBuf>,
    /// Rows of microbenchmarks
    #[arg(long, value_name = "FILE")]
    pub micro: Option<PathBuf>,
    /// Rows of published upper bounds of wall times; the templates are in the folder `models` next to the file
    #[arg(long, value_name = "FILE")]
    pub bounds: Option<PathBuf>,
    /// A device file (.ron) that replaces the device of its name
    #[arg(short, long, value_name = "DEVICE")]
    pub device: Option<String>,
    /// Write the report as silicon.md and scatter.svg into this folder
    #[arg(short, long, value_name = "DIR")]
    pub output: Option<PathBuf>,
    /// Overwrite existing files
    #[arg(long, requires = "output")]
    pub force: bool,
}

impl Document for ValidationReport {
    const SCHEMA: Schema = Schema::Validation;
}

/// Validates.
pub fn run(args: &Args, console: &Console) -> Result<(), VerbError> {
    let written: Vec<PathBuf> = args
        .output
        .iter()
        .flat_map(|folder| ["silicon.md", "scatter.svg"].map(|name| folder.join(name)))
        .collect();
    let device_file = outputs::device_file(args.device.as_deref());
    let read = [&args.layers, &args.models, &args.np_counts, &args.micro];
    let read: Vec<&Path> = read.into_iter().filter_map(|path| path.as_deref()).chain(device_file).collect();
    check_overwrite(&read, &written.iter().map(PathBuf::as_path).collect::<Vec<_>>(), args.force)?;
    let mut published = Published::default();
    let mut errors = Vec::new();
    for (path, source) in [
        (&args.layers, &mut published.layers),
        (&args.models, &mut published.models),
        (&args.np_counts, &mut published.np_counts),
        (&args.micro, &mut published.micro),
        (&args.bounds, &mut published.bounds),
    ] {
        match path.as_deref().map(PublishedFile::read) {
            Some(Ok(read)) => *source = read,
            Some(Err(error)) => errors.push(error),
            None => {}
        }
    }
    if !errors.is_empty() {
        return Err(VerbError::all(Exit::Error, errors));
    }
    published.device = args.device.as_deref().map(|device| inputs::device(device, &[])).transpose()?;
    let watch = console.watch("rows");
    let report = validate(&published, &interrupt::stop().counted(watch.progress()))
        .map_err(|errors| VerbError::all(Exit::Error, errors))?;
    drop(watch);
    // The comparison is told even if its files cannot be written.
    let mut failures = Failures::default();
    if let Some(folder) = &args.output {
        interrupt::keep();
        failures.take(make_folders(folder).map_err(|e| VerbError::io("create", folder, e)));
        failures.take(outputs::write(&folder.join("silicon.md"), page(&report).as_bytes()));
        failures.take(outputs::write(&folder.join("scatter.svg"), scatter(&report).as_bytes()));
    }
    failures.take(console.data(&report, text));
    if let Some(folder) = args.output.as_ref().filter(|_| failures.is_none()) {
        console.note(format!("wrote {}: silicon.md, scatter.svg", folder.display()));
    }
    failures.into_result()
}

fn text(report: &ValidationReport) -> String {
    let mut out = format!("{}\n\n{}\n\n", layers(report), models(report));
    out += &format!("{}\n\n", micro(report));
    out += &format!("{}\n\n", bounds(report));
    for row in report.rows.np_counts.iter().filter(|row| !row.exact) {
        out += &format!(
            "{}: {}, published {}\n",
            row.model_file,
            plural(row.predicted, "NP", "NPs"),
            row.published
        );
    }
    let mut table = Table::new(&[
        ("error", Align::Left),
        ("rows", Align::Right),
        ("median", Align::Right),
        ("p90", Align::Right),
        ("worst", Align::Right),
    ]);
    let long = format!("layers above {} clocks", thousands(LONG_LAYER));
    for (name, summary) in [
        (long.as_str(), report.layers),
        ("shorter layers", report.short_layers()),
        ("whole models", report.models.errors),
        ("dynamic energy", report.energy),
        ("microbenchmarks", report.micro()),
    ] {
        let Summary { n, median, p90, worst } = summary;
        let size = |value: Option<f64>| value.map_or("-".to_owned(), |v| format!("{:.2} %", 100.0 * v));
        table.row([name.to_owned(), n.to_string(), size(median), size(p90), size(worst)]);
    }
    let counts = &report.np_counts;
    out += &format!("{table}\n\nNP totals: {} of {} exact; ", counts.exact, counts.n);
    out +=
        &format!("{} skipped: no rows for their layers\n", plural(report.models.skipped, "model", "models"));
    let bounds = &report.bounds;
    out += &format!(
        "Bounds: {} of {} hold, {} depend on events, {} missed, {} not comparable\n",
        bounds.hold, bounds.n, bounds.depend_on_events, bounds.missed, bounds.not_comparable
    );
    if let Some(network) = report.network_share() {
        out += &format!("{network}\n");
    }
    out += &format!("{}\n", report.host.text());
    out += &report.basis();
    out
}

fn layers(report: &ValidationReport) -> Table {
    let mut table = Table::new(&[
        ("model", Align::Left),
        ("layer", Align::Left),
        ("type", Align::Left),
        ("mapping", Align::Left),
        ("NPs", Align::Right),
        ("pass", Align::Right),
        ("predicted clocks", Align::Right),
        ("published clocks", Align::Right),
        ("error", Align::Right),
        ("", Align::Left),
    ]);
    for row in &report.rows.layers {
        table.row([
            row.model.clone(),
            row.layer.clone(),
            row.kind.to_owned(),
            row.mapping.clone(),
            row.nps.to_string(),
            row.pass.to_string(),
            thousands(row.predicted),
            thousands(row.published),
            percent(row.error),
            row.not_claimed.as_ref().map_or(String::new(), |reason| format!("not claimed: {reason}")),
        ]);
    }
    table
}

fn models(report: &ValidationReport) -> Table {
    let mut table = Table::new(&[
        ("model", Align::Left),
        ("mapping", Align::Left),
        ("NPs", Align::Right),
        ("passes", Align::Right),
        ("predicted clocks", Align::Right),
        ("published clocks", Align::Right),
        ("error", Align::Right),
        ("predicted mJ", Align::Right),
        ("published mJ", Align::Right),
        ("error", Align::Right),
        ("network", Align::Right),
        ("at most", Align::Right),
        ("", Align::Left),
    ]);
    for row in &report.rows.models {
        let whole = |value: Option<u64>| value.map_or(String::new(), thousands);
        let joules = |value: Option<f64>| value.map_or(String::new(), |v| format!("{v:.3}"));
        let remark = match (&row.skipped, row.mapping_as_published) {
            (Some(reason), _) => format!("skipped: {reason}"),
            (None, Some(false)) => "another mapping than published".to_owned(),
            (None, _) => String::new(),
        };
        table.row([
            row.model.clone(),
            format!("{:?}", row.mapping),
            whole(row.nps.map(u64::from)),
            whole(row.passes.map(u64::from)),
            whole(row.predicted),
            thousands(row.published),
            row.error.map_or(String::new(), percent),
            joules(row.predicted_mj),
            joules(row.published_mj),
            row.energy_error.map_or(String::new(), percent),
            row.network_share.map(share).unwrap_or_default(),
            row.network_share_at_most.map(share).unwrap_or_default(),
            remark,
        ]);
    }
    table
}

/// Published upper bounds, beside the least and the most time that is predicted.
fn bounds(report: &ValidationReport) -> Table {
    let mut table = Table::new(&[
        ("upper bound", Align::Left),
        ("device", Align::Left),
        ("model", Align::Left),
        ("no events", Align::Right),
        ("all events", Align::Right),
        ("at most", Align::Right),
        ("strength", Align::Left),
        ("", Align::Left),
    ]);
    for row in &report.rows.bounds {
        let unit = &row.bound.unit;
        let number =
            |value: Option<f64>| value.map_or("-".to_owned(), |value| format!("{} {unit}", fixed(value, 3)));
        let remark = match (&row.reason, row.verdict, &row.slowest_layer, row.slowest_layer_clocks) {
            (Some(reason), verdict, ..) => format!("{verdict}: {reason}"),
            (None, BoundVerdict::Missed, Some(layer), Some(clocks)) => {
                format!("missed: {layer} takes {} clocks whatever the events", thousands(clocks))
            }
            (None, verdict, ..) => verdict.to_string(),
        };
        table.row([
            row.bound.what.clone(),
            row.bound.device.clone(),
            row.bound.template.clone().unwrap_or_default(),
            number(row.least),
            number(row.most),
            format!("{} {unit}", thousands(row.bound.upper_bound)),
            row.bound.strength.clone(),
            remark,
        ]);
    }
    table
}

fn micro(report: &ValidationReport) -> Table {
    let mut table = Table::new(&[
        ("microbenchmark", Align::Left),
        ("device", Align::Left),
        ("predicted", Align::Right),
        ("published", Align::Right),
        ("unit", Align::Left),
        ("error", Align::Right),
    ]);
    for row in &report.rows.micro {
        table.row([
            row.what.clone(),
            row.device.clone(),
            row.predicted.map_or("not computed".to_owned(), |v| figures(v, 5)),
            thousands(row.published),
            row.unit.clone(),
            row.error.map_or(String::new(), percent),
        ]);
    }
    table
}
