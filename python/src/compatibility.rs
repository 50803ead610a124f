//! Models held against the limits of the hardware.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use spikemesh::compat::{self, Profile};

use crate::error::text;
use crate::model::Model;

/// The profile of this name.
pub fn profile(name: &str) -> PyResult<Profile> {
    Profile::parse(name).ok_or_else(|| PyValueError::new_err(format!("there is no hardware version {name}")))
}

/// Every limit that a model breaks, in words.
#[pyfunction]
pub fn violations(model: &Model, version: &str) -> PyResult<Vec<String>> {
    let violations = compat::check(&model.snapshot(), profile(version)?);
    Ok(violations.iter().map(|violation| text(violation)).collect())
}
