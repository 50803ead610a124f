//! Every cycle has one reason, and the critical path every cycle of a frame: a sample of what `cargo xtask reasons` holds.

use std::path::PathBuf;

use spikemesh::mesh::timeline::Interval;
use spikemesh::mesh::{Reason, UnitId};
use spikemesh_random::reasons::{Mapped, PERIOD_ERROR, TimedRun, add_up, is_whole, tiles};

fn mapped(template: &str, mode: usize) -> Mapped {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../models").join(template);
    Mapped::new(&file, Mapped::MODES[mode]).unwrap()
}

/// A network of one pass and one of several, in every mode, with batches of 1 and 4.
#[test]
fn reasons_add_up_and_paths_and_periods_are_exact() {
    for template in ["gxnor.yaml", "scnn2.yaml", "mnist-separable.yaml", "devhub-kws12.yaml"] {
        for mode in 0..Mapped::MODES.len() {
            let error = mapped(template, mode)
                .check()
                .unwrap_or_else(|what| panic!("{template}, mode {mode}: {what}"));
            assert!(error.abs() <= PERIOD_ERROR, "{template}, mode {mode}: the period is off by {error}");
        }
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
    let of = |frame| {
        spikemesh::mesh::timeline::CriticalPath::of(mapped.simulator(), &run.timeline, &run.outcome, frame)
            .unwrap()
    };
    let path = of(1);
    assert_eq!(is_whole(&path, &run.timeline, end), Ok(()));
    assert!(is_whole(&of(0), &run.timeline, end).is_err());
    for index in 0..path.parts.len() {
        let mut without = path.clone();
        without.parts.remove(index);
        assert!(is_whole(&without, &run.timeline, end).is_err());
        if let spikemesh::mesh::timeline::Resource::Unit { unit, reason: Reason::Compute } =
            path.parts[index].resource
        {
            let mut other = path.clone();
            other.parts[index].resource =
                spikemesh::mesh::timeline::Resource::Unit { unit, reason: Reason::WaitMap };
            assert!(is_whole(&other, &run.timeline, end).is_err());
        }
    }
}
