//! Errors of looking into a trace.

use miette::Diagnostic;
use thiserror::Error;

/// Why a trace is not summed up or not exported.
#[derive(Debug, Error, Diagnostic)]
#[non_exhaustive]
pub enum Error {
    /// More routes and latencies than are kept; there is no summary.
    #[error(
        "{file} has more latencies and routes than are kept apart: {limit} latencies, or a sixteenth of that in routes"
    )]
    #[diagnostic(
        code(trace::too_many),
        help("look at a part of it, such as with `--window 0..100k` or `--node n0_0`")
    )]
    TooMany {
        /// The trace.
        file: String,
        /// Most of them.
        limit: usize,
    },
    /// A filter names what the trace does not have, or does not say; nothing was read.
    #[error("{option} {value}: {rule}")]
    #[diagnostic(
        code(trace::filter),
        help("`spikemesh trace FILE` without filters lists units, layers and classes")
    )]
    Filter {
        /// The option.
        option: &'static str,
        /// What was asked for.
        value: String,
        /// What it breaks.
        rule: String,
    },
    /// A packet of the selection waits for one outside; it is not exported.
    #[error("packet {packet} waits for packet {after}, which the filters leave out")]
    #[diagnostic(
        code(trace::cut),
        help("export without filters, or with filters that keep packets together that wait for each other")
    )]
    Cut {
        /// The packet, by its row.
        packet: u64,
        /// What it waits for.
        after: u64,
    },
    /// An answer that is joined has other packets than the trace; nothing was done.
    #[error("{answer} is not an answer to {trace}: {what}")]
    #[diagnostic(code(trace::join), help("take the answer that `replay -o` wrote for this trace"))]
    Join {
        /// The answer.
        answer: String,
        /// The trace.
        trace: String,
        /// Where they differ.
        what: String,
    },
    /// What is asked for needs answers, and the trace has none.
    #[error("{option} needs to know when packets arrived, which {file} does not say")]
    #[diagnostic(
        code(trace::no_answers),
        help("`spikemesh replay TRACE -d DEVICE -o answer.csv` measures it; then add `--with answer.csv`")
    )]
    NoAnswers {
        /// The option.
        option: &'static str,
        /// The trace.
        file: String,
    },
    /// What is asked for needs the mesh, and the trace does not say it.
    #[error("{option} needs the mesh, which {file} does not say")]
    #[diagnostic(code(trace::no_mesh), help("name it: -d DEVICE, or --size 5x4"))]
    NoMesh {
        /// The option.
        option: &'static str,
        /// The trace.
        file: String,
    },
}
