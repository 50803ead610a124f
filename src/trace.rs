//! What is in a packet trace: totals, latencies, links and terminals, of all packets or of those that are selected.
//!
//! A trace is read once, packet by packet; what is kept are sums by class, pair of layers and route, and how many packets took how long.

mod comparison;
mod error;
mod groups;
mod heat_map;
mod histogram;
mod places;
mod report;
mod selection;
mod summary;

pub use comparison::{
    Comparison, DifferenceBar, FirstDifference, Granted, Parting, Pids, Waited, compare, part,
};
pub use error::Error;
pub use heat_map::heat_map;
pub use histogram::{Bar, Histograms};
pub(crate) use places::Places;
pub use report::{
    ClassRow, FrameRow, KindRow, LatencyStats, LayerRow, LinkRow, RouteRow, TerminalRow, TraceReport,
};
pub use selection::{Range, Selection};
pub use summary::{MAX_LATENCIES, Summary};
