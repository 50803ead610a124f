//! What is compared, by path or name.

use std::path::{Path, PathBuf};

use miette::Diagnostic;

use super::report::DiffReport;
use super::{devices, programs, runs};
use crate::Stop;
use crate::device::{self, Device};
use crate::isa::{self, Program};
use crate::model;
use crate::run::{DirectoryError, RunDirectory};

/// Why two sides cannot be compared.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum DiffError {
    /// They are not of a kind.
    #[error("{} is {first}, and {} is {second}: give two of a kind", a.display(), b.display())]
    #[diagnostic(code(diff::kinds), help("compare two run directories, two programs, or two devices"))]
    Kinds {
        /// One.
        a: PathBuf,
        /// What it is.
        first: &'static str,
        /// The other.
        b: PathBuf,
        /// What it is.
        second: &'static str,
    },
    /// A run directory.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Run(#[from] DirectoryError),
    /// A file.
    #[error(transparent)]
    #[diagnostic(transparent)]
    File(#[from] model::LoadError),
    /// A program.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Program(#[from] isa::Error),
    /// A device.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Device(#[from] device::Error),
}

/// One of two sides.
#[derive(Debug)]
enum Side {
    /// A run that has simulated all of its frames.
    Run(RunDirectory),
    /// A program.
    Program(Program),
    /// A device.
    Device(Device),
}

impl Side {
    /// What is there: a run directory, a program, otherwise a device, by name or in a file.
    ///
    /// # Errors
    /// It cannot be read, or is broken.
    fn open(path: &Path) -> Result<Side, Vec<DiffError>> {
        let one = |error: DiffError| vec![error];
        if path.is_dir() {
            return RunDirectory::open_whole(path).map(Side::Run).map_err(|error| one(error.into()));
        }
        let may_be_program = path.is_file() && path.extension().is_none_or(|extension| extension != "ron");
        if may_be_program && model::is_program(path).map_err(|error| one(error.into()))? {
            return isa::load(path).map(Side::Program).map_err(all);
        }
        Device::load(&path.to_string_lossy()).map(Side::Device).map_err(all)
    }

    /// A run, a program, or a device.
    fn kind(&self) -> &'static str {
        match self {
            Side::Run(_) => "a run directory",
            Side::Program(_) => "a program",
            Side::Device(_) => "a device",
        }
    }
}

fn all<E: Into<DiffError>>(errors: Vec<E>) -> Vec<DiffError> {
    errors.into_iter().map(E::into).collect()
}

/// What differs between what is at two paths. With `events` two runs are simulated again for the first event that differs.
///
/// # Errors
/// One cannot be read, or they are not of a kind.
pub fn paths(a: &Path, b: &Path, events: bool, stop: &Stop) -> Result<DiffReport, Vec<DiffError>> {
    match (Side::open(a)?, Side::open(b)?) {
        (Side::Run(a), Side::Run(b)) => runs(&a, &b, events, stop).map_err(all),
        (Side::Program(a), Side::Program(b)) => {
            let device = |program: &Program| {
                Device::text(&program.device).and_then(|text| Device::parse(&program.device, text).ok())
            };
            let devices = [device(&a), device(&b)];
            Ok(programs(&a, &b, devices.each_ref().map(Option::as_ref)))
        }
        (Side::Device(a), Side::Device(b)) => Ok(devices(&a, &b)),
        (first, second) => {
            let (first, second) = (first.kind(), second.kind());
            Err(vec![DiffError::Kinds { a: a.to_owned(), first, b: b.to_owned(), second }])
        }
    }
}
