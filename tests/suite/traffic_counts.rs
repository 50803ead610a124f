//! The network's actions are counted from packets and their ways. Here every flit that arrives and every grant is looked at, and must give the same
//! counts: with a packet for each receiver, with trees, with every routing, over several passes and frames.

use std::path::Path;

use spikemesh::compiler::{Mode, compile};
use spikemesh::device::network::{Endpoint, Topology};
use spikemesh::device::{Action, ActionCounts, Device, Setting};
use spikemesh::mesh::probe;
use spikemesh::mesh::{Frame, SimulationOptions, Simulator, Traffic};
use spikemesh::model::template;
use spikemesh::noc::{self, FlitEvent, GrantEvent};

/// Looks at every flit.
struct Watched<'a> {
    topology: &'a Topology,
    seen: ActionCounts,
}

impl Watched<'_> {
    fn add(&mut self, action: Action) {
        let mut one = ActionCounts::default();
        one.set(action, 1);
        self.seen += one;
    }
}

impl noc::Probe for Watched<'_> {
    fn flit(&mut self, event: FlitEvent) {
        let link = self.topology.link(event.link);
        match (link.from, link.to) {
            (Endpoint::Terminal(_), _) => self.add(Action::Injection),
            (_, Endpoint::Terminal(_)) => self.add(Action::Ejection),
            _ => self.add(Action::Link),
        }
        if matches!(link.to, Endpoint::Port { .. }) {
            self.add(Action::BufferWrite);
        }
    }

    fn grant(&mut self, event: GrantEvent) {
        self.add(Action::BufferRead);
        if event.is_head {
            self.add(Action::Allocation);
        }
    }
}

impl probe::Probe for Watched<'_> {}

/// Counts of a template in a mode on a device with settings: those of the records of units, and those that were seen.
fn counts(file: &str, mode: Mode, settings: &[&str]) -> (ActionCounts, ActionCounts, Traffic) {
    let settings: Vec<Setting> = settings.iter().map(|setting| setting.parse().unwrap()).collect();
    let device = Device::load("akd1500").unwrap().with(&settings).unwrap();
    let mut model = template::load(&Path::new("tests/models").join(file)).unwrap();
    model.randomise(1);
    let program = compile(&model, &device, &mode.into()).unwrap().program;
    let frame = match &program.passes[0].hrc {
        Some(hrc) => Frame::Image((0..hrc.image.len()).map(|i| (i * 89 % 251) as u8).collect()),
        None => {
            let map = program.buffers[usize::from(program.input.unwrap().0)].map;
            Frame::Events((0..map.len()).map(|i| (i % 2 * (1 + i % 15)) as i32).collect())
        }
    };
    let topology = Topology::new(&device.network_config());
    let mut watched = Watched { topology: &topology, seen: ActionCounts::default() };
    let simulator = Simulator::new(program, device).unwrap();
    let options = SimulationOptions::default();
    let frames = [frame.clone(), frame];
    let outcome = simulator.run(&frames, 0, &options, &mut watched).into_finished().unwrap();
    let (mut counted, mut traffic) = (ActionCounts::default(), Traffic::default());
    for record in outcome.passes.iter().flat_map(|pass| &pass.units).flat_map(|unit| &unit.frames) {
        counted += record.actions(None);
        traffic += record.traffic;
    }
    assert_eq!(traffic.hops, outcome.passes.iter().map(|pass| pass.flit_hops).sum::<u64>());
    (counted, watched.seen, traffic)
}

fn same(file: &str, mode: Mode, settings: &[&str]) -> Traffic {
    let (counted, seen, traffic) = counts(file, mode, settings);
    for action in Action::NETWORK {
        assert!(counted.of(action) > 0.0, "{file} {mode:?} {settings:?}");
        assert_eq!(counted.of(action), seen.of(action), "{action:?}: {file} {mode:?} {settings:?}");
    }
    traffic
}

#[test]
fn actions_of_packets_with_one_receiver_are_those_that_happen() {
    let o1turn = ["network.token_vcs=2", "network.routing=o1turn"];
    for settings in [&[][..], &["network.routing=yx"], &o1turn] {
        same("devhub-kws12.yaml", Mode::AllNps, settings);
    }
    same("devhub-kws12.yaml", Mode::Minimal, &["overrides.n0_0.east.delay=7"]);
    // Several passes.
    same("devhub-arr.yaml", Mode::HwPr, &[]);
}

#[test]
fn actions_of_trees_are_those_that_happen() {
    for file in ["devhub-kws12.yaml", "devhub-arr.yaml"] {
        let copies = same(file, Mode::AllNps, &[]);
        for routing in ["network.routing=xy", "network.routing=yx"] {
            let trees = same(file, Mode::AllNps, &["network.multicast=tree", routing]);
            // A flit is written once at each router of a tree and read once for each branch, and as many arrive.
            assert_eq!(trees.ejections, copies.ejections, "{file}");
            assert!(trees.injections < copies.injections && trees.hops < copies.hops, "{file}");
            assert!(trees.buffer_reads() > trees.buffer_writes(), "{file}");
        }
    }
}
