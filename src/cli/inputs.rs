//! Files that verbs read: models, devices, programs.

use std::path::Path;

use super::error::VerbError;
use super::exit::Exit;
use super::logging;
use crate::compiler::Compilation;
use crate::compiler::deadlock::prove_on;
use crate::device::{self, Device, Setting};
use crate::isa::{PackedProgram, Program};
use crate::mapping::{MappingOptions, map_model};
use crate::mesh;
use crate::model::{self, Model};
use crate::run::sha256;

/// An array whose two orders both fit.
#[derive(Debug, Default, thiserror::Error, miette::Diagnostic)]
#[error("an array of 1 or 3 channels with equal sides was read as images (n, h, w, c)")]
#[diagnostic(
    severity(warning),
    code(cli::ambiguous_order),
    help(
        "say which it is: `--order images`, or `--order events` for (n, w, h, c); in a manifest `order: \"events\"`"
    )
)]
pub struct OrderWarning;

/// A model: a template or a `.fb` or `.fbz` file, recognised by content. With a seed, layers without weights get random
/// weights.
///
/// # Errors
/// All problems of the file.
pub fn model(path: &Path, random_weights: Option<u64>) -> Result<Model, VerbError> {
    hashed_model(path, random_weights).map(|(model, _)| model)
}

/// As [`model`], with the SHA-256 of the file.
///
/// # Errors
/// All problems of the file.
pub fn hashed_model(path: &Path, random_weights: Option<u64>) -> Result<(Model, String), VerbError> {
    let (mut model, bytes) =
        model::Model::read(path).map_err(|errors| VerbError::all(Exit::Error, errors))?;
    tracing::info!(model = model.name, layers = model.layers().len(), "model loaded");
    if let Some(seed) = random_weights {
        model.randomise(seed);
        tracing::info!(seed, "random weights drawn");
    }
    Ok((model, sha256(&bytes)))
}

/// A device by name, or from a `.ron` file, with some constants set.
///
/// # Errors
/// All problems of the device and of the settings.
pub fn device(name_or_path: &str, settings: &[Setting]) -> Result<Device, VerbError> {
    changed_device(name_or_path, |device| device.with(settings))
}

/// As [`device`], for a model or a program: what the mapping of a program read cannot be set.
///
/// # Errors
/// Also settings of constants that mapping read.
pub fn device_of(is_program: bool, name_or_path: &str, settings: &[Setting]) -> Result<Device, VerbError> {
    match is_program {
        true => changed_device(name_or_path, |device| device.with_for_program(settings)),
        false => device(name_or_path, settings),
    }
}

fn changed_device(
    name_or_path: &str,
    change: impl FnOnce(&Device) -> Result<Device, Vec<device::Error>>,
) -> Result<Device, VerbError> {
    let device = Device::load(name_or_path).and_then(|device| change(&device));
    let device = device.map_err(|errors| VerbError::all(Exit::Error, errors))?;
    tracing::info!(device = device.name, nps = device.nps(), "device loaded");
    Ok(device)
}

/// A model mapped onto a device.
///
/// # Errors
/// Everything for which the model does not fit.
pub fn compiled(model: &Model, device: &Device, options: &MappingOptions) -> Result<Compilation, VerbError> {
    let compiled =
        map_model(model, device, options).map_err(|errors| VerbError::all(Exit::Unmappable, errors))?;
    logging::mapped(&compiled);
    Ok(compiled)
}

/// A program that a device holds: compared with it before its memory images are unpacked.
///
/// # Errors
/// The file cannot be read, is no program, is damaged, or asks for what the device does not have.
pub fn program(path: &Path, device: &Device) -> Result<Program, VerbError> {
    mesh::unpack(packed_program(path)?, device).map_err(|errors| VerbError::all(Exit::Error, errors))
}

/// As [`program`], on a device with constants set.
///
/// # Errors
/// Also a program that could deadlock there.
pub fn program_on(path: &Path, device: &Device, settings: &[Setting]) -> Result<Program, VerbError> {
    let program = program(path, device)?;
    // The proof that mapping made was for the network as it was.
    if !settings.is_empty() {
        prove_on(&program, device).map_err(|refused| VerbError::one(Exit::Unmappable, refused))?;
    }
    Ok(program)
}

/// A program with its memory images packed, for a look at it.
///
/// # Errors
/// The file cannot be read, is no program, or is damaged.
pub fn packed_program(path: &Path) -> Result<PackedProgram<'static>, VerbError> {
    let program = PackedProgram::load(path).map_err(|errors| VerbError::all(Exit::Error, errors))?;
    tracing::info!(program = %path.display(), "program loaded");
    Ok(program)
}

/// True if the file is a program, false if it is anything else that might be a model.
///
/// # Errors
/// The file cannot be read.
pub fn is_program(path: &Path) -> Result<bool, VerbError> {
    model::is_program(path).map_err(|error| VerbError::one(Exit::Error, error))
}
