//! Errors of manifests and cases.

use std::path::PathBuf;
use std::sync::Arc;

use miette::{NamedSource, SourceSpan};

use crate::mesh::EarlyEnd;
use crate::words::plural;
use crate::{compiler, engine, golden, mesh, model, run, tensor};

/// A manifest that cannot be read, or a case that cannot run.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub enum Error {
    /// A file cannot be read or written.
    #[error("cannot {action} {}: {source}", path.display())]
    #[diagnostic(
        code(regression::io),
        help("paths in a manifest are relative to it; check path and permissions")
    )]
    Io {
        /// "read" or "write".
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// The error of the operating system.
        source: std::io::Error,
    },
    /// The manifest or one of its cases is invalid; the case is not run.
    #[error("{reason}")]
    #[diagnostic(
        code(regression::syntax),
        help(
            "a case has name, model, device or devices, inputs, and golden or refusal; docs/formats/regression-manifest.md lists all fields"
        )
    )]
    Syntax {
        /// The message of the parser.
        reason: String,
        /// The manifest.
        #[source_code]
        text: Arc<NamedSource<String>>,
        /// Where in it.
        #[label("here")]
        place: SourceSpan,
    },
    /// The manifest has no cases: it would always pass.
    #[error("{} has no cases", path.display())]
    #[diagnostic(code(regression::no_cases), help("add a case to its `cases: [...]`"))]
    NoCases {
        /// The manifest.
        path: PathBuf,
    },
    /// Two cases have the same name: a report could not distinguish them.
    #[error("case {position} has the name `{name}` too")]
    #[diagnostic(code(regression::duplicate_case), help("give every case a name of its own"))]
    DuplicateCase {
        /// The name.
        name: String,
        /// Position of the earlier case, from 1.
        position: usize,
    },
    /// A golden file is damaged, or of another version.
    #[error("{}: {reason}", path.display())]
    #[diagnostic(
        code(regression::golden_file),
        help("write it anew with `spikemesh test MANIFEST --bless`, if mesh and engine agree")
    )]
    GoldenFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The golden file is an input of a case, or the golden file of another case: it would be lost.
    #[error("{} is not only the golden file of this case", path.display())]
    #[diagnostic(
        code(regression::golden_is_used),
        help("give the golden file of every case a name of its own")
    )]
    GoldenIsUsed {
        /// The file.
        path: PathBuf,
    },
    /// The case has no inputs: it would always pass.
    #[error("the case runs no frame")]
    #[diagnostic(code(regression::no_frames), help("give at least one input, and at least 1 for `frames`"))]
    NoFrames,
    /// `frames` is larger than the number of inputs.
    #[error("`frames` is {frames}, and the file has {}", plural(*inputs, "input", "inputs"))]
    #[diagnostic(code(regression::frames), help("set `frames` to at most {inputs}, or leave it out"))]
    Frames {
        /// Frames asked for.
        frames: usize,
        /// Inputs in the file.
        inputs: usize,
    },
    /// The golden reference has another size: it is not the reference of this case.
    #[error("the golden {what} is {found}, and the case gives {expected}")]
    #[diagnostic(
        code(regression::golden_size),
        help("if the change is intended, write new references with `spikemesh test MANIFEST --bless`")
    )]
    GoldenSize {
        /// The output, or the number of frames.
        what: String,
        /// Size of the reference.
        found: String,
        /// Size of the result.
        expected: String,
    },
    /// The case was never blessed: there is nothing to compare with.
    #[error("there is no reference yet: {} does not exist", path.display())]
    #[diagnostic(
        code(regression::no_reference),
        help("`spikemesh test MANIFEST --bless` writes it, if mesh and engine agree")
    )]
    NoReference {
        /// The file.
        path: PathBuf,
    },
    /// No case has one of the names and tags that were asked for: nothing would run.
    #[error("no case matches {filters}")]
    #[diagnostic(
        code(regression::none_selected),
        help("`spikemesh test MANIFEST --list` lists the cases with their tags")
    )]
    NoneSelected {
        /// What was asked for.
        filters: String,
    },
    /// The input files of a case have samples of different sizes.
    #[error("{} has samples of the axes {next:?}, and those before it {before:?}", path.display())]
    #[diagnostic(code(regression::input_shapes), help("give files with the same axes behind the first"))]
    InputShapes {
        /// The file.
        path: PathBuf,
        /// Axes of a sample of the files before.
        before: [usize; 3],
        /// Of this one.
        next: [usize; 3],
    },
    /// A case that must fail does not, or fails for another reason.
    #[error("the case does not fail with `{code}`, as its `refusal` says")]
    #[diagnostic(
        code(regression::not_refused),
        help("if it is right that it runs now, give it a `golden` file instead of `refusal`")
    )]
    NotRefused {
        /// The code that it must fail with.
        code: String,
    },
    /// A case took longer on this host than it may.
    #[error("the case was ended after its time limit of {seconds} s")]
    #[diagnostic(code(regression::time_limit), help("raise `time_limit`, or use fewer `frames`"))]
    TimeLimit {
        /// The limit.
        seconds: f64,
    },
    /// The simulation hangs.
    #[error("nothing moves after cycle {cycle}: {}", waiting.join("; "))]
    #[diagnostic(
        code(regression::hang),
        help("run the case with `spikemesh run --waves` and look at the last cycles")
    )]
    Hang {
        /// The cycle of the last move.
        cycle: u64,
        /// The units that wait, and for what.
        waiting: Vec<String>,
    },
    /// Mesh and engine differ: the output is not written as a reference.
    #[error("not blessed: {0}")]
    #[diagnostic(
        code(regression::not_exact),
        help("the mesh and the engine must agree before a reference is written")
    )]
    NotExact(golden::Difference),
    /// An array cannot be read or written.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Tensor(#[from] tensor::Error),
    /// The model cannot be loaded.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Model(#[from] model::LoadError),
    /// The device cannot be loaded.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Device(Box<crate::device::Error>),
    /// The model cannot be mapped.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Compiler(#[from] compiler::Error),
    /// The simulator refuses the program.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Simulator(#[from] mesh::Error),
    /// The engine refuses the model.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Engine(#[from] engine::Error),
    /// The run cannot begin.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Run(#[from] run::Error),
    /// The run ended early, without a hang.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Early(EarlyEnd<run::Error>),
}

impl Error {
    /// Whether a case that must fail with `code` has.
    pub fn is_refusal(errors: &[Error], code: &str) -> bool {
        let of = |error: &Error| miette::Diagnostic::code(error).map(|code| code.to_string());
        errors.iter().any(|error| of(error).as_deref() == Some(code))
    }

    /// The case was stopped: it has no result.
    pub fn is_stop(&self) -> bool {
        match self {
            Error::Compiler(error) => matches!(error, compiler::Error::Stopped),
            Error::Early(end) => matches!(end, EarlyEnd::Stopped),
            _ => false,
        }
    }
}

impl From<EarlyEnd<run::Error>> for Error {
    fn from(end: EarlyEnd<run::Error>) -> Error {
        match end {
            EarlyEnd::Hang(hang) => Error::Hang { cycle: hang.cycle, waiting: hang.waiting },
            end => Error::Early(end),
        }
    }
}

impl From<crate::device::Error> for Error {
    fn from(error: crate::device::Error) -> Error {
        Error::Device(Box::new(error))
    }
}
