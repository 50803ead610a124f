//! Which event of a run waited for which: recorded when asked, and evaluated again with other delays.
//!
//! | part | content |
//! |---|---|
//! | [`Graph`] | events and delays of a run, pass by pass |
//! | [`DependencyProbe`] | records them |
//! | [`Forecast`] | when frames would end with a [`Change`](crate::Change) |
//!
//! The rules are in docs/microarchitecture/reasons.md, "What would help".

mod dependency_probe;
mod forecast;
mod graph;
mod parts;
mod producer;
mod way;

pub use dependency_probe::DependencyProbe;
pub use forecast::Forecast;
pub use graph::Graph;
