//! A program that the verifier passes runs, and ends without a defect of a unit.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use spikemesh::device::Device;
use spikemesh::isa::{MapShape, Program};
use spikemesh::mesh::{EarlyEnd, End, Error, Frame, SimulationOptions, Simulator};
use spikemesh::noc::NoProbe;

use crate::errors::{show, shown};

/// Values of all maps of a program that is run: more would take long.
const MAX_VALUES: usize = 1 << 14;
/// Clocks of a run.
const MAX_CYCLES: u64 = 300_000;

static DEVICES: LazyLock<BTreeMap<String, Device>> = LazyLock::new(|| {
    let device = |name: &str| Some((name.to_owned(), Device::load(name).ok()?));
    Device::names().filter_map(device).collect()
});

/// A device that is built in.
pub fn device(name: &str) -> Option<&'static Device> {
    DEVICES.get(name)
}

/// Numbers without end, by a seed.
pub fn numbers(seed: u64) -> impl FnMut() -> u64 {
    let mut state = seed;
    move || {
        // SplitMix64.
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ state >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }
}

/// Runs a program on its device with two frames in one batch.
pub fn run(program: &Program, seed: u64) {
    let Some(device) = device(&program.device) else { return };
    let maps = program.output_maps.iter().map(|output| output.map);
    let values: usize =
        maps.chain(program.buffers.iter().map(|buffer| buffer.map)).map(|map| map.len()).sum();
    if values > MAX_VALUES {
        return;
    }
    let Some(simulator) = shown(Simulator::new(program.clone(), device.clone())) else { return };
    let mut numbers = numbers(seed);
    let mut frame = || match program.input {
        Some(buffer) => {
            let map: MapShape = program.buffers[usize::from(buffer.0)].map;
            Frame::Events((0..map.len()).map(|_| (numbers() % 24) as i32 & 15).collect())
        }
        None => {
            let image = program
                .passes
                .iter()
                .find_map(|pass| pass.hrc.as_ref())
                .expect("it passed the verifier")
                .image;
            Frame::Image((0..image.len()).map(|_| numbers() as u8).collect())
        }
    };
    let frames = [frame(), frame()];
    let options = SimulationOptions { max_cycles: MAX_CYCLES, ..SimulationOptions::default() };
    let (outcome, end) = simulator.run(&frames, 0, &options, &mut NoProbe).into_parts();
    assert!(outcome.frames.len() <= frames.len());
    match end {
        End::Finished | End::Early(EarlyEnd::Limit(_) | EarlyEnd::Stopped) => {}
        End::Early(EarlyEnd::Hang(hang)) => {
            panic!("a program that the verifier passes hangs: {:?}", hang.waiting)
        }
        End::Early(EarlyEnd::Failure(error)) => {
            assert!(!matches!(error, Error::Defect { .. }), "a program that the verifier passes: {error}");
            show([error]);
        }
    }
}
