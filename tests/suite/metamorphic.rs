//! What must hold between runs, whatever the constants are: rows may be columns, more events never take fewer clocks, a layer does not feel
//! its neighbours.

use std::path::Path;

use crate::mappable::{Trial, config, devices, networks};
use proptest::prelude::*;
use rand_core::{Rng, SeedableRng};
use rand_pcg::Pcg64Mcg;
use spikemesh::compiler::partition;
use spikemesh::compiler::{
    CompileOptions, Mode, Resources, compile, compile_partition, partition_with_splits,
};
use spikemesh::device::Device;
use spikemesh::device::network::Routing;
use spikemesh::isa::{self, NpId, Program};
use spikemesh::mesh::{Frame, Outcome, SimulationOptions, Simulator};
use spikemesh::model::{InputData, Layer, LayerId, LayerKind, Model, Parameters, template};
use spikemesh::noc::NoProbe;
use spikemesh::run::frames;

fn outcome(simulator: &Simulator, frames: &[Frame]) -> Outcome {
    simulator.run(frames, 0, &SimulationOptions::default(), &mut NoProbe).into_finished().unwrap()
}

/// An input of a program: noise, about half of all values.
fn noise(program: &Program, seed: u64) -> Frame {
    let mut rng = Pcg64Mcg::seed_from_u64(seed);
    let mut next = |below: u32| rng.next_u32() % below;
    match (&program.passes[0].hrc, program.input) {
        (Some(hrc), _) => Frame::Image((0..hrc.image.len()).map(|_| next(256) as u8).collect()),
        (None, buffer) => {
            let map = program.buffers[usize::from(buffer.unwrap().0)].map;
            Frame::Events((0..map.len()).map(|_| (next(2) * (1 + next(15))) as i32).collect())
        }
    }
}

proptest! {
    #![proptest_config(config(60))]

    /// Every value, and the work of every unit, is the same on a device whose rows are columns, for single frames and for frames behind each
    /// other.
    #[test]
    fn rows_may_be_columns(genome in networks(), device in devices(), batch in 1..3usize) {
        let trial = Trial::new(&genome, batch);
        let program = trial.compile(&device)?;
        let frames = frames(&program, &trial.input).unwrap();
        prop_assert_eq!(
            work(&program, &device, &frames),
            work(&transposed(&program, &device), &transposed_device(&device), &frames)
        );
    }
}

/// A device whose rows are columns and whose packets turn the other way; the edge node stays at (0, 0).
fn transposed_device(device: &Device) -> Device {
    let mut device = device.clone();
    std::mem::swap(&mut device.columns, &mut device.rows);
    device.network.routing.0 = match *device.network.routing {
        Routing::Xy => Routing::Yx,
        Routing::Yx => Routing::Xy,
        // The hash of a packet's way does not know rows from columns.
        Routing::O1Turn => Routing::O1Turn,
    };
    device
}

/// The NP of a device that lies on its transposed device where `np` lies on `device`.
fn transposed_np(NpId(np): NpId, device: &Device) -> NpId {
    let (slots, columns, rows) = (*device.nps_per_node, *device.columns, *device.rows);
    let (node, slot) = (np / slots, np % slots);
    NpId((node % columns * rows + node / columns) * slots + slot)
}

/// A program for the transposed device.
fn transposed(program: &Program, device: &Device) -> Program {
    let mut program = program.clone();
    for pass in &mut program.passes {
        let np_routes = pass.nps.iter_mut().map(|record| &mut record.routes);
        let routes = np_routes
            .chain(pass.sources.iter_mut().map(|record| &mut record.routes))
            .chain(pass.hrc.iter_mut().map(|record| &mut record.routes));
        for route in routes.flatten() {
            if let isa::Target::Np(np) = &mut route.target {
                *np = transposed_np(*np, device);
            }
        }
        pass.nps.iter_mut().for_each(|record| record.np = transposed_np(record.np, device));
        pass.nps.sort_by_key(|record| record.np);
    }
    program
}

/// Clocks of computing, values received and emitted, copies sent.
type UnitWork = (u64, u64, u64, u64);

/// Flits times links of a pass, and the work of its units.
type PassWork = (u64, Vec<Vec<UnitWork>>);

/// The outputs of a frame, and the map of each layer.
type FrameMaps = [Vec<Vec<i32>>; 2];

