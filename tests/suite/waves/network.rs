//! Waves of a network alone: of `replay` and `traffic`.

use std::path::Path;
use std::process::{Command, Output};

use wellen::simple::read;

use super::{Waves, number};

fn spikemesh(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_spikemesh")).current_dir(folder).args(args).output().unwrap()
}

/// For every link the cycles with a flit, by name as in reports.
fn flits(waves: &mut Waves) -> Vec<(String, u64)> {
    let names = waves.names().into_iter().filter(|name| name.ends_with(".valid"));
    names
        .collect::<Vec<_>>()
        .into_iter()
        .map(|name| {
            let changes = waves.changes(&name);
            let high = changes.windows(2).map(|pair| match pair[0].1.as_str() {
                "1" => pair[1].0 - pair[0].0,
                _ => 0,
            });
            let link = name.strip_prefix("chip.").unwrap().replacen(".links.", ".", 1);
            (link.trim_end_matches(".valid").to_owned(), high.sum())
        })
        .filter(|(_, flits)| *flits > 0)
        .collect()
}

#[test]
fn a_replay_shows_every_flit_on_its_link() {
    let folder = tempfile::tempdir().unwrap();
    let mut trace = "cycle,src,dst,size\n".to_owned();
    (0..200).for_each(|i| trace += &format!("{},{},{},{}\n", i / 2, i * 7 % 12, i * 5 % 12, 1 + i % 3));
    std::fs::write(folder.path().join("trace.csv"), trace).unwrap();
    let replay = ["replay", "trace.csv", "--size", "4x3", "--vcs", "2", "-o", "out.csv", "--format", "json"];
    let output = spikemesh(folder.path(), &[&replay[..], &["--wave", "a.vcd", "--wave", "b.fst"]].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let links = report["links"].as_array().unwrap().iter();
    let mut links: Vec<(String, u64)> = links
        .map(|link| (link["name"].as_str().unwrap().to_owned(), link["flits"].as_u64().unwrap()))
        .collect();
    links.sort();
    for file in ["a.vcd", "b.fst"] {
        let mut waves = Waves(read(folder.path().join(file)).unwrap());
        let mut shown = flits(&mut waves);
        shown.sort();
        assert_eq!(shown, links, "{file}");
        for buffer in waves.names().iter().filter(|name| name.contains(".buffers.")) {
            assert_eq!(number(&waves.changes(buffer).last().unwrap().1), 0, "{file}: {buffer}");
        }
    }
    let save = std::fs::read_to_string(folder.path().join("a.vcd.gtkw")).unwrap();
    assert!(save.contains("busiest link"), "{save}");
    // Without waves the answer is the same.
    let answer = std::fs::read(folder.path().join("out.csv")).unwrap();
    assert!(spikemesh(folder.path(), &[&replay[..], &["--force"]].concat()).status.success());
    assert_eq!(std::fs::read(folder.path().join("out.csv")).unwrap(), answer);
}

#[test]
fn traffic_shows_one_run() {
    let folder = tempfile::tempdir().unwrap();
    let traffic =
        ["traffic", "--size", "3x3", "--rates", "0.1", "--max-samples", "5", "--sample-period", "100"];
    let plain = spikemesh(folder.path(), &[&traffic[..], &["--format", "json"]].concat());
    let output = spikemesh(
        folder.path(),
        &[&traffic[..], &["--format", "json", "--wave", "a.vcd", "--wave-window", "50..150"]].concat(),
    );
    assert!(plain.status.success(), "{}", String::from_utf8_lossy(&plain.stderr));
    assert_eq!(output.stdout, plain.stdout, "{}", String::from_utf8_lossy(&output.stderr));
    let mut waves = Waves(read(folder.path().join("a.vcd")).unwrap());
    let times = waves.0.time_table().to_vec();
    assert!(times.first() == Some(&50) && times.last() == Some(&150), "{times:?}");
    assert!(!flits(&mut waves).is_empty());
    for (args, message) in [
        (vec!["--rates", "0.1,0.2", "--wave", "b.vcd"], "one rate"),
        (vec!["--wave", "b.vcd", "--wave-window", "frame:0"], "neither frames nor layers"),
        (vec!["--wave", "b.vcd", "--wave-scope", "n9_9"], "no signal or scope is named `n9_9`"),
        (vec!["--wave-last", "10"], "--wave-last has no effect"),
    ] {
        let refused = spikemesh(folder.path(), &[&["traffic", "--size", "3x3"], &args[..]].concat());
        let errors = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(!refused.status.success() && errors.contains(message), "{errors}");
        assert!(!folder.path().join("b.vcd").exists());
    }
}
