//! Runs that are killed with `kill -9` at random moments, and then go on: the same bytes as of a run that nobody killed.
//!
//! `cargo xtask faults` kills 200 runs, the tests some; `KILLS` is the number.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rand_core::{Rng, SeedableRng};
use rand_pcg::Pcg64Mcg;
use serde_json::Value;

const MODEL: &str = "traces/fashion-mnist/model.fbz";
const IMAGES: &str = "traces/fashion-mnist/images.npy";
const LABELS: &str = "traces/fashion-mnist/labels.npy";

fn run(directory: &Path, batch: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_spikemesh"));
    command
        .args(["run", MODEL, "-i", IMAGES, "--labels", LABELS, "--waves", "--trace", "--batch", batch, "-o"]);
    command.arg(directory).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

fn resume(directory: &Path) -> std::process::Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_spikemesh"));
    command.args(["run", "--resume"]).arg(directory).output().unwrap()
}

/// The files of a run directory. Of `run.json` what does not depend on the host.
fn files(directory: &Path) -> BTreeMap<String, Vec<u8>> {
    let (mut paths, mut folders) = (Vec::new(), vec![directory.to_owned()]);
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { paths.push(path) }
        }
    }
    let named = paths.into_iter().map(|path| {
        let name = path.strip_prefix(directory).unwrap().to_string_lossy().into_owned();
        let mut bytes = std::fs::read(&path).unwrap();
        if name == "run.json" {
            let mut info: Value = serde_json::from_slice(&bytes).unwrap();
            info.as_object_mut().unwrap().retain(|name, _| !name.starts_with("host_") && name != "sha256");
            bytes = info.to_string().into_bytes();
        }
        (name, bytes)
    });
    named.collect()
}

#[test]
fn a_run_that_is_killed_and_goes_on_gives_the_bytes_of_one_that_was_not() {
    let kills: u32 = std::env::var("KILLS").ok().and_then(|count| count.parse().ok()).unwrap_or(5);
    let folder = tempfile::tempdir().unwrap();
    let mut random = Pcg64Mcg::seed_from_u64(u64::from(std::process::id()));
    let (mut killed, mut frames) = (0, 0);
    for batch in ["1", "7"] {
        let whole = folder.path().join(format!("whole-{batch}"));
        let begin = Instant::now();
        assert!(run(&whole, batch).status().unwrap().success());
        let duration = begin.elapsed();
        let whole = files(&whole);
        for number in 0..kills.div_ceil(2) {
            let directory = folder.path().join(format!("{batch}-{number}"));
            let mut child = run(&directory, batch).spawn().unwrap();
            std::thread::sleep(duration.mul_f64(f64::from(random.next_u32()) / f64::from(u32::MAX)));
            child.kill().unwrap();
            child.wait().unwrap();
            if !directory.join("run.json").exists() {
                continue;
            }
            killed += usize::from(directory.join("frames.journal").exists());
            // Once more while it goes on.
            let again = Command::new(env!("CARGO_BIN_EXE_spikemesh"))
                .args(["run", "--resume"])
                .arg(&directory)
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn();
            let mut child = again.unwrap();
            std::thread::sleep(Duration::from_millis(u64::from(random.next_u32() % 300)));
            child.kill().unwrap();
            child.wait().unwrap();

            let output = resume(&directory);
            let errors = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{errors}");
            frames += errors.split(' ').next().and_then(|count| count.parse::<usize>().ok()).unwrap_or(0);
            let found = files(&directory);
            assert_eq!(found.keys().collect::<Vec<_>>(), whole.keys().collect::<Vec<_>>());
            for (name, bytes) in &whole {
                assert!(found[name] == *bytes, "{name} is another after a kill, batches of {batch}");
            }
            std::fs::remove_dir_all(&directory).unwrap();
        }
    }
    println!(
        "{kills} runs were killed, {killed} of them in the midst of their frames; {frames} frames did not run again"
    );
}