/// Maps of every frame, flits times links of every pass, and what its units did, in any order. Arbiters break ties by the order of ports, which
/// no device can transpose: so cycles of waiting are left out.
fn work(program: &Program, device: &Device, frames: &[Frame]) -> (Vec<FrameMaps>, Vec<PassWork>) {
    let outcome = outcome(&Simulator::new(program.clone(), device.clone()).unwrap(), frames);
    let maps = outcome.frames.into_iter().map(|frame| [frame.outputs, frame.output_maps]);
    let passes = outcome.passes.into_iter().map(|pass| {
        let mut units: Vec<Vec<UnitWork>> = pass
            .units
            .iter()
            .map(|unit| {
                let work = unit.frames.iter();
                work.map(|r| (r.clocks(), r.received, r.emitted, r.copies)).collect()
            })
            .collect();
        units.sort_unstable();
        (pass.flit_hops, units)
    });
    (maps.collect(), passes.collect())
}

/// The same of whole published networks, which fill the mesh and several passes.
#[test]
fn rows_may_be_columns_in_published_networks() {
    let device = Device::load("akd1500").unwrap();
    for (file, mode) in [("devhub-kws12.yaml", Mode::AllNps), ("an.25-160.yaml", Mode::HwPr)] {
        let model = load(file);
        let program = compile(&model, &device, &mode.into()).unwrap().program;
        let other = transposed(&program, &device);
        assert_ne!(program, other);
        let frame = [noise(&program, 1)];
        let plain = work(&program, &device, &frame);
        assert!(plain == work(&other, &transposed_device(&device), &frame), "{file}");
        // On the device as it is, packets go other ways: the flits on links tell.
        assert!(plain != work(&other, &device, &frame), "{file}");
    }
}

fn load(file: &str) -> Model {
    let mut model = template::load(&Path::new("tests/models").join(file)).unwrap();
    model.randomise(1);
    model
}

/// A layer as a model of its own, behind the event DMA, divided as `splits` says.
fn alone(layer: &Layer, splits: [u32; 2], device: &Device) -> Program {
    let mut model = Model::new("alone");
    let input = Parameters::InputData(InputData { input: layer.shape.input });
    model.add("events", input, &[]).unwrap();
    model.add("layer", layer.parameters, &[]).unwrap();
    model.randomise(1);
    let target = Resources::from(device);
    let divided = partition_with_splits(model.layers(), &target, &[splits; 2]).unwrap();
    compile_partition(&model, device, &divided, &CompileOptions::default()).unwrap()
}

/// Clocks of every unit that computes.
fn clocks(outcome: &Outcome) -> Vec<u64> {
    let units = outcome.passes.iter().flat_map(|pass| &pass.units).filter(|unit| unit.output_map.is_some());
    units.flat_map(|unit| &unit.frames).map(|record| record.clocks()).collect()
}

fn more_events_take_no_fewer_clocks(file: &str) {
    let device = Device::load("akd1500").unwrap();
    let model = load(file);
    let divided = partition(model.layers(), &Resources::from(&device), Mode::AllNps).unwrap();
    let mut checked = 0;
    for (layer, divided) in model.layers().iter().zip(&divided.layers) {
        if layer.kind().is_input() {
            continue;
        }
        let program = alone(layer, [divided.spatial_splits, divided.filter_splits], &device);
        let simulator = Simulator::new(program.clone(), device.clone()).unwrap();
        let values = layer.shape.input.len();
        let mut order: Vec<usize> = (0..values).collect();
        let mut rng = Pcg64Mcg::seed_from_u64(7);
        (1..values).rev().for_each(|i| order.swap(i, rng.next_u32() as usize % (i + 1)));
        // Each map holds all events of the one before it.
        let mut before: Vec<u64> = Vec::new();
        let mut map = vec![0; values];
        let mut known = 0;
        for share in [0, 1, 5, 25, 50, 100] {
            let events = (values * share).div_ceil(100);
            order[known..events].iter().for_each(|&at| map[at] = 1 + (at % 15) as i32);
            known = events;
            let now = clocks(&outcome(&simulator, &[Frame::Events(map.clone())]));
            assert!(
                before.iter().zip(&now).all(|(a, b)| a <= b),
                "{file} {}: {before:?}, then {now:?}",
                layer.name
            );
            // Only fully connected walks do not depend on events at all.
            let walks = layer.kind() == LayerKind::FullyConnected;
            assert!(before.is_empty() || walks == (before == now), "{file} {}", layer.name);
            before = now;
        }
        checked += 1;
    }
    assert!(checked > 1, "{file}");
}

#[test]
fn more_events_take_no_fewer_clocks_in_speech_and_heartbeats() {
    more_events_take_no_fewer_clocks("devhub-kws12.yaml");
    more_events_take_no_fewer_clocks("devhub-arr.yaml");
}

