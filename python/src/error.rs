//! Errors of the library as exceptions of Python, with message, help and stable code.

use std::fmt::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};

use miette::Diagnostic;
use pyo3::exceptions::{PyOSError, PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use spikemesh::{engine, in_python, model};

/// An error with the type of its exception.
pub trait Raise: Diagnostic {
    /// The exception with this message. `ValueError` unless the reference says otherwise.
    fn exception(&self, message: String) -> PyErr {
        PyValueError::new_err(message)
    }
}

impl Raise for engine::Error {
    fn exception(&self, message: String) -> PyErr {
        if self.is_state() { PyRuntimeError::new_err(message) } else { PyValueError::new_err(message) }
    }
}

impl Raise for model::Error {
    fn exception(&self, message: String) -> PyErr {
        if self.is_state() { PyRuntimeError::new_err(message) } else { PyValueError::new_err(message) }
    }
}

impl Raise for model::LoadError {
    fn exception(&self, message: String) -> PyErr {
        match self {
            model::LoadError::Io { path, source } => os_error(path.display().to_string(), source),
            _ => PyValueError::new_err(message),
        }
    }
}

impl Raise for model::file::Error {}
impl Raise for spikemesh::compiler::Error {}
impl Raise for spikemesh::isa::Error {}
impl Raise for spikemesh::device::Error {}
impl Raise for spikemesh::mesh::CycleLimit {}
impl Raise for spikemesh::mesh::Error {}
impl Raise for spikemesh::run::Error {}
impl Raise for spikemesh::tensor::Error {}

/// An error of the operating system; Python picks the subclass, such as `FileNotFoundError`.
fn os_error(path: String, source: &std::io::Error) -> PyErr {
    match source.raw_os_error() {
        Some(code) => {
            let text = source.to_string();
            // The number is an argument of its own in Python.
            let text = text.split(" (os error").next().unwrap_or_default().to_owned();
            PyOSError::new_err((code, text, path))
        }
        None => PyOSError::new_err(format!("{path}: {source}")),
    }
}

/// One exception for all errors; its type is the first one's.
pub fn raise<E: Raise>(errors: impl IntoIterator<Item = E>) -> PyErr {
    let mut message = String::new();
    let mut first = None;
    for error in errors {
        let separator = if message.is_empty() { "" } else { "\n" };
        let _ = write!(message, "{separator}{}", text(&error));
        first.get_or_insert(error);
    }
    match first {
        Some(error) => error.exception(message),
        None => PyRuntimeError::new_err("failed without a reason"),
    }
}

/// An error in one line: message, help, code.
pub fn text(error: &dyn Diagnostic) -> String {
    let mut text = error.to_string();
    if let Some(help) = error.help() {
        let _ = write!(text, "; {}", in_python(&help.to_string()));
    }
    if let Some(code) = error.code() {
        let _ = write!(text, " [{code}]");
    }
    text
}

/// Runs `work` with the interpreter released. A panic, which is a defect of the library, becomes a `RuntimeError`.
pub fn detached<T: Send>(py: Python<'_>, work: impl FnOnce() -> T + Send) -> PyResult<T> {
    py.detach(|| catch_unwind(AssertUnwindSafe(work))).map_err(|payload| {
        let reason = payload
            .downcast_ref::<&str>()
            .map(|reason| (*reason).to_owned())
            .or_else(|| payload.downcast_ref::<String>().cloned())
            .unwrap_or_default();
        PyRuntimeError::new_err(format!("a defect of Spikemesh, please report it: {reason}"))
    })
}
