//! Errors of a run.

use std::path::{Path, PathBuf};

use miette::Diagnostic;
use thiserror::Error as ThisError;

use crate::mesh;
use crate::words::plural;
use crate::{engine, golden, tensor};

/// Errors that abort a run.
#[derive(Debug, ThisError, Diagnostic)]
pub enum Error {
    /// An error of the simulator.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Simulator(#[from] mesh::Error),
    /// A choice of waves that cannot be made, or a file of them that cannot be written.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Wave(#[from] mesh::wave::WaveError),
    /// The engine refuses the model or the input.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Engine(#[from] engine::Error),
    /// The program was not made from the model.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Golden(#[from] golden::Error),
    /// The input does not fit the program.
    #[error("{given}, and the program takes {takes}")]
    #[diagnostic(
        code(run::input),
        help("give an array of that shape; images are (n, h, w, c), events (n, w, h, c)")
    )]
    Input {
        /// What was given.
        given: String,
        /// What was expected.
        takes: String,
    },
    /// The input has no sample, so nothing would be simulated, and every comparison would hold.
    #[error("the input has no samples")]
    #[diagnostic(
        code(run::no_frames),
        help("give an array with at least one sample: its first axis counts them")
    )]
    NoFrames,
    /// The number of labels is not the number of samples.
    #[error("{} given for {}", plural(*labels, "label was", "labels were"), plural(*samples, "sample", "samples"))]
    #[diagnostic(code(run::labels), help("give an int32 .npy of shape (n) with one class per sample"))]
    Labels {
        /// Labels that came.
        labels: usize,
        /// Samples of the input.
        samples: usize,
    },
    /// Labels are given for a layer that is no output: its values do not leave the device.
    #[error("`{layer}` is no output; the outputs are {outputs}")]
    #[diagnostic(
        code(run::no_output),
        help("give labels as NAME=FILE with the name of an output, or as FILE for the last layer")
    )]
    NoOutput {
        /// The name.
        layer: String,
        /// Names of all outputs.
        outputs: String,
    },
    /// A label that is no class: no sample can have it, and the accuracy would be wrong.
    #[error("{}, the first is {label} of sample {sample}; the classes are 0 to {}", plural(*count, "label is no class", "labels are no class"), classes - 1)]
    #[diagnostic(
        code(run::label_range),
        help("give labels from 0 on, or the number of classes with `--num-classes` if neurons form groups")
    )]
    LabelRange {
        /// Labels that are no class.
        count: usize,
        /// The first.
        label: i32,
        /// Its sample.
        sample: usize,
        /// Number of classes.
        classes: usize,
    },
    /// `evaluate` needs thresholds and potentials.
    #[error("the class of `evaluate` needs a model whose last layer yields potentials")]
    #[diagnostic(
        code(run::no_evaluate),
        help("take the class of `predict`, or give the program's model with `--golden`")
    )]
    NoEvaluate,
    /// An array of the run directory cannot be written.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Array(#[from] tensor::Error),
    /// The directory holds files, and no `run.json` proves that they are those of a run: nothing is overwritten.
    #[error("{} is not empty, and is no run directory: run.json: {reason}", path.display())]
    #[diagnostic(code(run::not_empty), help("choose a new directory, or empty this one"))]
    NotEmpty {
        /// The directory.
        path: PathBuf,
        /// What is wrong with its `run.json`.
        reason: String,
    },
    /// Another run writes into the directory: the files of both would be mixed.
    #[error("another run is writing into {}", path.display())]
    #[diagnostic(code(run::locked), help("wait until it has ended, or choose another directory"))]
    Locked {
        /// The directory.
        path: PathBuf,
    },
    /// A file that the run reads is one that it would remove or write.
    #[error("the run reads {}, and would replace it as a file of {}", path.display(), directory.display())]
    #[diagnostic(
        code(run::input_is_output),
        help("choose another directory, or copy the file to another place")
    )]
    InputIsOutput {
        /// The file.
        path: PathBuf,
        /// The run directory.
        directory: PathBuf,
    },
    /// The run that should go on was another one.
    #[error("{} holds another run: {}", path.display(), differences.join("; "))]
    #[diagnostic(
        code(run::resume_differs),
        help("give what the run was started with, or start anew without --resume")
    )]
    Differs {
        /// The directory.
        path: PathBuf,
        /// What differs: its name in `run.json`, and both values.
        differences: Vec<String>,
    },
    /// There is no run that could go on.
    #[error("no run to go on with in {}: {reason}", path.display())]
    #[diagnostic(code(run::no_resume), help("start it anew, with `-o` instead of `--resume`"))]
    NoResume {
        /// The directory.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// A file of the run that should go on is not what the run wrote.
    #[error("{} is not what the run wrote", path.display())]
    #[diagnostic(code(run::changed), help("start the run anew, with `-o` instead of `--resume`"))]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// A file of the run directory cannot be read.
    #[error("cannot read {path}: {source}")]
    #[diagnostic(code(run::read), help("check the path and its permissions"))]
    Read {
        /// The file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// A file of the run directory cannot be written.
    #[error("cannot write {path}: {source}")]
    #[diagnostic(code(run::write), help("choose another directory, or make room on the disk"))]
    Write {
        /// The file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
}

impl Error {
    pub(super) fn read(path: &Path, source: std::io::Error) -> Error {
        Error::Read { path: path.display().to_string(), source }
    }

    pub(super) fn write(path: &Path, source: std::io::Error) -> Error {
        Error::Write { path: path.display().to_string(), source }
    }
}
