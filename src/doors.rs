//! Doors to what is private, for `spikemesh-fuzz`. Nothing here is kept stable, and nothing else uses it.

use std::ffi::OsString;
use std::path::Path;

use miette::Report;

use crate::isa::Program;
use crate::model::Model;
use crate::regression::{Golden, Manifest};
use crate::run::{ClassRule, LabelFile, LabelOptions, Labels, RunInfo, output_arrays, sha256};
use crate::tensor::npy;

pub use crate::regression::{MAX_BYTES as MANIFEST_BYTES, MAX_GOLDEN_BYTES};
pub use crate::run::MAX_INFO as RUN_INFO_BYTES;

/// An error as it is shown for people, and for scripts.
pub fn rendered(report: &Report) -> [String; 2] {
    crate::cli::in_both_formats(report)
}

/// What is wrong with a manifest: with the whole, or with each of its cases.
pub fn manifest(text: &str) -> Vec<Report> {
    match Manifest::parse(Path::new("fuzz.ron"), text) {
        Ok(manifest) => {
            manifest.cases.into_iter().filter_map(|case| case.case.err()).map(Report::new).collect()
        }
        Err(error) => vec![Report::new(error)],
    }
}

/// A golden file written again, if it can be read.
///
/// # Errors
/// What is wrong with it.
pub fn golden(text: &str) -> Result<String, String> {
    Golden::parse(text).map(|golden| golden.text())
}

/// What is wrong with a command line, or with the network that it describes; nothing is run. `args` begin with the name of the program.
pub fn arguments(args: &[OsString]) -> Vec<Report> {
    crate::cli::problems_of_arguments(args)
}

/// What is wrong with a command, which runs in this thread.
pub fn command(args: &[OsString]) -> Vec<Report> {
    crate::cli::problems_of_command(args)
}

/// The text of a `run.json` written again, if it can be read.
///
/// # Errors
/// What is wrong with it.
pub fn run_info(text: &str) -> Result<String, String> {
    RunInfo::parse(text)?.text().map_err(|error| error.to_string())
}

/// How labels are read.
#[derive(Clone, Copy, Debug)]
pub struct LabelChoices<'a> {
    /// The layer whose output they are of.
    pub layer: Option<&'a str>,
    /// Classes.
    pub classes: Option<usize>,
    /// By `evaluate`, or by `predict`.
    pub evaluate: Option<bool>,
}

/// Labels of a file for the outputs of a program: how many are right if the outputs of each sample count from 0 to 15, again and again.
///
/// # Errors
/// What is wrong with them.
pub fn labels(
    bytes: &[u8],
    samples: usize,
    choices: LabelChoices,
    model: Option<&Model>,
    program: &Program,
) -> Result<usize, Report> {
    let array = npy::parse::<i32>("fuzz.npy", bytes).map_err(Report::new)?;
    let file = LabelFile { labels: array.data, sha256: sha256(bytes) };
    let options = LabelOptions {
        layer: choices.layer.map(str::to_owned),
        classes: choices.classes,
        rule: choices.evaluate.map(|by| if by { ClassRule::Evaluate } else { ClassRule::Predict }),
    };
    let labels = Labels::new(file, samples, &options, model, program).map_err(Report::new)?;
    let values = program.output_map(&program.outputs[labels.output]).map.len();
    let values: Vec<i32> = (0..values as i32).map(|value| value % 16).collect();
    let output = output_arrays(program)[labels.output].output((0..samples).map(|_| values.as_slice()));
    Ok(labels.right(0, &output))
}
