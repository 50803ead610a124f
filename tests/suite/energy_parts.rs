//! The energy of a run is the sum of its parts, by action, by layer and by frame, and each constant moves its own part alone.

use std::path::Path;

use spikemesh::compiler::{Mode, compile};
use spikemesh::device::{Action, Device, Setting};
use spikemesh::engine::Input;
use spikemesh::isa::Program;
use spikemesh::mesh::Simulator;
use spikemesh::model::template;
use spikemesh::run::{Job, RunResults, Stats, simulate};
use spikemesh::tensor::{Dense, Sparse};

/// A program of two passes, whose weights are loaded inside frames, and its input.
fn program(device: &Device) -> (Program, Input) {
    let mut model = template::load(Path::new("tests/models/devhub-arr.yaml")).unwrap();
    model.randomise(1);
    let program = compile(&model, device, &Mode::HwPr.into()).unwrap().program;
    let input = match (&program.passes[0].hrc, program.input) {
        (Some(hrc), _) => {
            let [w, h, c] = [hrc.image.width, hrc.image.height, hrc.image.channels].map(|side| side as usize);
            Input::Images(Dense {
                shape: [2, h, w, c],
                data: (0..2 * w * h * c).map(|i| (i * 89 % 251) as u8).collect(),
            })
        }
        (None, buffer) => {
            let map = program.buffers[usize::from(buffer.unwrap().0)].map;
            let shape = [2, map.width as usize, map.height as usize, map.channels as usize];
            let data = (0..2 * map.len()).map(|i| (i % 2 * (1 + i % 15)) as u8).collect();
            Input::Events(Sparse::from_dense(&Dense { shape, data }))
        }
    };
    (program, input)
}

fn run(settings: &[&str]) -> RunResults {
    let settings: Vec<Setting> = settings.iter().map(|setting| setting.parse().unwrap()).collect();
    let device = Device::load("akd1500").unwrap().with(&settings).unwrap();
    let (program, input) = program(&device);
    let simulator = Simulator::new(program, device).unwrap();
    simulate(&Job::new(&simulator, &input)).unwrap().into_finished().unwrap()
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * a.abs().max(b.abs())
}

fn parts(stats: &Stats) -> Vec<f64> {
    stats.energy.actions.iter().map(|action| action.pj).collect()
}

#[test]
fn parts_add_up_exactly() {
    let stats = run(&[]).stats;
    let energy = &stats.energy;
    let five = energy.np_pj + energy.hrc_pj + energy.memory_pj + energy.load_pj + energy.network_pj;
    assert_eq!(energy.dynamic_pj, five);
    assert_eq!(energy.total_pj, energy.dynamic_pj + energy.floor_pj);
    assert_eq!(parts(&stats).len(), Action::COUNT);
    assert!(parts(&stats).iter().all(|pj| *pj > 0.0) || energy.hrc_pj == 0.0, "{:?}", energy.actions);
    assert!(near(parts(&stats).iter().sum(), energy.dynamic_pj));
    let of_layers: f64 = stats.layers.iter().map(|layer| layer.dynamic_pj).sum();
    assert!(energy.dma_pj > 0.0 && near(of_layers + energy.dma_pj, energy.dynamic_pj));
    let of_frames: f64 = stats.frames.iter().map(|frame| frame.dynamic_pj).sum();
    assert!(near(of_frames, energy.dynamic_pj));
    let of_units: f64 = stats.units.iter().map(|unit| unit.dynamic_pj).sum();
    assert!(energy.load_pj > 0.0 && near(of_units + energy.load_pj, energy.dynamic_pj));
    for layer in &stats.layers {
        let actions = &layer.actions;
        assert!(near(Action::ALL.iter().map(|action| actions.energy.of(*action)).sum(), layer.dynamic_pj));
        assert_eq!(actions.counts.of(Action::LoadByte), layer.load_bytes as f64);
        assert!(actions.energy.network() > 0.0, "{layer:?}");
    }
    // What the network counted itself.
    let count = |action: Action| energy.actions[action as usize].count;
    assert_eq!(count(Action::Link), stats.flit_hops as f64);
    let of_links = |part: &str| -> u64 {
        stats.links().iter().filter(|link| link.name.contains(part)).map(|link| link.flits).sum()
    };
    assert_eq!(count(Action::Injection), of_links(".inject") as f64);
    assert_eq!(count(Action::Ejection), of_links(".eject") as f64);
    assert_eq!(count(Action::BufferWrite), count(Action::Injection) + count(Action::Link));
    assert_eq!(count(Action::BufferRead), count(Action::Ejection) + count(Action::Link));
}

#[test]
fn a_constant_moves_its_own_part_and_no_clock() {
    let before = run(&[]);
    let device = Device::load("akd1500").unwrap();
    for action in Action::ALL.into_iter().filter(|action| *action != Action::LaneClock) {
        let path = action.path();
        let constants = device.energy.picojoules();
        let value = constants.iter().find(|(name, _)| *name == path).unwrap().1.0;
        let after = run(&[&format!("{path}={}", 2.0 * value)]);
        for (other, (then, now)) in
            Action::ALL.into_iter().zip(parts(&before.stats).into_iter().zip(parts(&after.stats)))
        {
            let expected = if other == action { 2.0 * then } else { then };
            assert!(near(expected, now), "{path} and {other:?}: {then}, then {now}");
        }
        let times = |results: &RunResults| -> Vec<(u64, u64)> {
            results.stats.frames.iter().map(|frame| (frame.start, frame.end)).collect()
        };
        assert_eq!(times(&before), times(&after), "{path}");
        assert_eq!(before.stats.links(), after.stats.links(), "{path}");
        // The energies of the network have another ratio than when they were bounded.
        let is_bounded = after.stats.energy.network_share_at_most.is_some();
        assert_eq!(is_bounded, !action.is_network(), "{path}");
        assert_eq!(after.stats.energy.claim.as_ref().unwrap().worst, None, "{path}");
    }
}
