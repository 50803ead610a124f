//! All stages of the compiler, one after the other.

use crate::deadlock::{Proof, prove_until, working};
use crate::demand::demand;
use crate::error::Error;
use crate::options::CompileOptions;
use crate::partition::{Partition, partition};
use crate::pins::{pinned, unpinned};
use crate::placement::Placement;
use crate::placer::task::PlacementTask;
use crate::report::{MappingReport, PlacementSummary};
use crate::resources::Resources;
use crate::stages::Stages;
use crate::{check, data_flow, emit, fullest};
use spikemesh_device::network::outputs;
use spikemesh_isa::Program;
use spikemesh_model::Model;
use spikemesh_stop::Stopped;

/// What a program is called whose model has no name.
const UNNAMED: &str = "unnamed";

/// A compiled model.
#[derive(Clone, Debug, PartialEq)]
pub struct Compilation {
    /// The mapping, for people.
    pub report: MappingReport,
    /// The program, for the mesh.
    pub program: Program,
    /// What the stages took on this host.
    pub stages: Stages,
}

/// Compiles a model for a device, or for resources that were made from one.
///
/// A model without weights compiles too: its program holds zeros and is marked [`Program::weights_set`] = false.
///
/// # Errors
/// All reasons why the model cannot be mapped.
pub fn compile(
    model: &Model,
    device: impl Into<Resources>,
    options: &CompileOptions,
) -> Result<Compilation, Vec<Error>> {
    let resources = device.into();
    let layers = model.layers();
    let mut stages = Stages::default();
    let mut errors = stages.run("check", || check::check(program_name(model), layers, &resources));
    let partition = match stages.run("partition", || partition(layers, &resources, options.mode)) {
        Ok(partition) if errors.is_empty() => partition,
        Ok(_) => return Err(errors),
        Err(more) => {
            errors.extend(more);
            return Err(errors);
        }
    };
    let (placement, program, summary, proof) = finish(model, &resources, &partition, options, &mut stages)?;
    let report = MappingReport::new(
        &program.name,
        layers,
        &resources,
        options.mode,
        &partition,
        (&placement, summary),
        proof,
    );
    Ok(Compilation { report, program, stages })
}

/// Compiles a model that is divided already, for instance by [`partition_with_splits`](crate::partition_with_splits): the mode of the
/// options is not used.
///
/// # Errors
/// As [`compile`].
pub fn compile_partition(
    model: &Model,
    device: impl Into<Resources>,
    partition: &Partition,
    options: &CompileOptions,
) -> Result<Program, Vec<Error>> {
    let resources = device.into();
    let errors = check::check(program_name(model), model.layers(), &resources);
    if errors.is_empty() {
        finish(model, &resources, partition, options, &mut Stages::default()).map(|(_, program, ..)| program)
    } else {
        Err(errors)
    }
}

fn program_name(model: &Model) -> &str {
    if model.name.is_empty() { UNNAMED } else { &model.name }
}

/// Places, routes, emits and proves.
fn finish(
    model: &Model,
    resources: &Resources,
    partition: &Partition,
    options: &CompileOptions,
    stages: &mut Stages,
) -> Result<(Placement, Program, PlacementSummary, Proof), Vec<Error>> {
    let layers = model.layers();
    let name = program_name(model);
    let stop = &options.stop;
    let stopped = |stopped: Stopped| vec![Error::from(stopped)];
    let topology = resources.topology();
    let pinned = match &options.pins {
        Some(pins) => pinned(pins, layers, partition, resources)
            .map_err(|errors| errors.into_iter().map(Error::Placement).collect::<Vec<_>>())?,
        None => unpinned(partition),
    };
    let demand = stages.run("demand", || demand(layers, partition, resources));
    let task = PlacementTask {
        layers,
        partition,
        resources,
        topology: &topology,
        pinned: &pinned,
        demand: &demand,
        stop,
    };
    let (placement, tries) = stages.run("place", || options.placer.place(&task)).map_err(stopped)?;
    let too_large = fullest::too_large(layers, partition, &placement, resources);
    if !too_large.is_empty() {
        return Err(too_large);
    }
    let multicast = *resources.network.multicast;
    let data_flow =
        stages.run("data_flow", || data_flow::data_flow(layers, partition, &placement, multicast));
    let program = stages
        .run("emit", || emit::emit(name, &resources.name, layers, partition, &placement, &data_flow, stop));
    let program = program.map_err(stopped)?;
    let wrong = stages.run("verify", || spikemesh_isa::verify(&program));
    if !wrong.is_empty() {
        return Err(wrong.into_iter().map(Error::Program).collect());
    }
    let (floorplan, network) = (&resources.floorplan, &resources.network_config());
    working(&program, floorplan, &resources.disabled).map_err(|refused| vec![Error::Deadlock(refused)])?;
    let proof = stages.run("prove", || prove_until(&program, floorplan, network, outputs, stop));
    let proof = proof.map_err(stopped)?;
    let proof = proof.map_err(|refused| vec![Error::Deadlock(refused)])?;
    let summary = stages.run("bound", || PlacementSummary::new(&task, &options.placer, &placement, tries));
    Ok((placement, program, summary, proof))
}
