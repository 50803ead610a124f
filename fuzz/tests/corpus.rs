//! Every input of `corpus/`, through its target: what was reached once is reached again, and what broke a law once does not again.
//!
//! `cargo xtask fuzz` finds new inputs; `cargo xtask fuzz --keep` writes the smallest set that reaches the same.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use spikemesh_fuzz::{TARGETS, target};

fn corpus(target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target)
}

fn replay(name: &str) {
    let target = target(name).unwrap();
    let mut inputs: Vec<PathBuf> =
        std::fs::read_dir(corpus(name)).unwrap().map(|entry| entry.unwrap().path()).collect();
    inputs.sort();
    assert!(!inputs.is_empty(), "there is no input for {name}");
    for input in inputs {
        let data = std::fs::read(&input).unwrap();
        // The name of the input stands above the message of the law.
        eprintln!("{}", input.display());
        (target.run)(&data);
    }
}

macro_rules! replay {
    ($($name:ident)*) => {
        $(#[test]
        fn $name() {
            replay(stringify!($name));
        })*

        const REPLAYED: &[&str] = &[$(stringify!($name)),*];
    };
}

replay! {
    program program_records certificate model_file model_content random_model model_run template npy spt spt_blocks csv_trace replay_trace answers device golden manifest
    assembly silicon_rows run_directory labels command_line traffic python_arguments python_layers
}

#[test]
fn every_target_is_replayed() {
    let targets: BTreeSet<&str> = TARGETS.iter().map(|target| target.name).collect();
    assert_eq!(targets, REPLAYED.iter().copied().collect());
    let folders: BTreeSet<String> = std::fs::read_dir(corpus(""))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(folders, targets.iter().map(|&name| name.to_owned()).collect());
}

/// Corpora lie in the repository: they stay small.
#[test]
fn corpora_are_small() {
    let mut bytes = 0;
    for target in TARGETS {
        for entry in std::fs::read_dir(corpus(target.name)).unwrap() {
            let length = entry.unwrap().metadata().unwrap().len();
            assert!(
                length as usize <= target.max_bytes,
                "an input of {} is longer than the target tries",
                target.name
            );
            bytes += length;
        }
    }
    assert!(bytes < 4 << 20, "{bytes} bytes");
}
