//! Errors of the library as exceptions of Python, with message, help and stable code.

use std::any::Any;
use std::error::Error;
use std::fmt::Write as _;
use std::io::{self, ErrorKind};
use std::panic::{AssertUnwindSafe, catch_unwind};

use miette::Diagnostic;
use pyo3::exceptions::{PyOSError, PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use spikemesh::words::{in_python, shortened};
use spikemesh::{engine, model};

/// An error with the type of its exception.
pub trait Raise: Diagnostic + 'static {
    /// True if the call came in the wrong state, with right arguments.
    fn is_state(&self) -> bool {
        false
    }
}

impl Raise for engine::Error {
    fn is_state(&self) -> bool {
        engine::Error::is_state(self)
    }
}

impl Raise for model::Error {
    fn is_state(&self) -> bool {
        model::Error::is_state(self)
    }
}

impl Raise for model::LoadError {}
impl Raise for model::file::Error {}
impl Raise for spikemesh::Refusal {}
impl Raise for spikemesh::compiler::PlacementError {}
impl Raise for spikemesh::compiler::deadlock::Refused {}
impl Raise for spikemesh::isa::Error {}
impl Raise for spikemesh::device::Error {}
impl Raise for spikemesh::diff::DiffError {}
impl Raise for spikemesh::mesh::CycleLimit {}
impl Raise for spikemesh::mesh::Error {}
impl Raise for spikemesh::mesh::wave::WaveError {}
impl Raise for spikemesh::run::Error {}
impl Raise for spikemesh::sweep::Error {}
impl Raise for spikemesh::tensor::Error {}
impl Raise for spikemesh::threads::ThreadsError {}

/// The exception of an error: `OSError` if the operating system refused, `RuntimeError` in the wrong state, otherwise `ValueError`.
fn exception(error: &impl Raise, message: String) -> PyErr {
    if let Some(answer) = system_answer(error) {
        return match answer.raw_os_error() {
            // Python picks the subclass, such as `FileNotFoundError`.
            Some(code) => PyOSError::new_err((code, message)),
            None => PyOSError::new_err(message),
        };
    }
    if error.is_state() { PyRuntimeError::new_err(message) } else { PyValueError::new_err(message) }
}

/// The answer of the operating system that an error rests on, if it is one. What a file holds is none.
fn system_answer<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a io::Error> {
    let causes = std::iter::successors(Some(error), |&error| error.source());
    // The last one has the system's number; those before it may only add where it came from.
    let answer = causes.filter_map(|cause| cause.downcast_ref::<io::Error>()).last()?;
    (!matches!(answer.kind(), ErrorKind::InvalidData | ErrorKind::FileTooLarge)).then_some(answer)
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
        Some(error) => exception(&error, message),
        None => PyRuntimeError::new_err("failed without a reason"),
    }
}

/// An error in one line: message, help, code.
pub fn text(error: &dyn Diagnostic) -> String {
    let mut text = shortened(&error.to_string());
    if let Some(help) = error.help() {
        let _ = write!(text, "; {}", in_python(&help.to_string()).replace('\n', "; "));
    }
    if let Some(code) = error.code() {
        let _ = write!(text, " [{code}]");
    }
    text
}

/// Runs `work` with the interpreter released, on the calling thread: for what takes little time. A panic, which is a defect of the library,
/// becomes a `RuntimeError`.
pub fn detached<T: Send>(py: Python<'_>, work: impl FnOnce() -> T + Send) -> PyResult<T> {
    py.detach(|| catch_unwind(AssertUnwindSafe(work))).map_err(|payload| defect(&*payload))
}

/// The exception of a panic.
pub fn defect(payload: &(dyn Any + Send)) -> PyErr {
    let reason = payload
        .downcast_ref::<&str>()
        .map(|reason| (*reason).to_owned())
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_default();
    PyRuntimeError::new_err(format!("a defect of Spikemesh, please report it: {reason}"))
}
