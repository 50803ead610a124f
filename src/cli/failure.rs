//! How a verb fails: an exit code and every problem.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use miette::{Diagnostic, Report};

/// What the exit code of the command means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Everything is as it should be.
    Fine = 0,
    /// Something could not be done: a file that cannot be read, a value that makes no sense.
    Error = 1,
    /// The command line makes no sense.
    Usage = 2,
    /// The model breaks rules of the profile.
    Incompatible = 3,
    /// Outputs or cycles differ from the golden reference.
    Mismatch = 4,
    /// The model does not fit on the device.
    Unmappable = 5,
    /// A gate or a certificate failed.
    GateFailed = 6,
    /// Nothing moves any more: a hang or a deadlock.
    Hang = 7,
    /// A limit was hit, such as a number of cycles.
    LimitHit = 8,
    /// Interrupted; what is finished is on disk, marked incomplete.
    Interrupted = 130,
}

impl Exit {
    /// All codes as help shows them.
    pub const TABLE: &str = "\
Exit codes: 0 fine, 1 error, 2 usage, 3 model incompatible, 4 golden mismatch, 5 cannot be mapped,
6 gate failed, 7 hang, 8 limit hit, 130 interrupted";
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit as u8)
    }
}

/// A verb did not do what was asked for.
#[derive(Debug)]
pub struct Failure {
    /// The exit code of the command.
    pub exit: Exit,
    /// All problems, in the order in which they are shown.
    pub problems: Vec<Report>,
}

impl Failure {
    /// A failure for one reason.
    pub fn one(exit: Exit, problem: impl Diagnostic + Send + Sync + 'static) -> Failure {
        Failure { exit, problems: vec![Report::new(problem)] }
    }

    /// A failure for several reasons.
    pub fn all<E>(exit: Exit, problems: impl IntoIterator<Item = E>) -> Failure
    where
        E: Diagnostic + Send + Sync + 'static,
    {
        Failure { exit, problems: problems.into_iter().map(Report::new).collect() }
    }

    /// A file that cannot be read or written; `action` is the verb, such as "read".
    pub fn io(action: &'static str, path: &Path, source: std::io::Error) -> Failure {
        Failure::one(Exit::Error, Error::Io { action, path: path.to_path_buf(), source })
    }
}

/// What can go wrong at the command line itself.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum Error {
    /// Arguments that make no sense; nothing was done.
    #[error("{message}")]
    #[diagnostic(
        code(cli::usage),
        help("`spikemesh --help` lists the verbs, `spikemesh VERB --help` a verb's arguments")
    )]
    Usage {
        /// What clap says.
        message: String,
    },
    /// The operating system refused.
    #[error("cannot {action} {}: {source}", path.display())]
    #[diagnostic(code(cli::io), help("check the path and its permissions"))]
    Io {
        /// What was tried.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// The verb exists but this build does not have it.
    #[error("`{verb}` is not in this build")]
    #[diagnostic(code(cli::missing), help("build a later version"))]
    Missing {
        /// The verb.
        verb: &'static str,
    },
}
