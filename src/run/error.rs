//! Errors of a run.

use std::path::Path;

use miette::Diagnostic;
use thiserror::Error as ThisError;

use crate::mesh;
use crate::{engine, golden, tensor};

/// Errors that abort a run.
#[derive(Debug, ThisError, Diagnostic)]
pub enum Error {
    /// An error of the simulator.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Simulator(#[from] mesh::Error),
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
    /// An array of the run directory cannot be written.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Array(#[from] tensor::Error),
    /// A file of the run directory cannot be written.
    #[error("cannot write {path}: {cause}")]
    #[diagnostic(code(run::write), help("choose another directory with `-o`, or make room on the disk"))]
    Write {
        /// The file.
        path: String,
        /// Why.
        cause: std::io::Error,
    },
}

impl Error {
    pub(super) fn write(path: &Path, cause: std::io::Error) -> Error {
        Error::Write { path: path.display().to_string(), cause }
    }
}
