//! Waves: the signals of a run, cycle by cycle.
//!
//! What is recorded is apart from how it is written. `scope` declares the signals of a chip, [`WaveRecorder`] turns what a probe sees into
//! changes of them, and a [`Writer`] puts declarations and changes into a file: [`VcdWriter`] as VCD. Another format is another [`Writer`].
//!
//! Scopes follow the chip: `chip.n<x>_<y>.np<slot>` for neural processors, `chip.n0_0.hrc` and the event DMA's `sourceN`, `sinkN`; `chip.n<x>_<y>.links`
//! for what arrives over each link out of that node; `chip.n<x>_<y>.buffers` for the fill of its router's input buffers. A signal has the value of the end of
//! the cycle, written if it is another than before; what comes and goes within a cycle shows in counters only.
//!
//! | signal of a unit | meaning |
//! |---|---|
//! | `state` | what it does, as text |
//! | `group`, `column` | of a step: group of filters, column of the map |
//! | `fifo` | events in the output FIFO |
//! | `received` | words received since the wave began |
//! | `emitted` | events emitted since the wave began, before replication |

mod background;
mod cycle_values;
mod recorder;
mod scope;
mod signal;
mod vcd;
mod writer;

pub use background::BackgroundWriter;
pub use recorder::WaveRecorder;
pub use signal::{Signal, SignalKind, Value};
pub use vcd::VcdWriter;
pub use writer::Writer;
