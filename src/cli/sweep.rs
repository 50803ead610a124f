//! `spikemesh sweep`: many devices, mappings and inputs, each point simulated once.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use miette::Diagnostic;
use serde::Serialize;

use super::console::Console;
use super::error::{CliError, VerbError};
use super::exit::Exit;
use super::interrupt;
use super::outputs::check_overwrite;
use super::{sweep_report, sweep_script};
use crate::document::{Document, Schema};
use crate::process_status;
use crate::regression::Shard;
use crate::sweep::{CSV, Error, MOST_POINTS, PARQUET, Sampling, Space, SpaceText, Sweep, TableFacts};
use crate::words::{plural, thousands};

pub(super) const EXAMPLE: &str = "\
Example:
  spikemesh sweep model=model.fbz network.depth=2,4,8 mode=minimal,all-nps -i images.npy -o sweep/
  spikemesh sweep space.ron --sobol 200 --where 'network.vcs * network.depth <= 32' -o sweep/
  spikemesh sweep report sweep/ --front latency_ms,energy_mj -o front.html\n";

/// Arguments.
#[derive(Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    disable_help_subcommand = true
)]
pub struct Args {
    /// What else to do
    #[command(subcommand)]
    pub action: Option<Action>,
    /// Axes NAME=VALUES, or a file of them (.ron). A name is model, device, input, labels, frames, batch, mode, placer, objective, effort, seed,
    /// random_weights, max_cycles, or a constant of the device as `--set` takes it; values are 4,8 or 64..512:64 or 1..64x2, or * for all modes
    #[arg(required = true, value_name = "SPACE")]
    pub space: Vec<String>,
    /// The folder of points and results; points that it holds are not simulated again
    #[arg(short, long, default_value = "spikemesh-sweep", value_name = "DIR")]
    pub output: PathBuf,
    /// Inputs, as `run` takes them: the axis input with one value
    #[arg(short, long, value_name = "FILE")]
    pub input: Option<PathBuf>,
    /// The device, as `run` takes it: the axis device with one value
    #[arg(short, long)]
    pub device: Option<String>,
    /// The class of every sample, int32 .npy (n): the axis labels with one value
    #[arg(long, value_name = "FILE")]
    pub labels: Option<PathBuf>,
    /// All points of the grid of all axes; that is the default
    #[arg(long, conflicts_with_all = ["sobol", "random", "list"])]
    pub grid: bool,
    /// So many points, spread evenly over the grid: a scrambled Sobol sequence
    #[arg(long, value_name = "N", conflicts_with_all = ["random", "list"], value_parser = clap::value_parser!(u64).range(1..))]
    pub sobol: Option<u64>,
    /// So many points by chance
    #[arg(long, value_name = "N", conflicts_with = "list", value_parser = clap::value_parser!(u64).range(1..))]
    pub random: Option<u64>,
    /// The seed of --sobol and --random
    #[arg(long, value_name = "SEED", default_value_t = 0)]
    pub seed: u32,
    /// The points of a table (.csv): its first row names axes
    #[arg(long, value_name = "FILE")]
    pub list: Option<PathBuf>,
    /// Only points that keep this condition over axes and constants, such as 'network.vcs * network.depth <= 32'; several are allowed
    #[arg(long = "where", value_name = "CONDITION")]
    pub conditions: Vec<String>,
    /// Compare every layer with the engine at every point; otherwise at one point of each program
    #[arg(long)]
    pub check: bool,
    /// Refuse a space with more points
    #[arg(long, value_name = "N", default_value_t = MOST_POINTS)]
    pub most: u64,
    /// Simulate this share of the points: 1/2 and 2/2 together are all. Whoever ends last writes the results
    #[arg(long, value_name = "I/N")]
    pub shard: Option<Shard>,
    /// Say how many points there are and how many are left, and simulate nothing
    #[arg(long)]
    pub plan: bool,
    /// Print a script that runs the sweep as N tasks of Slurm and then collects the results
    #[arg(long, value_name = "N", conflicts_with_all = ["shard", "plan"], value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub slurm: Option<u32>,
}

/// What to do instead of sweeping.
#[derive(Debug, clap::Subcommand)]
pub enum Action {
    /// Report the results of a sweep: the front with its error, the effect of each axis; as text, picture or page
    Report(sweep_report::Args),
}

