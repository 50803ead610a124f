//! Models checked against the limits of the hardware.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use spikemesh::compat::{self, Profile};
use spikemesh::model;

use crate::error::{detached, raise, text};
use crate::model::Model;

/// The profile of this name.
pub fn profile(name: &str) -> PyResult<Profile> {
    Profile::parse(name).ok_or_else(|| PyValueError::new_err(format!("there is no hardware version {name}")))
}

/// A model that has layers: one without keeps every limit, and says nothing by it.
fn something(model: model::Model) -> PyResult<model::Model> {
    if model.layers().is_empty() { Err(raise([model::Error::Empty])) } else { Ok(model) }
}

/// A line for every limit that a model breaks.
#[pyfunction]
pub fn violations(model: &Model, version: &str) -> PyResult<Vec<String>> {
    let model = something(model.snapshot())?;
    let violations = compat::check(&model, profile(version)?);
    Ok(violations.iter().map(|violation| text(violation)).collect())
}

/// The bytes of a model that computes the same and breaks fewer limits; the repairs; the remaining violations.
#[pyfunction]
pub fn repair(
    py: Python<'_>,
    model: &Model,
    version: &str,
) -> PyResult<(Py<PyBytes>, Vec<String>, Vec<String>)> {
    let (original, profile) = (something(model.snapshot())?, profile(version)?);
    let repaired = detached(py, || compat::repair(&original, profile))?;
    let bytes = model::file::encode(&repaired.model).map_err(|error| raise([error]))?;
    let done = repaired.done.iter().map(ToString::to_string).collect();
    let remaining = repaired.remaining.iter().map(ToString::to_string).collect();
    Ok((PyBytes::new(py, &bytes).unbind(), done, remaining))
}
