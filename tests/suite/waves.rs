//! Waves, read back: they hold what the counters say.

use std::collections::BTreeMap;
use std::path::Path;

use spikemesh::compiler::{Mode, compile};
use spikemesh::device::Device;
use spikemesh::engine::Input;
use spikemesh::mesh::Simulator;
use spikemesh::model::{Model, template};
use spikemesh::run::{Job, RunResults, simulate};
use spikemesh::tensor::Dense;
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
