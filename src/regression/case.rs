//! Runs the cases of a manifest.

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use super::case_entry::Case;
use super::case_run::{CaseOptions, CaseRun};
use super::error::Error;
use super::manifest::Manifest;
use super::report::{CaseFacts, CaseReport, CaseStatus, RegressionReport};
use crate::Stop;
use crate::files::is_same_file;
use crate::threads::{Threads, ThreadsError};

/// How cases run.
#[derive(Clone, Copy, Debug)]
pub struct Options<'a> {
    /// Write new golden files, if the mesh agrees with the engine.
    pub bless: bool,
    /// Cases that run at once.
    pub jobs: usize,
    /// Keep what it takes to run a case again that fails.
    pub keep_failed: bool,
    /// Once it is set, cases that are running and those behind them are left out.
    pub stop: &'a Stop,
}

/// Runs every case of a manifest; `done` is called with each that has ended, in their order. Results do not depend on how many run at once.
///
/// # Errors
/// There are no threads for so many jobs.
pub fn run(
    manifest: Manifest,
    options: &Options,
    done: &mut (dyn FnMut(&mut CaseReport) + Send),
) -> Result<RegressionReport, ThreadsError> {
    let name = manifest.path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let work = Work {
        goldens: manifest.goldens(),
        inputs: manifest.inputs(),
        folder: manifest.folder,
        options: *options,
    };
    let count = manifest.cases.len();
    let (names, cases): (Vec<String>, Vec<CaseToRun>) =
        manifest.cases.into_iter().map(|case| (case.name, Mutex::new(Some(case.case)))).unzip();
    let ends = Mutex::new(Ends { waiting: (0..count).map(|_| None).collect(), next: 0, done });
    let begun = AtomicUsize::new(0);
    let all = || loop {
        // Cases begin in their order.
        let index = begun.fetch_add(1, Ordering::Relaxed);
        let (Some(name), Some(case)) = (names.get(index), cases.get(index)) else { return };
        let case = case.lock().unwrap_or_else(PoisonError::into_inner).take();
        let report = case.filter(|_| !options.stop.is_set()).and_then(|case| work.case(name, case));
        ends.lock().unwrap_or_else(PoisonError::into_inner).take(index, report);
    };
    match options.jobs.clamp(1, count.max(1)) {
        1 => all(),
        jobs => Threads::side_by_side(jobs, all)?,
    }
    let ends = ends.into_inner().unwrap_or_else(PoisonError::into_inner);
    let (mut cases, mut left) = (Vec::new(), Vec::new());
    for (name, report) in names.into_iter().zip(ends.waiting) {
        match report.flatten() {
            Some(report) => cases.push(report),
            None => left.push(name),
        }
    }
    Ok(RegressionReport { name, cases, left })
}

/// A case until it runs.
type CaseToRun = Mutex<Option<Result<Case, Error>>>;

/// Results on their way: each case by its position, none of one that was stopped.
struct Ends<'a> {
    waiting: Vec<Option<Option<CaseReport>>>,
    /// Cases before it were told.
    next: usize,
    done: &'a mut (dyn FnMut(&mut CaseReport) + Send),
}

impl Ends<'_> {
    fn take(&mut self, index: usize, report: Option<CaseReport>) {
        self.waiting[index] = Some(report);
        while let Some(Some(report)) = self.waiting.get_mut(self.next) {
            self.next += 1;
            if let Some(report) = report {
                (self.done)(report);
            }
        }
    }
}

struct Work<'a> {
    folder: PathBuf,
    inputs: Vec<PathBuf>,
    goldens: Vec<PathBuf>,
    options: Options<'a>,
}

impl Work<'_> {
    /// The report of a case; none if it was stopped.
    fn case(&self, name: &str, case: Result<Case, Error>) -> Option<CaseReport> {
        let begin = Instant::now();
        let result = match &case {
            Ok(case) => self.check(case).and_then(|()| {
                let options =
                    CaseOptions { bless: self.options.bless, keep_failed: self.options.keep_failed };
                CaseRun::of(case, &self.folder, options, self.options.stop)
            }),
            Err(_) => Err(Vec::new()),
        };
        let (facts, refusal) = match &case {
            Ok(case) => (Some(CaseFacts::of(case)), case.refusal.clone()),
            Err(_) => (None, None),
        };
        let mut report = CaseReport {
            name: name.to_owned(),
            facts,
            frames: 0,
            cycles: 0,
            ambiguous: false,
            rules: None,
            status: CaseStatus::Passed,
            failed: None,
            host_seconds: 0.0,
        };
        let status = match result {
            Ok(run) => {
                (report.frames, report.cycles) = (run.frames, run.cycles);
                (report.ambiguous, report.rules, report.failed) =
                    (run.ambiguous, Some(run.rules), run.failed);
                run.status
            }
            Err(errors) if errors.iter().any(Error::is_stop) => return None,
            Err(errors) => CaseStatus::Error(case.err().into_iter().chain(errors).collect()),
        };
        report.status = match (status, refusal) {
            (CaseStatus::Error(errors), Some(code)) if Error::is_refusal(&errors, &code) => {
                report.failed = None;
                CaseStatus::Passed
            }
            (CaseStatus::Error(mut errors), Some(code)) => {
                errors.push(Error::NotRefused { code });
                CaseStatus::Error(errors)
            }
            (_, Some(code)) => CaseStatus::Error(vec![Error::NotRefused { code }]),
            (status, None) => status,
        };
        report.host_seconds = begin.elapsed().as_secs_f64();
        Some(report)
    }

    /// Before anything is written: a file that is golden and something else would be lost.
    fn check(&self, case: &Case) -> Result<(), Vec<Error>> {
        let Some(golden) = case.golden.as_ref().filter(|_| self.options.bless) else { return Ok(()) };
        let path = self.folder.join(golden);
        let same = |files: &[PathBuf]| files.iter().filter(|file| is_same_file(file, &path)).count();
        if same(&self.inputs) > 0 || same(&self.goldens) > 1 {
            return Err(vec![Error::GoldenIsUsed { path }]);
        }
        Ok(())
    }
}
