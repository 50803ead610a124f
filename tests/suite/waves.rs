//! Waves, read back: they hold what the counters say.

use std::collections::BTreeMap;
use std::path::Path;

use spikemesh::compiler::{Mode, compile};
use spikemesh::device::Device;
use spikemesh::engine::Input;
use spikemesh::mesh::Simulator;
use spikemesh::model::{Model, template};
use spikemesh::run::{Job, RunResults, simulate};
use spikemesh::tensor::{Dense, Sparse};
use wellen::SignalValueRef;
use wellen::simple::{Waveform, read};

fn model() -> Model {
    let mut model = template::load(Path::new("tests/models/mnist-separable.yaml")).unwrap();
    model.randomise(3);
    model
}

fn images(count: usize) -> Input {
    let data = (0..count * 28 * 28).map(|i| ((i * 2_654_435_761) >> 9) as u8).collect();
    Input::Images(Dense { shape: [count, 28, 28, 1], data })
}

/// Runs with and without waves; the results must not depend on being watched.
fn run(path: &Path, batch: usize) -> RunResults {
    let (model, device) = (model(), Device::load("akd1000").unwrap());
    let program = compile(&model, &device, &Mode::Minimal.into()).unwrap().program;
    let simulator = Simulator::new(program.clone(), device.clone()).unwrap();
    let input = images(3);
    let watched = simulate(&Job::new(&simulator, &input).batch(batch).waves(path)).unwrap();
    let watched = watched.into_finished().unwrap();
    let unwatched = simulate(&Job::new(&simulator, &input).batch(batch)).unwrap().into_finished().unwrap();
    assert_eq!(watched.frames, unwatched.frames);
    assert_eq!(watched.stats, unwatched.stats);
    watched
}

struct Waves(Waveform);

impl Waves {
    /// Changes of a signal by full name: (cycle, value as text or bits).
    fn changes(&mut self, name: &str) -> Vec<(u64, String)> {
        let hierarchy = self.0.hierarchy();
        let variable = hierarchy.all_vars().find(|&v| hierarchy[v].full_name(hierarchy) == name);
        let signal = hierarchy[variable.unwrap_or_else(|| panic!("{name}"))].signal_ref();
        self.0.load_signals(&[signal]);
        let times = self.0.time_table();
        let signal = self.0.get_signal(signal).unwrap();
        signal
            .iter_changes()
            .map(|(time, value)| {
                let value = match value {
                    SignalValueRef::String(text) => text.to_owned(),
                    value => value.to_bit_string().unwrap(),
                };
                (times[time as usize], value)
            })
            .collect()
    }

    fn names(&self) -> Vec<String> {
        let hierarchy = self.0.hierarchy();
        hierarchy.all_vars().map(|v| hierarchy[v].full_name(hierarchy)).collect()
    }
}

fn number(bits: &str) -> u64 {
    u64::from_str_radix(bits, 2).unwrap()
}

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

/// A chain of layers that takes two passes of eight NPs, fed by the event DMA.
fn chain() -> Model {
    let mut text = "name: chain\nlayers:\n  - {type: InputData, name: events, input_width: 6, input_height: 5, input_channels: 2}\n".to_owned();
    for layer in 0..9 {
        text += &format!("  - {{type: FullyConnected, name: f{layer}, num_neurons: 12, weights_bits: 2}}\n");
    }
    let mut model = template::parse("chain", &text).unwrap();
    model.randomise(5);
    model
}

fn events(count: usize) -> Input {
    let data = (0..count * 60).map(|i| u8::from(i % 3 != 0) * (1 + i as u8 % 15)).collect();
    Input::Events(Sparse::from_dense(&Dense { shape: [count, 6, 5, 2], data }))
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

/// Every equality of docs/formats/waves.md, for each kind of unit, batches of one and more frames, one pass and two.
#[test]
fn waves_hold_every_documented_equality() {
    let cases = [
        (model(), "akd1000", 1),
        (model(), "akd1000", 3),
        (chain(), "two-nodes", 1),
        (chain(), "two-nodes", 2),
    ];
    let mut kinds = BTreeMap::new();
    for (model, device, batch) in cases {
        let device = Device::load(device).unwrap();
        let program = compile(&model, &device, &Mode::Minimal.into()).unwrap().program;
        let simulator = Simulator::new(program, device).unwrap();
        let input = if model.name == "chain" { events(batch) } else { images(batch) };
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("waves.vcd");
        let job = Job::new(&simulator, &input).batch(batch).waves(&path);
        let results = simulate(&job).unwrap().into_finished().unwrap();
        assert!(check_records(&std::fs::read_to_string(&path).unwrap()) > 100);

        let mut waves = Waves(read(&path).unwrap());
        // A unit of several passes has one scope: its rows add up.
        let mut units: BTreeMap<&str, (u64, u64, u64)> = BTreeMap::new();
        for unit in &results.stats.units {
            let sums = units.entry(&unit.name).or_default();
            sums.0 += unit.received;
            sums.1 += unit.emitted_in_first_batch;
            sums.2 += unit.emitted;
        }
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
        for name in waves.names() {
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
