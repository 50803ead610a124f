//! Every call that a verb makes to the disk fails, or is where the process or the power dies.
//!
//! Laws. A file is what it was before or what it becomes, never a mixture; rows may be the first of what it becomes, if they are marked so. A run directory that says `complete` holds what its run wrote. Who
//! reports success has written all. What survives leaves no file under another name, and what died leaves none once the verb has run again.
//!
//! `cargo xtask faults` looks at every call, with every kind of fault; the tests at some. `FAULTS=all` is that switch.

mod disk;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use disk::{FAULTS, Fault, faulty};
use spikemesh::model::{Model, file, template};
use spikemesh::noc::trace::TraceError;
use spikemesh::noc::trace::spt::HopReader;
use spikemesh::tensor::npy;

/// The disk is one for the process: tests that put another take turns.
static TURN: Mutex<()> = Mutex::new(());

/// Calls that the tests look at, of one scenario and one kind of fault.
const SAMPLE: usize = 12;

type Files = BTreeMap<PathBuf, Vec<u8>>;

/// A verb with its files.
struct Scenario {
    name: &'static str,
    /// Arguments of the run before; `@` is the folder. None, and nothing is there before.
    old: Option<&'static str>,
    new: New,
    /// How to go on after a run was cut off.
    resume: Option<&'static str>,
}

/// What is run over it, while the disk fails.
enum New {
    /// The same arguments with one word replaced, and `--force`.
    Forced(&'static str, &'static str),
    /// The same with one word replaced: the verb overwrites by purpose.
    Again(&'static str, &'static str),
    /// Others.
    Other(&'static str),
}

impl Scenario {
    /// The arguments before, if there is a run before.
    fn before(&self) -> Option<Vec<String>> {
        self.old.map(words)
    }

    fn arguments(&self) -> Vec<String> {
        let replaced = |from: &str, to: &str| {
            let mut old = words(self.old.expect("there are arguments to derive from"));
            let word = old.iter_mut().rfind(|word| *word == from).expect("the word is there");
            to.clone_into(word);
            old
        };
        match self.new {
            New::Forced(from, to) => [replaced(from, to), words("--force")].concat(),
            New::Again(from, to) => replaced(from, to),
            New::Other(line) => words(line),
        }
    }
}

fn words(line: &str) -> Vec<String> {
    line.split_whitespace().map(str::to_owned).collect()
}

const RUN: &str = "run @/in/tiny.yaml -i @/in/images.npy -d two-nodes --random-weights 2 --batch 2 --waves --trace -o @/out/run";
const RESUME: &str = "run --resume @/out/run";

const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "map",
        old: Some("map @/in/tiny.yaml -d two-nodes --random-weights 1 -o @/out/p.npx"),
        new: New::Forced("1", "2"),
        resume: None,
    },
    Scenario {
        name: "check --repair",
        old: Some("check @/in/tiny.yaml --profile v2 --repair @/out/m.fbz"),
        new: New::Forced("@/in/tiny.yaml", "@/in/other.yaml"),
        resume: None,
    },
    Scenario {
        name: "run",
        old: Some("run @/in/tiny.yaml -i @/in/images.npy -d two-nodes --random-weights 1 -o @/out/run"),
        new: New::Other(RUN),
        resume: Some(RESUME),
    },
    Scenario { name: "run into a new folder", old: None, new: New::Other(RUN), resume: Some(RESUME) },
    Scenario {
        name: "sweep",
        old: Some(
            // Tables hold the paths as they were given, so these are the same in every folder.
            "sweep model=traces/tiny/images.yaml random_weights=1 mode=minimal -d two-nodes -i traces/tiny/images.npy -o @/out/sweep",
        ),
        new: New::Again("mode=minimal", "mode=minimal,all-nps"),
        resume: None,
    },
    Scenario {
        name: "test --bless --junit",
        old: Some("test @/in/old.ron --bless --junit @/out/junit.xml"),
        new: New::Again("@/in/old.ron", "@/in/new.ron"),
        resume: None,
    },
    Scenario {
        name: "replay",
        old: Some("replay @/in/old.csv --size 2x2 -o @/out/a.csv --hops @/out/h.spt --convert @/out/c.spt"),
        new: New::Forced("@/in/old.csv", "@/in/new.csv"),
        resume: None,
    },
    Scenario {
        name: "traffic",
        old: Some(
            "traffic --size 2x2 --rates 0.1 --sample-period 50 --csv @/out/r.csv --links @/out/l.csv --plot @/out/p.svg",
        ),
        new: New::Forced("0.1", "0.2"),
        resume: None,
    },
    Scenario {
        name: "validate",
        old: None,
        new: New::Other(
            "validate --layers @/in/layers.csv --models @/in/models.csv --np-counts @/in/counts.csv --micro @/in/micro.csv \
             -o @/out/report --force",
        ),
        resume: None,
    },
];