#[test]
fn more_events_take_no_fewer_clocks_in_an_akidanet() {
    more_events_take_no_fewer_clocks("an.25-160.yaml");
}

#[test]
fn more_events_take_no_fewer_clocks_in_small_networks() {
    for file in ["scnn2.yaml", "mnist-separable.yaml", "convtiny.yaml", "gxnor.yaml"] {
        more_events_take_no_fewer_clocks(file);
    }
}

/// The input unit takes its time whatever the pixels are.
#[test]
fn pixels_do_not_change_the_clocks_of_the_input_unit() {
    let device = Device::load("akd1500").unwrap();
    let model = load("devhub-kws12.yaml");
    let program = compile(&model, &device, &Mode::Minimal.into()).unwrap().program;
    let simulator = Simulator::new(program.clone(), device.clone()).unwrap();
    let image = program.passes[0].hrc.as_ref().unwrap().image;
    let of = |frame: Frame| outcome(&simulator, &[frame]).passes[0].units[0].frames[0].clocks();
    let blank = of(Frame::Image(vec![0; image.len()]));
    assert_eq!(of(Frame::Image(vec![255; image.len()])), blank);
    assert_eq!(of(noise(&program, 3)), blank);
}

fn sorted(mut clocks: Vec<u64>) -> Vec<u64> {
    clocks.sort_unstable();
    clocks
}

/// The most clocks between the end of a layer's last unit and the start of a unit that waits for it: the last batches of events leave the FIFO, packets
/// and markers cross the mesh.
const TAIL: u64 = 2000;

/// A layer of a model takes the clocks that it takes alone with the same events, unit by unit, and its neighbours begin when it has ended.
fn layers_do_not_feel_their_neighbours(file: &str, mode: Mode) {
    let device = Device::load("akd1500").unwrap();
    let model = load(file);
    let target = Resources::from(&device);
    let divided = partition(model.layers(), &target, mode).unwrap();
    let program = compile(&model, &device, &mode.into()).unwrap().program;
    let whole = outcome(&Simulator::new(program.clone(), device.clone()).unwrap(), &[noise(&program, 2)]);
    let group = |id: LayerId| {
        let name = &model.layer(id).name;
        program.output_maps.iter().position(|group| &group.name == name)
    };
    let records = |index: usize| -> Vec<_> {
        let units = whole.passes.iter().flat_map(|pass| &pass.units);
        let of_group = units.filter(|unit| unit.output_map.is_some_and(|g| usize::from(g.0) == index));
        of_group.flat_map(|unit| unit.frames.clone()).collect()
    };
    let mut checked = 0;
    for (id, layer) in model.iter() {
        let ([producer], Some(index)) = (&layer.inbound[..], group(id)) else { continue };
        let Some(before) = group(*producer) else { continue };
        let splits = [divided.layers[id.0].spatial_splits, divided.layers[id.0].filter_splits];
        let alone = alone(layer, splits, &device);
        let events = Frame::Events(whole.frames[0].output_maps[before].clone());
        let alone = clocks(&outcome(&Simulator::new(alone.clone(), device.clone()).unwrap(), &[events]));
        let together: Vec<u64> = records(index).iter().map(|record| record.clocks()).collect();
        // The same slices, in the order of their NPs.
        let (together, alone) = (sorted(together), sorted(alone));
        assert_eq!(together, alone, "{file} {}", layer.name);
        let end = records(before).iter().map(|record| record.computed).max().unwrap();
        let pass = |layer: LayerId| divided.layers[layer.0].pass;
        if pass(*producer) == pass(id) {
            for record in records(index) {
                assert!(
                    record.start > end && record.start - end < TAIL,
                    "{file} {}: {}",
                    layer.name,
                    record.start - end
                );
            }
        }
        checked += 1;
    }
    assert!(checked > 2, "{file}: {checked} layers");
}

#[test]
fn layers_do_not_feel_their_neighbours_under_minimal() {
    layers_do_not_feel_their_neighbours("devhub-kws12.yaml", Mode::Minimal);
    layers_do_not_feel_their_neighbours("an.25-160.yaml", Mode::Minimal);
}

#[test]
fn layers_do_not_feel_their_neighbours_when_split_and_in_passes() {
    layers_do_not_feel_their_neighbours("devhub-arr.yaml", Mode::AllNps);
    layers_do_not_feel_their_neighbours("an.25-160.yaml", Mode::HwPr);
}
