//! One run, one directory: what is removed, what is refused, and what `verify` finds.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

const INPUT: &str = "traces/tiny/events.npy";
const MODEL: &str = "traces/tiny/events.yaml";

fn spikemesh(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_spikemesh")).args(arguments).output().unwrap()
}

fn run(directory: &Path, more: &[&str]) -> Output {
    let fixed = ["run", MODEL, "-i", INPUT, "-d", "two-nodes", "--random-weights", "1"];
    spikemesh(&[&fixed[..], &["-o", directory.to_str().unwrap()], more].concat())
}

fn errors(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// A directory of a run, with waves and a trace.
fn a_run() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let directory = folder.path().join("out");
    let output = run(&directory, &["--waves", "--trace"]);
    assert!(output.status.success(), "{}", errors(&output));
    (folder, directory)
}

fn names(directory: &Path) -> Vec<String> {
    let (mut names, mut folders) = (Vec::new(), vec![directory.to_owned()]);
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => folders.push(path),
                false => names.push(path.strip_prefix(directory).unwrap().to_string_lossy().into_owned()),
            }
        }
    }
    names.sort();
    names
}

#[test]
fn every_file_is_listed_and_a_flipped_bit_in_any_is_found() {
    let (_folder, directory) = a_run();
    let path = directory.to_str().unwrap();
    let whole = spikemesh(&["verify", path]);
    assert_eq!(whole.status.code(), Some(0), "{}", errors(&whole));
    assert!(String::from_utf8_lossy(&whole.stdout).contains("complete, 4 of 4 frames, 11 files"));
    let listed: Value = serde_json::from_slice(&std::fs::read(directory.join("run.json")).unwrap()).unwrap();
    let mut listed: Vec<&str> = listed["files"].as_object().unwrap().keys().map(String::as_str).collect();
    listed.push("run.json");
    listed.sort_unstable();
    assert_eq!(listed, names(&directory));
    for name in listed {
        let file = directory.join(name);
        let right = std::fs::read(&file).unwrap();
        let last = right.len() - 1;
        for at in [0, last / 3, last / 2, last] {
            let mut wrong = right.clone();
            wrong[at] ^= 1;
            std::fs::write(&file, &wrong).unwrap();
            let output = spikemesh(&["verify", path, "--format", "json"]);
            assert_eq!(output.status.code(), Some(6), "{name}, byte {at}");
            let report: Value = serde_json::from_slice(&output.stdout).unwrap();
            assert_eq!(report["verified"], false);
            let problem = &report["paths"][0]["problems"][0];
            assert!(problem["code"].as_str().unwrap().starts_with("verify::"), "{problem}");
            assert!(problem["message"].as_str().unwrap().contains(name), "{problem}");
        }
        std::fs::write(&file, &right).unwrap();
        // One byte less, and not there at all.
        std::fs::write(&file, &right[..last]).unwrap();
        assert_eq!(spikemesh(&["verify", path]).status.code(), Some(6), "{name}");
        std::fs::remove_file(&file).unwrap();
        assert_eq!(spikemesh(&["verify", path]).status.code(), Some(6), "{name}");
        std::fs::write(&file, &right).unwrap();
    }
    assert_eq!(spikemesh(&["verify", path]).status.code(), Some(0));
}

#[test]
fn only_files_of_the_earlier_run_are_removed() {
    let (_folder, directory) = a_run();
    std::fs::write(directory.join("notes.txt"), "mine").unwrap();
    std::fs::write(directory.join("plot.npy"), "mine").unwrap();
    let output = run(&directory, &[]);
    assert!(output.status.success(), "{}", errors(&output));
    let expected = [
        "device.ron",
        "inputs.npy",
        "notes.txt",
        "outputs.npy",
        "plan.json",
        "plot.npy",
        "program.npx",
        "run.json",
        "stats.json",
    ];
    let found = names(&directory).into_iter().filter(|name| !name.starts_with("outputs/"));
    assert_eq!(found.collect::<Vec<_>>(), expected);
    assert_eq!(spikemesh(&["verify", directory.to_str().unwrap()]).status.code(), Some(0));
}

