//! `spikemesh check`: every rule that a model breaks, with a suggestion.

use std::path::{Path, PathBuf};

use miette::Diagnostic;
use serde::Serialize;

use super::console::Console;
use super::error::VerbError;
use super::exit::Exit;
use super::inputs;
use super::interrupt;
use super::mode::ModeArg;
use super::outputs;
use super::profile::ProfileArg;
use crate::compat::{self, Profile, RULES, Repair, Repaired, Source, Violation};
use crate::compiler;
use crate::device::Device;
use crate::device_rules::{DeviceRules, ProfileFrom};
use crate::document::{Document, Schema};
use crate::mapping::{MappingOptions, map_model};
use crate::model::{Model, file};
use crate::refusal::Refusal;
use crate::words::plural;

pub(super) const EXAMPLE: &str = "Example:\n  spikemesh check model.yaml --profile v2\n  spikemesh check model.fbz --profile v2 --repair legal.fbz\n  spikemesh check model.fbz -d akd1000\n";

/// Arguments.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A model: a YAML template, .fb or .fbz
    #[arg(required_unless_present = "list")]
    pub model: Option<PathBuf>,
    /// The limits to check [default: those that the device names, otherwise current]
    #[arg(long, value_enum)]
    pub profile: Option<ProfileArg>,
    /// Also check that the model can be mapped onto this device, by name or .ron file
    #[arg(short, long)]
    pub device: Option<String>,
    /// Make all repairs that change no output, write the repaired model to this file (.fb, .fbz; `-` is standard output), and check it
    #[arg(long, value_name = "OUT")]
    pub repair: Option<PathBuf>,
    /// Overwrite an existing file
    #[arg(long, requires = "repair")]
    pub force: bool,
    /// List the rules
    #[arg(long, conflicts_with_all = ["model", "device", "repair"])]
    pub list: bool,
}

/// The result, as scripts read it.
#[derive(Debug, Serialize)]
struct CheckReport {
    model: String,
    profile: String,
    profile_from: ProfileFrom,
    /// The page that most of these limits are written on, and its revision.
    source: String,
    device: Option<String>,
    #[serde(skip)]
    rules: DeviceRules,
    compatible: bool,
    /// A sentence for each repair; only with `--repair`.
    #[serde(skip_serializing_if = "Option::is_none")]
    repaired: Option<Vec<String>>,
    violations: Vec<Finding>,
    /// `null` if no device was given.
    mapping: Option<Vec<Finding>>,
}

#[derive(Debug, Serialize)]
struct Finding {
    rule: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    layer: Option<String>,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    measured: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<String>,
    suggestion: Option<String>,
    /// Where the limit is written; of rules only.
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<String>,
    /// Why no repair was made; only with `--repair`.
    #[serde(skip_serializing_if = "Option::is_none")]
    not_repaired: Option<String>,
}

#[derive(Debug, Serialize)]
struct ListedRule {
    rule: String,
    profiles: Vec<String>,
    requirement: &'static str,
    /// For each profile the page and its revision.
    sources: Vec<String>,
}

#[derive(Debug, Serialize)]
struct RuleList {
    rules: Vec<ListedRule>,
}

impl Document for CheckReport {
    const SCHEMA: Schema = Schema::Check;
}

impl Document for RuleList {
    const SCHEMA: Schema = Schema::Rules;
}

/// The verdict on a model that does not pass.
#[derive(Debug, thiserror::Error, Diagnostic)]
enum Verdict {
    /// The model breaks rules: that hardware cannot run it unchanged.
    #[error("the model violates {profile} in {}", plural(*count, "place", "places"))]
    #[diagnostic(code(check::incompatible), help("each finding above has a suggestion"))]
    Incompatible { count: usize, profile: String },
    /// The model keeps the rules, but cannot be mapped onto the device.
    #[error("the model cannot be mapped onto {device}, for {}", plural(*count, "reason", "reasons"))]
    #[diagnostic(code(check::unmappable), help("each finding above has a suggestion"))]
    Unmappable { count: usize, device: String },
}

