//! The comparison of a replay's answer with another one.

use std::fmt::Write as _;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::cli::error::{CliError, VerbError};
use crate::cli::exit::Exit;
use crate::cli::table::{Align, Table};
use crate::device::network::Topology;
use crate::files::is_standard_output;
use crate::noc::Config;
use crate::noc::replay::{AnswerRow, ReplayOptions, ReplayOutputs, read_answer, replay};
use crate::noc::trace::{Hop, TraceFormat, TraceOutput, read_hops};
use crate::trace::{Comparison, DifferenceBar, Error, Granted, Parting, compare, part};
use crate::words::{fixed, plural, thousands};

/// A finding, not a fault: the answers differ.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
#[error("{different} of {} differ from {file}", plural(*packets, "packet", "packets"))]
#[diagnostic(
    code(replay::differs),
    help("see `against` in the report: the first that differs, and where its way parts")
)]
struct Differs {
    different: u64,
    packets: u64,
    file: String,
}

/// The other answer, as on the command line.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct AgainstArgs {
    /// Compare with another answer to this trace; exit code 4 if a packet differs
    #[arg(long, value_name = "ANSWER")]
    pub against: Option<PathBuf>,
    /// The hops of that answer: name the router and cycle where the first packet that differs parts from its way there, and the packet that had
    /// been granted its output
    #[arg(long, value_name = "HOPS", requires = "against")]
    pub against_hops: Option<PathBuf>,
}

/// The files of this replay.
#[derive(Clone, Copy)]
pub(super) struct Replayed<'a> {
    /// What was sent.
    pub trace: &'a Path,
    /// The answer.
    pub output: &'a Path,
    /// Its hops, if they were written.
    pub hops: Option<&'a Path>,
}

/// The other answer, if one is named.
///
/// # Errors
/// It cannot be read, or this one, in `output`, could not be read back.
pub(super) fn other(args: &AgainstArgs, output: &Path) -> Result<Option<Vec<AnswerRow>>, VerbError> {
    let Some(path) = &args.against else { return Ok(None) };
    if is_standard_output(output) {
        let message = "--against needs the answer in a file: give -o a name".to_owned();
        return Err(VerbError::one(Exit::Usage, CliError::Usage { message }));
    }
    answer(path).map(Some)
}

fn answer(path: &Path) -> Result<Vec<AnswerRow>, VerbError> {
    let failed = |error| VerbError::one(Exit::Error, error);
    read_answer(open(path)?, &path.display().to_string()).map_err(failed)
}

fn open(path: &Path) -> Result<File, VerbError> {
    File::open(path).map_err(|error| VerbError::io("read", path, error))
}

/// Compares the answer that was written with another one.
///
/// # Errors
/// They are answers to different traces, or hops cannot be read.
pub(super) fn compared(
    args: &AgainstArgs,
    replayed: Replayed,
    config: &Config,
    options: ReplayOptions,
    theirs: &[AnswerRow],
) -> Result<Comparison, VerbError> {
    let file = args.against.as_ref().map_or_else(String::new, |path| path.display().to_string());
    let ours = answer(replayed.output)?;
    same_trace(replayed.trace, &file, &ours, theirs)?;
    let (mut comparison, pids) = compare(&file, &ours, theirs);
    let (Some(first), Some(pids), Some(path)) = (&mut comparison.first, pids, &args.against_hops) else {
        return Ok(comparison);
    };
    let (ours_name, theirs_name) = (hops_name(replayed), path.display().to_string());
    let recorded =
        if replayed.hops.is_some() { Vec::new() } else { record(replayed.trace, config, options)? };
    let our_hops = || match replayed.hops {
        Some(path) => Ok(Box::new(open(path)?) as Box<dyn Read>),
        None => Ok(Box::new(&recorded[..]) as Box<dyn Read>),
    };
    let their_hops = || Ok(Box::new(open(path)?) as Box<dyn Read>);
    let way = |input: Box<dyn Read + '_>, name: &str, pid: u64| {
        let mut way: Vec<Hop> = Vec::new();
        each(input, name, |hop| way.extend((hop.pid == pid).then_some(hop)))?;
        Ok(way)
    };
    let our_way = way(our_hops()?, &ours_name, pids.ours)?;
    let their_way = way(their_hops()?, &theirs_name, pids.theirs)?;
    let Some((parting, waited)) = part(&our_way, &their_way) else {
        first.no_parting = Some("its hops are the same: it differs at its source or behind its last router");
        return Ok(comparison);
    };
    let (hops, name, pid, rows) = if waited.in_ours {
        (our_hops()?, &ours_name, pids.ours, &ours[..])
    } else {
        (their_hops()?, &theirs_name, pids.theirs, theirs)
    };
    let mut last: Option<Hop> = None;
    each(hops, name, |hop| {
        if hop.pid != pid && waited.is_later(&hop, last.as_ref()) {
            last = Some(hop);
        }
    })?;
    let granted = last.and_then(|hop| {
        let (row, packet) = (0..).zip(rows).find(|(_, row)| row.times.pid == hop.pid)?;
        let &AnswerRow { source, target, flits, .. } = packet;
        Some(Granted { row, source, target, cycle: hop.cycle, flits })
    });
    let router = Topology::new(config).node_name(waited.node);
    first.parting = Some(Parting { router, granted, ..parting });
    first.no_parting = None;
    Ok(comparison)
}

