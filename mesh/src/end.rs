//! How a job ended, which nobody can overlook: a result is only given out together with it.
//!
//! A job returns [`Ended`]. Its fields are private and it does not dereference, so there are two ways to the value:
//! [`Ended::into_finished`] gives a whole result or an [`Unfinished`] one, [`Ended::into_parts`] gives the value with its [`End`].
//!
//! A part of a result cannot be taken for the whole:
//!
//! ```compile_fail,E0609
//! fn frames(ended: spikemesh_mesh::Ended<spikemesh_mesh::Outcome>) -> usize {
//!     ended.frames.len()
//! }
//! ```
//!
//! ```compile_fail,E0616
//! fn outcome(ended: spikemesh_mesh::Ended<spikemesh_mesh::Outcome>) -> spikemesh_mesh::Outcome {
//!     ended.value
//! }
//! ```
//!
//! ```
//! fn frames(ended: spikemesh_mesh::Ended<spikemesh_mesh::Outcome>) -> usize {
//!     ended.into_finished().map_or(0, |outcome| outcome.frames.len())
//! }
//! ```

use std::fmt;

use miette::Diagnostic;
use spikemesh_noc::Cycle;

use crate::simulator::Error;

/// The result of a job with the way in which the job ended.
#[derive(Clone, Debug, PartialEq)]
#[must_use = "the job may have ended early"]
pub struct Ended<T, E = Error> {
    value: T,
    end: End<E>,
}

impl<T, E> Ended<T, E> {
    /// A value, whole if `end` is [`End::Finished`].
    pub fn new(value: T, end: End<E>) -> Ended<T, E> {
        Ended { value, end }
    }

    /// The value if the job finished.
    ///
    /// # Errors
    /// The job ended early.
    pub fn into_finished(self) -> Result<T, Unfinished<T, E>> {
        match self.end {
            End::Finished => Ok(self.value),
            End::Early(end) => Err(Unfinished { partial: self.value, end }),
        }
    }

    /// The same end with a failure of another type.
    pub fn map_failure<F>(self, into: impl FnOnce(E) -> F) -> Ended<T, F> {
        let end = match self.end {
            End::Finished => End::Finished,
            End::Early(EarlyEnd::Stopped) => End::Early(EarlyEnd::Stopped),
            End::Early(EarlyEnd::Limit(limit)) => End::Early(EarlyEnd::Limit(limit)),
            End::Early(EarlyEnd::Hang(hang)) => End::Early(EarlyEnd::Hang(hang)),
            End::Early(EarlyEnd::Failure(error)) => End::Early(EarlyEnd::Failure(into(error))),
        };
        Ended { value: self.value, end }
    }

    /// The value, which may be a part, and how the job ended.
    pub fn into_parts(self) -> (T, End<E>) {
        (self.value, self.end)
    }
}

/// What a job that ended early leaves.
#[derive(Clone, Debug, PartialEq)]
pub struct Unfinished<T, E = Error> {
    /// The part that is there.
    pub partial: T,
    /// Why it is not the whole.
    pub end: EarlyEnd<E>,
}

/// How a job ended.
#[derive(Clone, Debug, PartialEq)]
#[must_use = "the job may have ended early"]
pub enum End<E = Error> {
    /// It did all that it was asked for.
    Finished,
    /// It ended before: stopped, at a limit, in a hang, or with an error.
    Early(EarlyEnd<E>),
}

impl<E> End<E> {
    /// True if the job did all that it was asked for.
    pub fn is_finished(&self) -> bool {
        matches!(self, End::Finished)
    }
}

/// Why a job ended early.
#[derive(Clone, Debug, PartialEq)]
pub enum EarlyEnd<E = Error> {
    /// Its stop flag was set.
    Stopped,
    /// It reached a limit.
    Limit(CycleLimit),
    /// Nothing moves any more.
    Hang(Hang),
    /// An error.
    Failure(E),
}

impl<E: Diagnostic> EarlyEnd<E> {
    fn cause(&self) -> &dyn Diagnostic {
        match self {
            EarlyEnd::Stopped => &Stopped,
            EarlyEnd::Limit(limit) => limit,
            EarlyEnd::Hang(hang) => hang,
            EarlyEnd::Failure(error) => error,
        }
    }
}

impl<E> From<E> for EarlyEnd<E> {
    fn from(error: E) -> EarlyEnd<E> {
        EarlyEnd::Failure(error)
    }
}

impl<E: Diagnostic> fmt::Display for EarlyEnd<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.cause(), f)
    }
}

impl<E: Diagnostic> std::error::Error for EarlyEnd<E> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause().source()
    }
}

impl<E: Diagnostic> Diagnostic for EarlyEnd<E> {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.cause().code()
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.cause().help()
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = miette::LabeledSpan> + '_>> {
        self.cause().labels()
    }

    fn source_code(&self) -> Option<&dyn miette::SourceCode> {
        self.cause().source_code()
    }
}

/// The stop flag was set.
#[derive(Clone, Copy, Debug, thiserror::Error, Diagnostic)]
#[error("the run was stopped before its end")]
#[diagnostic(code(simulate::stopped), help("run it again without a stop"))]
struct Stopped;

/// The run went on beyond its limit of cycles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, Diagnostic)]
#[error("the run went beyond {limit} cycles")]
#[diagnostic(code(simulate::cycle_limit), help("raise `--max-cycles`, or give fewer frames"))]
pub struct CycleLimit {
    /// The last cycle that was allowed.
    pub limit: Cycle,
}

/// Nothing moves any more, and units still wait.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Diagnostic)]
#[error("nothing moves after cycle {cycle}: {}", waiting.join("; "))]
#[diagnostic(code(simulate::hang), help("write waves and look at the last cycles"))]
pub struct Hang {
    /// The cycle of the last movement.
    pub cycle: Cycle,
    /// Who waits for what.
    pub waiting: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ended(end: End) -> Ended<u32> {
        Ended::new(7, end)
    }

    #[test]
    fn only_a_finished_job_gives_a_whole_result() {
        assert_eq!(ended(End::Finished).into_finished().unwrap(), 7);
        let hang = Hang { cycle: 3, waiting: vec!["a waits".to_owned(), "b waits".to_owned()] };
        for early in [
            EarlyEnd::Stopped,
            EarlyEnd::Limit(CycleLimit { limit: 9 }),
            EarlyEnd::Hang(hang),
            EarlyEnd::Failure(Error::NoWeights),
        ] {
            let text = early.to_string();
            let unfinished = ended(End::Early(early)).into_finished().unwrap_err();
            assert_eq!((unfinished.partial, unfinished.end.to_string()), (7, text));
        }
    }

    #[test]
    fn every_early_end_has_a_code() {
        let codes = [
            (EarlyEnd::Stopped, "simulate::stopped"),
            (EarlyEnd::Limit(CycleLimit { limit: 9 }), "simulate::cycle_limit"),
            (EarlyEnd::Hang(Hang { cycle: 0, waiting: Vec::new() }), "simulate::hang"),
            (EarlyEnd::Failure(Error::NoWeights), "simulate::no_weights"),
        ];
        for (end, code) in codes {
            assert_eq!(end.code().unwrap().to_string(), code);
        }
    }
}
