//! `spikemesh traffic`: synthetic traffic, from one rate to a sweep with a plot.

mod few_packets;
mod plot;
mod rate_row;
mod sweep;

use std::path::{Path, PathBuf};

use serde::Serialize;

use few_packets::FewPackets;
use rate_row::RateRow;
use sweep::Sweep;

use super::console::Console;
use super::error::{CliError, Failures, VerbError};
use super::exit::Exit;
use super::interrupt;
use super::network::{NetworkArgs, NetworkRunArgs};
use super::network_waves::{NetworkWaves, paths as wave_paths};
use super::outputs::{self, check_overwrite};
use super::rows_file::RowsFile;
use super::table::{Align, Table};
use super::wave_args::WaveChoice;
use super::workers;
use crate::device::network::Topology;
use crate::document::{Document, Schema};
use crate::files::{ReadError, read_text};
use crate::link_stats::{busiest, link_stats};
use crate::noc::traffic::{
    Injection, LoadPoint, Measurement, Pattern, SEED, SEEDS, SamplingPlan, TrafficError, TrafficLoad,
    TrafficOptions, rates, run as simulate, run_watched,
};
use crate::noc::{Config, EarlyEnd, End, Ended};
use crate::words::{SourceLine, fixed, plural, thousands};

pub(super) const EXAMPLE: &str = "\
Example:
  spikemesh traffic --size 8x8 --vcs 4 --depth 8 --rates 0.05..0.6:0.05 --runs 5 --csv curve.csv --plot curve.svg
";

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The destinations of packets: uniform, transpose, bitcomp, neighbor, tornado, shuffle, bitrev, randperm:SEED, diagonal, asymmetric,
    /// hotspot:NODE=WEIGHT,.. (with uniform=WEIGHT for the rest), or a file with a destination per line
    #[arg(default_value = "uniform")]
    pub pattern: String,
    /// Flits per terminal and cycle: 0.2, or 0.1,0.3, or 0.05..0.5:0.05 for first, last and step
    #[arg(short, long, default_value = "0.1")]
    pub rates: String,
    /// Flits of a packet
    #[arg(long, default_value_t = 1, value_name = "FLITS")]
    pub packet: u32,
    /// Inject in bursts with this mean length in cycles
    #[arg(long, value_name = "CYCLES")]
    pub burst: Option<f64>,
    /// Probability of a packet in a cycle of a burst
    #[arg(long, default_value_t = 1.0, requires = "burst")]
    pub peak: f64,
    /// Cycles of a sample
    #[arg(long, default_value_t = SamplingPlan::default().sample_period, value_name = "CYCLES")]
    pub sample_period: u64,
    /// Samples of the warm-up; 0: until their means stay within 5 %
    #[arg(long, default_value_t = SamplingPlan::default().warmup_periods, value_name = "SAMPLES")]
    pub warmup_periods: u32,
    /// Largest number of samples, warm-up included; three in a row whose means stay within 5 % end a run earlier
    #[arg(long, default_value_t = SamplingPlan::default().max_samples, value_name = "SAMPLES")]
    pub max_samples: u32,
    /// Mean latency, packets in flight included, above which the network counts as saturated; 0 or less for none, then give --max-cycles
    #[arg(long, default_value_t = SamplingPlan::default().latency_thres, value_name = "CYCLES")]
    #[arg(allow_negative_numbers = true)]
    pub latency_thres: f64,
    /// The first seed
    #[arg(long, default_value_t = SEED, value_parser = clap::value_parser!(u64).range(..SEEDS))]
    pub seed: u64,
    /// Runs per rate, with consecutive seeds; two or more give a confidence interval
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub runs: u32,
    /// Write a row per rate
    #[arg(long, value_name = "FILE")]
    pub csv: Option<PathBuf>,
    /// Draw latency and throughput over the offered load
    #[arg(long, value_name = "FILE.svg", value_parser = svg)]
    pub plot: Option<PathBuf>,
    /// Write a row per link and rate
    #[arg(long, value_name = "FILE")]
    pub links: Option<PathBuf>,
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

/// Heading of the rows per rate.
const HEADING: [&str; 14] = [
    "rate",
    "stable",
    "throughput_kept",
    "packets",
    "accepted",
    "accepted_ci95",
    "mean",
    "mean_ci95",
    "network_mean",
    "routers",
    "median",
    "p99",
    "max",
    "busiest_link",
];

/// The path of a plot: a name that promises another format would lie about its content.
pub(super) fn svg(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    if path.extension().is_some_and(|end| end.eq_ignore_ascii_case("svg")) || text == "-" {
        Ok(path)
    } else {
        Err("a plot is an SVG file: give a name that ends in .svg, and convert it with another program"
            .to_owned())
    }
}

