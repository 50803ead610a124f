//! `spikemesh replay`: replays a packet trace on a network.

mod against;

use std::fmt::Write as _;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde::Serialize;

use against::{AgainstArgs, Replayed};

use super::console::Console;
use super::error::{Failures, VerbError};
use super::exit::Exit;
use super::interrupt;
use super::network::{NetworkArgs, NetworkRunArgs};
use super::network_waves::{NetworkWaves, paths as wave_paths};
use super::outputs::{self, check_overwrite};
use super::rows_file::RowsFile;
use super::wave_args::WaveChoice;
use crate::device::network::Topology;
use crate::document::{Document, Schema};
use crate::link_stats::{LinkStats, busiest, link_stats};
use crate::noc::replay::{ReplayError, ReplayOptions, ReplayOutputs, replay, replay_watched};
use crate::noc::trace::{TraceFormat, TraceLimits, TraceOutput, check, convert};
use crate::noc::{EarlyEnd, End};
use crate::trace::Comparison;
use crate::words::{fixed, plural, share, thousands};
use spikemesh_stop::UntilStop;

pub(super) const EXAMPLE: &str = "\
Example:
  spikemesh replay trace.csv --network r3 --size 5x4 --vcs 4 --depth 4 --port-order local-first -o out.csv
";

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The packets: CSV with cycle,src,dst,size, sorted by cycle; optionally class, or after,delay. Or an .spt file, recognised by content
    pub trace: PathBuf,
    /// The results: CSV with pid,src,dst,size,ctime,head_itime,tail_atime,routers; if the name ends in .spt, a trace with packets and
    /// results, which can be replayed
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
    /// Also write a row per hop: pid,cycle,node,in_port,out_port,vc; as .spt if the name ends in .spt
    #[arg(long, value_name = "FILE")]
    pub hops: Option<PathBuf>,
    /// Also write the packets of the trace: as .spt if the name ends in .spt, otherwise as CSV
    #[arg(long, value_name = "FILE")]
    pub convert: Option<PathBuf>,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub against: AgainstArgs,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub waves: WaveChoice,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub run: NetworkRunArgs,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub network: NetworkArgs,
}

/// The summary of a replay. Figures over packets are null if none arrived.
#[derive(Debug, Serialize)]
struct ReplayReport {
    /// `complete` or `partial`.
    status: &'static str,
    /// Why it is partial.
    why: Option<String>,
    /// Packets that arrived.
    packets: u64,
    flits: u64,
    last_cycle: Option<u64>,
    steps: u64,
    flit_hops: u64,
    links: Vec<LinkStats>,
    mean_latency: Option<f64>,
    max_latency: Option<u64>,
    /// Null without `--against`, and if the replay is partial.
    against: Option<Comparison>,
    output: String,
    hops: Option<String>,
    host_seconds: f64,
}

impl Document for ReplayReport {
    const SCHEMA: Schema = Schema::Replay;
}

