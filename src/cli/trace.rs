//! `spikemesh trace`: what is in a packet trace.

mod filter;
mod source;
mod text;

use std::io::Write as _;
use std::path::{Path, PathBuf};

use filter::FilterArgs;
use source::{Source, SourceArgs};

use super::console::Console;
use super::error::VerbError;
use super::exit::Exit;
use super::outputs::{self, check_overwrite};
use super::rows_file::RowsFile;
use crate::noc::replay::{AnswerRow, write_answer};
use crate::noc::trace::{OptionalColumns, RecordWriter, TraceFormat, TraceOutput};
use crate::trace::{Error, Places, Selection, Summary, heat_map};

pub(super) const EXAMPLE: &str = "\
Example:
  spikemesh trace run/trace.spt --heat-map links.svg
  spikemesh trace run/trace.spt --with answer.csv --layer sep_6 --window 10k..20k
";

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    #[allow(missing_docs)]
    pub source: SourceArgs,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub filters: FilterArgs,
    /// Rows of each table that people see, the busiest first
    #[arg(long, default_value_t = 10, value_name = "ROWS")]
    pub top: usize,
    /// Print the distributions of latencies, sizes and cycles of creation
    #[arg(long)]
    pub histogram: bool,
    /// Draw the flits of links and nodes
    #[arg(long, value_name = "FILE.svg", value_parser = super::traffic::svg)]
    pub heat_map: Option<PathBuf>,
    /// Write the packets with all columns: as .spt if the name ends in .spt, otherwise as CSV
    #[arg(long, value_name = "FILE")]
    pub export: Option<PathBuf>,
    /// Write what became of the packets, as `replay -o` does
    #[arg(long, value_name = "FILE")]
    pub answer: Option<PathBuf>,
    /// Overwrite existing files
    #[arg(long)]
    pub force: bool,
}

/// Sums up, and writes what is asked for.
pub fn run(args: &Args, console: &Console) -> Result<(), VerbError> {
    let written = [&args.heat_map, &args.export, &args.answer];
    let written: Vec<&Path> = written.into_iter().filter_map(|path| path.as_deref()).collect();
    let device = outputs::device_file(args.source.device.as_deref());
    let read = device.into_iter().chain([args.source.trace.as_path()]).chain(args.source.with.as_deref());
    check_overwrite(&read.collect::<Vec<_>>(), &written, args.force)?;
    let source = Source::open(&args.source, console)?;
    let selection = args.filters.selection(&Places::new(&source.origin)).map_err(failed)?;
    let needs_answers = [("--answer", args.answer.is_some())];
    if let Some((option, _)) =
        needs_answers.into_iter().find(|(_, is_given)| *is_given && !source.has_times())
    {
        return Err(failed(Error::NoAnswers { option, file: source.name() }));
    }

    let mut summary = Summary::new(&source.name(), source.origin.clone(), source.has_times());
    let layers = source.read(|packet, times, branches, layers| {
        let created = if source.has_times() { times.created } else { packet.cycle };
        if selection.contains(packet, created, layers) {
            summary.add(packet, times, branches).map_err(failed)
        } else {
            summary.skip();
            Ok(())
        }
    })?;
    args.filters.check(&source, &layers).map_err(failed)?;
    let mut report = summary.report(&layers);
    if let Some(path) = &args.heat_map {
        let (option, file) = ("--heat-map", source.name());
        let svg = heat_map(&report).ok_or_else(|| failed(Error::NoMesh { option, file }))?;
        outputs::write(path, svg.as_bytes())?;
    }
    if let Some(path) = &args.export {
        export(&source, &selection, path)?;
    }
    if let Some(path) = &args.answer {
        write_answers(&source, &selection, path)?;
    }
    report.written = written.iter().map(|path| path.display().to_string()).collect();
    console.beside(&written).data(&report, |report| text::text(report, args.top, args.histogram))
}

/// Writes the selected packets. They are numbered anew, and so are those that they wait for.
fn export(source: &Source, selection: &Selection, path: &Path) -> Result<(), VerbError> {
    let columns = OptionalColumns { times: source.has_times(), ..source.columns };
    let mut file = RowsFile::create(path)?;
    let output = TraceOutput { to: &mut file, format: TraceFormat::of(path) };
    let unwritten = |error| VerbError::one(Exit::Error, error);
    let mut writer = RecordWriter::new(output, columns, &source.origin).map_err(unwritten)?;
    // The new number of each packet, or none; only of traces in which packets wait.
    let (mut numbers, mut next) = (Vec::new(), 0);
    source.read(|packet, times, _, layers| {
        let created = if source.has_times() { times.created } else { packet.cycle };
        let is_in = selection.contains(packet, created, layers);
        if columns.dependencies {
            numbers.push(is_in.then_some(next));
        }
        if !is_in {
            return Ok(());
        }
        let mut packet = packet.clone();
        for after in &mut packet.after {
            let number = numbers.get(after.packet as usize).copied().flatten();
            let cut = Error::Cut { packet: packet.number, after: after.packet };
            after.packet = number.ok_or_else(|| failed(cut))?;
        }
        packet.number = next;
        next += 1;
        writer.write(&packet, times, layers).map_err(unwritten)
    })?;
    writer.finish().map_err(unwritten)?;
    file.commit()
}

/// Writes the answer of the selected packets, in the order of arrival.
fn write_answers(source: &Source, selection: &Selection, path: &Path) -> Result<(), VerbError> {
    let mut rows = Vec::new();
    source.read(|packet, times, branches, layers| {
        if selection.contains(packet, times.created, layers) {
            let (number, source, flits) = (packet.number, packet.source, packet.flits);
            let of = |target| AnswerRow { source, target, flits, times };
            // Where arrivals are not told apart, each target has the last one.
            match branches {
                [] => rows.extend(packet.targets().map(|target| (number, of(target)))),
                _ => rows.extend(branches.iter().map(|row| (number, *row))),
            }
        }
        Ok(())
    })?;
    let mut file = RowsFile::create(path)?;
    // The end of the file tells whether it could be written.
    let _ = write_answer(&mut file, rows).and_then(|()| file.flush());
    file.commit()
}

fn failed(error: Error) -> VerbError {
    VerbError::one(Exit::Error, error)
}
