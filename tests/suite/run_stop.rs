//! A run that is stopped keeps what is finished.

use spikemesh::Stop;
use spikemesh::compiler::{Mode, compile};
use spikemesh::device::Device;
use spikemesh::engine::Input;
use spikemesh::mesh::{EarlyEnd, Simulator, Unfinished};
use spikemesh::model::file;
use spikemesh::run::{Job, simulate};
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
