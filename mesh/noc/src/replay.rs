//! Replaying a packet trace: every packet of a [trace](crate::trace) is sent through a network, and its times are written as BookSim2
//! would write them.
//!
//! The result has a row per packet, in the order of arrival and then of the target: `pid,src,dst,size,ctime,head_itime,tail_atime,
//! routers,row`; `row` is the packet's number in the trace. Packets are numbered in the order in which they come to the front of their sources' queues, then by source.
//!
//! The trace is read as time passes and rows are written as packets arrive, so memory follows the packets that wait or are under way, not
//! the length of the trace. Only a trace with dependencies costs eight bytes per packet for good.
//!
//! ```
//! use spikemesh_noc::replay::{ReplayOptions, ReplayOutputs, replay};
//! use spikemesh_noc::{Config, PortOrder};
//!
//! let config = Config::r3(5, 4, 2, 4, PortOrder::LocalFirst);
//! let trace = "cycle,src,dst,size\n0,0,7,4\n";
//! let mut rows = Vec::new();
//! let outputs = ReplayOutputs { packets: (&mut rows).into(), hops: None };
//! let ended = replay(&config, trace.as_bytes(), "example.csv", outputs, ReplayOptions::default())?;
//! let summary = ended.into_finished().unwrap();
//! assert_eq!((summary.packets, summary.last_cycle), (1, Some(21)));
//! assert!(rows.ends_with(b"\n0,0,7,4,0,0,21,4,0\n"));
//! # Ok::<(), spikemesh_noc::replay::ReplayError>(())
//! ```

mod answer;
mod error;
mod live_packets;
mod options;
mod output;
mod replayer;
mod schedule;
mod summary;

pub use answer::{Answer, AnswerRow, read_answer, read_arrivals, write_answer};
pub use error::ReplayError;
pub use options::ReplayOptions;
pub use output::{HOP_HEADING, PACKET_HEADING, ReplayOutputs};
pub use replayer::{replay, replay_watched};
pub use summary::ReplaySummary;
