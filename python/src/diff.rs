//! What differs between two runs, programs or devices.

use std::path::PathBuf;

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use spikemesh::diff::{self, DiffReport};

use crate::error::raise;
use crate::work::work;

/// As JSON what differs between what is at two paths; stops on Ctrl-C. With `events` two runs are simulated again.
///
/// # Errors
/// One cannot be read, or they are not of a kind.
#[pyfunction]
pub fn differences(py: Python<'_>, a: PathBuf, b: PathBuf, events: bool) -> PyResult<String> {
    let report: DiffReport = work(py, |caller| diff::paths(&a, &b, events, &caller.stop).map_err(raise))??;
    spikemesh::to_json(&report).map_err(|error| PyRuntimeError::new_err(error.to_string()))
}
