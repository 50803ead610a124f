//! Waves hold what the counters say.

use std::collections::BTreeMap;

use spikemesh::compiler::{Mode, compile};
use spikemesh::device::Device;
use spikemesh::engine::Input;
use spikemesh::mesh::wave::{TimeScale, WaveFormat, WavePlan, WaveWindow};
use spikemesh::mesh::{Reason, Simulator};
use spikemesh::run::{Job, RunResults, WaveRequest, simulate};
use spikemesh::tensor::Dense;
use wellen::simple::read;

use super::{Case, Waves, images, model, number, request, run};

#[test]
fn events_per_unit_are_those_of_the_counters() {
    for batch in [1, 3] {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("waves.vcd");
        let results = run(&path, batch);
        let mut waves = Waves(read(&path).unwrap());
        let mut units = 0;
        for unit in results.stats.units.iter().filter(|u| u.layer.is_some()) {
            let changes = waves.changes(&format!("chip.{}.emitted", unit.name));
            assert_eq!(number(&changes.last().unwrap().1), unit.emitted_in_first_batch, "{}", unit.name);
            assert!(unit.emitted_in_first_batch > 0);
            units += 1;
        }
        assert!(units >= 3);
    }
}

#[test]
fn flits_on_links_are_those_of_the_counters() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("waves.vcd");
    let results = run(&path, 3);
    let mut waves = Waves(read(&path).unwrap());
    let mut cycles = BTreeMap::new();
    for name in waves.names().iter().filter(|n| n.ends_with(".valid")) {
        let mut up = None;
        for (cycle, value) in waves.changes(name) {
            match (value.as_str(), up) {
                ("1", None) => up = Some(cycle),
                ("0", Some(since)) => {
                    *cycles
                        .entry(name.rsplit('.').nth(1).unwrap().trim_end_matches(char::is_numeric).to_owned())
                        .or_insert(0) += cycle - since;
                    up = None;
                }
                ("0", None) => {}
                other => panic!("{name}: {other:?} at {cycle}"),
            }
        }
        assert_eq!(up, None, "{name} stays up");
    }
    let hops: u64 = ["east", "west", "south", "north"].iter().filter_map(|d| cycles.get(*d)).sum();
    assert_eq!(hops, results.stats.flit_hops);
    assert_eq!(cycles["inject"], cycles["eject"]);
    let links = results.stats.links();
    let flits = |kind: &str| -> u64 {
        let links = links.iter().filter(|link| link.name.contains(kind));
        links.map(|link| link.flits).sum()
    };
    assert_eq!((flits(".inject"), flits(".eject")), (cycles["inject"], cycles["eject"]));
    assert_eq!(flits("") - flits(".inject") - flits(".eject"), hops);
    assert!(links.iter().all(|link| link.share > 0.0 && link.share <= 1.0));
}

#[test]
fn states_follow_each_other_and_last_as_long_as_the_counters_say() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("waves.vcd");
    let results = run(&path, 3);
    let mut waves = Waves(read(&path).unwrap());
    let unit = results.stats.units.iter().find(|u| u.layer.as_deref() == Some("s1")).unwrap();
    let states = waves.changes(&format!("chip.{}.state", unit.name));
    assert_eq!(states[0].1, "idle");
    let of = |name: &str| -> u64 {
        states.windows(2).filter(|pair| pair[0].1 == name).map(|pair| pair[1].0 - pair[0].0).sum()
    };
    let computing: u64 = ["unpack", "fetch", "accumulate", "scan"].into_iter().map(of).sum();
    assert_eq!(computing, unit.clocks);
    assert!(of("unpack") > 0 && of("fetch") > 0 && of("accumulate") > 0 && of("scan") > 0 && of("flush") > 0);
    assert_eq!(states.last().unwrap().1, "idle");
}

/// Records of a VCD file, as (time, code): every time comes once, no value comes twice in a time, and none repeats the one before it.
fn check_records(text: &str) -> usize {
    let mut time: Option<u64> = None;
    let mut last: BTreeMap<&str, (&str, u64)> = BTreeMap::new();
    let mut records = 0;
    for line in text.split("$enddefinitions $end\n").nth(1).unwrap().lines() {
        if let Some(now) = line.strip_prefix('#') {
            let now = now.parse().unwrap();
            assert!(time.is_none_or(|before| before < now), "#{now} after {time:?}");
            time = Some(now);
            continue;
        }
        let (value, code) = line.split_once(' ').unwrap_or_else(|| line.split_at(1));
        let now = time.expect("a time comes first");
        if let Some((before, at)) = last.insert(code, (value, now)) {
            assert!(at < now, "{code} twice at #{now}");
            assert_ne!(before, value, "{code} again at #{now}");
        }
        records += 1;
    }
    records
}

