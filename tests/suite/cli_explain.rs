//! `spikemesh explain`: the path tiles the time of the batch, and the period is the interval of frames that are alike.

use std::process::{Command, Output};

use serde_json::Value;
use spikemesh::tensor::npy;

const MODEL: [&str; 7] =
    ["explain", "traces/tiny/events.yaml", "--random-weights", "1", "-d", "two-nodes", "-i"];

fn explain(input: &str, more: &[&str]) -> Output {
    let command = Command::new(env!("CARGO_BIN_EXE_spikemesh")).args(MODEL).arg(input).args(more).output();
    command.expect("spikemesh starts")
}

fn json(input: &str, more: &[&str]) -> Value {
    let output = explain(input, &[more, &["--format", "json"]].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn the_path_tiles_the_batch() {
    for batch in ["1", "2"] {
        let value = json("traces/tiny/events.npy", &["--batch", batch]);
        let (mut at, path) = (0, value["path"].as_array().unwrap());
        for part in path {
            assert_eq!(part["start"].as_u64(), Some(at), "{part}");
            at = part["end"].as_u64().unwrap();
        }
        assert_eq!(value["end"].as_u64(), Some(at));
        let merged = value["merged"].as_array().unwrap().iter().map(|row| row["clocks"].as_u64().unwrap());
        assert_eq!(merged.sum::<u64>(), at);
        assert_eq!(value["period"].is_null(), batch == "1");
    }
}

#[test]
fn the_period_is_the_interval_of_equal_frames() {
    let folder = tempfile::tempdir().unwrap();
    let mut events = npy::read_dense::<u8>("traces/tiny/events.npy".as_ref()).unwrap();
    let sample: usize = events.shape[1..].iter().product();
    events.data = events.data[..sample].repeat(4);
    events.shape[0] = 4;
    let file = folder.path().join("four.npy");
    npy::write(&file, &events.shape, &events.data).unwrap();
    let period = json(&file.display().to_string(), &["--batch", "4"])["period"].clone();
    assert_eq!(period["set_by"], "loop");
    assert_eq!(period["clocks"].as_f64(), period["interval"].as_f64());
    let steps = period["steps"].as_array().unwrap();
    for (index, step) in steps.iter().enumerate() {
        let next = &steps[(index + 1) % steps.len()];
        assert_eq!((&step["to"], &step["to_stage"]), (&next["from"], &next["from_stage"]));
    }
    let sum = |of: &str| steps.iter().map(|step| step[of].as_u64().unwrap()).sum::<u64>();
    assert_eq!(
        (Some(sum("clocks")), Some(sum("frames"))),
        (period["loop_clocks"].as_u64(), period["loop_frames"].as_u64())
    );
}

#[test]
fn people_read_where_and_why() {
    let output = explain("traces/tiny/events.npy", &["--batch", "2"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.starts_with("critical path to the end of frame 1: "), "{text}");
    for words in ["compute", "wait_input", " to n", "period, in clocks: "] {
        assert!(text.contains(words), "{words}: {text}");
    }
}

#[test]
fn what_has_no_effect_is_refused_and_a_limit_ends_it() {
    let output = explain("traces/tiny/events.npy", &["--max-cycles", "5"]);
    assert_eq!(output.status.code(), Some(8));
    assert!(output.stdout.is_empty());
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("p.npx").display().to_string();
    let map = ["map", MODEL[1], "--random-weights", "1", "-d", "two-nodes", "-o", &program];
    assert!(Command::new(env!("CARGO_BIN_EXE_spikemesh")).args(map).output().unwrap().status.success());
    let explain = ["explain", &program, "-d", "two-nodes", "-i", "traces/tiny/events.npy"];
    let run = |more: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_spikemesh")).args(explain).args(more).output().unwrap()
    };
    assert!(run(&[]).status.success());
    assert_eq!(run(&["--mode", "minimal"]).status.code(), Some(2));
}

#[test]
fn causes_stand_beside_their_predictions() {
    let value = json("traces/tiny/events.npy", &["--batch", "2"]);
    assert_eq!(value["schema"], "spikemesh.explain/2");
    let causes = value["causes"].as_array().unwrap();
    // Then two input maps and other mappings, which nothing predicts.
    let run_only = ["maps", "mode", "placement", "capacity"];
    let is_run_only = |cause: &Value| run_only.contains(&cause["cause"].as_str().unwrap());
    assert!(causes.len() > 5 && causes[5..].iter().all(is_run_only), "{causes:?}");
    for cause in &causes[..5] {
        assert!(cause["predicted"]["makespan"].as_u64() < value["end"].as_u64(), "{cause}");
        assert!(cause["simulated"]["interval"].is_u64(), "{cause}");
    }
    let text = String::from_utf8(explain("traces/tiny/events.npy", &["--batch", "2"]).stdout).unwrap();
    let table = text.split("what would help, in clocks").nth(1).unwrap();
    for words in ["predicted", "run again", "halved", "accumulate steps"] {
        assert!(table.contains(words), "{words}: {text}");
    }
}

/// Two images explained on the AKD1000 with settings and options.
fn of_images(more: &str) -> (Value, String) {
    let words = "explain traces/tiny/images.yaml --random-weights 1 -i traces/tiny/images.npy --batch 2 --format json";
    let words = words.split(' ').chain(more.split_whitespace());
    let output = Command::new(env!("CARGO_BIN_EXE_spikemesh")).args(words).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{more}: {said}");
    (serde_json::from_slice(&output.stdout).unwrap(), said)
}

/// The row of a cause.
fn row<'a>(explained: &'a Value, cause: &str) -> Option<&'a Value> {
    explained["causes"].as_array().unwrap().iter().find(|row| row["cause"] == cause)
}

