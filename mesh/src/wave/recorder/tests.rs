//! Tests of the recorder.

use std::collections::BTreeMap;
use std::io::Cursor;

use super::*;
use crate::probe::Probe;
use crate::unit::{FrameRecord, UnitState};
use crate::wave::TimeScale;
use spikemesh_device::Device;
use spikemesh_noc::{FlitEvent, LinkId, Probe as _, TerminalId};

type Recorder = WaveRecorder<Cursor<Vec<u8>>>;

/// A recorder of one unit, and whatever it wrote: a line for each change with the signal's whole name.
fn lines(watch: impl FnOnce(&mut Recorder), partial: Option<&str>) -> Vec<String> {
    let network = Device::load("two-nodes").unwrap().network_config();
    let signals = ChipSignals::of_units(&network, &[("n0_0.np1", TerminalId(1))]);
    let plan = WavePlan::new(TimeScale::CLOCKS);
    let files = vec![(Cursor::new(Vec::new()), WaveFormat::Vcd)];
    let mut recorder = WaveRecorder::new(signals, &network, Units::default(), 0..1, &plan, files).unwrap();
    watch(&mut recorder);
    let (mut files, summary) = recorder.finish(partial);
    let file = files.remove(0).unwrap();
    assert_eq!(file.partial.as_deref(), partial);
    let text = String::from_utf8(file.file.into_inner()).unwrap();
    let (header, body) = text.split_once("$enddefinitions $end\n").unwrap();
    let codes = header.lines().filter_map(|line| line.strip_prefix("$var "));
    let codes = codes.map(|line| line.split(' ').nth(2).unwrap().to_owned());
    let names = summary.catalogue.names().into_iter().map(|(name, _)| name);
    let names: BTreeMap<String, String> = codes.zip(names).collect();
    let (mut time, mut lines) = ("", Vec::new());
    for line in body.lines() {
        match line.strip_prefix('#') {
            Some(now) => time = now,
            None if line.starts_with('$') => {}
            None if line.starts_with("    ") => lines.push(format!("# {}", line.trim())),
            None => {
                let (value, code) = line.split_once(' ').unwrap_or_else(|| line.split_at(1));
                lines.push(format!("{time} {} {value}", names[code]));
            }
        }
    }
    // At first every signal has a value.
    let signals = names.len();
    assert!(lines[..signals].iter().all(|line| line.starts_with("0 chip.")));
    lines.drain(..signals);
    lines.retain(|line| !line.contains("chip.cycle"));
    lines
}

fn recorded(watch: impl FnOnce(&mut Recorder)) -> Vec<String> {
    lines(watch, None)
}

fn begin(recorder: &mut Recorder, units: &[&str]) {
    let units: Vec<String> = units.iter().map(|&name| name.to_owned()).collect();
    recorder.begin_units(0, &units, &vec![None; units.len()], &[0]);
}

#[test]
fn valid_is_high_in_the_cycles_of_flits() {
    let lines = recorded(|recorder| {
        for cycle in [3, 4, 9] {
            recorder.flit(FlitEvent { cycle, link: LinkId(0), vc: 0, tag: 0, is_head: true, is_tail: true });
        }
    });
    let valid: Vec<&str> = lines.iter().filter(|l| l.contains(".valid ")).map(String::as_str).collect();
    let at = |index: usize| valid[index].split_once(' ').unwrap().0.parse::<Cycle>().unwrap();
    assert_eq!(valid.len(), 4, "{valid:?}");
    assert_eq!([at(0), at(1), at(2), at(3)], [3, 5, 9, 10]);
    assert!(valid[0].ends_with(" 1") && valid[1].ends_with(" 0"), "{valid:?}");
}

#[test]
fn only_what_changes_in_a_status_is_written() {
    let lines = recorded(|recorder| {
        begin(recorder, &["n0_0.np1"]);
        let status = UnitStatus { state: UnitState::Scan, column: 2, ..UnitStatus::default() };
        recorder.status(7, UnitId(0), &status);
        recorder.status(8, UnitId(0), &UnitStatus { column: 3, ..status });
    });
    assert_eq!(
        lines,
        ["7 chip.n0_0.np1.state sscan", "7 chip.n0_0.np1.column b10", "8 chip.n0_0.np1.column b11",]
    );
}

#[test]
fn what_comes_and_goes_within_a_cycle_is_not_written() {
    let lines = recorded(|recorder| {
        begin(recorder, &["n0_0.np1"]);
        let status = UnitStatus { received: 1, ..UnitStatus::default() };
        recorder.status(4, UnitId(0), &UnitStatus { column: 7, ..status });
        recorder.status(4, UnitId(0), &UnitStatus { fifo: 2, ..status });
        recorder.status(5, UnitId(0), &UnitStatus { fifo: 3, ..status });
        recorder.status(5, UnitId(0), &UnitStatus { fifo: 2, ..status });
    });
    assert_eq!(lines, ["4 chip.n0_0.np1.received b1", "4 chip.n0_0.np1.fifo b10"]);
}

#[test]
fn waves_of_a_run_that_ended_early_say_so_behind_what_was_recorded() {
    let lines = lines(
        |recorder| {
            begin(recorder, &["n0_0.np1"]);
            recorder.status(4, UnitId(0), &UnitStatus { received: 1, ..UnitStatus::default() });
        },
        Some("the run was stopped"),
    );
    let end = &lines[lines.len() - 2..];
    assert_eq!(end, ["4 chip.n0_0.np1.received b1", "# partial: the run was stopped"]);
}

#[test]
fn words_add_up_over_passes() {
    let lines = recorded(|recorder| {
        let words = |emitted| UnitStatus { emitted, ..UnitStatus::default() };
        begin(recorder, &["n0_0.np1"]);
        recorder.status(4, UnitId(0), &words(3));
        begin(recorder, &[]);
        begin(recorder, &["n0_0.np1"]);
        recorder.status(9, UnitId(0), &words(2));
    });
    assert_eq!(lines, ["4 chip.n0_0.np1.emitted b11", "9 chip.n0_0.np1.emitted b101"]);
}

/// What a recorder is told on waking: the frame of one that sends ended with a drain, which takes its last cycle; that of one that sends nothing did not.
#[test]
fn on_waking_a_drain_takes_its_last_cycle() {
    for (sends, expected) in
        [(true, &["7 chip.n0_0.np1.phase sdrain", "8 chip.n0_0.np1.phase sidle"][..]), (false, &[])]
    {
        let lines = recorded(|recorder| {
            begin(recorder, &["n0_0.np1"]);
            recorder.pass.units[0].sends = sends;
            recorder.advance(7);
            let record = FrameRecord { end: 7, ..FrameRecord::default() };
            recorder.present(UnitId(0), &UnitStatus::default(), &[record], true);
        });
        assert_eq!(lines, expected, "{sends}");
    }
}
