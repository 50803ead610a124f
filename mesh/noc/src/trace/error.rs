//! Errors of packet traces.

use miette::Diagnostic;
use thiserror::Error;

use crate::Cycle;
use spikemesh_words::{SourceLine, plural};

/// Errors of traces. Lines count from 1, the heading included.
#[derive(Debug, Error, Diagnostic)]
#[non_exhaustive]
pub enum TraceError {
    /// The heading does not name the columns; nothing after it has a meaning.
    #[error("{line}: {what}")]
    #[diagnostic(
        code(replay::heading),
        help(
            "the first line is `cycle,src,dst,size`, optionally with `class`, `layer`, `frame`, `kind`, with `after` and `delay`, or with `pid`, `ctime`, `head_itime`, `tail_atime` and `routers`"
        )
    )]
    Heading {
        /// The line.
        #[source_code]
        #[label("here")]
        line: SourceLine,
        /// What is wrong with it.
        what: String,
    },
    /// A row has more or fewer fields than the heading; the trace is not replayed.
    #[error("{line}: {}, and the heading has {expected}", plural(*found, "field", "fields"))]
    #[diagnostic(code(replay::fields), help("give each column one value, separated by commas"))]
    Fields {
        /// The line.
        #[source_code]
        #[label("here")]
        line: SourceLine,
        /// Fields of the row.
        found: usize,
        /// Columns of the heading.
        expected: usize,
    },
    /// A field is no number; the trace is not replayed.
    #[error("{line}: `{column}` is `{text}`; it must be a whole number from {least} to {most}")]
    #[diagnostic(code(replay::number), help("write plain decimal digits"))]
    Number {
        /// The line.
        #[source_code]
        #[label("here")]
        line: SourceLine,
        /// The column.
        column: &'static str,
        /// What it holds.
        text: String,
        /// Least value.
        least: u64,
        /// Greatest value.
        most: u64,
    },
    /// A packet names a target twice, or too many; the trace is not replayed.
    #[error(
        "{at}: `dst` names {}{}", plural(*found, "terminal", "terminals"),
        twice.map_or(String::new(), |twice| format!(", {twice} twice"))
    )]
    #[diagnostic(code(replay::targets), help("name up to {limit} terminals, each once, as in `3;7;9`"))]
    Targets {
        /// The place.
        at: String,
        /// The line if the trace is text.
        #[source_code]
        #[label(collection, "here")]
        line: Option<SourceLine>,
        /// Terminals that it names.
        found: usize,
        /// One that is there twice.
        twice: Option<u64>,
        /// Most terminals.
        limit: usize,
    },
    /// A field is a number outside of its range; the trace is not replayed.
    #[error("{at}: `{column}` is {text}; it must be a whole number from {least} to {most}")]
    #[diagnostic(code(replay::range), help("`{column}` can be {least} to {most}"))]
    Range {
        /// The trace and the line, or the packet.
        at: String,
        /// The line, if it is one of text.
        #[source_code]
        #[label(collection, "here")]
        line: Option<SourceLine>,
        /// The column.
        column: &'static str,
        /// Its digits.
        text: String,
        /// Least value.
        least: u64,
        /// Greatest value.
        most: u64,
    },
    /// A packet would be created too late: the delays of the packets that it waits for add up. What was replayed before is right.
    #[error("{file}, row {row}: the packet would be created after cycle {limit}: {arrival} + {delay}")]
    #[diagnostic(
        code(replay::late),
        help(
            "a packet is created `delay` cycles after the arrival of packet `after`: give shorter delays; rows count from 0, as `after` does"
        )
    )]
    Late {
        /// The trace.
        file: String,
        /// Its row, from 0.
        row: u64,
        /// When the packet arrived that it waits for.
        arrival: Cycle,
        /// Cycles from then to the creation.
        delay: Cycle,
        /// The latest creation.
        limit: Cycle,
    },
    /// The file says that it holds a part of a trace; it is not replayed.
    #[error("{file} holds a part of a trace: {why}")]
    #[diagnostic(code(replay::partial), help("take the trace of a job that finished"))]
    Partial {
        /// The trace.
        file: String,
        /// Why it is a part.
        why: String,
        /// The line that says so, if it is one of text.
        #[source_code]
        #[label(collection, "here")]
        line: Option<SourceLine>,
    },
    /// A line is longer than a row can be: binary data, most likely. Reading stopped there.
    #[error("{line}: a line of more than {limit} bytes")]
    #[diagnostic(code(replay::line), help("a trace is a text file with one packet per line"))]
    Line {
        /// The line.
        #[source_code]
        #[label("here")]
        line: SourceLine,
        /// Longest line.
        limit: usize,
    },
    /// Cycles go back; the trace is not replayed, since it is read as time passes.
    #[error("{at}: cycle {cycle} after cycle {before}")]
    #[diagnostic(code(replay::order), help("sort the rows by cycle, stably"))]
    Order {
        /// The trace and the line, or the packet.
        at: String,
        /// The line, if it is one of text.
        #[source_code]
        #[label(collection, "here")]
        line: Option<SourceLine>,
        /// Its cycle.
        cycle: Cycle,
        /// The cycle of the row before it.
        before: Cycle,
    },
    /// A packet comes from or goes to a terminal that does not exist; the trace is not replayed.
    #[error("{at}: `{column}` is {terminal}; the network has terminals 0 to {last}")]
    #[diagnostic(code(replay::outside), help("replay on a network of the size that the trace was made for"))]
    Outside {
        /// The trace and the line, or the packet.
        at: String,
        /// The line, if it is one of text.
        #[source_code]
        #[label(collection, "here")]
        line: Option<SourceLine>,
        /// The column.
        column: &'static str,
        /// What it holds.
        terminal: u64,
        /// The last terminal.
        last: u32,
    },
    /// A packet without flits, or longer than any that a network carries; the trace is not replayed.
    #[error("{at}: a packet of {}; 1 to {limit} are possible", plural(*flits, "flit", "flits"))]
    #[diagnostic(code(replay::size), help("`size` counts flits, the head included; split longer messages"))]
    Size {
        /// The trace and the line, or the packet.
        at: String,
        /// The line, if it is one of text.
        #[source_code]
        #[label(collection, "here")]
        line: Option<SourceLine>,
        /// Its length.
        flits: u64,
        /// Longest packet.
        limit: u32,
    },
    /// A packet depends on itself or on a later one; the trace is not replayed.
    #[error("{at}: packet {packet} waits for packet {after}, which does not come before it")]
    #[diagnostic(
        code(replay::after),
        help("`after` names an earlier packet; packets count from 0, in the order of the file")
    )]
    After {
        /// The trace and the line, or the packet.
        at: String,
        /// The line, if it is one of text.
        #[source_code]
        #[label(collection, "here")]
        line: Option<SourceLine>,
        /// The packet.
        packet: u64,
        /// What it waits for.
        after: u64,
    },
    /// A packet waits for more packets than any; the trace is not replayed.
    #[error("{at}: `after` names {}; {limit} are possible", plural(*found, "packet", "packets"))]
    #[diagnostic(code(replay::many_after), help("let packets in between wait for a part of them each"))]
    ManyAfter {
        /// The trace and the line, or the packet.
        at: String,
        /// The line, if it is one of text.
        #[source_code]
        #[label(collection, "here")]
        line: Option<SourceLine>,
        /// How many it names.
        found: usize,
        /// Most of them.
        limit: usize,
    },
    /// A layer too many, or with a name longer than any; the trace is not replayed.
    #[error("{line}: layer `{name}` is one of more than {limit}, or its name has more than {}", plural(*longest, "byte", "bytes"))]
    #[diagnostic(
        code(replay::layer),
        help("`layer` is the name of the sender's layer; leave it empty if it is unknown")
    )]
    Layer {
        /// The line.
        #[source_code]
        #[label("here")]
        line: SourceLine,
        /// The beginning of its name.
        name: String,
        /// Most layers of a trace.
        limit: usize,
        /// Most bytes of a name.
        longest: usize,
    },
    /// A packet carries what no packet does; the trace is not replayed.
    #[error("{line}: `kind` is `{text}`; it must be event, potential, marker, token or nothing")]
    #[diagnostic(code(replay::packet_kind), help("leave it empty if it is unknown"))]
    PacketKind {
        /// The line.
        #[source_code]
        #[label("here")]
        line: SourceLine,
        /// What it holds.
        text: String,
    },
    /// A row is no hop; the comparison ends.
    #[error("{line}: a file of hops begins with `{heading}`, and its rows hold a value of each")]
    #[diagnostic(code(replay::hop), help("take the file that `replay --hops` wrote"))]
    Hop {
        /// The line.
        #[source_code]
        #[label("here")]
        line: SourceLine,
        /// The heading.
        heading: &'static str,
    },
    /// `after` and `delay` do not have as many values; the trace is not replayed.
    #[error("{line}: `after` and `delay` go together, and one has {after} and the other {delay}")]
    #[diagnostic(
        code(replay::dependency),
        help("give as many delays as packets, such as `after` 12;15 and `delay` 3;1, or leave both empty")
    )]
    Dependency {
        /// The line.
        #[source_code]
        #[label("here")]
        line: SourceLine,
        /// Values of `after`.
        after: usize,
        /// Values of `delay`.
        delay: usize,
    },
    /// An `.spt` file is damaged, cut, or was never one; what was read before is right, and nothing after.
    #[error("{file}, block {block}: {what}")]
    #[diagnostic(code(replay::damaged), help("take a copy that is whole; blocks count from 0"))]
    Damaged {
        /// The trace.
        file: String,
        /// The block.
        block: u64,
        /// What is wrong.
        what: &'static str,
    },
    /// An `.spt` file comes from another version; it is not read.
    #[error("{file} has format version {found}; this program reads version {known}")]
    #[diagnostic(
        code(replay::version),
        help(
            "record it again, or turn it into text with the version that wrote it: `replay --convert trace.csv`"
        )
    )]
    Version {
        /// The trace.
        file: String,
        /// Its version.
        found: u32,
        /// The version that is read.
        known: u32,
    },
    /// An `.spt` file holds hops where packets are wanted, or the other way round; it is not read.
    #[error("{file} holds records of kind {found}, and kind {wanted} is wanted (1 is packets, 2 is hops)")]
    #[diagnostic(code(replay::kind), help("packets can be replayed: what -o wrote, not what --hops wrote"))]
    Kind {
        /// The trace.
        file: String,
        /// What it holds.
        found: u32,
        /// What it should hold.
        wanted: u32,
    },
    /// More faults were found than are reported at once.
    #[error("{file}: more problems after these {shown}")]
    #[diagnostic(code(replay::many_problems), help("correct these first"))]
    ManyProblems {
        /// The trace.
        file: String,
        /// Problems that are shown.
        shown: usize,
    },
    /// The operating system refused; there is no result.
    #[error("cannot {action}: {source}")]
    #[diagnostic(code(replay::io), help("check the path, its permissions and the space on the disk"))]
    Io {
        /// What was tried.
        action: String,
        /// The system's answer.
        source: std::io::Error,
    },
}

impl TraceError {
    /// True if the packets behind the faulty one can still be read.
    pub(super) fn is_of_one_packet(&self) -> bool {
        !matches!(
            self,
            TraceError::Line { .. }
                | TraceError::Io { .. }
                | TraceError::Damaged { .. }
                | TraceError::Partial { .. }
        )
    }
}