/// Runs.
pub fn run(args: &Args, console: &Console) -> Result<(), VerbError> {
    let pool = workers::pool(console)?;
    let config = args.network.config()?;
    let paths = [&args.csv, &args.plot, &args.links];
    let paths: Vec<&Path> =
        paths.into_iter().filter_map(|path| path.as_deref()).chain(wave_paths(&args.waves)).collect();
    let pattern_file = Some(Path::new(&args.pattern)).filter(|path| path.is_file());
    let device = outputs::device_file(args.network.device.as_deref());
    let read: Vec<&Path> = device.into_iter().chain(pattern_file).collect();
    check_overwrite(&read, &paths, args.run.force)?;
    let console = &console.beside(&paths);
    let rates = rates(&args.rates).map_err(failed)?;
    let pattern = pattern(&args.pattern, &config)?;
    let injection =
        args.burst.map_or(Injection::Bernoulli, |burst| Injection::OnOff { burst, peak: args.peak });
    let plan = SamplingPlan {
        sample_period: args.sample_period,
        warmup_periods: args.warmup_periods,
        max_samples: args.max_samples,
        latency_thres: args.latency_thres,
    };
    let watch = console.watch("cycles at most");
    let stop = interrupt::stop().counted(watch.progress());
    let options = TrafficOptions {
        check: args.run.check,
        watchdog: args.run.watchdog(),
        max_cycles: args.run.max_cycles,
        stop: stop.clone(),
    };
    if !args.waves.wave.is_empty() && (rates.len() > 1 || args.runs > 1) {
        let message = "--wave shows one run: give one rate, and --runs 1".to_owned();
        return Err(VerbError::one(Exit::Usage, CliError::Usage { message }));
    }
    let mut waves = NetworkWaves::begin(&args.waves, &config, args.network.clock_hz()?)?;
    let jobs: Vec<(usize, u64)> =
        (0..rates.len()).flat_map(|rate| (0..u64::from(args.runs)).map(move |run| (rate, run))).collect();
    let of_job = {
        let (config, pattern, rates, seed, flits) =
            (config.clone(), pattern.clone(), rates.clone(), args.seed, args.packet);
        let options = options.clone();
        move |(rate, run): (usize, u64)| {
            let load = TrafficLoad { pattern: pattern.clone(), injection, rate: rates[rate], flits };
            simulate(&config, &load, plan, seed + run, options.clone())
        }
    };
    let runs = match &mut waves {
        None => workers::until_stopped(&pool, jobs, &stop, of_job),
        Some(waves) => {
            let load =
                TrafficLoad { pattern: pattern.clone(), injection, rate: rates[0], flits: args.packet };
            vec![Some(run_watched(&config, &load, plan, args.seed, options, &mut waves.recorder))]
        }
    };
    drop(watch);
    let left = || Ok(Ended::new(Measurement::default(), End::Early(EarlyEnd::Stopped)));
    let runs = runs.into_iter().map(|run| run.unwrap_or_else(left));
    // Whichever run a thread took first, the error is that of the first run.
    let runs: Vec<_> = runs.collect::<Result<_, _>>().map_err(failed)?;
    let Sweep { points, early } = Sweep::of(&rates, args.runs as usize, runs);
    let why = early.as_ref().map(EarlyEnd::why);
    let mark = early.as_ref().map(EarlyEnd::partial_line).unwrap_or_default();
    // Whatever fails from here on, all that is finished is kept, and the first failure is told.
    let mut failures = Failures::default();
    failures.take_before(early.map(|end| VerbError::ended_early(end, TrafficError::is_deadlock)));
    if let Some(waves) = waves {
        waves.finish(why.as_deref(), &mut failures, console);
    }
    let topology = Topology::new(&config);
    let rows: Vec<RateRow> = points.iter().map(|(rate, point)| row(*rate, point, &topology)).collect();

    let write = |path: &Path, text: String| RowsFile::write_all_of(path, &(text + &mark));
    if let Some(path) = &args.csv {
        failures.take(csv(&rows).and_then(|text| write(path, text)));
    }
    if let Some(path) = &args.links {
        failures.take(links(&topology, &points).and_then(|text| write(path, text)));
    }
    if let Some(path) = &args.plot {
        let terminals: u32 = config.locals.iter().map(|&locals| u32::from(locals)).sum();
        let partial = why.as_ref().map_or_else(String::new, |why| format!("; partial: {why}"));
        let title = format!(
            "{} on {} x {} nodes, {}, {} of {}, packets of {}{partial}",
            args.pattern,
            config.columns,
            config.rows,
            plural(terminals, "terminal", "terminals"),
            plural(config.vcs, "VC", "VCs"),
            plural(config.depth, "flit", "flits"),
            args.packet
        );
        failures.take(outputs::write(path, plot::svg(&title, &rows).as_bytes()));
    }
    if let Some(warning) = FewPackets::of(&rows) {
        console.warn(warning);
    }
    let status = if why.is_none() { "complete" } else { "partial" };
    let report = TrafficReport { status, why, rates: rows };
    failures.take(console.data(&report, |report| table(&report.rates)));
    failures.into_result()
}

/// The JSON of a sweep.
#[derive(Debug, Serialize)]
struct TrafficReport {
    /// `complete` or `partial`.
    status: &'static str,
    /// Why it is partial.
    why: Option<String>,
    rates: Vec<RateRow>,
}

impl Document for TrafficReport {
    const SCHEMA: Schema = Schema::Traffic;
}

