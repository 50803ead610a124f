//! Three implementations, one answer: the plain oracle, the engine and the simulated mesh compute the same integers.

use crate::mappable::{Trial, config, devices, networks};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use spikemesh::device::Device;
use spikemesh::device::NetworkDescription;
use spikemesh::engine::{Engine, MapValues};
use spikemesh::isa::Operation;
use spikemesh::noc::{Allocator, ArbiterRule, PortOrder, Routing};
use spikemesh_oracle::reference;

proptest! {
    #![proptest_config(config(400))]

    #[test]
    fn oracle_engine_and_mesh_agree(genome in networks(), device in devices()) {
        let trial = Trial::new(&genome, 2);
        let results = trial.run(&device, 1)?;
        prop_assert!(results.differences.is_empty(), "{}", results.differences[0]);
        prop_assert_eq!(results.frames.len(), 2);

        let engine = Engine::new(&trial.model).unwrap();
        for (n, sample) in trial.samples.iter().enumerate() {
            let oracle = reference::run(&trial.model, sample);
            let last = oracle.last().unwrap();
            let mesh: Vec<i64> = results.frames[n].output().iter().map(|&v| v.into()).collect();
            prop_assert_eq!(&mesh, &last.output.values);
            for (map, layer) in engine.trace(&trial.input, n).unwrap().iter().zip(&oracle) {
                let values: Vec<i64> = match &map.values {
                    MapValues::Levels(levels) => levels.iter().map(|&v| v.into()).collect(),
                    MapValues::Potentials(potentials) => potentials.iter().map(|&v| v.into()).collect(),
                };
                prop_assert_eq!(&values, &layer.output.values);
            }
        }
    }
}

proptest! {
    #![proptest_config(config(64))]

    /// Frames one behind the other give the outputs of frames one by one, in order, and not later.
    #[test]
    fn pipelined_frames_agree(genome in networks(), device in devices()) {
        let trial = Trial::new(&genome, 4);
        let single = trial.run(&device, 1)?;
        let batch = trial.run(&device, 4)?;
        prop_assert!(batch.differences.is_empty(), "{}", batch.differences[0]);
        for (single, batch) in single.frames.iter().zip(&batch.frames) {
            prop_assert_eq!(&single.outputs, &batch.outputs);
        }
        let ends: Vec<u64> = batch.stats.frames.iter().map(|f| f.end).collect();
        prop_assert!(ends.is_sorted(), "{:?}", ends);
        prop_assert_eq!(single.stats.units.len(), batch.stats.units.len());
        for (single, batch) in single.stats.units.iter().zip(&batch.stats.units) {
            prop_assert_eq!((&single.name, single.clocks, single.emitted), (&batch.name, batch.clocks, batch.emitted));
        }
    }
}

/// A network between the nodes that is unlike the one that devices come with.
fn between() -> impl Strategy<Value = NetworkDescription> {
    let routing = prop_oneof![1 => Just(Routing::Xy), 1 => Just(Routing::Yx), 2 => Just(Routing::O1Turn)];
    let allocator =
        || prop_oneof![Just(Allocator::SeparableInputFirst), Just(Allocator::SeparableOutputFirst)];
    let allocators = (allocator(), allocator(), any::<bool>(), any::<bool>(), any::<bool>());
    (routing, (2..=4u8, 2..=3u8, 1..=9u16), allocators, (0..=2u8, 1..=3u8, 0..=3u8)).prop_map(
        |(routing, (data, token, depth), (vc, sw, speculative, hold, prio), (route, link, credit))| {
            let mut network = Device::load("akd1000").unwrap().network;
            network.routing.0 = routing;
            (network.data_vcs.0, network.token_vcs.0, network.vc_buf_size.0) = (data, token, depth);
            (network.vc_allocator.0, network.sw_allocator.0) = (vc, sw);
            (network.speculative.0, network.hold_switch_for_packet.0) = (speculative, hold);
            network.arb_type.0 = if prio { ArbiterRule::Fixed } else { ArbiterRule::RoundRobin };
            network.port_order.0 = if prio { PortOrder::LocalFirst } else { PortOrder::LocalLast };
            (network.routing_delay.0, network.link_delay.0, network.credit_delay.0) = (route, link, credit);
            network
        },
    )
}

proptest! {
    #![proptest_config(config(64))]

    /// Whatever lies between the nodes, and in whatever order packets arrive, the outputs are the same.
    #[test]
    fn outputs_do_not_depend_on_the_network(genome in networks(), device in devices(), network in between()) {
        let trial = Trial::new(&genome, 2);
        let plain = trial.run(&device, 1)?;
        let other = trial.run(&Device { network, ..device }, 2)?;
        prop_assert!(other.differences.is_empty(), "{}", other.differences[0]);
        for (plain, other) in plain.frames.iter().zip(&other.frames) {
            prop_assert_eq!(&plain.outputs, &other.outputs);
        }
    }
}

/// The networks above try what they should: slices of rows, slices of filters, several passes, joins, every kind of operation.
#[test]
fn networks_cover_the_mapping() {
    let mut runner = TestRunner::deterministic();
    let (mut mapped, mut rows, mut filters, mut passes, mut joins, mut empty) = (0, 0, 0, 0, 0, 0);
    for _ in 0..400 {
        let genome = networks().new_tree(&mut runner).unwrap().current();
        let device = devices().new_tree(&mut runner).unwrap().current();
        let trial = Trial::new(&genome, 1);
        let Ok(program) = trial.compile(&device) else { continue };
        mapped += 1;
        let nps: Vec<_> = program.passes.iter().flat_map(|p| &p.nps).collect();
        rows += usize::from(nps.iter().any(|np| np.input.own.len() < np.input.map.height));
        filters += usize::from(nps.iter().any(|np| {
            let partial = |first: u32, count: u32| {
                first > 0 || count < program.output_maps[usize::from(np.output_map.0)].map.channels
            };
            matches!(np.operation, Operation::Convolution(c) if partial(c.first_filter, c.filters))
        }));
        empty += usize::from(nps.iter().any(|np| np.input.rows.is_empty()));
        passes += usize::from(program.passes.len() > 1);
        joins += usize::from(trial.model.layers().iter().any(|l| l.inbound.len() > 1));
    }
    for (what, count, least) in [
        ("mapped", mapped, 100),
        ("cut into rows", rows, 40),
        ("cut into filters", filters, 25),
        ("several passes", passes, 20),
        ("joins", joins, 10),
        ("slices without rows", empty, 1),
    ] {
        println!("{what}: {count} of 400");
        assert!(count >= least, "{what}: only {count} of 400");
    }
}
