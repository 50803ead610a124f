//! Synthetic traffic: a pattern offered at a rate, and what the network makes of it.
//!
//! A run goes by its [plan](SamplingPlan): samples that warm the network up, samples that are measured, and a drain that lasts until all
//! measured packets have arrived, while the load goes on. A network whose packets take longer and longer is saturated: more is offered
//! than it accepts, and latency means nothing. What it accepts is then measured by a second run, which does not look at latency.
//!
//! Random numbers, creations and the end of a run follow BookSim2's rules, so that the same seed and settings give the same packets in
//! the same cycles, and the same means to the last digit. O1TURN is the exception: BookSim2 draws the way of a packet from the same
//! streams, here it is a [property of the packet](crate::Routing::O1Turn).
//!
//! A terminal tests its injection in every cycle, so cost follows terminals and cycles: two to four nanoseconds for each that has
//! nothing to send. Cycles in which nothing is under way cost nothing else. Memory follows the terminals, even where far more is
//! offered than accepted.
//!
//! ```
//! use spikemesh_noc::traffic::{Injection, Pattern, SEED, SamplingPlan, TrafficLoad, TrafficOptions, run};
//! use spikemesh_noc::{Config, PortOrder};
//!
//! let config = Config::r3(4, 4, 2, 4, PortOrder::LocalFirst);
//! let load = TrafficLoad { pattern: Pattern::Uniform, injection: Injection::Bernoulli, rate: 0.1, flits: 1 };
//! let plan = SamplingPlan { sample_period: 500, ..SamplingPlan::default() };
//! let options = TrafficOptions::default();
//! let measured = run(&config, &load, plan, SEED, options)?.into_finished().unwrap();
//! assert!(measured.stable && measured.latencies.mean().is_some_and(|cycles| cycles < 20.0));
//! # Ok::<(), spikemesh_noc::traffic::TrafficError>(())
//! ```

mod destinations;
mod error;
mod generator;
mod histogram;
mod injection_process;
mod load;
mod measurement;
mod options;
mod pattern;
mod random;
mod run;
mod sampling;
mod sweep;
mod tracker;

pub use error::TrafficError;
pub use histogram::LatencyHistogram;
pub use injection_process::Injection;
pub use load::TrafficLoad;
pub use measurement::Measurement;
pub use options::TrafficOptions;
pub use pattern::Pattern;
pub use random::{SEED, SEEDS};
pub use run::{run, run_watched};
pub use sampling::SamplingPlan;
pub use sweep::{LoadPoint, rates};