#[test]
fn a_list_that_leads_out_of_the_folder_removes_nothing_there() {
    let (folder, directory) = a_run();
    std::fs::write(folder.path().join("outside"), "mine").unwrap();
    std::fs::create_dir(folder.path().join("other")).unwrap();
    std::fs::write(folder.path().join("other/file"), "mine").unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink("../other", directory.join("link")).unwrap();
    // A list that somebody wrote, with the right hash.
    let text = std::fs::read_to_string(directory.join("run.json")).unwrap();
    let text =
        text.replace("\"files\": {", "\"files\": {\n    \"../outside\": null,\n    \"link/file\": null,");
    let end = text.len() - "\"\n}\n".len();
    let zeros = format!("{}{}\"\n}}\n", &text[..end - 64], "0".repeat(64));
    let hash = spikemesh::run::sha256(zeros.as_bytes());
    std::fs::write(directory.join("run.json"), zeros.replace(&"0".repeat(64), &hash)).unwrap();
    let output = run(&directory, &[]);
    assert!(output.status.success(), "{}", errors(&output));
    assert!(folder.path().join("outside").exists() && folder.path().join("other/file").exists());
}

#[test]
fn a_second_run_in_the_folder_is_refused_and_changes_nothing() {
    let (_folder, directory) = a_run();
    let before = std::fs::read(directory.join("run.json")).unwrap();
    let lock = spikemesh_files::FolderLock::take(&directory).unwrap();
    assert!(lock.is_some());
    let output = run(&directory, &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(errors(&output).starts_with("run::locked"), "{}", errors(&output));
    assert_eq!(std::fs::read(directory.join("run.json")).unwrap(), before);
    drop(lock);
    assert!(run(&directory, &[]).status.success());
}

#[test]
fn what_a_run_reads_is_not_what_it_writes_or_removes() {
    let (_folder, directory) = a_run();
    let inside = |name: &str| directory.join(name);
    let copy = |from: &str, name: &str| std::fs::copy(from, inside(name)).unwrap();
    // An input in the place of an output; by a link of either kind too.
    copy(INPUT, "outputs.npy");
    std::fs::hard_link(inside("outputs.npy"), directory.join("../hard.npy")).unwrap();
    for input in ["outputs.npy", "../hard.npy"] {
        let path = inside(input);
        let arguments =
            ["run", MODEL, "-i", path.to_str().unwrap(), "-d", "two-nodes", "--random-weights", "1"];
        let output = spikemesh(&[&arguments[..], &["-o", directory.to_str().unwrap()]].concat());
        assert_eq!(output.status.code(), Some(1), "{input}");
        assert!(errors(&output).starts_with("run::input_is_output"), "{}", errors(&output));
        assert!(inside("outputs.npy").exists() && inside("waves.vcd").exists(), "{input}");
    }
    copy(INPUT, "mine.npy");
    let path = inside("mine.npy");
    let arguments = ["run", MODEL, "-i", path.to_str().unwrap(), "-d", "two-nodes", "--random-weights", "1"];
    assert!(spikemesh(&[&arguments[..], &["-o", directory.to_str().unwrap()]].concat()).status.success());
    assert!(path.exists());
}

#[test]
fn a_run_that_reaches_a_limit_keeps_waves_and_packets_up_to_there_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let directory = folder.path().join("out");
    let output = run(&directory, &["--waves", "--wave-time", "clocks", "--trace", "--max-cycles", "5000"]);
    assert_eq!(output.status.code(), Some(8), "{}", errors(&output));
    let waves = std::fs::read_to_string(directory.join("waves.vcd")).unwrap();
    assert!(waves.contains("partial: the run went beyond 5000 cycles"), "{}", &waves[waves.len() - 200..]);
    let last = waves.lines().filter_map(|line| line.strip_prefix('#')?.parse::<u64>().ok()).max().unwrap();
    assert!((4000..=5002).contains(&last), "waves end at {last}");
    let trace = directory.join("trace.spt");
    let replayed = spikemesh(&["replay", trace.to_str().unwrap(), "-d", "two-nodes", "-o", "-"]);
    assert!(errors(&replayed).starts_with("replay::partial"), "{}", errors(&replayed));
    assert_eq!(spikemesh(&["verify", directory.to_str().unwrap()]).status.code(), Some(0));
}

#[test]
fn an_earlier_version_and_another_folder_are_no_run_directory() {
    let (_folder, directory) = a_run();
    for text in ["{}", "{\"schema\": \"spikemesh.run/1\"}", "", "[1"] {
        std::fs::write(directory.join("run.json"), text).unwrap();
        let output = run(&directory, &[]);
        assert!(errors(&output).starts_with("run::not_empty"), "{text}: {}", errors(&output));
        assert!(directory.join("outputs.npy").exists());
        assert_eq!(spikemesh(&["verify", directory.to_str().unwrap()]).status.code(), Some(6));
    }
    assert_eq!(spikemesh(&["verify", "docs"]).status.code(), Some(6));
    assert_eq!(spikemesh(&["verify", "nowhere"]).status.code(), Some(6));
}
