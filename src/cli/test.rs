//! `spikemesh test`: regression cases against golden outputs and cycles.

use std::path::{Path, PathBuf};

use miette::Diagnostic;

use super::console::Console;
use super::error::VerbError;
use super::exit::Exit;
use super::inputs::OrderWarning;
use super::interrupt;
use super::outputs;
use super::run_command::{KeptInput, RunCommand};
use super::set::SetArgs;
use super::test_list::list;
use super::test_report::report_of;
use super::wave_args::{WAVES, WaveArgs, WaveChoice};
use crate::device_rules::{DeviceRules, RulesBroken};
use crate::mesh::wave::WaveWindow;
use crate::regression::{
    self, CaseReport, CaseStatus, Differs, FailedRun, Filter, Manifest, Mismatch, Options, RegressionReport,
    Selection, Shard,
};
use crate::run::{self, sha256};
use crate::words::{plural, shortened, thousands};

pub(super) const EXAMPLE: &str = "\
Example:
  spikemesh test cases.ron --junit results.xml
  spikemesh test cases.ron --filter tag:fast --jobs 4 --shard 1/2 --failures failed/\n";

/// The limit of a batch, as `run` has it.
const MOST_CYCLES: u64 = 1 << 40;
/// Most bytes of the waves of a case that failed.
const WAVES_LIMIT: u64 = 256_000_000;
/// Clocks before a hang that its waves show.
const WAVES_LAST: u64 = 20_000;
/// Mismatches of a case that are listed for people; scripts get all.
const LISTED: usize = 10;

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A manifest of cases (.ron)
    pub manifest: PathBuf,
    /// Run the cases with this tag, this part of their name, or this name, in which `*` stands for any text; several are allowed, and one of
    /// them is enough
    #[arg(long, value_name = "tag:TAG|NAME")]
    pub filter: Vec<Filter>,
    /// Run this share of the cases that are chosen: 1/2 and 2/2 together are all
    #[arg(long, value_name = "I/N")]
    pub shard: Option<Shard>,
    /// List the cases that are chosen, and run nothing
    #[arg(long, conflicts_with_all = ["bless", "junit", "failures"])]
    pub list: bool,
    /// Run so many cases at once; results and their order stay the same
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=256))]
    pub jobs: u16,
    /// Leave a run directory DIR/NAME of each case that fails, for `report`, `explain` and `diff`, with waves of the layer that differs
    #[arg(long, value_name = "DIR")]
    pub failures: Option<PathBuf>,
    /// Also write the results as JUnit XML to this file
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
    /// Say in the JUnit XML how many seconds each case took on this host, so that equal results give different files
    #[arg(long, requires = "junit")]
    pub junit_times: bool,
    #[command(flatten)]
    #[allow(missing_docs)]
    pub set: SetArgs,
    /// Write new golden outputs and cycles, if mesh and engine agree
    #[arg(long)]
    pub bless: bool,
}

/// A model that breaks rules of the device that its case names.
#[derive(Debug, thiserror::Error, Diagnostic)]
#[error("case {case}: {broken}")]
#[diagnostic(code(test::rules_broken), severity(warning))]
struct CaseBreaksRules {
    case: String,
    broken: RulesBroken,
}

/// The verdict on a manifest whose cases did not all pass.
#[derive(Debug, thiserror::Error, Diagnostic)]
enum Verdict {
    /// Results differ from the reference: the values or the timing of the simulation changed.
    #[error("{failed} of {} from the golden reference", plural(*cases, "case differs", "cases differ"))]
    #[diagnostic(code(test::mismatch), help("if the change is intended, write new references with --bless"))]
    Mismatch { failed: usize, cases: usize },
    /// Cases could not run.
    #[error("{errors} of {} could not run", plural(*cases, "case", "cases"))]
    #[diagnostic(code(test::errors), help("the errors of each case are above"))]
    Errors { errors: usize, cases: usize },
    /// A signal: Ctrl-C, or a request to end.
    #[error("interrupted: {} not run", plural(*left, "case was", "cases were"))]
    #[diagnostic(code(test::interrupted), help("the cases above are whole; run it again for all of them"))]
    Interrupted { left: usize },
}