/// A row has what the run with `more` says itself, and no prediction.
fn is_run(explained: &Value, cause: &str, more: &str) -> f64 {
    let row = row(explained, cause).unwrap_or_else(|| panic!("{cause}: {explained}"));
    let (run, _) = of_images(more);
    assert_eq!(row["simulated"]["makespan"], run["end"], "{row}");
    assert!(row["predicted"].is_null() && row["difference"].is_null() && row["basis"] == "assumed", "{row}");
    let clocks = |value: &Value| value["end"].as_f64().unwrap();
    let gain = row["gain"].as_f64().unwrap();
    assert!((gain - (clocks(explained) - clocks(&run)) / clocks(explained)).abs() < 1e-12, "{row}");
    gain
}

#[test]
fn placement_and_map_capacity_are_run_again() {
    // Slices of at most three rows, which are twice as high with twice the capacity.
    let (explained, _) = of_images("--set np.own_rows=3 --placer random");
    assert_eq!(row(&explained, "placement").unwrap()["change"], "annealed");
    assert!(is_run(&explained, "placement", "--set np.own_rows=3 --placer annealed") > 0.0);
    assert!(is_run(&explained, "capacity", "--set np.own_rows=6 --placer random") < 0.0);
    // What has annealed is compared with the default.
    let (annealed, _) = of_images("--placer annealed");
    assert_eq!(row(&annealed, "placement").unwrap()["change"], "best");
    is_run(&annealed, "placement", "");
    // Room that nothing needs makes no other program.
    assert_eq!(row(&annealed, "capacity"), None);
}

#[test]
fn a_second_input_map_is_run_again_also_with_trees() {
    let trees = "-m all-nps --set np.own_rows=2 --set network.multicast=tree --set network.vc_buf_size=5";
    for (settings, has_trees) in [(trees, true), ("-m all-nps", false)] {
        let (explained, said) = of_images(settings);
        assert_eq!(said.contains("explain::trees"), has_trees, "{said}");
        let two = format!("{settings} --set np.input_maps=2");
        assert!(is_run(&explained, "maps", &two) > 0.0);
        assert_eq!(row(&of_images(&two).0, "maps"), None);
    }
}

#[test]
fn a_run_is_explained_from_its_directory() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run").display().to_string();
    let words = ["run", MODEL[1], "--random-weights", "1", "-d", "two-nodes", "-i", "traces/tiny/events.npy"];
    let spikemesh =
        |words: &[&str]| Command::new(env!("CARGO_BIN_EXE_spikemesh")).args(words).output().unwrap();
    let output = spikemesh(&[&words[..], &["--batch", "2", "-o", &run]].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let of_run = spikemesh(&["explain", &run]);
    assert!(of_run.status.success(), "{}", String::from_utf8_lossy(&of_run.stderr));
    // A run has no model that could be mapped in another way.
    let as_model = |more: &[&str]| {
        let text = String::from_utf8(explain("traces/tiny/events.npy", more).stdout).unwrap();
        let mapped = ["mode ", "placement ", "capacity "];
        let lines = text.lines().filter(|line| !mapped.iter().any(|cause| line.starts_with(cause)));
        lines.fold(String::new(), |lines, line| lines + line + "\n")
    };
    assert_eq!(String::from_utf8(of_run.stdout).unwrap(), as_model(&["--batch", "2"]));
    let first = spikemesh(&["explain", &run, "--batch", "1"]);
    assert_eq!(String::from_utf8(first.stdout).unwrap(), as_model(&[]));
    for more in [["-d", "two-nodes"], ["-i", "traces/tiny/events.npy"], ["--set", "network.link_delay=2"]] {
        let output = spikemesh(&[&["explain", &run], &more[..]].concat());
        assert_eq!(output.status.code(), Some(2), "{more:?}");
    }
    assert_eq!(spikemesh(&["explain", MODEL[1], "--random-weights", "1"]).status.code(), Some(2));
}
