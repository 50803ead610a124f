//! `spikemesh fit`: constants of a device fitted to published rows.

use std::path::{Path, PathBuf};

use super::console::Console;
use super::error::{Failures, VerbError};
use super::exit::Exit;
use super::inputs;
use super::interrupt;
use super::outputs::{self, check_overwrite};
use super::table::{Align, Table};
use crate::calibrate::percent;
use crate::calibrate::{Fit, FitOptions, FitPart, device_text, fit};
use crate::calibrate::{LONG_LAYER, Summary};
use crate::calibrate::{Published, PublishedFile};
use crate::document::{Document, Schema};
use crate::words::{fixed, plural, thousands};

pub(super) const EXAMPLE: &str = "Example:\n  spikemesh fit\n  spikemesh fit mine.csv -d mine.ron --free timing.np.separable -o fitted.ron\n";

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Rows of layers (.csv) instead of the built-in ones
    #[arg(value_name = "ROWS")]
    pub layers: Option<PathBuf>,
    /// Rows of whole models: their energy is fitted if their layers are among the rows of layers
    #[arg(long, value_name = "FILE")]
    pub models: Option<PathBuf>,
    /// Rows of microbenchmarks
    #[arg(long, value_name = "FILE")]
    pub micro: Option<PathBuf>,
    /// The device to start from, by name or .ron file; rows of other devices are ignored
    #[arg(short, long, default_value = "akd1500")]
    pub device: String,
    /// Constants to fit, or prefixes of their paths; by default all whose basis is `fitted`
    #[arg(long, value_name = "CONSTANT", value_delimiter = ',')]
    pub free: Vec<String>,
    /// How far the published times may be off, in milliseconds
    #[arg(long, default_value_t = 0.005, value_name = "MS", value_parser = reading)]
    pub reading: f64,
    /// Write the device with the fitted constants to this file (.ron); `-` is standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Overwrite an existing file
    #[arg(long)]
    pub force: bool,
}

impl Document for Fit {
    const SCHEMA: Schema = Schema::Fit;
}

fn reading(text: &str) -> Result<f64, String> {
    let value: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    if (0.0..=1000.0).contains(&value) { Ok(value) } else { Err("not within 0..=1000".to_owned()) }
}

