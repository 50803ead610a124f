//! The error of a verb: an exit code and every problem.

use std::path::{Path, PathBuf};

use miette::{Diagnostic, Report};

use super::exit::Exit;
use super::interrupt;
use crate::noc::EarlyEnd;

/// Why a verb failed.
#[derive(Debug)]
pub struct VerbError {
    /// The exit code of the command.
    pub exit: Exit,
    /// All problems, in the order of display.
    pub problems: Vec<Report>,
}

impl VerbError {
    /// A verb that failed for one reason.
    pub fn one(exit: Exit, problem: impl Diagnostic + Send + Sync + 'static) -> VerbError {
        VerbError { exit, problems: vec![Report::new(problem)] }
    }

    /// A verb that failed for several reasons.
    pub fn all<E>(exit: Exit, problems: impl IntoIterator<Item = E>) -> VerbError
    where
        E: Diagnostic + Send + Sync + 'static,
    {
        VerbError { exit, problems: problems.into_iter().map(Report::new).collect() }
    }

    /// A job that ended early. The exit code is [`Exit::Error`] only if nothing that it left is to be kept.
    pub(super) fn ended_early<E>(end: EarlyEnd<E>, is_deadlock: impl FnOnce(&E) -> bool) -> VerbError
    where
        E: Diagnostic + Send + Sync + 'static,
    {
        let exit = match &end {
            EarlyEnd::Limit(_) => Exit::LimitHit,
            EarlyEnd::Hang(_) => Exit::Hang,
            EarlyEnd::Stopped => Exit::Interrupted,
            EarlyEnd::Failure(error) if is_deadlock(error) => Exit::Hang,
            EarlyEnd::Failure(_) => Exit::Error,
        };
        VerbError::one(exit, end)
    }

    /// The same, with the exit code of the signal that ended the command early, if one did.
    pub fn of_signal(self) -> VerbError {
        let by_signal =
            |problem: &Report| problem.code().is_some_and(|code| code.to_string().ends_with("::stopped"));
        if self.exit == Exit::Interrupted || self.problems.iter().any(by_signal) {
            VerbError { exit: interrupt::exit(), ..self }
        } else {
            self
        }
    }

    /// A file that cannot be read or written; `action` is the verb, such as "read".
    pub fn io(action: &'static str, path: &Path, source: std::io::Error) -> VerbError {
        VerbError::one(Exit::Error, CliError::Io { action, path: path.to_path_buf(), source })
    }
}

/// Failures of the steps that end a verb. All steps are tried, so that nothing that is finished is lost; the first failure is told.
#[derive(Debug, Default)]
pub(super) struct Failures(Option<VerbError>);

impl Failures {
    /// Notes the failure of a step.
    pub fn take(&mut self, result: Result<(), VerbError>) {
        self.0 = self.0.take().or(result.err());
    }

    /// Notes a failure that came before all others.
    pub fn take_before(&mut self, first: Option<VerbError>) {
        self.0 = first.or(self.0.take());
    }

    /// No step has failed.
    pub fn is_none(&self) -> bool {
        self.0.is_none()
    }

    /// The first failure in a line.
    pub fn why(&self) -> Option<String> {
        let problem = self.0.as_ref()?.problems.first()?.to_string();
        problem.lines().next().map(str::to_owned)
    }

    /// The first failure, if there is one.
    pub fn into_result(self) -> Result<(), VerbError> {
        self.0.map_or(Ok(()), Err)
    }
}

/// An error of the command line itself, which no verb and no crate has a code for.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub(super) enum CliError {
    /// The arguments are invalid; nothing was done.
    #[error("{message}")]
    #[diagnostic(
        code(cli::usage),
        help("`spikemesh --help` lists the verbs, `spikemesh VERB --help` a verb's arguments")
    )]
    Usage {
        /// What clap says.
        message: String,
    },
    /// A signal ended the command while there was nothing to keep.
    #[error("interrupted before anything was finished")]
    #[diagnostic(code(cli::interrupted))]
    Interrupted,
    /// A file or folder cannot be read, written or created.
    #[error("cannot {action} {}: {source}", path.display())]
    #[diagnostic(code(cli::io), help("check the path and its permissions"))]
    Io {
        /// "read", "write" or "create".
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The error of the operating system.
        source: std::io::Error,
    },
}
