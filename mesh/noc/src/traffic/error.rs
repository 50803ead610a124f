//! Errors of synthetic traffic.

use miette::Diagnostic;
use thiserror::Error;

use crate as network;
use spikemesh_words::{SourceLine, plural};

/// Errors of synthetic traffic.
#[derive(Debug, Error, Diagnostic)]
#[non_exhaustive]
pub enum TrafficError {
    /// No pattern has this name; nothing was run.
    #[error("no traffic pattern is called `{name}`")]
    #[diagnostic(
        code(traffic::pattern),
        help(
            "there are uniform, transpose, bitcomp, neighbor, tornado, shuffle, bitrev, randperm:SEED, diagonal, asymmetric, hotspot:NODE=WEIGHT,.. and a file of targets"
        )
    )]
    Pattern {
        /// What was asked for.
        name: String,
    },
    /// Rows and columns cannot be exchanged on a mesh that is not square; nothing was run.
    #[error("transpose on a mesh of {columns} x {rows} nodes")]
    #[diagnostic(code(traffic::not_square), help("use a square mesh, or another pattern"))]
    NotSquare {
        /// Nodes in a row.
        columns: u16,
        /// Nodes in a column.
        rows: u16,
    },
    /// Bits of terminals cannot be moved where their number is no power of two; nothing was run.
    #[error("{pattern} with {}", plural(*terminals, "terminal", "terminals"))]
    #[diagnostic(
        code(traffic::power_of_two),
        help("use a mesh with a power of two of terminals, such as 4x4 or 8x4, or another pattern")
    )]
    PowerOfTwo {
        /// The pattern.
        pattern: &'static str,
        /// Terminals of the network.
        terminals: u32,
    },
    /// There are no two halves of one terminal; nothing was run.
    #[error("asymmetric with {}", plural(*terminals, "terminal", "terminals"))]
    #[diagnostic(code(traffic::halves), help("use a mesh with two terminals or more, or another pattern"))]
    Halves {
        /// Terminals of the network.
        terminals: u32,
    },
    /// The seed of a permutation is none; nothing was run.
    #[error("`{text}`: the seed must be a whole number from 0 to {}", super::random::SEEDS - 1)]
    #[diagnostic(
        code(traffic::permutation_seed),
        help("write randperm for the permutation of seed 0, or randperm:7")
    )]
    PermutationSeed {
        /// What was asked for.
        text: String,
    },
    /// A hotspot that does not exist, or has no sensible weight; nothing was run.
    #[error("hotspot `{entry}`: {rule}")]
    #[diagnostic(
        code(traffic::hotspot),
        help(
            "write hotspot:12, or hotspot:12=0.2,uniform=0.8: terminals, or `uniform` for any, with weights"
        )
    )]
    Hotspot {
        /// The entry.
        entry: String,
        /// What it breaks.
        rule: String,
    },
    /// A permutation file that does not give every terminal one target; nothing was run.
    #[error("{line}: {rule}")]
    #[diagnostic(
        code(traffic::permutation),
        help("write one target per line, for terminal 0, 1, 2 and so on")
    )]
    Permutation {
        /// The line.
        #[source_code]
        #[label("here")]
        line: SourceLine,
        /// What it breaks.
        rule: String,
    },
    /// A load that no terminal can offer; nothing was run.
    #[error("a rate of {} per terminal and cycle; more than 0 and at most {most} are possible", plural(*rate, "flit", "flits"))]
    #[diagnostic(
        code(traffic::rate),
        help("a terminal sends at most one flit per cycle, and bursts at most their peak")
    )]
    Rate {
        /// The rate.
        rate: f64,
        /// The greatest.
        most: f64,
    },
    /// Rates of a sweep that cannot be read; nothing was run.
    #[error("rates `{text}`: {rule}")]
    #[diagnostic(
        code(traffic::rates),
        help("write 0.2, or 0.1,0.2,0.35, or 0.05..0.5:0.05 for first, last and step")
    )]
    Rates {
        /// What was asked for.
        text: String,
        /// What it breaks.
        rule: String,
    },
    /// A burst that has no length or no height; nothing was run.
    #[error("bursts of {} with {} per cycle", plural(*cycles, "cycle", "cycles"), plural(*peak, "packet", "packets"))]
    #[diagnostic(
        code(traffic::burst),
        help("a burst lasts 1 to 1e9 cycles on average, with more than 0 and at most 1 packet per cycle")
    )]
    Burst {
        /// Mean length.
        cycles: f64,
        /// Packets per cycle in a burst.
        peak: f64,
    },
    /// Packets without flits or longer than any; nothing was run.
    #[error("packets of {}; 1 to {limit} are possible", plural(*flits, "flit", "flits"))]
    #[diagnostic(code(traffic::size), help("choose a length of 1 to {limit} flits"))]
    Size {
        /// Length asked for.
        flits: u32,
        /// Longest.
        limit: u32,
    },
    /// A sampling plan without samples, without measured samples, or without an end; nothing was run.
    #[error("{what}: {value}; {least} to {most} are possible")]
    #[diagnostic(
        code(traffic::plan),
        help("choose {least} to {most}; there must be more samples than the warm-up takes")
    )]
    Plan {
        /// Which number of the plan.
        what: &'static str,
        /// What was asked for.
        value: u64,
        /// Least.
        least: u64,
        /// Most.
        most: u64,
    },
    /// A threshold that nothing can be compared with; nothing was run.
    #[error("the latency threshold is no number")]
    #[diagnostic(code(traffic::threshold), help("give cycles, or 0 for no threshold"))]
    Threshold,
    /// The network cannot be built, is deadlocked, or its audit fails.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Network(#[from] network::Error),
}

impl TrafficError {
    /// Packets wait for each other for ever.
    pub fn is_deadlock(&self) -> bool {
        matches!(self, TrafficError::Network(network::Error::Deadlock { .. }))
    }
}
