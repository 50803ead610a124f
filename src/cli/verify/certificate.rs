//! A certificate, its program, its model and its device.

use std::path::{Path, PathBuf};

use miette::Diagnostic;

use super::report::{Claimed, Problem, Verified};
use crate::certificate::{Error, Inputs, MAX_BYTES, is_certificate, verify};
use crate::cli::error::VerbError;
use crate::cli::exit::Exit;
use crate::cli::inputs;
use crate::device::Setting;
use crate::files::read_limited;
use crate::isa::PackedProgram;
use crate::isa::container::MAX_FILE;
use crate::run::sha256;

/// A certificate is given with the wrong arguments.
#[derive(Debug, thiserror::Error, Diagnostic)]
enum CertificateError {
    /// It says nothing without its program and its device.
    #[error("a certificate is compared with its program and its device; {missing}")]
    #[diagnostic(
        code(verify::arguments),
        help("give `spikemesh verify CERTIFICATE PROGRAM [MODEL] -d DEVICE`")
    )]
    Arguments {
        /// What is missing, or too much.
        missing: &'static str,
    },
}

/// A certificate that was read.
pub(super) struct Certificate {
    path: PathBuf,
    text: Vec<u8>,
}

/// The certificate that the first path is; none if it is anything else.
///
/// # Errors
/// The file cannot be read.
pub(super) fn of(paths: &[PathBuf], has_device: bool) -> Result<Option<Certificate>, VerbError> {
    let Some(path) = paths.first().filter(|path| path.is_file()) else { return Ok(None) };
    let text = read(path)?;
    // Whoever names a device means a certificate, also if it cannot be read as one.
    Ok((has_device || is_certificate(&text)).then(|| Certificate { path: path.clone(), text }))
}

/// What was derived again, and every claim that is false.
///
/// # Errors
/// Program, model or device cannot be read.
pub(super) fn verified(
    certificate: &Certificate,
    paths: &[PathBuf],
    device: Option<&str>,
    settings: &[Setting],
) -> Result<(Verified, Vec<Error>), VerbError> {
    let missing = match (&paths[1..], device) {
        ([], _) => Some("the program is missing"),
        (_, None) => Some("the device is missing"),
        ([_, _, _, ..], _) => Some("more than three paths are given"),
        _ => None,
    };
    if let Some(missing) = missing {
        return Err(VerbError::one(Exit::Usage, CertificateError::Arguments { missing }));
    }
    let device = inputs::device(device.unwrap_or_default(), settings)?;
    let file = read_up_to(&paths[1], MAX_FILE)?;
    let program = PackedProgram::read(&file).map_err(|errors| VerbError::all(Exit::Error, errors))?;
    let model = paths.get(2).map(|path| read(path)).transpose()?.map(|bytes| sha256(&bytes));
    let found = verify(
        &certificate.text,
        &Inputs {
            program: program.records(),
            program_sha256: &sha256(&file),
            model_sha256: model.as_deref(),
            device: &device,
        },
    );
    let (counts, errors) = match found {
        Ok(counts) => (Some(counts), Vec::new()),
        Err(errors) => (None, errors),
    };
    let verified = Verified {
        path: certificate.path.display().to_string(),
        verified: errors.is_empty(),
        status: None,
        finished: None,
        frames: None,
        files: 0,
        claims: counts.map(|counts| Claimed {
            passes: counts.passes,
            units: counts.units,
            routes: counts.routes,
            trees: counts.trees,
            links: counts.links,
            model: counts.model,
        }),
        problems: errors.iter().map(Problem::new).collect(),
    };
    Ok((verified, errors))
}

fn read(path: &Path) -> Result<Vec<u8>, VerbError> {
    read_up_to(path, MAX_BYTES)
}

fn read_up_to(path: &Path, limit: u64) -> Result<Vec<u8>, VerbError> {
    read_limited(path, limit).map_err(|error| VerbError::io("read", path, error.into()))
}
