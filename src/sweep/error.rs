//! Errors of sweeps.

use std::path::PathBuf;
use std::sync::Arc;

use miette::{Diagnostic, NamedSource, SourceSpan};

use crate::words::{plural, thousands};
use crate::{device, engine, model, run, tensor};

/// Why a sweep does not begin, or ends early. What a point is refused for is a row, not an error.
#[derive(Debug, thiserror::Error, Diagnostic)]
pub enum Error {
    /// Text that is no axis.
    #[error("`{text}` is no axis: {reason}")]
    #[diagnostic(
        code(sweep::axis),
        help(
            "an axis is NAME=VALUES, such as network.depth=4,8 or np.fifo_events=64..512:64 or mode=minimal,all-nps"
        )
    )]
    Axis {
        /// The text.
        text: String,
        /// What is wrong.
        reason: String,
    },
    /// Two axes of one name.
    #[error("the axis `{name}` is given twice")]
    #[diagnostic(code(sweep::twice), help("give all values in one axis: {name}=A,B"))]
    Twice {
        /// The name.
        name: String,
    },
    /// An axis that every sweep needs.
    #[error("the space has no `{name}`")]
    #[diagnostic(code(sweep::missing), help("{help}"))]
    Missing {
        /// The name.
        name: &'static str,
        /// What to give.
        help: &'static str,
    },
    /// A condition that cannot be read, or that does not fit the values.
    #[error("the condition is wrong: {reason}")]
    #[diagnostic(
        code(sweep::condition),
        help(
            "conditions compare numbers and texts, such as network.vcs * network.depth <= 32 or mode == 'minimal'"
        )
    )]
    Condition {
        /// What is wrong.
        reason: String,
        /// The condition.
        #[source_code]
        text: NamedSource<String>,
        /// Where.
        #[label("here")]
        place: SourceSpan,
    },
    /// More points than are wanted by accident.
    #[error("the space has {} points, and a sweep at most {}", thousands(points), thousands(most))]
    #[diagnostic(
        code(sweep::too_many),
        help("choose some with `--sobol N` or `--random N`, leave out values, or raise `--most`")
    )]
    TooMany {
        /// Points, or as many as were counted.
        points: u128,
        /// The limit.
        most: u64,
    },
    /// More points of a Sobol sequence than it has.
    #[error(
        "a Sobol sequence gives at most {} points, and {} are asked for",
        thousands(most),
        thousands(points)
    )]
    #[diagnostic(code(sweep::sobol), help("take `--random N`"))]
    Sobol {
        /// Points that are asked for.
        points: u64,
        /// Points that it has.
        most: u64,
    },
    /// No point is left.
    #[error("no point of the space is left: {conditions}")]
    #[diagnostic(code(sweep::no_points), help("loosen the conditions, or add values"))]
    NoPoints {
        /// The conditions.
        conditions: String,
    },
    /// A file of a space or of a list of points that cannot be read.
    #[error("{reason}")]
    #[diagnostic(
        code(sweep::space),
        help("docs/formats/sweep.md has the fields of a space and the columns of a list")
    )]
    Space {
        /// What is wrong.
        reason: String,
        /// The file.
        #[source_code]
        text: Arc<NamedSource<String>>,
        /// Where.
        #[label("here")]
        place: SourceSpan,
    },
    /// A list of points that is no table.
    #[error("{}: {reason}", path.display())]
    #[diagnostic(
        code(sweep::list),
        help("the first row of a list names axes, each further row has a value for each")
    )]
    List {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A file or folder that cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    #[diagnostic(
        code(sweep::read),
        help("check the path and its permissions; what the folder holds is kept")
    )]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file that cannot be written.
    #[error("cannot write {}: {source}", path.display())]
    #[diagnostic(
        code(sweep::write),
        help(
            "make room on the disk, or check permissions; points that are finished are kept, and the same command goes on with the others"
        )
    )]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A folder of other files.
    #[error("{} holds other files than those of a sweep", path.display())]
    #[diagnostic(code(sweep::not_empty), help("choose a new folder, or an earlier one of a sweep"))]
    NotEmpty {
        /// The folder.
        path: PathBuf,
    },
    /// A folder without results.
    #[error("{} holds no results of a sweep: {reason}", path.display())]
    #[diagnostic(
        code(sweep::no_results),
        help("run the sweep to its end: points that are finished are not simulated again")
    )]
    NoResults {
        /// The folder.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// Something that is no column of the table.
    #[error("{what}: `{name}`")]
    #[diagnostic(code(sweep::unknown), help("{help}"))]
    Unknown {
        /// What is unknown.
        what: &'static str,
        /// Its name.
        name: String,
        /// What there is.
        help: String,
    },
    /// The threads of a sweep cannot be started.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Threads(#[from] crate::threads::ThreadsError),
    /// Of a device.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Device(Box<device::Error>),
    /// Of a model.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Model(#[from] model::LoadError),
    /// Of a file of inputs or labels.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Tensor(#[from] tensor::Error),
    /// Of the engine.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Engine(#[from] engine::Error),
    /// Of a run.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Run(#[from] run::Error),
    /// A sweep that was asked to end.
    #[error("interrupted: {} left of {}; the same command goes on", plural(*left, "point is", "points are"), plural(*points, "point", "points"))]
    #[diagnostic(code(sweep::stopped))]
    Stopped {
        /// Points without a result.
        left: u64,
        /// All points.
        points: u64,
    },
}

impl From<device::Error> for Error {
    fn from(error: device::Error) -> Error {
        Error::Device(Box::new(error))
    }
}
