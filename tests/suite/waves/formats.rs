//! VCD, strict VCD and FST of one run have the same content.

use std::collections::BTreeMap;
use std::path::Path;

use spikemesh::compiler::{Mode, compile};
use spikemesh::device::Device;
use spikemesh::mesh::wave::{TimeScale, WaveFormat, WavePlan};
use spikemesh::mesh::{Simulator, UnitState};
use spikemesh::run::{Job, WaveRequest, simulate};
use wellen::simple::read;

use super::{Case, Waves, images, model};

/// The names of numbers, from the file beside a wave.
fn mapping(wave: &Path, what: &str) -> Vec<String> {
    let path = format!("{}.{what}.map", wave.display());
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some(format!("Name = spikemesh {what}").as_str()));
    let bits: u32 = lines.next().unwrap().strip_prefix("Bits = ").unwrap().parse().unwrap();
    let mut names = Vec::new();
    for (number, line) in lines.enumerate() {
        let (value, name) = line.split_once(' ').unwrap();
        assert_eq!(value, number.to_string());
        assert!(number < 1 << bits);
        names.push(name.to_owned());
    }
    names
}

#[test]
fn all_formats_say_the_same() {
    for Case { simulator, input, batch } in Case::all() {
        let clock_hz = *simulator.device().clock_hz;
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        let files =
            [("a.vcd", WaveFormat::Vcd), ("b.fst", WaveFormat::Fst), ("c.vcd", WaveFormat::StrictVcd)];
        let plan = WavePlan { routers: true, ..WavePlan::new(TimeScale::of_clock(clock_hz)) };
        let request = WaveRequest::new(plan, files.map(|(name, format)| (path(name), format)).to_vec());
        simulate(&Job::new(&simulator, &input).batch(batch).waves(&request))
            .unwrap()
            .into_finished()
            .unwrap();

        let mut text = Waves(read(path("a.vcd")).unwrap());
        for name in ["b.fst", "c.vcd"] {
            let mut numbers = Waves(read(path(name)).unwrap());
            assert_eq!(numbers.names(), text.names(), "{name}");
            assert_eq!(numbers.0.time_table(), text.0.time_table(), "{name}");
            let tables: BTreeMap<&str, Vec<String>> =
                ["state", "phase", "layer", "owner"].map(|what| (what, mapping(&path(name), what))).into();
            let mut changes = 0;
            for signal in text.names() {
                let mut found = numbers.changes(&signal);
                if let Some(table) = tables.get(signal.rsplit('.').next().unwrap()) {
                    for (_, value) in &mut found {
                        *value = table[usize::from_str_radix(value, 2).unwrap()].clone();
                    }
                }
                let plain = |changes: Vec<(u64, String)>| -> Vec<(u64, String)> {
                    let short = |value: String| match value.trim_start_matches('0') {
                        "" => "0".to_owned(),
                        digits => digits.to_owned(),
                    };
                    changes.into_iter().map(|(time, value)| (time, short(value))).collect()
                };
                let expected = plain(text.changes(&signal));
                changes += expected.len();
                assert_eq!(plain(found), expected, "{name}: {signal}");
            }
            assert!(changes > 1000);
        }
        let fst = std::fs::metadata(path("b.fst")).unwrap().len();
        let vcd = std::fs::metadata(path("a.vcd")).unwrap().len();
        println!("{fst} bytes of FST, {vcd} of VCD");
        assert!(2 * fst < vcd);
    }
}

/// The page lists the numbers of states and phases, and the files beside a wave hold the same.
#[test]
fn every_number_has_its_name_on_the_page() {
    let page = std::fs::read_to_string("docs/formats/waves.md").unwrap();
    let rows = page.split("| number | `state` | `phase` |").nth(1).unwrap().lines().skip(2);
    let rows: Vec<Vec<&str>> = rows
        .take_while(|row| row.starts_with('|'))
        .map(|row| row.trim_matches('|').split('|').map(|cell| cell.trim().trim_matches('`')).collect())
        .collect();
    assert_eq!(rows.len(), UnitState::ALL.len());
    for (number, (row, state)) in rows.iter().zip(UnitState::ALL).enumerate() {
        assert_eq!(row[..2], [number.to_string().as_str(), state.name()]);
        let phase = spikemesh::mesh::wave::Phase::ALL.get(number).map_or("", |phase| phase.name());
        assert_eq!(row[2], phase);
    }
}