fn failed(error: TrafficError) -> VerbError {
    VerbError::one(Exit::Error, error)
}

/// A pattern by name, or from a file if there is one of that name.
fn pattern(text: &str, config: &Config) -> Result<Pattern, VerbError> {
    match Pattern::parse(text) {
        Err(TrafficError::Pattern { .. }) if Path::new(text).is_file() => {
            let terminals = config.locals.iter().map(|&locals| u32::from(locals)).sum();
            let targets = read_text(Path::new(text), Pattern::max_bytes(terminals));
            let targets = targets.map_err(|error| match error {
                ReadError::Io(error) => VerbError::io("read", Path::new(text), error),
                error => failed(TrafficError::Permutation {
                    line: SourceLine::new(text, 1, 0, b""),
                    rule: error.to_string(),
                }),
            })?;
            Pattern::permutation(&targets, text, terminals).map_err(failed)
        }
        result => result.map_err(failed),
    }
}

fn row(rate: f64, point: &LoadPoint, topology: &Topology) -> RateRow {
    let latency = point.stable.then_some(&point.latencies);
    RateRow {
        rate,
        stable: point.stable,
        throughput_kept: point.throughput_kept,
        packets: point.latencies.packets(),
        accepted: point.accepted,
        accepted_ci95: point.accepted_confidence,
        mean: point.mean,
        mean_ci95: point.confidence,
        network_mean: latency.and_then(|_| point.network_latencies.mean()),
        routers: point.routers,
        median: latency.and_then(|latency| latency.percentile(50)),
        p99: latency.and_then(|latency| latency.percentile(99)),
        max: latency.and_then(|latency| latency.max()),
        busiest_link: point
            .accepted
            .and_then(|_| point.links.iter().map(|link| link.flits).max())
            .map(load_of(point)),
        links: link_stats(topology.links().iter().map(|link| link.name.as_str()), &point.links, point.window),
    }
}

/// Flits per cycle over a link.
fn load_of(point: &LoadPoint) -> impl Fn(u64) -> f64 {
    |flits| flits as f64 / point.window as f64
}

fn csv(rows: &[RateRow]) -> Result<String, VerbError> {
    let real = |value: Option<f64>| value.map_or(String::new(), |value| format!("{value:.6}"));
    let whole = |value: Option<u64>| value.map_or(String::new(), |value| value.to_string());
    csv_text(
        &HEADING,
        rows.iter().map(|row| {
            [
                row.rate.to_string(),
                u8::from(row.stable).to_string(),
                whole(row.throughput_kept.map(u64::from)),
                row.packets.to_string(),
                real(row.accepted),
                real(row.accepted_ci95),
                real(row.mean),
                real(row.mean_ci95),
                real(row.network_mean),
                real(row.routers),
                whole(row.median),
                whole(row.p99),
                whole(row.max),
                real(row.busiest_link),
            ]
        }),
    )
}

fn links(topology: &Topology, points: &[(f64, LoadPoint)]) -> Result<String, VerbError> {
    let rows = points.iter().flat_map(|(rate, point)| {
        topology.links().iter().zip(&point.links).map(move |(link, counters)| {
            let (flits, peak) = (counters.flits, counters.peak);
            let load = load_of(point)(flits);
            [rate.to_string(), link.name.clone(), flits.to_string(), format!("{load:.6}"), peak.to_string()]
        })
    });
    csv_text(&["rate", "link", "flits", "load", "peak"], rows)
}

/// Rows below a heading.
fn csv_text<const N: usize>(
    heading: &[&str; N],
    rows: impl Iterator<Item = [String; N]>,
) -> Result<String, VerbError> {
    let failed = |error: std::io::Error| VerbError::io("write", Path::new("rows"), error);
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(heading).map_err(|error| failed(error.into()))?;
    for row in rows {
        writer.write_record(&row).map_err(|error| failed(error.into()))?;
    }
    let bytes = writer.into_inner().map_err(|error| failed(error.into_error()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn table(rows: &[RateRow]) -> String {
    let mut table = Table::new(&[
        ("offered\nflits/terminal/cycle", Align::Right),
        ("accepted\nflits/terminal/cycle", Align::Right),
        ("latency\ncycles", Align::Right),
        ("+-\ncycles", Align::Right),
        ("median\ncycles", Align::Right),
        ("p99\ncycles", Align::Right),
        ("max\ncycles", Align::Right),
        ("busiest link\nflits/cycle", Align::Right),
        ("\nlink", Align::Left),
        ("", Align::Left),
    ]);
    let none = || "-".to_owned();
    let real = |value: Option<f64>| value.map_or_else(none, |value| fixed(value, 2));
    let whole = |value: Option<u64>| value.map_or_else(none, thousands);
    for row in rows {
        table.row([
            format!("{}", row.rate),
            row.accepted.map_or_else(none, |accepted| format!("{accepted:.4}")),
            real(row.mean),
            real(row.mean_ci95),
            whole(row.median),
            whole(row.p99),
            whole(row.max),
            real(row.busiest_link),
            busiest(&row.links).map_or_else(none, |link| link.name.clone()),
            row.verdict().to_owned(),
        ]);
    }
    table.to_string()
}
