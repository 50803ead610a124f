//! Reasons in the counters of a run: they add up to its clocks, whole or in part, and say what they replace.

use spikemesh::compiler::{Mode, compile};
use spikemesh::device::Device;
use spikemesh::engine::Input;
use spikemesh::mesh::{End, Reason, Simulator};
use spikemesh::model::file;
use spikemesh::run::{Job, Stats, UnitStats, simulate};
use spikemesh::tensor::{Dense, npy};

fn demo(batch: usize, max_cycles: u64) -> (Stats, bool) {
    let model = file::load("traces/fashion-mnist/model.fbz".as_ref()).unwrap();
    let Dense { shape: [_, h, w, c], data } =
        npy::read_dense::<u8>("traces/fashion-mnist/images.npy".as_ref()).unwrap();
    let images = Dense { shape: [8, h, w, c], data: data[..8 * h * w * c].to_vec() };
    let device = Device::load("akd1000").unwrap();
    let simulator =
        Simulator::new(compile(&model, &device, &Mode::Minimal.into()).unwrap().program, device).unwrap();
    let input = Input::Images(images);
    let job = Job::new(&simulator, &input).batch(batch).max_cycles(max_cycles);
    let (results, end) = simulate(&job).unwrap().into_parts();
    (results.stats, matches!(end, End::Finished))
}

fn of(unit: &UnitStats, reason: Reason) -> u64 {
    unit.reasons.0.of(reason)
}

#[test]
fn reasons_of_a_run_add_up_to_its_clocks() {
    for batch in [1, 4] {
        let (stats, finished) = demo(batch, 1 << 40);
        assert!(finished && stats.span_clocks > 0);
        for unit in &stats.units {
            assert_eq!(unit.reasons.0.sum(), stats.span_clocks, "{}", unit.name);
            assert_eq!(of(unit, Reason::Compute), unit.clocks, "{}", unit.name);
            for reason in [Reason::WaitInput, Reason::WaitMap, Reason::WaitFifo] {
                let blamed = unit.blame.iter().filter(|blame| blame.reason == reason.name());
                assert_eq!(blamed.map(|blame| blame.clocks).sum::<u64>(), of(unit, reason), "{}", unit.name);
            }
        }
        // Frames of a batch wait for each other, single ones do not.
        let waits = stats.units.iter().map(|unit| of(unit, Reason::WaitMap)).sum::<u64>();
        assert_eq!(waits > 0, batch > 1, "{waits}");
        for layer in &stats.layers {
            let units = stats.units.iter().filter(|unit| unit.layer.as_ref() == Some(&layer.name));
            for reason in Reason::ALL {
                let sum: u64 = units.clone().map(|unit| of(unit, reason)).sum();
                assert_eq!(layer.reasons.of(reason), sum, "{} {reason:?}", layer.name);
            }
            let shares: Vec<f64> = layer.main_reasons.iter().map(|row| row.share).collect();
            assert!(shares.is_sorted_by(|a, b| a >= b) && shares.iter().sum::<f64>() <= 1.0 + 1e-9);
            assert!(shares[0] > 0.0, "{}", layer.name);
        }
    }
}

#[test]
fn reasons_of_a_run_that_ends_early_add_up_too() {
    let (whole, _) = demo(8, 1 << 40);
    let middle = whole.frames[3].end + 7;
    let (stats, finished) = demo(8, middle);
    assert!(!finished && stats.frames.len() < 8);
    assert!(
        stats.span_clocks <= middle && stats.span_clocks + 10_000 > middle,
        "{} {middle}",
        stats.span_clocks
    );
    for unit in &stats.units {
        assert_eq!(unit.reasons.0.sum(), stats.span_clocks, "{}", unit.name);
        assert!(of(unit, Reason::Compute) >= unit.clocks, "{}", unit.name);
    }
}
