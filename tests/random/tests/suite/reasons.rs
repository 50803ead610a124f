//! Every cycle has one reason, and the critical path every cycle of a frame: a sample of what `cargo xtask reasons` holds.

use std::path::PathBuf;

use spikemesh::device::Device;
use spikemesh::mesh::timeline::{CriticalPath, Interval, PathPart, Resource};
use spikemesh::mesh::{Loss, Reason, UnitId};
use spikemesh_random::MODES;
use spikemesh_random::reasons::{Mapped, PERIOD_ERROR, TimedRun, add_up, is_whole, tiles};

fn mapped(template: &str, mode: usize) -> Mapped {
    Mapped::new(&self::template(template), MODES[mode]).unwrap()
}

/// A network of one pass and one of several, in every mode, with batches of 1 and 4.
#[test]
fn reasons_add_up_and_paths_and_periods_are_exact() {
    for template in ["gxnor.yaml", "scnn2.yaml", "mnist-separable.yaml", "devhub-kws12.yaml"] {
        for mode in 0..MODES.len() {
            let error = mapped(template, mode)
                .check()
                .unwrap_or_else(|what| panic!("{template}, mode {mode}: {what}"));
            assert!(error.abs() <= PERIOD_ERROR, "{template}, mode {mode}: the period is off by {error}");
        }
    }
}

fn template(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../models").join(name)
}

/// With two input maps receiving and computing are tiled apart, frames overlap, and paths, periods and graphs are exact.
#[test]
fn two_input_maps_are_exact_too() {
    for (template, mode) in [("scnn2.yaml", 0), ("scnn2.yaml", 1), ("gxnor.yaml", 2)] {
        let mut device = Device::load("akd1500").unwrap();
        device.np.input_maps.0 = 2;
        let mapped = Mapped::onto(device, &self::template(template), MODES[mode]).unwrap();
        let error = mapped.check().unwrap_or_else(|what| panic!("{template}, mode {mode}: {what}"));
        assert!(error.abs() <= PERIOD_ERROR, "{template}, mode {mode}: the period is off by {error}");
        let (run, with_one) = (mapped.run(4), self::mapped(template, mode).run(4));
        assert!(run.outcome.frames[3].end < with_one.outcome.frames[3].end, "{template}, mode {mode}");
        let receiving =
            |run: &TimedRun| run.counts.passes[0].iter().filter_map(|unit| unit.receiving).count();
        let names = &mapped.simulator().passes()[0].names;
        let nps = names.iter().filter(|name| name.contains(".np")).count();
        assert_eq!((receiving(&run), receiving(&with_one)), (nps, 0));
    }
}

/// Trees with two input maps: a producer sends when each receiver of its trees has a free map, a frame for the one map or for the other.
#[test]
fn two_input_maps_and_trees_are_exact_too() {
    for (template, mode) in [("scnn2.yaml", 1), ("mnist-separable.yaml", 1)] {
        let run = |settings: &[&str]| {
            let settings: Vec<_> = settings.iter().map(|setting| setting.parse().unwrap()).collect();
            let device = Device::load("akd1500").unwrap().with(&settings).unwrap();
            let mapped = Mapped::onto(device, &self::template(template), MODES[mode]).unwrap();
            let error = mapped.check().unwrap_or_else(|what| panic!("{template}, mode {mode}: {what}"));
            assert!(error.abs() <= PERIOD_ERROR, "{template}, mode {mode}: the period is off by {error}");
            let outcome = mapped.run(4).outcome;
            let outputs: Vec<_> = outcome.frames.iter().map(|frame| frame.outputs.clone()).collect();
            (mapped.simulator().has_trees(), outcome.frames[3].end, outputs)
        };
        let trees = ["network.multicast=tree", "network.vc_buf_size=5"];
        let (has_trees, with_both, outputs) = run(&[&trees[..], &["np.input_maps=2"]].concat());
        let (_, with_trees, of_trees) = run(&trees);
        let (without_trees, _, of_neither) = run(&[]);
        assert!(has_trees && !without_trees, "{template}, mode {mode}");
        assert!(with_both < with_trees, "{template}, mode {mode}: {with_both}, {with_trees}");
        assert!(outputs == of_neither && of_trees == of_neither, "{template}, mode {mode}");
    }
}

/// FIFOs that hold one packet: producers wait for room, and the path goes through the departures of their packets.
#[test]
fn waits_for_room_are_exact_too() {
    let mut device = Device::load("akd1500").unwrap();
    device.np.fifo_events.0 = 16;
    let mapped = Mapped::onto(device, &template("scnn2.yaml"), MODES[1]).unwrap();
    let run = mapped.run(3);
    run.check(mapped.simulator()).unwrap();
    let waits = run.counts.passes[0].iter().map(|unit| unit.of(Reason::WaitFifo)).sum::<u64>();
    assert!(waits > 1000, "{waits}");
    let path = CriticalPath::of(mapped.simulator(), &run.timeline, &run.outcome, 2).unwrap();
    let departs = |part: &PathPart| matches!(part.resource, Resource::Packet { arrived: false, .. });
    assert!(path.parts.iter().any(departs), "{:?}", path.merged());
}