const TINY: &str = include_str!("../cmd/models/tiny.yaml");

/// A folder with what the verbs read, in `in`, and nothing in `out`.
fn prepare(folder: &Path) {
    let write = |name: &str, text: &str| std::fs::write(folder.join("in").join(name), text).unwrap();
    for name in ["in", "out"] {
        std::fs::create_dir(folder.join(name)).unwrap();
    }
    write("tiny.yaml", TINY);
    write("other.yaml", &TINY.replacen("name: ", "name: other-", 1));
    let pixels: Vec<u8> = (0..5 * 64).map(|i| (i * 37 % 251) as u8).collect();
    npy::write(&folder.join("in/images.npy"), &[5, 8, 8, 1], &pixels).unwrap();
    let case = |name: &str, seed: u32| {
        format!(
            "(name: \"{name}\", model: \"tiny.yaml\", random_weights: {seed}, device: \"two-nodes\", inputs: \"images.npy\", \
             frames: 2, golden: \"../out/golden/{name}.json\")"
        )
    };
    write("old.ron", &format!("(cases: [{}, {}])", case("a", 1), case("b", 1)));
    write("new.ron", &format!("(cases: [{}, {}])", case("a", 2), case("b", 2)));
    write("old.csv", "cycle,src,dst,size\n0,0,3,2\n");
    write("new.csv", "cycle,src,dst,size\n0,0,3,2\n4,1,2,3\n9,3,0,1\n");
    let published = spikemesh::calibrate::Published::default();
    for (name, file, row) in [
        ("layers.csv", published.layers, "KWS,5,"),
        ("models.csv", published.models, "KWS,minimal"),
        ("counts.csv", published.np_counts, "gxnor"),
        ("micro.csv", published.micro, "3x3 conv slope"),
    ] {
        let mut lines = file.text.lines();
        let heading = lines.next().unwrap();
        write(name, &format!("{heading}\n{}\n", lines.find(|line| line.starts_with(row)).unwrap()));
    }
}

/// Runs the command in this process; whether it reports success.
fn command(folder: &Path, arguments: &[String]) -> bool {
    let at = folder.to_str().unwrap();
    let arguments = arguments.iter().map(|argument| OsString::from(argument.replace('@', at)));
    let code = spikemesh::cli::run(std::iter::once("spikemesh".into()).chain(arguments));
    format!("{code:?}") == format!("{:?}", std::process::ExitCode::SUCCESS)
}

/// Whether a file is one that a process had under way.
fn is_part(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "part")
}

/// Whether a file holds the first rows of another, marked as a part.
fn is_marked_part(whole: &[u8], bytes: &[u8]) -> bool {
    if let Ok(mut hops) = HopReader::new(bytes, "part") {
        let mut all = HopReader::new(whole, "whole").expect("what is whole can be read");
        return loop {
            match hops.next_hop() {
                Ok(Some(hop)) if all.next_hop().is_ok_and(|other| other == Some(hop)) => {}
                end => break matches!(end, Err(TraceError::Partial { .. })),
            }
        };
    }
    let text = String::from_utf8_lossy(bytes);
    let rows = text.trim_end().rsplit_once('\n').filter(|(_, mark)| mark.starts_with("# partial: "));
    rows.is_some_and(|(rows, _)| text.ends_with('\n') && whole.starts_with(format!("{rows}\n").as_bytes()))
}

