//! The simulated hardware: a chip of neural processors on a mesh, clock by clock.
//!
//! It runs programs ([`spikemesh_isa::Program`]) and knows nothing of models: whatever a unit does, it does because a record says so.
//!
//! | part | content |
//! |---|---|
//! | [`Simulator`] | loads a program on a device and runs frames; gives [`Ended`] outcomes: outputs, maps, counters |
//! | units (private) | neural processors, the input unit, the event DMA |
//! | timing wheel (private) | simulated time and the total order of events |
//! | [`Reason`], [`ReasonProbe`] | where the cycles of units go |
//! | [`timeline`] | intervals of units, critical path, period |
//! | [`dependency`] | which event waited for which: what a [`Change`] would do, without another run |
//! | [`probe`] | observers of a run, which do not change it: events, packets |
//! | [`wave`] | waves: what is recorded, and how it is written |
//!
//! A program of four events into one neural processor with two fully connected units:
//!
//! ```
//! use spikemesh_isa::memory::Contents;
//! use spikemesh_isa::*;
//! use spikemesh_device::Device;
//! use spikemesh_noc::NoProbe;
//! use spikemesh_mesh::{Frame, SimulationOptions, Simulator};
//!
//! let map = MapShape { width: 2, height: 2, channels: 1 };
//! let result = MapShape { width: 1, height: 1, channels: 2 };
//! let all = Rows { first: 0, end: 2 };
//! let one = Rows { first: 0, end: 1 };
//! let (input, output, np) = (BufferId(0), BufferId(1), NpId(5));
//! let route = |target, rows| Route { target, rows, row_base: 0, channel_base: 0, joined: false };
//! let weights = Contents { weights: vec![1, -1, 2, -2, 3, -3, 4, -4], ..Contents::default() };
//! let program = Program {
//!     name: "by hand".to_owned(),
//!     device: "two-nodes".to_owned(),
//!     weights_set: true,
//!     output_maps: vec![OutputMap { name: "head".to_owned(), map: result, potentials: true }],
//!     buffers: vec![
//!         Buffer { map, potentials: false, bits: 4 },
//!         Buffer { map: result, potentials: true, bits: 0 },
//!     ],
//!     input: Some(input),
//!     outputs: vec![Output { output_map: OutputMapId(0), buffer: output }],
//!     passes: vec![Pass {
//!         hrc: None,
//!         sources: vec![SourceRecord { buffer: input, routes: vec![route(Target::Np(np), all)] }],
//!         nps: vec![NpRecord {
//!             np,
//!             output_map: OutputMapId(0),
//!             input: Window { map, rows: all, own: all, bits: 4 },
//!             producers: 1,
//!             operation: Operation::FullyConnected(FullyConnected { units: 2, weight_bits: 4, external: false }),
//!             activation: Activation::Potentials,
//!             routes: vec![route(Target::Sink(output), one)],
//!             memory: weights.pack(4),
//!         }],
//!         sinks: vec![SinkRecord { buffer: output, producers: 1 }],
//!     }],
//! };
//!
//! let device = Device::load("two-nodes").unwrap();
//! let simulator = Simulator::new(program.clone(), device.clone()).unwrap();
//! let frame = Frame::Events(vec![1, 0, 2, 3]);
//! let outcome = simulator.run(&[frame], 0, &SimulationOptions::default(), &mut NoProbe).into_finished().unwrap();
//! assert_eq!(outcome.frames[0].output(), [17, -17]);
//! // 930 clocks to start and 28 for each input.
//! assert_eq!(outcome.passes[0].units[1].frames[0].clocks(), 930 + 28 * 4);
//! ```

mod change;
pub mod dependency;
mod end;
mod host;
pub mod probe;
mod reason;
mod simulator;
pub mod timeline;
mod timing_wheel;
mod unit;
pub mod wave;
mod zero_load;

pub use change::Change;
pub use end::{EarlyEnd, End, Ended, Unfinished};
pub use host::HostSpeed;
pub use reason::{Blame, COMPUTE_STATES, Reason, ReasonCounts, ReasonProbe, UnitReasons};
pub use simulator::{
    Error, FREE_WEIGHTS, Frame, FrameOutcome, MAX_POTENTIALS, MAX_VALUES, Outcome, PassOutcome, PassPlan,
    SimulationOptions, Simulator, UnitOutcome, WEIGHTS_PER_BYTE, WeightLoad, unpack,
};
pub use spikemesh_noc::{CycleLimit, Hang};
pub use unit::{
    Emission, FrameRecord, Loss, PlantedLoss, ProtocolError, Traffic, UnitId, UnitState, UnitStatus,
};
