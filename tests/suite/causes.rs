//! What would help: each cause is predicted from the recorded run and run again, and predicting starts no simulator.

use spikemesh::compiler::{Mode, compile};
use spikemesh::device::Device;
use spikemesh::engine::Input;
use spikemesh::mesh::Simulator;
use spikemesh::model::file;
use spikemesh::run::{CauseRow, Explained, Job, explain};
use spikemesh::tensor::{Dense, npy};

/// The demo network on a device with settings, explained; with how many batches simulators have begun.
fn explained(settings: &[&str], batch: usize) -> (Explained, u64) {
    let model = file::load("traces/fashion-mnist/model.fbz".as_ref()).unwrap();
    let Dense { shape: [_, h, w, c], data } =
        npy::read_dense::<u8>("traces/fashion-mnist/images.npy".as_ref()).unwrap();
    let images = Dense { shape: [batch, h, w, c], data: data[..batch * h * w * c].to_vec() };
    let settings: Vec<_> = settings.iter().map(|setting| setting.parse().unwrap()).collect();
    let device = Device::load("akd1000").unwrap().with(&settings).unwrap();
    let program = compile(&model, &device, &Mode::Minimal.into()).unwrap().program;
    let simulator = Simulator::new(program, device).unwrap();
    let input = Input::Images(images);
    let explained = explain(&Job::new(&simulator, &input).batch(batch)).unwrap().into_finished().unwrap();
    (explained.unwrap(), simulator.starts())
}

#[test]
fn predicting_starts_no_simulator() {
    let (explained, starts) = explained(&[], 2);
    assert_eq!(explained.causes.iter().filter(|row| row.predicted.is_some()).count(), 5);
    // The recorded batch, one for each cause that is named, and one with two input maps.
    assert_eq!(starts, 1 + 5 + 1);
}

#[test]
fn predictions_are_what_the_run_says_again() {
    let (explained, _) = explained(&[], 3);
    let simulated = |row: &CauseRow| row.simulated.unwrap().makespan;
    let (predicted, run_only): (Vec<&CauseRow>, Vec<&CauseRow>) =
        explained.causes.iter().partition(|row| row.predicted.is_some());
    assert_eq!(run_only.iter().map(|row| row.cause).collect::<Vec<_>>(), ["maps"]);
    assert!(run_only[0].gain > 0.0 && run_only[0].difference.is_none(), "{run_only:?}");
    for &row in &predicted {
        assert!(row.difference.unwrap().abs() < 0.001, "{row:?}");
        assert!(row.predicted.unwrap().interval.unwrap() > 0 && row.gain > 0.0, "{row:?}");
        assert_eq!(row.basis, "assumed");
        let gain = (explained.end - simulated(row)) as f64 / explained.end as f64;
        assert!((row.gain - gain).abs() < 1e-12, "{row:?}");
    }
    assert!(predicted.is_sorted_by_key(|row| simulated(row)), "{predicted:?}");
}

#[test]
fn a_neural_processor_that_is_slow_is_named_first() {
    let (healthy, _) = explained(&[], 2);
    let (slow, _) = explained(&["overrides.n0_0.np1.clock_scale=4"], 2);
    let first = &slow.causes[0];
    assert_eq!((first.cause, first.unit.as_deref()), ("clock", Some("n0_0.np1")));
    assert_eq!(first.change, "that of the device");
    assert_eq!(first.simulated.unwrap().makespan, healthy.end);
}

#[test]
fn slow_steps_are_named_first() {
    let (slow, _) = explained(&["timing.hrc.position=2000"], 2);
    let first = &slow.causes[0];
    assert_eq!((first.cause, first.step, first.layer.as_deref()), ("steps", Some("convolve"), Some("c0")));
}
