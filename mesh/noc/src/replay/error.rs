//! Errors of replays.

use miette::Diagnostic;
use thiserror::Error;

use crate as network;
use crate::trace::TraceError;
use spikemesh_words::SourceLine;

/// Errors that refuse a replay or end it early.
#[derive(Debug, Error, Diagnostic)]
#[non_exhaustive]
pub enum ReplayError {
    /// The trace is faulty or cannot be read, or an output cannot be written.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Trace(#[from] TraceError),
    /// An answer to compare with or to join is none, or one of another trace; nothing was done.
    #[error("{at}: {what}")]
    #[diagnostic(
        code(replay::answer),
        help("take the answer that `replay -o` wrote for this trace; rows count from 0")
    )]
    Answer {
        /// The file, and the line if it is text.
        at: String,
        /// The line.
        #[source_code]
        #[label(collection, "here")]
        line: Option<SourceLine>,
        /// What is wrong.
        what: String,
    },
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
