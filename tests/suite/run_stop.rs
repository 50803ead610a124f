//! A run that is stopped keeps what is finished.

use spikemesh::Stop;
use spikemesh::compiler::{Mode, compile};
use spikemesh::device::Device;
use spikemesh::engine::Input;
use spikemesh::mesh::probe::{Origin, Probe};
use spikemesh::mesh::{EarlyEnd, Emission, SimulationOptions, Simulator, Unfinished, UnitId};
use spikemesh::model::file;
use spikemesh::noc::{self, Cycle};
use spikemesh::run::{Job, frames, simulate};
use spikemesh::tensor::npy;

#[test]
fn finished_frames_survive_a_stop() {
    let model = file::load("traces/fashion-mnist/model.fbz".as_ref()).unwrap();
    let images = npy::read_dense::<u8>("traces/fashion-mnist/images.npy".as_ref()).unwrap();
    let device = Device::load("akd1000").unwrap();
    let program = compile(&model, &device, &Mode::Minimal.into()).unwrap().program;
    let simulator = Simulator::new(program.clone(), device.clone()).unwrap();
    let input = Input::Images(images);
    let all = simulate(&Job::new(&simulator, &input)).unwrap().into_finished().unwrap();
    assert_eq!(all.frames.len(), 300);

    let stop = Stop::new();
    let after_the_first = |_| stop.set();
    let some = simulate(&Job::new(&simulator, &input).stop(&stop).progress(&after_the_first)).unwrap();
    let Unfinished { partial: some, end } = some.into_finished().unwrap_err();
    assert!(matches!(end, EarlyEnd::Stopped), "{end}");
    assert!(!some.frames.is_empty() && some.frames.len() < 300, "{}", some.frames.len());
    assert_eq!(some.frames, all.frames[..some.frames.len()]);
    assert_eq!(some.stats.frames, all.stats.frames[..some.frames.len()]);
}

/// Sets a flag once a frame has emitted something.
struct StopsAt {
    frame: usize,
    stop: Stop,
}

impl noc::Probe for StopsAt {
    const OBSERVES_NETWORK: bool = false;
}

impl Probe for StopsAt {
    fn emitted(&mut self, _: Cycle, _: UnitId, origin: Origin, _: &[Emission]) {
        if origin.frame == self.frame {
            self.stop.set();
        }
    }
}

#[test]
fn whole_frames_of_one_batch_survive_a_stop() {
    let model = file::load("traces/fashion-mnist/model.fbz".as_ref()).unwrap();
    let images = npy::read_dense::<u8>("traces/fashion-mnist/images.npy".as_ref()).unwrap();
    let device = Device::load("akd1000").unwrap();
    let program = compile(&model, &device, &Mode::Minimal.into()).unwrap().program;
    let simulator = Simulator::new(program.clone(), device).unwrap();
    let batch = &frames(&program, &Input::Images(images)).unwrap()[..12];
    let run = |options: &SimulationOptions, probe: &mut StopsAt| simulator.run(batch, 0, options, probe);
    let mut nobody = StopsAt { frame: usize::MAX, stop: Stop::new() };
    let whole = run(&SimulationOptions::default(), &mut nobody).into_finished().unwrap();
    assert_eq!(whole.finished, 12);

    let stop = Stop::new();
    let options = SimulationOptions { stop: stop.clone(), ..SimulationOptions::default() };
    let ended = run(&options, &mut StopsAt { frame: 6, stop }).into_finished().unwrap_err();
    assert!(matches!(ended.end, EarlyEnd::Stopped), "{}", ended.end);
    let mut part = ended.partial;
    // Frames enter one behind the other, so a few are under way.
    assert!((1..8).contains(&part.finished), "{}", part.finished);
    assert!(part.cycles < whole.cycles);
    part.keep_finished();
    assert_eq!(part.frames, whole.frames[..part.finished]);
    for (part_of, whole_of) in part.passes.iter().zip(&whole.passes) {
        for (unit, whole) in part_of.units.iter().zip(&whole_of.units) {
            assert_eq!(unit.frames, whole.frames[..part.finished], "{}", unit.name);
        }
    }
}
