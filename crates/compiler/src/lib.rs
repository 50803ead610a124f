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
//! | [`isa::verify`](spikemesh_isa::verify()) | program | its consistency in itself |
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

use spikemesh_device::Device;
use spikemesh_isa::Program;
use spikemesh_model::Model;

/// What a program is called whose model has no name.
const UNNAMED: &str = "unnamed";

/// A compiled model.
#[derive(Clone, Debug, PartialEq)]
pub struct Compilation {
    /// The mapping, for people.
    pub plan: Plan,
    /// The program, for the mesh.
    pub program: Program,
}

/// Compiles a model for a device.
///
/// A model without weights compiles too: its program holds zeros and is marked [`Program::weights_set`] = false.
///
/// # Errors
/// All reasons why the model cannot be mapped.
///
/// ```
/// use spikemesh_compiler::{Mode, compile};
/// use spikemesh_device::Device;
/// use spikemesh_model::{Dims, FullyConnected, InputData, Model, Parameters};
///
/// let mut model = Model::new("tiny");
/// let input = Dims { width: 4, height: 4, channels: 2 };
/// model.add("events", Parameters::InputData(InputData { input }), &[]).unwrap();
/// let head = FullyConnected { num_neurons: 10, weights_bits: 4, activation: Default::default() };
/// model.add("head", Parameters::FullyConnected(head), &[]).unwrap();
///
/// let compiled = compile(&model, &Device::load("akd1000").unwrap(), Mode::Minimal).unwrap();
/// assert_eq!(compiled.plan.total_nps, 1);
/// assert_eq!(compiled.program.groups[0].name, "head");
/// ```
pub fn compile(model: &Model, device: &Device, mode: Mode) -> Result<Compilation, Vec<Error>> {
    compile_for(model, &Target::from(device), mode)
}

/// Compiles a model for a target. Errors as for [`compile`].
pub fn compile_for(model: &Model, target: &Target, mode: Mode) -> Result<Compilation, Vec<Error>> {
    let layers = model.layers();
    let mut errors = check::check(layers, target);
    let partition = match partition::partition(layers, target, mode) {
        Ok(partition) if errors.is_empty() => partition,
        Ok(_) => return Err(errors),
        Err(more) => {
            errors.extend(more);
            return Err(errors);
        }
    };
    let (placement, program, proof) = finish(model, target, &partition)?;
    let plan = Plan::new(&program.name, layers, target, mode, &partition, &placement, proof);
    Ok(Compilation { plan, program })
}

/// Compiles a model that is divided already, for instance by [`partition::partition_as`]. Errors as for [`compile`].
pub fn compile_partition(
    model: &Model,
    device: &Device,
    partition: &Partition,
) -> Result<Program, Vec<Error>> {
    let target = Target::from(device);
    let errors = check::check(model.layers(), &target);
    if errors.is_empty() {
        finish(model, &target, partition).map(|(_, program, _)| program)
    } else {
        Err(errors)
    }
}

/// Places, routes, emits and proves.
fn finish(
    model: &Model,
    target: &Target,
    partition: &Partition,
) -> Result<(Placement, Program, deadlock::Proof), Vec<Error>> {
    let layers = model.layers();
    let name = if model.name.is_empty() { UNNAMED } else { &model.name };
    let placement = place::place(layers, partition, target);
    let routing = route::route(layers, partition, &placement);
    let program = emit::emit(name, &target.name, layers, partition, &placement, &routing);
    let wrong = spikemesh_isa::verify(&program);
    if !wrong.is_empty() {
        return Err(wrong.into_iter().map(Error::Program).collect());
    }
    // Ways have channels of their own between routers, and nobody waits for an injection: a circle would lie in one of them.
    let mut proof = deadlock::Proof::default();
    for way in target.ways() {
        let part = deadlock::prove(&program, target, |from, to| way.path(from, to))
            .map_err(|cycle| vec![Error::Deadlock(cycle)])?;
        proof.flows += part.flows;
        proof.channels += part.channels;
        proof.dependencies += part.dependencies;
    }
    Ok((placement, program, proof))
}