/// Replays.
pub fn run(args: &Args, console: &Console) -> Result<(), VerbError> {
    let config = args.network.config()?;
    let written = [Some(args.output.as_path()), args.hops.as_deref(), args.convert.as_deref()];
    let written: Vec<&Path> = written.into_iter().flatten().chain(wave_paths(&args.waves)).collect();
    let device = outputs::device_file(args.network.device.as_deref());
    let others = [args.against.against.as_deref(), args.against.against_hops.as_deref()];
    let read: Vec<&Path> =
        device.into_iter().chain([args.trace.as_path()]).chain(others.into_iter().flatten()).collect();
    check_overwrite(&read, &written, args.run.force)?;
    let name = args.trace.display().to_string();
    let open = || File::open(&args.trace).map_err(|e| VerbError::io("read", &args.trace, e));
    let watch = console.watch("cycles");
    let stop = interrupt::stop().counted(watch.progress());
    let reading = || open().map(|file| UntilStop::new(file, &stop));
    let stopped = || VerbError::ended_early(EarlyEnd::Stopped, ReplayError::is_deadlock);
    let unless_stopped = |error: VerbError| if stop.is_set() { stopped() } else { error };
    check(reading()?, &name, TraceLimits::of(&config))
        .map_err(|errors| unless_stopped(VerbError::all(Exit::Error, errors)))?;

    let theirs = against::other(&args.against, &args.output)?;
    let console = &console.beside(&written);
    let mut waves = NetworkWaves::begin(&args.waves, &config, args.network.clock_hz()?)?;
    let mut packets = RowsFile::create(&args.output)?;
    let mut hops = args.hops.as_deref().map(RowsFile::create).transpose()?;
    let start = Instant::now();
    let outputs = ReplayOutputs {
        packets: output(&mut packets, &args.output),
        hops: hops.as_mut().zip(args.hops.as_deref()).map(|(hops, path)| output(hops, path)),
    };
    let options = ReplayOptions {
        check: args.run.check,
        watchdog: args.run.watchdog(),
        max_cycles: args.run.max_cycles,
        stop: stop.clone(),
    };
    let failed = |error: ReplayError| VerbError::one(Exit::Error, error);
    let ended = match &mut waves {
        None => replay(&config, open()?, &name, outputs, options.clone()),
        Some(waves) => replay_watched(&config, open()?, &name, outputs, options.clone(), &mut waves.recorder),
    };
    let (summary, end) = ended.map_err(failed)?.into_parts();
    drop(watch);
    let host_seconds = start.elapsed().as_secs_f64();
    let mut why = end.early().map(EarlyEnd::why);
    let early = match end {
        End::Finished => None,
        // A fault of the trace: the answer would be one to another trace.
        End::Early(EarlyEnd::Failure(error)) if !error.is_deadlock() && !error.is_io() => {
            return Err(failed(error));
        }
        End::Early(end) => Some(VerbError::ended_early(end, ReplayError::is_deadlock)),
    };
    // Whatever fails from here on, all that is finished is kept, and the first failure is told.
    let mut failures = Failures::default();
    if let Some(waves) = waves {
        waves.finish(why.as_deref(), &mut failures, console);
    }
    failures.take(packets.commit());
    failures.take(hops.map_or(Ok(()), RowsFile::commit));
    why = why.or_else(|| failures.why());
    // A replay that ended because a file could not be written: the file tells its name.
    failures.take_before(early.filter(|early| early.exit != Exit::Error || failures.is_none()));
    if let Some(path) = &args.convert {
        let converted = outputs::create(path).and_then(|mut file| {
            convert(reading()?, &name, TraceLimits::of(&config), output(&mut file, path))
                .map_err(|error| unless_stopped(VerbError::one(Exit::Error, error)))?;
            outputs::commit(file, path)
        });
        failures.take(converted);
    }
    // A part is compared with nothing.
    let mut comparison = None;
    if let Some(theirs) = theirs.filter(|_| why.is_none()) {
        let replayed = Replayed { trace: &args.trace, output: &args.output, hops: args.hops.as_deref() };
        match against::compared(&args.against, replayed, &config, options, &theirs) {
            Ok(compared) => comparison = Some(compared),
            Err(error) => failures.take(Err(error)),
        }
    }
    let verdict = comparison.as_ref().map_or(Ok(()), against::verdict);
    let report = ReplayReport {
        status: if why.is_none() { "complete" } else { "partial" },
        why,
        packets: summary.packets,
        flits: summary.flits,
        last_cycle: summary.last_cycle,
        steps: summary.steps,
        flit_hops: summary.flit_hops,
        links: link_stats(
            Topology::new(&config).links().iter().map(|link| link.name.as_str()),
            &summary.links,
            summary.last_cycle.map_or(0, |last| last + 1),
        ),
        mean_latency: summary.mean_latency(),
        max_latency: summary.latency_max,
        against: comparison,
        output: args.output.display().to_string(),
        hops: args.hops.as_ref().map(|path| path.display().to_string()),
        host_seconds,
    };
    failures.take(console.data(&report, text));
    failures.take(verdict);
    failures.into_result()
}

/// An output file; the name gives the format.
fn output<'a>(to: &'a mut dyn std::io::Write, path: &Path) -> TraceOutput<'a> {
    TraceOutput { to, format: TraceFormat::of(path) }
}

fn text(report: &ReplayReport) -> String {
    let mut text = String::new();
    let mut line = |what: &str, value: String| {
        let _ = writeln!(text, "{what:>10}  {value}");
    };
    let none = || "-".to_owned();
    let whole = |value: Option<u64>| value.map_or_else(none, thousands);
    let mean = report.mean_latency.map_or_else(none, |mean| fixed(mean, 2));
    let count = if report.flits == 1 { "flit" } else { "flits" };
    let arrived = format!("{} with {} {count}", thousands(report.packets), thousands(report.flits));
    let arrived = match (report.last_cycle, &report.why) {
        (None, None) => "none: the trace has no rows".to_owned(),
        (None, Some(why)) => format!("none arrived, partial: {why}"),
        (Some(last), None) => {
            format!("{arrived}, all arrived by cycle {}", thousands(last))
        }
        (Some(last), Some(why)) => {
            format!("{arrived} arrived by cycle {}, partial: {why}", thousands(last))
        }
    };
    line("packets", arrived);
    line("latency", format!("{mean} cycles on average, {} at most", whole(report.max_latency)));
    line("hops", format!("{} of flits between routers", thousands(report.flit_hops)));
    if let Some(busiest) = busiest(&report.links) {
        line(
            "links",
            format!(
                "{} of them; {} is the busiest, a flit in {} of the cycles, {} at most in a buffer at its end",
                thousands(report.links.len()),
                busiest.name,
                share(busiest.share),
                plural(busiest.peak, "flit", "flits")
            ),
        );
    }
    line("host", {
        let cycles = if report.steps == 1 { "cycle" } else { "cycles" };
        format!("{:.2} s, {} {cycles} looked at", report.host_seconds, thousands(report.steps))
    });
    line("written", report.hops.iter().fold(report.output.clone(), |all, hops| format!("{all}, {hops}")));
    if let Some(comparison) = &report.against {
        text += &against::text(comparison);
    }
    text.truncate(text.trim_end().len());
    text
}