#[test]
fn another_run_is_not_gone_on_with() {
    let folder = tempfile::tempdir().unwrap();
    let directory = folder.path().join("out");
    // A limit that some frames reach: so there is something left to run.
    let run = |more: &[&str], input: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_spikemesh"));
        command.args(["run", MODEL, "-i", input, "--max-cycles", "166800"]).args(more);
        command.output().unwrap()
    };
    let first = run(&["-o", directory.to_str().unwrap()], IMAGES);
    assert_eq!(first.status.code(), Some(8), "{}", String::from_utf8_lossy(&first.stderr));
    let before = files(&directory);
    let resume = ["--resume", directory.to_str().unwrap()];
    for (more, named) in [
        (vec!["--batch", "2"], "`batch` was 1, and is 2 now"),
        (vec!["--waves"], "`waves` was false, and is true now"),
        (vec!["--labels", LABELS], "`labels_sha256`"),
        (vec!["-d", "akd1500"], "`device_sha256`"),
        (vec!["--mode", "all-nps"], "`program_sha256`"),
    ] {
        let output = run(&[&resume[..], &more].concat(), IMAGES);
        let errors = String::from_utf8_lossy(&output.stderr).replace("\n  | ", " ");
        assert_eq!(output.status.code(), Some(1), "{more:?}: {errors}");
        assert!(errors.contains("run::resume_differs") && errors.contains(named), "{more:?}: {errors}");
    }
    let usage =
        Command::new(env!("CARGO_BIN_EXE_spikemesh")).args(["run", "--batch", "2"]).args(resume).output();
    assert_eq!(usage.unwrap().status.code(), Some(2));
    assert!(files(&directory) == before, "a run that was refused has changed the directory");
    // With what it was started with it goes on, and comes to the same limit.
    let again = run(&resume, IMAGES);
    assert_eq!(again.status.code(), Some(8), "{}", String::from_utf8_lossy(&again.stderr));
    assert!(files(&directory) == before);

    let nothing =
        Command::new(env!("CARGO_BIN_EXE_spikemesh")).args(["run", "--resume", "docs"]).output().unwrap();
    assert!(String::from_utf8_lossy(&nothing.stderr).starts_with("run::no_resume"));
}

/// A bit of the journal that has flipped since ends what is taken from it: the frames behind it run again, and nothing false is kept.
#[test]
fn a_flipped_bit_in_the_journal_is_not_believed() {
    let folder = tempfile::tempdir().unwrap();
    let directory = folder.path().join("out");
    let spikemesh = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_spikemesh"));
        command.args(["run"]).args(arguments).arg(&directory).output().unwrap()
    };
    let first = spikemesh(&[MODEL, "-i", IMAGES, "--max-cycles", "166800", "-o"]);
    assert_eq!(first.status.code(), Some(8), "{}", String::from_utf8_lossy(&first.stderr));
    // The journal holds host times too, so it and its hash are others when frames run again.
    let files = || {
        let mut files = files(&directory);
        files.remove("frames.journal");
        let mut info: Value = serde_json::from_slice(&files["run.json"]).unwrap();
        assert!(info["files"].as_object_mut().unwrap().remove("frames.journal").is_some());
        files.insert("run.json".to_owned(), info.to_string().into_bytes());
        files
    };
    let before = files();
    let journal = directory.join("frames.journal");
    let whole = std::fs::read(&journal).unwrap();
    // Identity and sum of the file are its beginning; what follows are records, each with a sum.
    let header = 48.min(whole.len() / 2);
    let places = (1..=10).map(|part| header + (whole.len() - header - 1) * part / 10);
    for place in places {
        let mut flipped = whole.clone();
        flipped[place] ^= 1 << (place % 8);
        std::fs::write(&journal, &flipped).unwrap();
        let again = spikemesh(&["--resume"]);
        let errors = String::from_utf8_lossy(&again.stderr).into_owned();
        assert_eq!(again.status.code(), Some(8), "byte {place} of {}: {errors}", whole.len());
        assert!(files() == before, "a file is another after byte {place} of the journal");
    }
}
