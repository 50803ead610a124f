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

/// What is at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Run,
    Program,
    Device,
}

impl Kind {
    /// By what is there: what is no folder and no program is a device, by name or in a file.
    fn of(path: &Path) -> Result<Kind, model::LoadError> {
        let is_file = path.is_file() && path.extension().is_none_or(|extension| extension != "ron");
        Ok(match path.is_dir() {
            true => Kind::Run,
            false if is_file && model::is_program(path)? => Kind::Program,
            false => Kind::Device,
        })
    }

    fn name(self) -> &'static str {
        match self {
            Kind::Run => "a run directory",
            Kind::Program => "a program",
            Kind::Device => "a device",
        }
    }
}

fn all<E: Into<DiffError>>(errors: Vec<E>) -> Vec<DiffError> {
    errors.into_iter().map(E::into).collect()
}

/// What differs between what is at two paths: run directories, programs, or devices, by name or in files. With `events` two runs are simulated again
/// for the first event that differs.
///
/// # Errors
/// They are not of a kind, or one cannot be read; a run has not simulated all of its frames.
pub fn paths(a: &Path, b: &Path, events: bool, stop: &Stop) -> Result<DiffReport, Vec<DiffError>> {
    let kind = |path: &Path| Kind::of(path).map_err(|error| vec![error.into()]);
    let (first, second) = (kind(a)?, kind(b)?);
    if first != second {
        let (first, second) = (first.name(), second.name());
        return Err(vec![DiffError::Kinds { a: a.to_owned(), first, b: b.to_owned(), second }]);
    }
    match first {
        Kind::Run => {
            let open = |path: &Path| RunDirectory::open_whole(path).map_err(|error| vec![error.into()]);
            runs(&open(a)?, &open(b)?, events, stop).map_err(all)
        }
        Kind::Program => {
            let programs_at = [isa::load(a).map_err(all)?, isa::load(b).map_err(all)?];
            let device = |program: &Program| {
                Device::text(&program.device).and_then(|text| Device::parse(&program.device, text).ok())
            };
            let devices = programs_at.each_ref().map(device);
            Ok(programs(&programs_at[0], &programs_at[1], devices.each_ref().map(Option::as_ref)))
        }
        Kind::Device => {
            let load = |path: &Path| Device::load(&path.to_string_lossy()).map_err(all);
            Ok(devices(&load(a)?, &load(b)?))
        }
    }
}