/// Runs all cases.
pub fn run(args: &Args, console: &Console) -> Result<(), VerbError> {
    let junit: Vec<&Path> = args.junit.as_deref().into_iter().collect();
    let console = &console.beside(&junit);
    let mut manifest = Manifest::load(&args.manifest).map_err(|error| VerbError::one(Exit::Error, error))?;
    let selection = Selection { filters: args.filter.clone(), shard: args.shard };
    manifest.select(&selection).map_err(|error| VerbError::one(Exit::Error, error))?;
    if args.list {
        return list(&manifest, console);
    }
    manifest.set(&args.set.set);
    let used: Vec<PathBuf> = manifest.inputs().into_iter().chain(manifest.goldens()).collect();
    // A report may be written again and again, but not over what the cases need.
    outputs::check_overwrite(&used.iter().map(PathBuf::as_path).collect::<Vec<_>>(), &junit, true)?;
    let watch = console.watch("cases");
    watch.progress().expect(manifest.cases.len() as u64);
    let stop = interrupt::stop();
    let options = Options {
        bless: args.bless,
        jobs: usize::from(args.jobs),
        keep_failed: args.failures.is_some(),
        stop: &stop,
    };
    let mut unwritten = None;
    let report = regression::run(manifest, &options, &mut |case| {
        interrupt::keep();
        watch.progress().add(1);
        if let (Some(folder), Some(failed)) = (&args.failures, case.failed.take()) {
            let waves = waves_of(&case.status, &failed);
            let failure = leave(&folder.join(run::file_name(&case.name)), &failed, &waves, console);
            unwritten = unwritten.take().or(failure);
        }
    });
    let report = report.map_err(|error| VerbError::one(Exit::Error, error))?;
    drop(watch);
    if report.cases.iter().any(|case| case.ambiguous) {
        console.warn(OrderWarning);
    }
    for case in &report.cases {
        let broken = case.rules.as_ref().and_then(DeviceRules::warning);
        broken
            .into_iter()
            .for_each(|broken| console.warn(CaseBreaksRules { case: case.name.clone(), broken }));
    }
    let junit = args
        .junit
        .as_ref()
        .map_or(Ok(()), |path| outputs::write(path, regression::junit(&report, args.junit_times).as_bytes()));
    if console.json() {
        console.value(&report_of(&report))?;
    } else {
        report.cases.iter().try_for_each(|case| console.text(describe(case)))?;
        console.text(summary(&report))?;
    }
    verdict(&report).and(junit).and(unwritten.map_or(Ok(()), Err))
}

/// Waves of the first layer that differs, in that frame; of a case that hangs, of its last clocks.
fn waves_of(status: &CaseStatus, failed: &FailedRun) -> WaveArgs {
    let mut choice =
        WaveChoice { wave: vec![WAVES.into()], wave_limit: Some(WAVES_LIMIT), ..WaveChoice::default() };
    let place = match status {
        CaseStatus::Failed(mismatches) => mismatches.iter().find_map(|mismatch| match mismatch {
            Mismatch::Map { frame, layer, .. } | Mismatch::Output { frame, output: layer, .. } => {
                Some((Some(*frame), layer))
            }
            Mismatch::Layer { layer, .. } => Some((None, layer)),
            _ => None,
        }),
        _ => None,
    };
    let maps = &failed.compiled.program.output_maps;
    match place.filter(|(_, layer)| maps.iter().any(|map| map.name == **layer)) {
        Some((frame, layer)) => {
            choice.wave_window.push(WaveWindow::Layer(layer.clone()));
            choice.wave_window.extend(frame.map(WaveWindow::Frame));
        }
        None if matches!(status, CaseStatus::Error(_)) => choice.wave_last = Some(WAVES_LAST),
        None => return WaveArgs::default(),
    }
    WaveArgs { waves: false, choice }
}

/// Leaves the run directory of a case that failed: the error, if it cannot be written.
fn leave(directory: &Path, failed: &FailedRun, waves: &WaveArgs, console: &Console) -> Option<VerbError> {
    let result = RunCommand {
        device: &failed.device,
        settings: failed.settings.clone(),
        program: &failed.compiled.program,
        model: Some(&failed.model),
        model_sha256: Some(failed.model_sha256.clone()),
        random_weights: failed.random_weights,
        input: &failed.input,
        input_sha256: Some(sha256(&failed.input_bytes)),
        kept: KeptInput::Bytes(failed.input_bytes.as_slice().into()),
        input_path: None,
        input_order: failed.order,
        labels: &[],
        batch: failed.batch,
        waves,
        trace: false,
        max_cycles: MOST_CYCLES,
        directory,
        reads: Vec::new(),
        extra: &[],
        resume: false,
        command: Vec::new(),
        plan: Some(&failed.compiled.report),
        rules: Some(&failed.rules),
    }
    .execute(console);
    // That the run fails is known.
    result.err().filter(|error| {
        let codes = error.problems.iter().filter_map(|problem| problem.code());
        codes
            .map(|code| code.to_string())
            .any(|code| ["run::write", "run::not_empty", "run::locked"].contains(&code.as_str()))
    })
}

