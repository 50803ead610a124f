//! Signals end every verb at a clean point: what is finished is on disk and marked, and the exit code names the signal.
//!
//! A few moments of each; `cargo xtask signals` tries many, and measures how long the end takes.

use std::path::Path;
use std::time::Duration;

use crate::interrupted::{Ending, Interrupted, Signal, Stage, Verb};

fn stage(verb: Verb) -> Stage {
    Stage::new(verb, Path::new(env!("CARGO_BIN_EXE_spikemesh")), Path::new("."), 1).unwrap()
}

/// Sends signals at a part of the time that the command takes without one.
fn interrupt(stage: &Stage, signals: &[Signal], part: f64) -> Interrupted {
    let end = stage.interrupt(signals, stage.duration.mul_f64(part)).unwrap();
    // For a host under load; `cargo xtask signals` measures.
    assert!(end.latency < Duration::from_secs(60), "{end:?}");
    end
}

#[test]
fn int_term_and_hup_end_a_long_batch_with_its_whole_frames() {
    let stage = stage(Verb::Batch);
    let ends = [Signal::INT, Signal::TERM, Signal::HUP].map(|signal| interrupt(&stage, &[signal], 0.4));
    // A host under load may be early or late once, but hardly for all three.
    assert!(ends.iter().any(|end| end.ending == Ending::Part && (1..300).contains(&end.left)), "{ends:?}");
}

#[test]
fn a_second_signal_ends_at_once() {
    let stage = stage(Verb::Batch);
    let end = interrupt(&stage, &[Signal::INT, Signal::INT], 0.4);
    assert!(matches!(end.ending, Ending::Part | Ending::Whole), "{end:?}");
}

#[test]
fn finished_frames_of_a_run_are_kept() {
    let stage = stage(Verb::Run);
    let ends = [0.3, 0.6].map(|part| interrupt(&stage, &[Signal::TERM], part));
    assert!(ends.iter().any(|end| end.ending == Ending::Part && end.left > 0), "{ends:?}");
}

#[test]
fn blessed_cases_are_kept() {
    let stage = stage(Verb::Bless);
    let ends = [0.4, 0.7].map(|part| interrupt(&stage, &[Signal::INT], part));
    assert!(ends.iter().any(|end| end.ending == Ending::Part && end.left > 0), "{ends:?}");
}

#[test]
fn packets_and_hops_of_a_replay_are_kept_and_marked() {
    let stage = stage(Verb::Replay);
    let ends = [0.4, 0.8].map(|part| interrupt(&stage, &[Signal::HUP], part));
    assert!(ends.iter().any(|end| end.ending == Ending::Part && end.left > 0), "{ends:?}");
}

#[test]
fn rates_of_a_sweep_are_kept_and_marked() {
    let stage = stage(Verb::Traffic);
    let ends = [0.5, 0.7].map(|part| interrupt(&stage, &[Signal::INT], part));
    assert!(ends.iter().any(|end| end.ending == Ending::Part && end.left > 0), "{ends:?}");
}

#[test]
fn what_has_no_parts_leaves_nothing() {
    for verb in [Verb::Fit, Verb::Map, Verb::Validate] {
        let stage = stage(verb);
        for part in [0.2, 0.6] {
            let end = interrupt(&stage, &[Signal::TERM], part);
            assert!(end.ending != Ending::Part || end.left == 0, "{end:?}");
        }
    }
}

/// The law can fail: a folder that lacks what it must hold, or holds more, is not accepted.
#[test]
fn a_signal_before_anything_is_done_leaves_nothing() {
    let stage = stage(Verb::Run);
    let end = stage.interrupt(&[Signal::TERM], Duration::ZERO).unwrap();
    assert!(end.left == 0 || end.ending != Ending::Killed, "{end:?}");
}