/// A unit shows the layer of the pass that runs, and the frames of the batch one after the other. A layer shows the signals of its units.
fn check_layers_and_frames(waves: &mut Waves, results: &RunResults, batch: usize) {
    let passes: Vec<String> = waves.changes("chip.pass").into_iter().map(|(_, pass)| pass).collect();
    let count = 1 + results.stats.units.iter().map(|unit| unit.pass).max().unwrap();
    // A program of several passes runs each frame through all of them.
    let expected = if count == 1 { 1 } else { count * batch };
    assert_eq!(passes.len(), expected);
    for (at, pass) in passes.iter().enumerate() {
        assert_eq!(number(pass), (at % count) as u64);
    }
    for unit in &results.stats.units {
        let frames = waves.changes(&format!("chip.{}.frame", unit.name));
        let frames: Vec<u64> = frames.iter().map(|(_, frame)| number(frame)).collect();
        assert_eq!(frames, (0..batch as u64).collect::<Vec<_>>(), "{}", unit.name);
        let layers = waves.changes(&format!("chip.{}.layer", unit.name));
        let expected = unit.layer.as_deref().unwrap_or("-");
        assert!(layers.iter().any(|(_, layer)| layer == expected), "{}: {layers:?}", unit.name);
        if let Some(layer) = &unit.layer {
            for signal in
                ["state", "phase", "layer", "frame", "group", "column", "fifo", "received", "emitted"]
            {
                let alias = format!("chip.layers.{layer}.{}.{signal}", unit.name.replace('.', "_"));
                assert_eq!(waves.changes(&alias), waves.changes(&format!("chip.{}.{signal}", unit.name)));
            }
        }
    }
}

/// Every equality of docs/formats/waves.md, for each kind of unit, batches of one and more frames, one pass and two.
#[test]
fn waves_hold_every_documented_equality() {
    let mut kinds = BTreeMap::new();
    for Case { simulator, input, batch } in Case::all() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("waves.vcd");
        let request = request(&path);
        let job = Job::new(&simulator, &input).batch(batch).waves(&request);
        let results = simulate(&job).unwrap().into_finished().unwrap();
        assert!(check_records(&std::fs::read_to_string(&path).unwrap()) > 100);

        let mut waves = Waves(read(&path).unwrap());
        // A unit of several passes has one scope: its rows add up.
        let mut units: BTreeMap<&str, (u64, u64, u64)> = BTreeMap::new();
        let mut reasons: BTreeMap<&str, [u64; Reason::ALL.len()]> = BTreeMap::new();
        for unit in &results.stats.units {
            let sums = units.entry(&unit.name).or_default();
            sums.0 += unit.received;
            sums.1 += unit.emitted_in_first_batch;
            sums.2 += unit.emitted;
            let sums = reasons.entry(&unit.name).or_default();
            sums.iter_mut().zip(unit.reasons.0.reasons).for_each(|(sum, clocks)| *sum += clocks);
        }
        for (name, reasons) in reasons {
            let phases = waves.changes(&format!("chip.{name}.phase"));
            let clocks = |phase: &str| -> u64 {
                phases.windows(2).filter(|pair| pair[0].1 == phase).map(|pair| pair[1].0 - pair[0].0).sum()
            };
            let of = |reason: Reason| reasons[reason as usize];
            assert_eq!(clocks("compute"), of(Reason::Compute), "{name}");
            assert_eq!(clocks("receive"), of(Reason::WaitInput), "{name}");
            assert_eq!(clocks("stall"), of(Reason::WaitMap) + of(Reason::WaitFifo), "{name}");
            assert_eq!(clocks("drain"), of(Reason::Drain), "{name}");
            assert_eq!(phases.last().unwrap().1, "idle", "{name}");
        }
        check_layers_and_frames(&mut waves, &results, batch);
        for (name, (received, emitted, all)) in units {
            let mut last =
                |signal: &str| waves.changes(&format!("chip.{name}.{signal}")).last().unwrap().1.clone();
            assert_eq!((number(&last("received")), number(&last("emitted"))), (received, emitted), "{name}");
            assert_eq!((number(&last("fifo")), last("state").as_str()), (0, "idle"), "{name}");
            assert_eq!(emitted, all, "one batch is all");
            let kind = name.rsplit('.').next().unwrap().trim_end_matches(char::is_numeric).to_owned();
            let sums: &mut (u64, u64) = kinds.entry(kind).or_default();
            *sums = (sums.0 + received, sums.1 + emitted);
        }
        // Counters only rise, buffers are empty in the end, and every flit that went in came out.
        let mut flits: BTreeMap<String, u64> = BTreeMap::new();
        for name in waves.names().into_iter().filter(|name| !name.starts_with("chip.layers.")) {
            let changes = waves.changes(&name);
            if name.ends_with(".received") || name.ends_with(".emitted") {
                assert!(changes.windows(2).all(|pair| number(&pair[0].1) < number(&pair[1].1)), "{name}");
            } else if name.contains(".buffers.") {
                assert_eq!(number(&changes.last().unwrap().1), 0, "{name}");
            } else if name.ends_with(".valid") {
                let high = changes.windows(2).filter(|pair| pair[0].1 == "1");
                let link = name.rsplit('.').nth(1).unwrap().trim_end_matches(char::is_numeric);
                *flits.entry(link.to_owned()).or_default() +=
                    high.map(|pair| pair[1].0 - pair[0].0).sum::<u64>();
            }
        }
        let hops: u64 = ["east", "west", "south", "north"].iter().filter_map(|side| flits.get(*side)).sum();
        assert_eq!(hops, results.stats.flit_hops);
        assert_eq!(flits["inject"], flits["eject"]);
    }
    if std::env::var("SPIKEMESH_WAVES").is_ok() {
        println!("received and emitted by kind of unit: {kinds:?}");
        return;
    }
    let kind = |name: &str| kinds.get(name).copied().unwrap_or_default();
    for name in ["hrc", "source", "np"] {
        assert!(kind(name).0 > 0 && kind(name).1 > 0, "{name}: {kinds:?}");
    }
    assert!(kind("sink").0 > 0 && kind("sink").1 == 0, "{kinds:?}");
}

