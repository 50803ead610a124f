//! `spikemesh report`: its figures are those of the run, its times add up, and what is missing is said.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

fn spikemesh(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_spikemesh")).args(arguments).output().unwrap()
}

/// A run of the small events on two nodes.
fn a_run(input: &Path, more: &[&str]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let directory = folder.path().join("out");
    let fixed =
        ["run", "traces/tiny/events.yaml", "-d", "two-nodes", "--random-weights", "1", "--batch", "4"];
    let files = ["-i", input.to_str().unwrap(), "-o", directory.to_str().unwrap()];
    spikemesh(&[&fixed[..], &files[..], more].concat());
    assert!(directory.join("run.json").exists());
    (folder, directory)
}

fn events() -> &'static Path {
    Path::new("traces/tiny/events.npy")
}

fn report(directories: &[&Path], more: &[&str]) -> Output {
    let directories: Vec<&str> = directories.iter().map(|path| path.to_str().unwrap()).collect();
    spikemesh(&[&["report"], &directories[..], more].concat())
}

fn json(directories: &[&Path]) -> Value {
    let output = report(directories, &["--format", "json"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn text(directories: &[&Path]) -> String {
    let output = report(directories, &[]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn read(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value[name].as_array().unwrap_or_else(|| panic!("no list {name}"))
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| panic!("{value} is no number"))
}

fn numbers(value: &Value) -> Vec<u64> {
    value.as_array().unwrap().iter().map(number).collect()
}

#[test]
fn its_figures_are_those_of_stats_json() {
    let (_folder, path) = a_run(events(), &[]);
    let (value, stats) = (json(&[&path]), read(&path.join("stats.json")));
    let same =
        ["latency_clocks", "latency_ms", "throughput_fps", "throughput_interval_clocks", "cycles_claim"];
    for name in same.into_iter().chain(["span_clocks"]) {
        assert_eq!(value["summary"][name], stats[name], "{name}");
    }
    let frames = list(&stats, "frames").len() as f64;
    let energy = value["summary"]["energy_mj"].as_f64().unwrap() * frames * 1e9;
    assert!((energy / stats["energy"]["total_pj"].as_f64().unwrap() - 1.0).abs() < 1e-12);
    let parts: f64 = list(&value, "energy").iter().map(|part| part["mj"].as_f64().unwrap()).sum();
    let [whole, work] = ["energy_mj", "energy_work_mj"].map(|name| value["summary"][name].as_f64().unwrap());
    assert!((parts / (whole + work) - 1.0).abs() < 1e-12);
    let of_layers: f64 =
        list(&value, "layer_energy").iter().map(|layer| layer["total_mj"].as_f64().unwrap()).sum();
    assert!((of_layers / work - 1.0).abs() < 1e-12);
    let columns: [(&str, &[&str]); 4] = [
        ("units_mj", &["np_clock", "lane_clock", "hrc_clock"]),
        ("memory_mj", &["memory_byte"]),
        ("load_mj", &["load_byte"]),
        ("network_mj", &["injection", "buffer_write", "allocation", "buffer_read", "link", "ejection"]),
    ];
    for (layer, counted) in list(&value, "layer_energy").iter().zip(list(&stats, "layers")) {
        for (column, actions) in columns {
            let pj: f64 =
                actions.iter().map(|action| counted[format!("{action}_pj")].as_f64().unwrap()).sum();
            let found = layer[column].as_f64().unwrap() * frames * 1e9;
            assert!((found - pj).abs() <= 1e-9 * pj, "{column} of {}: {found}, not {pj}", layer["layer"]);
        }
    }
    let network = list(&value, "energy").iter().find(|part| part["part"] == "network").unwrap();
    assert!(network["share_at_most"].as_f64() > network["share"].as_f64(), "{network}");
    for (layer, counted) in list(&value, "layers").iter().zip(list(&stats, "layers")) {
        assert_eq!(layer["name"], counted["name"]);
        let clocks = layer["clocks_per_frame"].as_f64().unwrap() * frames;
        assert_eq!(clocks, counted["clocks"].as_f64().unwrap());
        assert_eq!(layer["reasons"]["wait_input"], counted["wait_input"]);
    }
    for (link, counted) in list(&value, "links").iter().zip(list(&stats, "links")) {
        assert_eq!(link, counted);
    }
    let units = list(&stats, "units").iter().map(|unit| &unit["name"]);
    assert!(list(&value, "units").iter().map(|unit| &unit["name"]).eq(units));
}

#[test]
fn times_tile_the_first_batch_and_flows_add_up_to_the_loads_of_links() {
    let (_folder, path) = a_run(events(), &[]);
    let (value, stats) = (json(&[&path]), read(&path.join("stats.json")));
    let end = number(&value["time"]["end"]);
    let by_layer: u64 = list(&value["time"], "by_layer").iter().map(|row| number(&row["clocks"])).sum();
    assert_eq!(by_layer, end);
    let timeline = &value["timeline"];
    let path_clocks: u64 = numbers(&timeline["path"]).chunks(4).map(|part| part[0]).sum();
    assert_eq!(path_clocks, end);
    // The four samples of the file are one batch: intervals of a unit are its clocks by reason.
    assert_eq!(list(&stats, "frames").len(), 4);
    let reasons: Vec<&str> = list(timeline, "reasons").iter().map(|name| name.as_str().unwrap()).collect();
    for (lane, unit) in list(timeline, "lanes").iter().zip(list(&stats, "units")) {
        assert_eq!(lane["unit"], unit["name"]);
        let mut sums: BTreeMap<&str, u64> = BTreeMap::new();
        let mut last = 0;
        for interval in numbers(&lane["intervals"]).chunks(3) {
            let [gap, clocks, code] = interval else { panic!("three numbers") };
            last += gap + clocks;
            *sums.entry(reasons[(code % 8) as usize]).or_default() += clocks;
            assert!(code / 8 < 4);
        }
        assert!(last <= number(&timeline["end"]));
        for reason in ["compute", "wait_input", "wait_map", "wait_fifo", "drain"] {
            assert_eq!(sums.get(reason).copied().unwrap_or(0), number(&unit[reason]), "{lane} {reason}");
        }
    }
    let plan = &value["floorplan"];
    let mut loads = vec![0; list(plan, "mesh_links").len()];
    for flow in list(plan, "flows") {
        assert!(number(&flow["packets"]) > 0 && number(&flow["flits"]) >= number(&flow["packets"]));
        for pair in list(flow, "links") {
            let [link, flits] = numbers(pair)[..] else { panic!("pairs") };
            loads[link as usize] += flits;
            assert_eq!(flits, number(&flow["flits"]), "one way");
        }
    }
    let counted: Vec<u64> = list(plan, "mesh_links").iter().map(|link| number(&link["flits"])).collect();
    assert_eq!(loads, counted);
    assert!(counted.iter().sum::<u64>() == number(&stats["flit_hops"]));
}

#[test]
fn a_run_that_ended_early_is_partial() {
    let (_folder, path) = a_run(events(), &["--max-cycles", "300"]);
    let value = json(&[&path]);
    assert_eq!(value["run"]["partial"], "partial, 0 of 4 frames");
    assert!(value["time"].is_null() && !value["timeline"].is_null());
    let text = text(&[&path]);
    assert!(text.contains("partial, 0 of 4 frames: the run ended as `failed`"), "{text}");
    assert!(!text.contains("latency"), "{text}");
}

#[test]
fn without_its_inputs_a_run_is_told_as_far_as_its_counters_go() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("in.npy");
    std::fs::copy(events(), &input).unwrap();
    let (_run, path) = a_run(&input, &["--keep-inputs=0"]);
    assert!(!json(&[&path])["time"].is_null());
    std::fs::remove_file(&input).unwrap();
    let value = json(&[&path]);
    assert!(value["time"].is_null() && value["timeline"].is_null());
    assert!(list(&value["floorplan"], "flows").is_empty());
    assert!(list(&value, "findings").iter().any(|finding| finding["kind"] == "no_inputs"));
    assert!(value["summary"]["latency_clocks"].as_f64().unwrap() > 0.0);
}

#[test]
fn two_runs_have_their_differences() {
    let (_first, one) = a_run(events(), &[]);
    let (_second, two) = a_run(events(), &["--set", "overrides.n0_0.np0.clock_scale=3"]);
    let value = json(&[&one, &two]);
    let deltas = list(&value, "deltas");
    let latency = deltas.iter().find(|delta| delta["name"] == "latency_clocks").unwrap();
    let of = |name: &str| latency[name].as_f64().unwrap();
    assert!(of("second") > of("first") && latency["better"] == false);
    assert_eq!(of("delta"), of("second") - of("first"));
    let differences = list(&value, "differences");
    assert!(differences.iter().any(|line| line.as_str().unwrap().starts_with("settings: none, ")));
    assert!(text(&[&one, &two]).contains("latency_clocks"));
    let same = json(&[&one, &one]);
    assert!(list(&same, "differences").is_empty());
    assert!(list(&same, "deltas").iter().all(|delta| delta["delta"] == 0.0 && delta["better"].is_null()));
}

#[test]
fn the_page_is_one_file_without_an_address() {
    let (folder, path) = a_run(events(), &[]);
    let page = folder.path().join("report.html");
    let name = page.to_str().unwrap();
    assert!(report(&[&path], &["-o", name]).status.success());
    let text = std::fs::read_to_string(&page).unwrap();
    assert!(text.starts_with("<!doctype html>") && text.contains("tiny"));
    for address in ["http://", "https://", "src=", "@import"] {
        let found = text.match_indices(address).map(|(at, _)| &text[at..text.len().min(at + 40)]);
        // The name of a kind of document is no address that anybody reads.
        let found: Vec<&str> =
            found.filter(|found| !found.starts_with("http://www.w3.org/2000/svg")).collect();
        assert!(found.is_empty(), "{found:?}");
    }
    let again = report(&[&path], &["-o", name]);
    assert_eq!(again.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&again.stderr).contains("cli::exists"));
    assert!(report(&[&path], &["-o", name, "--force"]).status.success());
    let both = report(&[&path, &path], &["-o", name, "--force"]);
    assert!(both.status.success() && std::fs::read_to_string(&page).unwrap().contains("id=\"comparison\""));
}

#[test]
fn what_is_no_run_is_refused() {
    let output = report(&[Path::new("traces")], &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("verify::not_a_run"));
}
