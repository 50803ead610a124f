//! The results of `spikemesh test`, as scripts read them.

use miette::Diagnostic;
use serde::Serialize;

use crate::device_rules::{DeviceRules, RulesRecord};
use crate::document::{Document, Schema};
use crate::regression::{self, CaseReport, CaseStatus, Differs, RegressionReport};
use crate::words::shortened;

/// The results, as scripts read them.
#[derive(Serialize)]
pub(super) struct TestReport {
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
    /// `values`, `times` or `accuracy`: what differs.
    differs: Option<&'static str>,
    problems: Vec<Problem>,
}

#[derive(Serialize)]
struct Problem {
    code: String,
    message: String,
    help: Option<String>,
}

pub(super) fn report_of(report: &RegressionReport) -> TestReport {
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
        differs: match &case.status {
            CaseStatus::Failed(mismatches) => Some(Differs::of(mismatches).name()),
            _ => None,
        },
        problems,
    }
}
