//! Waves: the signals of a run, cycle by cycle.
//!
//! | part | content |
//! |---|---|
//! | [`Catalogue`] | the signals of a chip with their names: units, links, buffers, and aliases by layer |
//! | [`WaveRecorder`] | turns what a probe sees into [`Change`]s of signals |
//! | [`WavePlan`], [`WaveWindow`], [`Condition`] | what of that is written: decided before anything is formatted |
//! | [`WaveSink`], [`WaveFormat`] | how it is written: VCD or FST, each file by a thread of its own |
//! | [`TimeScale`] | true times, or clocks |
//! | [`WaveSummary`], [`BesideFile`] | with what viewers open it |
//!
//! A signal has the value of the end of the cycle, written if it is another than before; what comes and goes within a cycle shows in counters only.
//! `docs/formats/waves.md` lists scopes and signals.

mod beside;
mod block;
mod catalogue;
mod chip;
mod condition;
mod cut;
mod error;
mod format;
mod fst;
mod glob;
mod gtkwave;
mod output;
mod part;
mod phase;
mod plan;
mod recorder;
mod signal;
mod sink;
mod size;
mod sleep;
mod summary;
mod surfer;
mod time_scale;
mod translate;
mod used;
mod values;
mod vcd;
mod view;
mod window;

pub use beside::{BesideFile, names_beside};
pub use catalogue::{Catalogue, Item};
pub use condition::Condition;
pub use error::WaveError;
pub use format::WaveFormat;
pub use output::{FinishedWave, Limited};
pub use phase::Phase;
pub use plan::{WavePlan, WaveWhen, WaveWindow, cycles};
pub use recorder::WaveRecorder;
pub use signal::{Change, NameTable, Signal, SignalKind, UNKNOWN};
pub use sink::WaveSink;
pub use size::{WaveSize, WaveSizes};
pub use summary::WaveSummary;
pub use time_scale::TimeScale;