/// Checks.
pub fn run(args: &Args, console: &Console) -> Result<(), VerbError> {
    let Some(path) = &args.model else { return list(console) };
    let device = args.device.as_deref().map(|device| inputs::device(device, &[])).transpose()?;
    let rules = DeviceRules::choose(device.as_ref(), args.profile.map(Profile::from));
    let profile = rules.profile;
    if let Some(target) = &args.repair {
        let device = outputs::device_file(args.device.as_deref());
        let read: Vec<&Path> = device.into_iter().chain([path.as_path()]).collect();
        outputs::check_overwrite(&read, &[target], args.force)?;
    }
    let console = &console.beside(&args.repair.as_deref().into_iter().collect::<Vec<_>>());
    let model = inputs::model(path, None)?;
    let report = match &args.repair {
        None => check(
            &model,
            compat::check(&model, profile).into_iter().map(violation).collect(),
            &rules,
            device.as_ref(),
        ),
        Some(target) => {
            let Repaired { model, done, remaining } = compat::repair(&model, profile);
            interrupt::keep();
            file::save(&model, target).map_err(|errors| VerbError::all(Exit::Error, errors))?;
            let violations = remaining
                .into_iter()
                .map(|r| Finding { not_repaired: Some(r.reason), ..violation(r.violation) });
            let report = check(&model, violations.collect(), &rules, device.as_ref());
            CheckReport { repaired: Some(done.iter().map(Repair::to_string).collect()), ..report }
        }
    };
    if report.mapping.iter().flatten().any(|finding| finding.rule == "compiler::stopped") {
        return Err(VerbError::one(Exit::Interrupted, compiler::Error::Stopped));
    }
    console.data(&report, describe)?;
    if let Some(target) = &args.repair {
        console.note(format!("wrote {}", target.display()));
    }
    if !report.violations.is_empty() {
        let (count, profile) = (report.violations.len(), report.profile);
        return Err(VerbError::one(Exit::Incompatible, Verdict::Incompatible { count, profile }));
    }
    match (report.mapping, report.device) {
        (Some(refusals), Some(device)) if !refusals.is_empty() => {
            Err(VerbError::one(Exit::Unmappable, Verdict::Unmappable { count: refusals.len(), device }))
        }
        _ => Ok(()),
    }
}

fn list(console: &Console) -> Result<(), VerbError> {
    let rules: Vec<ListedRule> = RULES
        .iter()
        .map(|rule| ListedRule {
            rule: format!("compat::{}", rule.id),
            profiles: rule.profiles().map(|profile| profile.to_string()).collect(),
            requirement: rule.title,
            sources: rule.sources.iter().map(Source::to_string).collect(),
        })
        .collect();
    console.data(&RuleList { rules }, |_| compat::table().trim_end().to_owned())
}

fn check(
    model: &Model,
    violations: Vec<Finding>,
    rules: &DeviceRules,
    device: Option<&Device>,
) -> CheckReport {
    let mapping = device.map(|device| match map_model(model, device, &minimal()) {
        Ok(_) => Vec::new(),
        Err(errors) => errors.iter().map(refusal).collect(),
    });
    let refused = mapping.as_ref().is_some_and(|refusals| !refusals.is_empty());
    CheckReport {
        model: model.name.clone(),
        profile: rules.profile.to_string(),
        profile_from: rules.from,
        source: Source::of(rules.profile).to_string(),
        rules: rules.clone(),
        device: device.map(|device| device.name.clone()),
        compatible: violations.is_empty() && !refused,
        repaired: None,
        violations,
        mapping,
    }
}

/// The mapping that is tried.
fn minimal() -> MappingOptions {
    MappingOptions::new(ModeArg::Minimal.into()).with_stop(&interrupt::stop())
}

fn violation(violation: Violation) -> Finding {
    Finding {
        rule: format!("compat::{}", violation.rule),
        message: violation.to_string(),
        layer: Some(violation.layer),
        measured: Some(violation.measured),
        limit: Some(violation.limit),
        suggestion: Some(violation.suggestion),
        source: Some(violation.source.to_string()),
        not_repaired: None,
    }
}

fn refusal(error: &Refusal) -> Finding {
    let misfit = error.misfit();
    Finding {
        rule: error.code().map(|code| code.to_string()).unwrap_or_default(),
        layer: misfit.map(|misfit| misfit.layer.clone()),
        message: error.to_string(),
        measured: None,
        limit: None,
        suggestion: error.help().map(|help| help.to_string()),
        source: None,
        not_repaired: None,
    }
}

fn describe(report: &CheckReport) -> String {
    let CheckReport { model, rules, device, repaired, violations, mapping, .. } = report;
    let mut out = String::new();
    if let Some(repaired) = repaired {
        out += &match repaired.len() {
            0 => format!("nothing in {model} was repaired\n"),
            count => {
                format!("{model}, repaired in {}, outputs unchanged\n\n", plural(count, "place", "places"))
            }
        };
        out.extend(repaired.iter().map(|repair| format!("  {repair}\n")));
        out += "\n";
    }
    out += &match violations.len() {
        0 => format!("{model} keeps every rule of {}", rules.named()),
        count => format!("{model} {}", rules.violated(count)),
    };
    out += &findings(violations);
    if let (Some(device), Some(refusals)) = (device, mapping) {
        out += &match refusals.len() {
            0 => format!("\n{model} can be mapped onto {device}"),
            _ => format!("\n{model} cannot be mapped onto {device}"),
        };
        out += &findings(refusals);
    }
    out
}

fn findings(findings: &[Finding]) -> String {
    let one = |finding: &Finding| {
        let suggestion = finding.suggestion.as_deref().unwrap_or("").replace('\n', "\n         ");
        let reason = finding.not_repaired.as_ref().map(|reason| format!("\n    not repaired: {reason}"));
        let reason = reason.unwrap_or_default();
        format!("\n\n  {}\n    {}{reason}\n    try: {suggestion}", finding.rule, finding.message)
    };
    let text: String = findings.iter().map(one).collect();
    if text.is_empty() { text } else { text + "\n" }
}
