//! Batches of mappings, simulated.

use serde::Serialize;
use spikemesh::compiler::Compilation;
use spikemesh::device::Device;
use spikemesh::mesh::{Frame, SimulationOptions, Simulator};
use spikemesh::noc::NoProbe;

/// What batches of 1 and of 8 took: a random image with half of its values, random weights.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Simulated {
    /// Clocks of a batch of 1 and of 8.
    pub clocks: [u64; 2],
    /// Flit-hops of the batch of 1.
    pub flit_hops: u64,
    /// Energy of the network in the batch of 1, in picojoules.
    pub network_pj: f64,
}

/// Simulates both batches.
pub(super) fn simulate(compiled: Compilation, device: &Device) -> Option<Simulated> {
    let simulator = Simulator::new(compiled.program, device.clone()).ok()?;
    let program = simulator.program();
    let frame = match (program.passes[0].hrc.as_ref(), program.input) {
        (Some(hrc), _) => Frame::Image((0..hrc.image.len()).map(|i| (i * 89 % 251) as u8).collect()),
        (None, buffer) => {
            let map = program.buffers[usize::from(buffer?.0)].map;
            Frame::Events((0..map.len()).map(|i| (i % 2 * (1 + i % 15)) as i32).collect())
        }
    };
    let options = SimulationOptions { record_output_maps: false, ..SimulationOptions::default() };
    let run = |batch: usize| {
        let frames = vec![frame.clone(); batch];
        simulator.run(&frames, 0, &options, &mut NoProbe).into_finished().ok()
    };
    let (one, eight) = (run(1)?, run(8)?);
    let flit_hops = one.passes.iter().map(|pass| pass.flit_hops).sum();
    let network_pj = simulator.energy(&one).network();
    Some(Simulated { clocks: [one.cycles, eight.cycles], flit_hops, network_pj })
}
