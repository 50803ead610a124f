//! Packet traces: files that list packets, as text or as checked blocks. Nothing here simulates; [`replay`](crate::replay) sends a trace.
//!
//! A trace in CSV has the columns `cycle,src,dst,size` in any order and is sorted by cycle: a packet of `size` flits is created in
//! `cycle` at terminal `src` for terminal `dst`. `class` is a traffic class. With `after` and `delay` a packet is created in `cycle` or
//! `delay` cycles after packet number `after` has arrived, whichever is later; of several, the latest counts; packets count from 0. `layer`,
//! `frame` and `kind` say which packet of a run it was. The [`spt`] format has the same content in compressed blocks, and the
//! [origin](Origin) of the packets.
//!
//! [`TraceReader`] reads both, distinguished by their first bytes, packet by packet: memory does not grow with the length of a trace. Every
//! packet is checked against [`TraceLimits`] before anybody sees it, so a network takes what a reader gives.
//!
//! ```
//! use spikemesh_noc::trace::{TraceLimits, TraceReader};
//!
//! let text = "cycle,src,dst,size\n0,3,7,4\n5,7,3,1\n";
//! let limits = TraceLimits { terminals: 20, classes: 1 };
//! let mut trace = TraceReader::new(text.as_bytes(), "example.csv", limits)?;
//! let mut flits = 0;
//! while let Some(packet) = trace.next_packet()? {
//!     flits += packet.flits;
//! }
//! assert_eq!(flits, 5);
//! # Ok::<(), spikemesh_noc::trace::TraceError>(())
//! ```

mod check;
mod columns;
mod convert;
mod csv;
mod csv_writer;
mod cut;
mod error;
mod format;
mod hop;
mod hop_reader;
mod kind;
mod layer_names;
mod limits;
mod lines;
mod origin;
mod packet;
mod reader;
pub mod spt;
mod times;

pub use check::check;
pub use columns::OptionalColumns;
pub use convert::{RecordWriter, convert};
pub use csv::MAX_LINE;
pub use csv_writer::CsvWriter;
pub use error::TraceError;
pub use format::{TraceFormat, TraceOutput};
pub use hop::Hop;
pub use hop_reader::read_hops;
pub use kind::PacketKind;
pub use layer_names::{MAX_LAYER_NAME, MAX_LAYERS};
pub use limits::TraceLimits;
pub(crate) use lines::BoundedLines;
pub use origin::{MAX_MESH, Origin, OriginDevice, TraceMesh, TraceUnit};
pub use packet::{Dependency, MAX_AFTER, MAX_CYCLE, PacketLabels, TracePacket};
pub use reader::TraceReader;
pub use times::PacketTimes;