/// The other answer is one to the same trace.
fn same_trace(trace: &Path, file: &str, ours: &[AnswerRow], theirs: &[AnswerRow]) -> Result<(), VerbError> {
    let packet = |row: &AnswerRow| (row.source, row.target, row.flits);
    let differs = (0..).zip(ours.iter().zip(theirs)).find(|(_, (a, b))| packet(a) != packet(b));
    let what = match differs {
        Some((row, _)) => format!("row {row}: another source, target or size"),
        None if ours.len() != theirs.len() => {
            format!("it has {}, and the trace {}", plural(theirs.len(), "packet", "packets"), ours.len())
        }
        None => return Ok(()),
    };
    let (answer, trace) = (file.to_owned(), trace.display().to_string());
    Err(VerbError::one(Exit::Error, Error::Join { answer, trace, what }))
}

fn hops_name(replayed: Replayed) -> String {
    replayed.hops.map_or_else(|| "the hops of this replay".to_owned(), |path| path.display().to_string())
}

fn each(input: impl Read, name: &str, each: impl FnMut(Hop)) -> Result<(), VerbError> {
    read_hops(input, name, each).map_err(|error| VerbError::one(Exit::Error, error))
}

/// The hops of a second run.
fn record(trace: &Path, config: &Config, options: ReplayOptions) -> Result<Vec<u8>, VerbError> {
    let mut hops = Vec::new();
    let wanted = TraceOutput { to: &mut hops, format: TraceFormat::Spt };
    let mut nowhere = std::io::sink();
    let outputs = ReplayOutputs { packets: (&mut nowhere).into(), hops: Some(wanted) };
    let name = trace.display().to_string();
    let failed = |error| VerbError::one(Exit::Error, error);
    let ended = replay(config, open(trace)?, &name, outputs, options).map_err(failed)?;
    match ended.into_finished() {
        Ok(_) => Ok(hops),
        Err(unfinished) => Err(VerbError::ended_early(unfinished.end, |error| error.is_deadlock())),
    }
}

/// The end of the verb: differences are a mismatch.
pub(super) fn verdict(comparison: &Comparison) -> Result<(), VerbError> {
    let &Comparison { different, packets, ref file, .. } = comparison;
    if different == 0 {
        return Ok(());
    }
    Err(VerbError::one(Exit::Mismatch, Differs { different, packets, file: file.clone() }))
}

/// The comparison for people.
pub(super) fn text(comparison: &Comparison) -> String {
    let Comparison { file, packets, different, mean_difference, differences, first } = comparison;
    let mean = mean_difference.map_or_else(String::new, |mean| {
        format!("; arrivals differ by {} cycles on average", fixed(mean, 2))
    });
    let mut text = format!(
        "\n{} of {} differ from {file}{mean}\n",
        thousands(different),
        plural(*packets, "packet", "packets")
    );
    if *different == 0 {
        return text;
    }
    let mut table = Table::new(&[("difference\ncycles", Align::Right), ("packets", Align::Right)]);
    for &DifferenceBar { from, to, packets } in differences {
        let range = if from == to { format!("{from:+}") } else { format!("{from:+} to {to:+}") };
        table.row([range, thousands(packets)]);
    }
    let _ = writeln!(text, "{table}");
    let Some(first) = first else { return text };
    let what = match first.what {
        "created" => "is created",
        "head_left" => "leaves its source",
        _ => "arrives",
    };
    let _ = writeln!(
        text,
        "first: row {}, from {} to {}, {what} in cycle {} instead of {}",
        first.row, first.source, first.target, first.ours, first.theirs
    );
    match (&first.parting, first.no_parting) {
        (Some(Parting { router, output, ours, theirs, granted }), _) => {
            let cycle =
                |cycle: &Option<u64>| cycle.map_or_else(|| "never".to_owned(), |cycle| cycle.to_string());
            let _ = writeln!(
                text,
                "its way parts in {router}, output {output}: won in cycle {} instead of {}",
                cycle(ours),
                cycle(theirs)
            );
            let _ = match granted {
                Some(Granted { row, source, target, cycle, flits }) => writeln!(
                    text,
                    "that output was granted last to row {row}, from {source} to {target}, in cycle {cycle}, with {}",
                    plural(*flits, "flit", "flits")
                ),
                None => writeln!(text, "that output had been granted to no other packet before"),
            };
        }
        (None, Some(why)) => {
            let _ = writeln!(text, "where its way parts is not known: {why}");
        }
        (None, None) => {}
    }
    text
}