/// What viewers open is there: every signal that the files beside a wave name, the layers in their order, a mark where each begins.
#[test]
fn files_beside_a_wave_name_its_signals() {
    let device = Device::load("akd1000").unwrap();
    let program = compile(&model(), &device, &Mode::Minimal.into()).unwrap().program;
    let layers: Vec<String> = program.output_maps.iter().map(|map| map.name.clone()).collect();
    let simulator = Simulator::new(program, device).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let files = [("a.vcd", WaveFormat::Vcd), ("b.fst", WaveFormat::Fst)];
    let at = |(name, format): (&str, WaveFormat)| (directory.path().join(name), format);
    let plan = WavePlan { scope: vec!["**".to_owned()], ..WavePlan::new(TimeScale::CLOCKS) };
    let request = WaveRequest::new(plan, files.map(at).to_vec());
    simulate(&Job::new(&simulator, &images(1)).waves(&request)).unwrap().into_finished().unwrap();
    for (name, _) in files {
        let path = directory.path().join(name);
        let mut waves = Waves(read(&path).unwrap());
        let names = waves.names();
        let text = |end: &str| std::fs::read_to_string(format!("{}.{end}", path.display())).unwrap();
        let (save, commands) = (text("gtkw"), text("sucl"));
        let shown = save.lines().filter_map(|line| line.strip_prefix("+{")?.split("} ").nth(1));
        let shown: Vec<&str> = shown.map(|name| name.split('[').next().unwrap()).collect();
        let added: Vec<&str> =
            commands.lines().filter_map(|line| line.strip_prefix("variable_add ")).collect();
        assert_eq!(shown, added);
        assert!(
            shown.len() > 10 && shown.iter().all(|name| names.contains(&(*name).to_owned())),
            "{shown:?}"
        );
        let headings: Vec<&str> =
            commands.lines().filter_map(|line| line.strip_prefix("divider_add ")).collect();
        assert_eq!(headings[1..=layers.len()], layers);
        // Surfer takes a word for each argument of these, and refuses a line with more.
        let is_word = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        assert!(headings.iter().all(|heading| is_word(heading)), "{headings:?}");
        let set = commands.lines().filter_map(|line| line.strip_prefix("marker_set ")?.split_once(' '));
        let set: Vec<(&str, i64)> = set.map(|(name, time)| (name, time.parse().unwrap())).collect();
        assert_eq!(set.len(), layers.len());
        for (letter, layer) in ('A'..).zip(&layers) {
            assert!(save.contains(&format!("[markername] {letter}{layer}\n")), "{save}");
        }
        let zoom = save.lines().find_map(|line| line.strip_prefix('*')).unwrap();
        let marks: Vec<i64> = zoom.split(' ').skip(2).map(|mark| mark.parse().unwrap()).collect();
        assert!(set.iter().zip(&marks).all(|((_, time), mark)| time == mark), "{set:?}");
        for (layer, mark) in layers.iter().zip(marks) {
            let alias = format!("chip.layers.{layer}.");
            let phases = names.iter().filter(|name| name.starts_with(&alias) && name.ends_with(".phase"));
            let begins = phases.map(|name| {
                let changes = waves.changes(name);
                let is_idle = |value: &str| value == "idle" || value.bytes().all(|bit| bit == b'0');
                changes.iter().find(|(_, value)| !is_idle(value)).unwrap().0 as i64
            });
            assert_eq!(begins.min(), Some(mark), "{layer}");
        }
    }
}
