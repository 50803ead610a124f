//! Errors of replays.

use miette::Diagnostic;
use thiserror::Error;

use crate as network;
use crate::trace::TraceError;

/// Errors that refuse a replay or end it early.
#[derive(Debug, Error, Diagnostic)]
#[non_exhaustive]
pub enum ReplayError {
    /// The trace is faulty or cannot be read, or an output cannot be written.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Trace(#[from] TraceError),
    /// The network cannot be built, is deadlocked, or its audit fails.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Network(#[from] network::Error),
}

impl ReplayError {
    /// A file cannot be read or written any more. What was replayed before is right.
    pub fn is_io(&self) -> bool {
        matches!(self, ReplayError::Trace(TraceError::Io { .. }))
    }

    /// Packets wait for each other for ever. What was replayed before is right.
    pub fn is_deadlock(&self) -> bool {
        matches!(self, ReplayError::Network(network::Error::Deadlock { .. }))
    }
}
