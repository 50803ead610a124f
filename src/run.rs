//! Runs of a program on an input: simulation, comparison with the engine, run directory.
//!
//! A [`Job`] says what to simulate and what to record, [`simulate`] runs it, and [`RunResults`] holds outputs, differences and counters.
//!
//! ```
//! use spikemesh::compiler::{Mode, compile};
//! use spikemesh::engine::Input;
//! use spikemesh::device::Device;
//! use spikemesh::mesh::Simulator;
//! use spikemesh::model::{Dims, FullyConnected, InputData, Model, Parameters};
//! use spikemesh::run::{Job, simulate};
//! use spikemesh::tensor::Dense;
//!
//! let mut model = Model::new("tiny");
//! let input = Dims { width: 4, height: 4, channels: 1 };
//! model.add("events", Parameters::InputData(InputData { input }), &[]).unwrap();
//! let head = FullyConnected { num_neurons: 10, weights_bits: 4, activation: Default::default() };
//! model.add("head", Parameters::FullyConnected(head), &[]).unwrap();
//! model.randomise(1);
//!
//! let device = Device::load("two-nodes").unwrap();
//! let program = compile(&model, &device, &Mode::Minimal.into()).unwrap().program;
//! let simulator = Simulator::new(program.clone(), device.clone()).unwrap();
//! let images = Dense { shape: [2, 4, 4, 1], data: (0..32).map(|i| i % 16).collect() };
//! let ended = simulate(&Job::new(&simulator, &Input::Images(images)).against(&model)).unwrap();
//! let results = ended.into_finished().unwrap();
//! assert_eq!(results.frames.len(), 2);
//! assert!(results.differences.is_empty());
//! ```

mod accuracy_claim;
mod action_columns;
mod activity;
mod batch;
mod causes;
mod counter;
mod directory;
mod directory_error;
mod directory_writer;
mod energy_stats;
mod error;
mod explained;
mod frames;
mod hashed_file;
mod in_order;
mod input_file;
mod job;
mod journal;
mod labels;
mod layer_frames;
mod names;
mod note;
mod output_array;
mod reason_columns;
mod reason_rows;
mod recorded_batch;
mod rerun;
mod results;
mod resume;
mod run_info;
mod run_writer;
mod simulate;
mod sink;
mod speed;
mod stat_rows;
mod stats;
mod tally;
mod trace_origin;
mod unit_time;
mod verify;
mod wave_file;

pub use crate::device::AccuracyClaim;
pub use crate::golden::{Difference, Error as GoldenError};
pub use crate::link_stats::LinkStats;
pub use action_columns::ActionColumns;
pub use activity::LayerActivity;
pub use causes::{CauseRow, CauseTimes, OtherMapping};
pub use directory::{DEVICE, INPUTS, PLAN, PROGRAM, RunDirectory};
pub use directory_error::DirectoryError;
pub use directory_writer::MAX_INFO;
pub(crate) use directory_writer::{DirectoryWriter, JOURNAL};
pub(crate) use energy_stats::bound_text;
pub use energy_stats::{ActionStats, EnergyStats, network_text};
pub use error::Error;
pub use explained::{
    Explained, IntervalRow, MergedRow, PathRow, PeriodRow, PeriodStepRow, PeriodUnitRow, ResourceRow, explain,
};
pub(crate) use frames::FrameSource;
pub(crate) use frames::first_frames;
pub use frames::{frames, input_shape};
pub(crate) use hashed_file::HashedFile;
pub use hashed_file::{FileRecord, Sum, sha256};
pub(crate) use input_file::InputFile;
pub use job::Job;
pub(crate) use labels::{ClassRule, LabelFile, LabelOptions, Labels};
pub(crate) use layer_frames::{LayerFrame, map_digest};
pub use note::{Note, NoteKind};
pub(crate) use output_array::{OutputArray, file_name, output_arrays, written_arrays};
pub use reason_rows::{BlameStats, LayerReasonClocks, ReasonShare, UnitReasonClocks};
pub use rerun::Rerun;
pub use results::{FrameResult, RunResults};
pub(crate) use resume::{command_of, resumed};
pub use run_info::{OutputRecord, RunIdentity, RunInfo, RunStatus};
pub use run_writer::STATS;
pub(crate) use run_writer::{Earlier, RunWriter};
pub use simulate::simulate;
pub(crate) use simulate::simulate_into;
pub(crate) use sink::{FinishedBatch, Sink};
pub use speed::{Latency, Throughput, ThroughputOf};
pub use spikemesh_mesh::HostSpeed;
pub use stat_rows::{FrameStats, LayerStats, UnitStats};
pub use stats::Stats;
pub(crate) use tally::Tally;
pub use unit_time::UnitTime;
pub(crate) use verify::verify_run;
pub use wave_file::{LimitedWave, WaveRequest};
pub(crate) use wave_file::{create_of_network, finish as finish_waves};