/// What `sweep` prints.
#[derive(Debug, Serialize)]
struct SweepSummary {
    /// The folder.
    folder: String,
    /// All points.
    points: u64,
    /// Points whose results were there.
    cached: u64,
    /// Points that were simulated.
    simulated: u64,
    /// Points that are left to others.
    left: u64,
    /// The tables, if all points have results.
    tables: Vec<String>,
    #[serde(flatten)]
    facts: Option<TableFacts>,
    /// Seconds of processors that points took.
    host_point_seconds: f64,
    /// Seconds of processors that the whole sweep took.
    host_cpu_seconds: Option<f64>,
    /// Most memory that it had.
    host_peak_bytes: Option<u64>,
}

impl Document for SweepSummary {
    const SCHEMA: Schema = Schema::Sweep;
}

/// A sweep that went to its end, and whose results are not what was wanted. The tables are written.
#[derive(Debug, thiserror::Error, Diagnostic)]
enum Verdict {
    /// Points whose outputs are not the engine's.
    #[error("{} from the engine; the rows with status `mismatch` say where", plural(*points, "point differs", "points differ"))]
    #[diagnostic(
        code(sweep::mismatch),
        help(
            "the models were compiled by this sweep, so this is a defect of Spikemesh: please report it with the row"
        )
    )]
    Mismatch { points: u64 },
    /// A sweep that found nothing.
    #[error("no point has results: {codes}")]
    #[diagnostic(
        code(sweep::none_complete),
        help("the columns `code` and `message` of the table say why, point by point")
    )]
    NoneComplete { codes: String },
}

/// Sweeps.
pub fn run(args: &Args, command: &[String], console: &Console) -> Result<(), VerbError> {
    if let Some(Action::Report(args)) = &args.action {
        return sweep_report::run(args, console);
    }
    let text = space_text(args)?;
    let space = Space::of(&text, args.most).map_err(failed)?;
    if let Some(tasks) = args.slurm {
        return console.text(sweep_script::slurm(command, &args.output, tasks, space.len()));
    }
    let tables = [CSV, PARQUET].map(|name| args.output.join(name));
    let written: Vec<&Path> = tables.iter().map(PathBuf::as_path).collect();
    check_overwrite(&read_files(&space, &text), &written, true)?;
    let sweep = Sweep::open(space, &args.output).map_err(|errors| VerbError::all(Exit::Error, errors))?;
    let stop = interrupt::stop();
    let share = args.shard.map(|shard| shard.parts()).map(|(index, of)| (index as u64, of as u64));
    let plan = sweep.plan(share, &stop).map_err(failed)?;
    let mut summary = SweepSummary {
        folder: args.output.display().to_string(),
        points: sweep.space().len(),
        cached: plan.cached,
        simulated: 0,
        left: plan.left.len() as u64,
        tables: Vec::new(),
        facts: None,
        host_point_seconds: 0.0,
        host_cpu_seconds: None,
        host_peak_bytes: None,
    };
    console.note(format!(
        "{}: {} cached, {} to simulate",
        points(summary.points),
        thousands(plan.cached),
        thousands(plan.left.len())
    ));
    if args.plan {
        return console.data(&summary, |summary| summary.text());
    }
    interrupt::keep();
    let ran = {
        let watch = console.watch("points");
        watch.progress().expect(summary.left);
        let (begin, finished) = (Instant::now(), AtomicU64::new(0));
        // So many tell how long the others take.
        let first = (2 * rayon::current_num_threads() as u64).max(4);
        let done = || {
            watch.progress().add(1);
            let finished = finished.fetch_add(1, Ordering::Relaxed) + 1;
            if finished == first && summary.left >= 4 * first {
                let seconds =
                    begin.elapsed().as_secs_f64() / finished as f64 * (summary.left - finished) as f64;
                console.note(format!("about {} left, by the first {finished} points", duration(seconds)));
            }
        };
        sweep.run_plan(&plan, &stop, &done).map_err(failed)?
    };
    summary.simulated = ran.simulated;
    summary.host_point_seconds = ran.host_microseconds as f64 / 1e6;
    // Other shares may have ended meanwhile.
    let plan = if share.is_some() { sweep.plan(None, &stop).map_err(failed)? } else { plan };
    summary.left = if share.is_some() { plan.left.len() as u64 } else { 0 };
    if summary.left == 0 {
        summary.facts = Some(sweep.collect(&plan).map_err(failed)?);
        summary.tables = tables.iter().map(|path| path.display().to_string()).collect();
    }
    summary.host_cpu_seconds = process_status::cpu_seconds();
    summary.host_peak_bytes = process_status::peak_bytes();
    console.data(&summary, |summary| summary.text())?;
    let facts = summary.facts.unwrap_or_default();
    let different = facts.different.max(ran.different);
    if different > 0 {
        return Err(VerbError::one(Exit::Mismatch, Verdict::Mismatch { points: different }));
    }
    if facts.points > 0 && facts.complete == 0 {
        let codes = facts.refused.iter().map(|(code, count)| format!("{code} of {}", points(*count)));
        let codes = codes.collect::<Vec<_>>().join(", ");
        return Err(VerbError::one(Exit::Error, Verdict::NoneComplete { codes }));
    }
    Ok(())
}

