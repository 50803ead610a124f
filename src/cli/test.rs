//! `spikemesh test`: regression cases against golden outputs and cycles.

use std::path::{Path, PathBuf};

use miette::Diagnostic;
use serde::Serialize;

use super::console::Console;
use super::error::VerbError;
use super::exit::Exit;
use super::inputs::OrderWarning;
use super::interrupt;
use super::outputs;
use super::set::SetArgs;
use crate::device_rules::{DeviceRules, RulesBroken, RulesRecord};
use crate::document::{Document, Schema};
use crate::regression::{self, CaseReport, CaseStatus, Manifest, RegressionReport};
use crate::words::{plural, shortened, thousands};

pub(super) const EXAMPLE: &str = "Example:\n  spikemesh test cases.ron --junit results.xml\n";

/// Mismatches of a case that are listed for people; scripts get all.
const LISTED: usize = 10;

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A manifest of cases (.ron)
    pub manifest: PathBuf,
    /// Also write the results as JUnit XML to this file
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
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
    manifest.set(&args.set.set);
    let used: Vec<PathBuf> = manifest.inputs().into_iter().chain(manifest.goldens()).collect();
    // A report may be written again and again, but not over what the cases need.
    outputs::check_overwrite(&used.iter().map(PathBuf::as_path).collect::<Vec<_>>(), &junit, true)?;
    let watch = console.watch("cases");
    watch.progress().expect(manifest.cases.len() as u64);
    let report = regression::run(manifest, args.bless, &interrupt::stop(), &mut |_| {
        interrupt::keep();
        watch.progress().add(1);
    });
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
        .map_or(Ok(()), |path| outputs::write(path, regression::junit(&report).as_bytes()));
    if console.json() {
        console.value(&report_of(&report))?;
    } else {
        report.cases.iter().try_for_each(|case| console.text(describe(case)))?;
        console.text(summary(&report))?;
    }
    verdict(&report).and(junit)
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
    format!("{word}  {name}{lines}")
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

/// The results, as scripts read them.
#[derive(Serialize)]
struct TestReport {
    manifest: String,
    passed: usize,
    failed: usize,
    errors: usize,
    status: &'static str,
    not_run: Vec<String>,
    cases: Vec<TestedCase>,
}

impl Document for TestReport {
    const SCHEMA: Schema = Schema::Test;
}

#[derive(Serialize)]
struct TestedCase {
    name: String,
    status: &'static str,
    frames: usize,
    cycles: u64,
    /// The rules of its device, `null` if the case could not run.
    rules: Option<RulesRecord>,
    problems: Vec<Problem>,
}

#[derive(Serialize)]
struct Problem {
    code: String,
    message: String,
    help: Option<String>,
}

fn report_of(report: &RegressionReport) -> TestReport {
    TestReport {
        manifest: report.name.clone(),
        passed: report.passed(),
        failed: report.failed(),
        errors: report.errors(),
        status: if report.left.is_empty() { "complete" } else { "interrupted" },
        not_run: report.left.clone(),
        cases: report.cases.iter().map(tested).collect(),
    }
}

fn tested(case: &CaseReport) -> TestedCase {
    let (status, problems) = match &case.status {
        CaseStatus::Passed => ("passed", Vec::new()),
        CaseStatus::Blessed => ("blessed", Vec::new()),
        CaseStatus::Failed(mismatches) => {
            let problem = |m: &regression::Mismatch| Problem {
                code: m.code().to_owned(),
                message: shortened(&m.to_string()),
                help: None,
            };
            ("failed", mismatches.iter().map(problem).collect())
        }
        CaseStatus::Error(errors) => {
            let problem = |e: &regression::Error| Problem {
                code: e.code().map(|code| code.to_string()).unwrap_or_default(),
                message: shortened(&e.to_string()),
                help: e.help().map(|help| shortened(&help.to_string())),
            };
            ("error", errors.iter().map(problem).collect())
        }
    };
    TestedCase {
        name: case.name.clone(),
        status,
        frames: case.frames,
        cycles: case.cycles,
        rules: case.rules.as_ref().map(DeviceRules::record),
        problems,
    }
}