/// What is in `out`. Of `run.json` what does not depend on the host.
fn files(folder: &Path) -> Files {
    let mut found = Files::new();
    let mut folders = vec![folder.join("out")];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let mut bytes = std::fs::read(&path).unwrap();
            if path.ends_with("run.json") || path.ends_with("point.json") {
                bytes = plain(&bytes);
            }
            // The report on silicon has the speed of the host.
            if path.ends_with("silicon.md") {
                let text = String::from_utf8(bytes).unwrap();
                let lines = text.lines().filter(|line| !line.contains("per second"));
                bytes = lines.collect::<Vec<_>>().join("\n").into_bytes();
            }
            found.insert(path.strip_prefix(folder).unwrap().to_owned(), bytes);
        }
    }
    found
}

/// A `run.json` or `point.json` without the fields of the host and its own hash.
fn plain(bytes: &[u8]) -> Vec<u8> {
    let Ok(mut info) = serde_json::from_slice::<serde_json::Value>(bytes) else { return bytes.to_vec() };
    if let Some(fields) = info.as_object_mut() {
        fields.retain(|name, _| !name.starts_with("host_") && name != "sha256");
    }
    info.to_string().into_bytes()
}

fn status(files: &Files) -> Option<String> {
    let info = files.get(Path::new("out/run/run.json"))?;
    let info: serde_json::Value = serde_json::from_slice(info).ok()?;
    Some(info["status"].as_str()?.to_owned())
}

/// What is against the laws after a fault.
fn violations(
    scenario: &Scenario,
    folder: &Path,
    fault: Fault,
    at: usize,
    old: &Files,
    new: &Files,
) -> Vec<String> {
    let mut wrong = Vec::new();
    let disk = faulty(folder, Some((fault, at)));
    let success = command(folder, &scenario.arguments());
    let last = disk.calls().get(at).cloned().unwrap_or_default();
    drop(disk);
    let after = files(folder);
    let mut say =
        |text: String| wrong.push(format!("{}, {fault:?} at call {at} ({last}): {text}", scenario.name));
    if success && after != *new {
        say("it reports success, and not everything is written".to_owned());
    }
    if fault.survives() {
        after
            .keys()
            .filter(|path| is_part(path))
            .for_each(|path| say(format!("it leaves {}", path.display())));
    }
    match status(&after).as_deref() {
        // Not a run, or none that says that it is whole.
        None => {
            for (path, bytes) in after.iter().filter(|(path, _)| !is_part(path)) {
                // A report of failed cases is neither, and whole.
                let report = path.ends_with("junit.xml") && bytes.ends_with(b"</testsuites>\n");
                let part = new.get(path).is_some_and(|whole| is_marked_part(whole, bytes));
                // The disk is not waited for: a record that a loss of power cut off is made again.
                let lost = matches!(fault, Fault::PowerCut) && path.ends_with("point.json");
                if old.get(path) != Some(bytes) && new.get(path) != Some(bytes) && !report && !part && !lost {
                    say(format!("{} is neither old nor new", path.display()));
                }
            }
        }
        Some("running") => {}
        Some(status) => {
            if !command(folder, &words("verify @/out/run")) {
                say(format!("it says {status}, and a hash is wrong"));
            }
            let without_parts = |files: &Files| {
                files.clone().into_iter().filter(|(path, _)| !is_part(path)).collect::<Files>()
            };
            if status == "complete" && without_parts(&after) != *old && without_parts(&after) != *new {
                say("it says complete, and is neither the old run nor the new one".to_owned());
            }
        }
    }
    // Again, without a fault: everything is there, and nothing else.
    let resumed = scenario.resume.filter(|_| status(&after).is_some_and(|status| status != "complete"));
    let again = resumed.map_or_else(|| scenario.arguments(), words);
    if !command(folder, &again) && !command(folder, &scenario.arguments()) {
        say("it cannot be done again".to_owned());
    }
    let end = files(folder);
    for path in end.keys().chain(new.keys()).filter(|path| end.get(*path) != new.get(*path)) {
        say(format!("done again, {} is another", path.display()));
    }
    wrong
}