#[test]
fn a_file_with_a_repeat_is_not_taken() {
    let head = "$enddefinitions $end\n";
    let refused = |body: &str| std::panic::catch_unwind(|| check_records(&format!("{head}{body}"))).is_err();
    assert!(!refused("#0\n0!\nb1 a\n#2\n1!\nb10 a\n"));
    for body in ["#0\n0!\n#0\n1!\n", "#0\n0!\n1!\n", "#0\n0!\n#1\n0!\n", "#2\nb1 a\n#1\nb0 a\n"] {
        assert!(refused(body), "{body}");
    }
}

/// Simulates some images and reads the waves of a plan.
fn planned(input: &Input, batch: usize, plan: WavePlan, max_cycles: Option<u64>) -> (Waves, bool) {
    let device = Device::load("akd1000").unwrap();
    let program = compile(&model(), &device, &Mode::Minimal.into()).unwrap().program;
    let simulator = Simulator::new(program, device).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("waves.vcd");
    let request = WaveRequest::new(plan, vec![(path.clone(), WaveFormat::of(&path).unwrap())]);
    let mut job = Job::new(&simulator, input).batch(batch).waves(&request);
    if let Some(most) = max_cycles {
        job = job.max_cycles(most);
    }
    let ended = simulate(&job).unwrap().into_finished();
    (Waves(read(&path).unwrap()), ended.is_ok())
}

/// Images without the first of another input.
fn without_first(input: &Input, first: usize) -> Input {
    let Input::Images(Dense { shape: [count, height, width, channels], data }) = input else { panic!() };
    let data = data[first * height * width * channels..].to_vec();
    Input::Images(Dense { shape: [count - first, *height, *width, *channels], data })
}

#[test]
fn a_frame_of_a_later_batch_can_be_asked_for() {
    let input = images(5);
    let plan =
        |frame| WavePlan { windows: vec![WaveWindow::Frame(frame)], ..WavePlan::new(TimeScale::CLOCKS) };
    let (mut later, _) = planned(&input, 2, plan(3), None);
    let (mut alone, _) = planned(&without_first(&input, 2), 2, plan(1), None);
    let names = later.names();
    assert_eq!(names, alone.names());
    for name in &names {
        let (later, alone) = (later.changes(name), alone.changes(name));
        if name.ends_with(".frame") {
            let later =
                later.iter().filter(|(_, value)| !value.contains('x')).map(|(_, value)| number(value));
            let alone =
                alone.iter().filter(|(_, value)| !value.contains('x')).map(|(_, value)| number(value) + 2);
            assert!(later.eq(alone), "{name}");
        } else {
            assert_eq!(later, alone, "{name}");
        }
    }
}

#[test]
fn the_last_cycles_before_a_limit_of_a_later_batch_are_there() {
    let Input::Images(Dense { shape, mut data }) = images(3) else { panic!() };
    // The first frame has nothing to send, so it is the shortest.
    data[..28 * 28].fill(0);
    let input = Input::Images(Dense { shape, data });
    let plan = WavePlan { last: Some(500), ..WavePlan::new(TimeScale::CLOCKS) };
    let end = |waves: &Waves| *waves.0.time_table().last().unwrap();
    let (first, finished) = planned(&input, 1, plan.clone(), None);
    assert!(finished);
    let limit = end(&first) + 100;
    let (mut limited, finished) = planned(&input, 1, plan, Some(limit));
    assert!(!finished);
    let frames = limited.changes("chip.n0_0.hrc.frame");
    assert_eq!(number(&frames.last().unwrap().1), 1, "{frames:?}");
}