/// A mismatch takes precedence over a hang, a hang over any other error.
fn verdict(report: &RegressionReport) -> Result<(), VerbError> {
    let (failed, errors, cases) = (report.failed(), report.errors(), report.cases.len());
    let hang = |case: &CaseReport| match &case.status {
        CaseStatus::Error(errors) => errors.iter().any(|e| matches!(e, regression::Error::Hang { .. })),
        _ => false,
    };
    let left = report.left.len();
    let mut failure = match (failed, errors) {
        (0, 0) if left == 0 => return Ok(()),
        (0, 0) => VerbError { exit: Exit::Interrupted, problems: Vec::new() },
        (0, _) if report.cases.iter().any(hang) => VerbError { exit: Exit::Hang, problems: Vec::new() },
        (0, _) => VerbError { exit: Exit::Error, problems: Vec::new() },
        _ => VerbError::one(Exit::Mismatch, Verdict::Mismatch { failed, cases }),
    };
    if errors > 0 {
        failure.problems.push(Verdict::Errors { errors, cases }.into());
    }
    if left > 0 {
        failure.exit = Exit::Interrupted;
        failure.problems.push(Verdict::Interrupted { left }.into());
    }
    Err(failure)
}

fn describe(case: &CaseReport) -> String {
    let CaseReport { name, frames, cycles, status, .. } = case;
    let ran = format!("{}, {} cycles", plural(*frames, "frame", "frames"), thousands(cycles));
    let (word, problems): (&str, Vec<String>) = match status {
        CaseStatus::Passed => return format!("PASS   {name}: {ran}"),
        CaseStatus::Blessed => return format!("BLESS  {name}: {ran}"),
        CaseStatus::Failed(mismatches) => {
            let mut lines: Vec<String> = mismatches.iter().take(LISTED).map(ToString::to_string).collect();
            if mismatches.len() > LISTED {
                lines.push(format!("and {} more", mismatches.len() - LISTED));
            }
            ("FAIL ", lines)
        }
        CaseStatus::Error(errors) => ("ERROR", errors.iter().map(problem).collect()),
    };
    let lines: String = problems.iter().map(|line| format!("\n       {line}")).collect();
    let differs = match status {
        CaseStatus::Failed(mismatches) => match Differs::of(mismatches) {
            Differs::Values => ": values differ",
            Differs::Times => ": only times differ",
            Differs::Accuracy => ": the accuracy is too small",
        },
        _ => "",
    };
    format!("{word}  {name}{differs}{lines}")
}

/// Code, message, place and help of an error, each on a line of its own.
fn problem(error: &regression::Error) -> String {
    let code = error.code().map(|code| code.to_string()).unwrap_or_default();
    let mut text = format!("{code}: {}", shortened(&error.to_string()));
    for (file, line, column) in places(error) {
        text += &format!("\n         at {file}:{line}:{column}");
    }
    if let Some(help) = error.help() {
        text += &format!("\n         try: {}", shortened(&help.to_string()));
    }
    text
}

/// File, line and column, from 1, of the labels of an error.
fn places(error: &regression::Error) -> Vec<(String, usize, usize)> {
    let Some(source) = error.source_code() else { return Vec::new() };
    let labels = error.labels().into_iter().flatten();
    let spans = labels.filter_map(|label| {
        source.read_span(label.inner(), 0, 0).ok().map(|contents| {
            let file = contents.name().unwrap_or_default().to_owned();
            (file, contents.line() + 1, contents.column() + 1)
        })
    });
    spans.collect()
}

fn summary(report: &RegressionReport) -> String {
    let (passed, failed, errors) = (report.passed(), report.failed(), report.errors());
    let errors = if errors == 0 { String::new() } else { format!(", {}", plural(errors, "error", "errors")) };
    let left =
        if report.left.is_empty() { String::new() } else { format!(", {} not run", report.left.len()) };
    format!("{passed} passed, {failed} failed{errors}{left}")
}
