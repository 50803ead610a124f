//! Turns a model and a device into a program.
//!
//! Each pass is a function from one value to the next, in a file of its own:
//!
//! | pass | from | to |
//! |---|---|---|
//! | [`mod@check`] | layers | what no mapping could make right |
//! | [`mod@partition`] | layers | [`Partition`]: slices that an NP can hold, passes that the device can hold |
//! | [`mod@place`] | partition | [`Placement`]: an NP for each slice |
//! | [`mod@route`] | placement | [`Routing`]: receivers, rows and buffers of every flow |
//! | [`mod@emit`] | routing | [`Program`]: records and memory images |
//! | [`deadlock`] | program | a proof that its packets cannot wait for each other in a circle |
//!
//! The compiler has no hardware constants of its own: it asks a [`Target`].

pub mod bound;
pub mod check;
pub mod deadlock;
pub mod emit;
pub mod error;
pub mod ledger;
pub mod partition;
pub mod place;
pub mod plan;
pub mod route;
pub mod size;
pub mod slice;
pub mod target;

pub use error::Error;
pub use partition::{Mode, Partition};
pub use place::Placement;
pub use plan::Plan;
pub use route::Routing;
pub use target::Target;

use crate::isa::Program;
use crate::model::Layer;

/// A compiled model.
#[derive(Clone, Debug, PartialEq)]
pub struct Compilation {
    /// The mapping, for people.
    pub plan: Plan,
    /// The program, for the mesh.
    pub program: Program,
}

/// Compiles the layers of a model for a target. All reasons why they cannot be mapped are reported.
pub fn compile_layers(name: &str, layers: &[Layer], target: &Target, mode: Mode) -> Result<Compilation, Vec<Error>> {
    let mut errors = check::check(layers, target);
    let partition = match partition::partition(layers, target, mode) {
        Ok(partition) if errors.is_empty() => partition,
        Ok(_) => return Err(errors),
        Err(more) => {
            errors.extend(more);
            return Err(errors);
        }
    };
    let placement = place::place(layers, &partition, target);
    let routing = route::route(layers, &partition, &placement);
    let program = emit::emit(name, &target.name, layers, &partition, &placement, &routing);
    let proof = deadlock::prove(&program, target, target::xy).map_err(|cycle| vec![Error::Deadlock(cycle)])?;
    let plan = Plan::new(name, layers, target, mode, &partition, &placement, proof);
    Ok(Compilation { plan, program })
}