#[test]
fn a_fault_at_any_call_leaves_old_or_new_and_never_a_mixture() {
    let _turn = TURN.lock();
    let all = std::env::var_os("FAULTS").is_some_and(|value| value == "all");
    let (mut wrong, mut looked_at, mut there) = (Vec::new(), 0, 0);
    for scenario in SCENARIOS {
        let prepared = || {
            let folder = tempfile::tempdir().unwrap();
            prepare(folder.path());
            assert!(scenario.before().is_none_or(|old| command(folder.path(), &old)), "{}", scenario.name);
            folder
        };
        let folder = prepared();
        let old = files(folder.path());
        let disk = faulty(folder.path(), None);
        assert!(command(folder.path(), &scenario.arguments()), "{}", scenario.name);
        let calls = disk.calls().len();
        drop(disk);
        let new = files(folder.path());
        assert!(calls > 4 && new != old, "{}: {calls} calls", scenario.name);
        there += calls * FAULTS.len();
        for (kind, fault) in FAULTS.into_iter().enumerate() {
            let step = if all { 1 } else { calls.div_ceil(SAMPLE) };
            for at in (kind % step..calls).step_by(step) {
                let folder = prepared();
                wrong.extend(violations(scenario, folder.path(), fault, at, &old, &new));
                looked_at += 1;
            }
        }
        println!("{}: {calls} calls", scenario.name);
    }
    println!("{looked_at} faults of {there}, {} violations", wrong.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The laws find what breaks them: a file that is written in place, without another name.
#[test]
fn a_writer_in_place_is_found() {
    let _turn = TURN.lock();
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("out")).unwrap();
    let path = folder.path().join("out/file");
    std::fs::write(&path, "old").unwrap();
    let disk = faulty(folder.path(), Some((Fault::Torn, 1)));
    let in_place = || {
        let disk = spikemesh_files::disk();
        disk.remove(&path)?;
        disk.write(&disk.create(&path)?, &path, b"new and long")
    };
    assert!(in_place().is_err());
    assert_eq!(disk.calls(), ["remove out/file", "create out/file"]);
    drop(disk);
    assert!(files(folder.path()).is_empty(), "neither old nor new");
}

#[test]
fn models_and_arrays_are_saved_whole_or_not_at_all() {
    let _turn = TURN.lock();
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("out")).unwrap();
    let model = |seed: u64| -> Model {
        let mut model = template::parse("tiny.yaml", TINY).unwrap();
        model.randomise(seed);
        model
    };
    let (model_path, array_path) = (folder.path().join("out/m.fbz"), folder.path().join("out/a.npy"));
    let save = |seed: u64| {
        let saved = file::save(&model(seed), &model_path).is_ok();
        npy::write(&array_path, &[3], &[seed as i32; 3]).is_ok() && saved
    };
    let disk = faulty(folder.path(), None);
    assert!(save(2));
    let calls = disk.calls().len();
    drop(disk);
    let new = files(folder.path());
    for fault in FAULTS {
        for at in 0..calls {
            assert!(save(1));
            let old = files(folder.path());
            let disk = faulty(folder.path(), Some((fault, at)));
            save(2);
            drop(disk);
            for (path, bytes) in files(folder.path()).iter().filter(|(path, _)| !is_part(path)) {
                assert!(old.get(path) == Some(bytes) || new.get(path) == Some(bytes), "{fault:?} at {at}");
            }
            assert!(save(2), "{fault:?} at {at}");
            assert_eq!(files(folder.path()).keys().collect::<Vec<_>>(), new.keys().collect::<Vec<_>>());
        }
    }
}