/// Several passes: loads are parts of the path, and clocks of the pass that is loaded.
#[test]
fn loads_are_exact_too() {
    let mut device = Device::load("akd1500").unwrap();
    (device.columns.0, device.rows.0, device.nps_per_node.0) = (1, 1, 4);
    let mapped = Mapped::onto(device, &template("devhub-kws12.yaml"), MODES[0]).unwrap();
    assert!(mapped.simulator().passes().len() > 1);
    let run = mapped.run(2);
    run.check(mapped.simulator()).unwrap();
    assert!(run.period_error(mapped.simulator()).unwrap().abs() <= PERIOD_ERROR);
    let loads: Vec<u64> = run.counts.passes.iter().map(|units| units[0].of(Reason::Load)).collect();
    assert!(loads[0] == 0 && loads[1..].iter().all(|clocks| *clocks > 0), "{loads:?}");
    let path = CriticalPath::of(mapped.simulator(), &run.timeline, &run.outcome, 1).unwrap();
    let on_path: u64 =
        path.parts.iter().filter(|part| part.resource == Resource::Load).map(PathPart::clocks).sum();
    assert_eq!(on_path, loads.iter().sum::<u64>());
}

/// Runs that hang, since the network has lost something, are counted to their end.
#[test]
fn reasons_of_a_hang_add_up() {
    for loss in [Loss::Token, Loss::Marker, Loss::Event] {
        let mapped = mapped("mnist-separable.yaml", 0).losing(loss);
        let run = mapped.run(4);
        assert!(!run.finished, "{loss:?}");
        run.check(mapped.simulator()).unwrap_or_else(|what| panic!("{loss:?}: {what}"));
    }
}

fn a_run() -> (Mapped, TimedRun) {
    let mapped = mapped("mnist-separable.yaml", 0);
    let run = mapped.run(2);
    run.check(mapped.simulator()).unwrap();
    (mapped, run)
}

#[test]
fn a_reason_that_is_dropped_or_counted_twice_is_found() {
    let (_, run) = a_run();
    let units = run.counts.passes[0].len();
    for unit in 0..units {
        for reason in Reason::ALL {
            let clocks = run.counts.passes[0][unit].of(reason);
            for wrong in [0, 2 * clocks, clocks + 1].into_iter().filter(|wrong| *wrong != clocks) {
                let mut counts = run.counts.clone();
                counts.passes[0][unit].reasons[reason as usize] = wrong;
                assert!(add_up(&counts, run.outcome.cycles).is_err(), "unit {unit}, {reason:?}");
            }
        }
    }
    assert!(add_up(&run.counts, run.outcome.cycles + 1).is_err());
}

#[test]
fn an_interval_that_is_missing_or_overlaps_another_is_found() {
    let (_, run) = a_run();
    let pass = &run.timeline.passes[0];
    let mut tried = 0;
    for unit in 0..pass.units() as u32 {
        let intervals: Vec<Interval> = pass.intervals(UnitId(unit)).to_vec();
        let check = |intervals: &[Interval]| tiles(intervals, pass.start, pass.end);
        assert_eq!(check(&intervals), Ok(()));
        for index in (0..intervals.len()).filter(|&index| intervals[index].end > intervals[index].start) {
            let without: Vec<Interval> = [&intervals[..index], &intervals[index + 1..]].concat();
            assert!(check(&without).is_err());
            for moved in [-1, 1] {
                let mut longer = intervals.clone();
                longer[index].end = longer[index].end.wrapping_add_signed(moved);
                assert!(check(&longer).is_err());
            }
            tried += 1;
        }
    }
    assert!(tried > 20, "{tried}");
}

#[test]
fn a_path_with_a_gap_or_another_reason_is_found() {
    let (mapped, run) = a_run();
    let end = run.outcome.frames[1].end;
    let of = |frame| CriticalPath::of(mapped.simulator(), &run.timeline, &run.outcome, frame).unwrap();
    let path = of(1);
    assert_eq!(is_whole(&path, &run.timeline, end), Ok(()));
    assert!(is_whole(&of(0), &run.timeline, end).is_err());
    for index in 0..path.parts.len() {
        let mut without = path.clone();
        without.parts.remove(index);
        assert!(is_whole(&without, &run.timeline, end).is_err());
        if let Resource::Unit { unit, reason: Reason::Compute } = path.parts[index].resource {
            let mut other = path.clone();
            other.parts[index].resource = Resource::Unit { unit, reason: Reason::WaitMap };
            assert!(is_whole(&other, &run.timeline, end).is_err());
        }
    }
}