fn failed(error: Error) -> VerbError {
    let exit = if matches!(error, Error::Stopped { .. }) { Exit::Interrupted } else { Exit::Error };
    VerbError::one(exit, error)
}

/// The space of the arguments: that of a file, and what comes with it.
fn space_text(args: &Args) -> Result<SpaceText, VerbError> {
    let (axes, files): (Vec<&String>, Vec<&String>) = args.space.iter().partition(|text| text.contains('='));
    let base = match &files[..] {
        [] => SpaceText::default(),
        [file] => SpaceText::load(Path::new(file)).map_err(failed)?,
        [_, second, ..] => {
            let message =
                format!("`{second}` is no axis: give one file of a space at most, and axes as NAME=VALUES");
            return Err(VerbError::one(Exit::Usage, CliError::Usage { message }));
        }
    };
    let option = |name: &str, value: Option<String>| value.map(|value| format!("{name}={value}"));
    let shown = |path: &Option<PathBuf>| path.as_ref().map(|path| path.display().to_string());
    let options = [
        option("input", shown(&args.input)),
        option("device", args.device.clone()),
        option("labels", shown(&args.labels)),
    ];
    let sampling = match (args.sobol, args.random) {
        (Some(points), _) => Sampling::Sobol { points, seed: args.seed },
        (None, Some(points)) => Sampling::Random { points, seed: args.seed.into() },
        (None, None) => Sampling::Grid,
    };
    Ok(base.with(SpaceText {
        axes: axes.into_iter().cloned().chain(options.into_iter().flatten()).collect(),
        conditions: args.conditions.clone(),
        sampling,
        list: args.list.clone(),
        check: args.check,
    }))
}

/// The files that a sweep reads.
fn read_files<'a>(space: &'a Space, text: &'a SpaceText) -> Vec<&'a Path> {
    let files = space.axes().iter().filter(|axis| axis.kind.is_file());
    files.flat_map(|axis| &axis.values).map(Path::new).chain(text.list.as_deref()).collect()
}

fn points(count: u64) -> String {
    format!("{} {}", thousands(count), if count == 1 { "point" } else { "points" })
}

/// A time in words.
fn duration(seconds: f64) -> String {
    match seconds {
        s if s < 100.0 => format!("{s:.0} s"),
        s if s < 6_000.0 => format!("{:.0} min", s / 60.0),
        s => format!("{:.1} h", s / 3600.0),
    }
}

impl SweepSummary {
    fn text(&self) -> String {
        let SweepSummary { folder, cached, simulated, left, .. } = self;
        let mut text = format!(
            "{} in {folder}: {} cached, {} simulated",
            points(self.points),
            thousands(cached),
            thousands(simulated)
        );
        if *left > 0 {
            text += &format!(", {} left", thousands(left));
        }
        let Some(facts) = &self.facts else { return text };
        text += &format!("\n{} with results", points(facts.complete));
        for (code, count) in &facts.refused {
            text += &format!(", {} with {code}", thousands(count));
        }
        if facts.different > 0 {
            text += &format!(", {} with run::mismatch", thousands(facts.different));
        }
        for table in &self.tables {
            text += &format!("\n{table}");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_short() {
        assert_eq!([3.4, 99.0, 600.0, 7200.0].map(duration), ["3 s", "99 s", "10 min", "2.0 h"]);
    }
}
