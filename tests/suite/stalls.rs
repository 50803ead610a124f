//! The mesh stalls less than half a percent of every layer of the published models, in all mapping modes.
//!
//! Whole frames with random weights: about half of all values are events, as in the published networks; of the speech model, whose published maps
//! are 93 % zeros and more, few.

use std::path::Path;

use spikemesh::compiler::{Mode, compile};
use spikemesh::device::Device;
use spikemesh::mesh::SimulationOptions;
use spikemesh::mesh::{Frame, Simulator};
use spikemesh::model::template;
use spikemesh::noc::NoProbe;

/// Levels start this many steps higher, one and a half deviations: about 7 % of all values are events.
const SPARSE: f32 = 12.0;

const MODES: [Mode; 3] = [Mode::Minimal, Mode::AllNps, Mode::HwPr];

fn stalls(file: &str) -> Vec<String> {
    let device = Device::load("akd1500").unwrap();
    let mut model = template::load(&Path::new("tests/models").join(file)).unwrap();
    model.randomise(1);
    if file.contains("kws") {
        let ids: Vec<_> = model.iter().map(|(id, _)| id).collect();
        for id in ids {
            let variables = &model.layer(id).variables;
            let pairs = variables.threshold_fire.iter().zip(&variables.threshold_fire_step);
            let raised: Vec<i32> = pairs.map(|(&t, &step)| t + (SPARSE * step) as i32).collect();
            if !raised.is_empty() {
                model.set_variable(id, "threshold_fire", &raised[..]).unwrap();
            }
        }
    }
    let mut found = Vec::new();
    for mode in MODES {
        let program = compile(&model, &device, &mode.into()).unwrap().program;
        let simulator = Simulator::new(program.clone(), device.clone()).unwrap();
        let hrc = program.passes[0].hrc.as_ref();
        let frame = match (hrc, program.input) {
            (Some(hrc), _) => Frame::Image((0..hrc.image.len()).map(|i| (i * 89 % 251) as u8).collect()),
            (None, buffer) => {
                let map = program.buffers[usize::from(buffer.unwrap().0)].map;
                Frame::Events((0..map.len()).map(|i| (i % 2 * (1 + i % 15)) as i32).collect())
            }
        };
        let options = SimulationOptions { record_output_maps: false, ..SimulationOptions::default() };
        let outcome = simulator.run(&[frame], 0, &options, &mut NoProbe).into_finished().unwrap();
        for (index, group) in program.output_maps.iter().enumerate() {
            let units = outcome.passes.iter().flat_map(|pass| &pass.units);
            let records: Vec<_> = units
                .filter(|unit| unit.output_map.is_some_and(|g| usize::from(g.0) == index))
                .flat_map(|unit| &unit.frames)
                .collect();
            // How much longer the layer takes than its slowest unit would without stalls.
            let clocks = records.iter().map(|r| r.clocks()).max().unwrap();
            let with = records.iter().map(|r| r.clocks() + r.stall_fifo + r.stall_token).max().unwrap();
            assert!(clocks > 0, "{file} {mode:?} {}", group.name);
            if (with - clocks) * 200 >= clocks {
                found.push(format!("{file} {mode:?} {}: {clocks} clocks, {with} with stalls", group.name));
            }
        }
    }
    found
}

fn none(files: &[&str]) {
    let found: Vec<String> = files.iter().flat_map(|file| stalls(file)).collect();
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn small_models_hardly_stall() {
    none(&["an.25-160.yaml", "devhub-kws12.yaml", "devhub-arr.yaml"]);
}

#[test]
fn large_models_hardly_stall() {
    none(&["an.25-224.yaml", "an.5-224.yaml", "an1-160.yaml", "an1-224.yaml", "devhub-uored.yaml"]);
}
