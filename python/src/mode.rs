//! The modes of a mapping, by name.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use spikemesh::compiler::Mode;

/// The mode of this name.
pub fn mode_named(name: &str) -> PyResult<Mode> {
    match name {
        "minimal" => Ok(Mode::Minimal),
        "all-nps" => Ok(Mode::AllNps),
        "hw-pr" => Ok(Mode::HwPr),
        _ => Err(PyValueError::new_err(format!("there is no mapping {name:?}: minimal, all-nps, hw-pr"))),
    }
}

/// The name of a mode.
pub fn mode_name(mode: Mode) -> &'static str {
    match mode {
        Mode::Minimal => "minimal",
        Mode::AllNps => "all-nps",
        Mode::HwPr => "hw-pr",
    }
}