/// Fits.
pub fn run(args: &Args, console: &Console) -> Result<(), VerbError> {
    let output: Vec<&Path> = args.output.as_deref().into_iter().collect();
    let read = [&args.layers, &args.models, &args.micro].into_iter().filter_map(|path| path.as_deref());
    let device_file = outputs::device_file(Some(&args.device));
    check_overwrite(&read.chain(device_file).collect::<Vec<_>>(), &output, args.force)?;
    let console = &console.beside(&output);
    let device = inputs::device(&args.device, &[])?;
    let mut published = Published::default();
    let mut errors = Vec::new();
    for (path, source) in [
        (&args.layers, &mut published.layers),
        (&args.models, &mut published.models),
        (&args.micro, &mut published.micro),
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
    let watch = console.watch("rows and rounds");
    let options = FitOptions {
        free: args.free.clone(),
        reading_ms: args.reading,
        stop: interrupt::stop().counted(watch.progress()),
    };
    let fit = fit(&published, &device, &options).map_err(|errors| VerbError::all(Exit::Error, errors))?;
    drop(watch);
    // The constants are told even if their file cannot be written.
    let mut failures = Failures::default();
    let text_of = |path| outputs::write(path, device_text(&fit.fitted).as_bytes());
    failures.take(args.output.as_deref().map_or(Ok(()), text_of));
    failures.take(console.data(&fit, text));
    if let Some(path) = args.output.as_ref().filter(|_| failures.is_none()) {
        console.note(format!("wrote {}", path.display()));
    }
    failures.into_result()
}

fn text(fit: &Fit) -> String {
    let mut out = String::new();
    for (name, unit, part) in [("times", "clocks", &fit.clocks), ("energies", "pJ", &fit.energy)] {
        out += &format!("{name} of {}, in {unit}\n\n{}\n\n", fit.device, constants(part));
        out += &format!("{}\n\n{}\n\n", summary(part), models(part));
    }
    let mut ranges = Table::new(&[
        ("an error is claimed for", Align::Left),
        ("kernel", Align::Right),
        ("weight bits", Align::Right),
        ("layers", Align::Right),
        ("worst error", Align::Right),
        ("rows", Align::Right),
        ("columns", Align::Right),
        ("channels", Align::Right),
        ("filters of an NP", Align::Right),
        ("density", Align::Right),
    ]);
    for range in &fit.calibration {
        let span =
            |(low, high): (f64, f64)| if low == high { format!("{low}") } else { format!("{low}-{high}") };
        ranges.row([
            range.work.name().to_owned(),
            range.kernel.to_string(),
            range.weight_bits.to_string(),
            range.layers.to_string(),
            percent(range.worst),
            span(range.height),
            span(range.width),
            span(range.channels),
            span(range.filters),
            format!("{:.2}-{:.2}", range.density.0, range.density.1),
        ]);
    }
    out += &format!("{ranges}\n\n");
    if let Some(model) = fit.network.tightest() {
        out += &format!(
            "The energies of the network can be 0 to {:.2} times what the device file has: `{}` allows least, under {} that differ by {}.\n",
            model.at_most,
            model.model,
            plural(model.mappings, "mapping", "mappings"),
            percent(model.published).trim_start_matches('+'),
        );
        if fit.network.is_exceeded() {
            out += "They are larger than measurements allow.\n";
        }
    }
    if fit.skipped > 0 {
        out += &format!(
            "{} ignored.\n",
            plural(fit.skipped, "row of another device was", "rows of other devices were")
        );
    }
    if fit.clocks.left_out.n == 0 {
        out += "No model could be left out: no error is claimed for other models.";
    } else {
        out +=
            "Expect the errors of left-out models for other models, and claim none outside of these ranges.";
    }
    out
}

fn constants(part: &FitPart) -> Table {
    let mut table = Table::new(&[
        ("constant", Align::Left),
        ("device", Align::Right),
        ("fitted", Align::Right),
        ("+-", Align::Right),
        ("rows", Align::Right),
        ("", Align::Left),
    ]);
    for constant in &part.constants {
        table.row([
            constant.name.clone(),
            fixed(constant.present, 3),
            fixed(constant.fitted, 3),
            fixed(constant.deviation, 3),
            constant.rows.to_string(),
            if constant.rows == 0 { "charged by no row: stays".to_owned() } else { String::new() },
        ]);
    }
    table
}

fn summary(part: &FitPart) -> Table {
    let long = format!("errors (layers above {} clocks)", thousands(LONG_LAYER));
    let mut table = Table::new(&[
        (long.as_str(), Align::Left),
        ("rows", Align::Right),
        ("median", Align::Right),
        ("p90", Align::Right),
        ("worst", Align::Right),
    ]);
    for (name, summary) in [
        ("constants of the device", part.present),
        ("fitted, in sample", part.in_sample),
        ("fitted, model left out", part.left_out),
        ("whole models, in sample", part.whole_in_sample),
        ("whole models, left out", part.whole_left_out),
    ] {
        table.row([vec![name.to_owned()], cells(&summary)].concat());
    }
    table
}

fn cells(summary: &Summary) -> Vec<String> {
    let size = |value: Option<f64>| value.map_or("-".to_owned(), |v| format!("{:.2} %", 100.0 * v));
    vec![summary.n.to_string(), size(summary.median), size(summary.p90), size(summary.worst)]
}

fn models(part: &FitPart) -> Table {
    let mut table = Table::new(&[
        ("model left out", Align::Left),
        ("rows", Align::Right),
        ("median", Align::Right),
        ("p90", Align::Right),
        ("worst", Align::Right),
        ("rows not covered by the others", Align::Right),
    ]);
    for model in &part.models {
        let (name, outside) = (vec![model.model.clone()], vec![model.outside.to_string()]);
        table.row([name, cells(&model.errors), outside].concat());
    }
    table
}
