//! What a trace says of the run that it was recorded in.

use crate::isa::Program;
use crate::mesh::Simulator;
use crate::noc::trace::{Origin, OriginDevice, TraceMesh, TraceUnit};

/// The device, the model, and every unit of the program with its terminal, each once.
pub(super) fn origin(simulator: &Simulator) -> Origin {
    let (program, device) = (simulator.program(), simulator.device());
    let mut units: Vec<TraceUnit> = simulator
        .passes()
        .iter()
        .flat_map(|pass| pass.names.iter().zip(&pass.terminals).zip(&pass.output_maps))
        .map(|((name, terminal), map)| TraceUnit {
            terminal: terminal.0,
            name: name.clone(),
            layer: map.map(|map| program.output_maps[usize::from(map.0)].name.clone()),
        })
        .collect();
    // The later passes first, so that the last one's layer stays.
    units.reverse();
    units.sort_by(|a, b| (a.terminal, &a.name).cmp(&(b.terminal, &b.name)));
    units.dedup_by(|later, earlier| later.terminal == earlier.terminal && later.name == earlier.name);
    Origin {
        device: Some(OriginDevice { name: device.name.clone(), sha256: device.sha256() }),
        model: Some(program.name.clone()),
        units,
        mesh: TraceMesh::of(&device.network_config()),
    }
}

/// Names of the layers by number: the program's output maps. They differ, as a trace wants them, since a model's layers do.
pub(super) fn layers(program: &Program) -> Vec<String> {
    program.output_maps.iter().map(|map| map.name.clone()).collect()
}
