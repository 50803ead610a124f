//! Errors of manifests and cases.

use std::path::PathBuf;
use std::sync::Arc;

use miette::{NamedSource, SourceSpan};

use crate::mesh::EarlyEnd;
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
            "a case has name, model, device, inputs, outputs and cycles, optionally random_weights, mode, order and frames"
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
    /// A file of golden cycles has another type or shape, or a negative value.
    #[error("{}: {reason}", path.display())]
    #[diagnostic(
        code(regression::cycles_file),
        help("golden cycles are int64 (n), a number of clocks for each frame")
    )]
    Cycles {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The case has no inputs: it would always pass.
    #[error("the case runs no frame")]
    #[diagnostic(code(regression::no_frames), help("give at least one input, and at least 1 for `frames`"))]
    NoFrames,
    /// `frames` is larger than the number of inputs.
    #[error("`frames` is {frames}, and there are {inputs} inputs")]
    #[diagnostic(code(regression::frames), help("set `frames` to at most {inputs}, or leave it out"))]
    Frames {
        /// Frames asked for.
        frames: usize,
        /// Inputs in the file.
        inputs: usize,
    },
    /// The golden reference has another size: it is not the reference of this case.
    #[error("the golden {what} are {found}, the case gives {expected}")]
    #[diagnostic(
        code(regression::golden_size),
        help("if the change is intended, write new references with `spikemesh test MANIFEST --bless`")
    )]
    GoldenSize {
        /// Outputs or cycles.
        what: &'static str,
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
    /// The cycles are in the manifest, which `--bless` does not edit.
    #[error("the cycles in the manifest are {found:?}, they must be {expected:?}")]
    #[diagnostic(
        code(regression::inline_cycles),
        help("write `cycles: {expected:?}`, or name a .npy file instead")
    )]
    InlineCycles {
        /// The cycles in the manifest.
        found: Vec<u64>,
        /// The cycles of the mesh.
        expected: Vec<u64>,
    },
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
    Device(#[from] crate::device::Error),
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
