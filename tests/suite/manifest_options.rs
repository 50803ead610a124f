//! What a manifest can say of its cases, and which of them `spikemesh test` runs.

use serde_json::Value;
use spikemesh::run::{RunDirectory, simulate};
use spikemesh::tensor::npy;

use wellen::simple::read;

use crate::cli_regression::Folder;
use crate::waves::Waves;

/// A folder with a blessed manifest of these cases, each the fields beyond name, model and inputs.
fn folder(cases: &[(&str, &str)]) -> Folder {
    let folder = Folder::new("");
    manifest(&folder, cases);
    folder
}

fn manifest(folder: &Folder, cases: &[(&str, &str)]) {
    let case = |(name, more): &(&str, &str)| {
        let inputs = if more.contains("inputs:") { "" } else { "inputs: \"inputs.npy\", " };
        format!("(name: \"{name}\", model: \"tiny.yaml\", random_weights: 7, {inputs}{more}),\n")
    };
    let cases: String = cases.iter().map(case).collect();
    folder.write("cases.ron", &format!("(cases: [{cases}])"));
}

fn report(folder: &Folder, more: &[&str]) -> (Option<i32>, Value) {
    let output = folder.test(&[&["--format", "json"], more].concat());
    (output.status.code(), serde_json::from_slice(&output.stdout).unwrap_or(Value::Null))
}

/// Names and statuses.
fn statuses(report: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let cases = report["cases"].as_array().cloned().unwrap_or_default();
    cases.iter().map(|case| (text(&case["name"]), text(&case["status"]))).collect()
}

fn code(report: &Value, case: usize) -> &str {
    report["cases"][case]["problems"][0]["code"].as_str().unwrap_or_default()
}

const ONE: &str = "device: \"two-nodes\", golden: \"one.json\"";

#[test]
fn a_matrix_is_a_case_for_each_device_and_mode_with_a_golden_file_each() {
    let folder = folder(&[(
        "m",
        "devices: [\"two-nodes\", \"akd1000\"], modes: [\"minimal\", \"all-nps\"], golden: \"g/m.json\", tags: [\"fast\"]",
    )]);
    let (exit, blessed) = report(&folder, &["--bless"]);
    assert_eq!(exit, Some(0), "{blessed:#}");
    let names: Vec<String> = statuses(&blessed).into_iter().map(|(name, _)| name).collect();
    let expected =
        ["m[two-nodes,minimal]", "m[two-nodes,all-nps]", "m[akd1000,minimal]", "m[akd1000,all-nps]"];
    assert_eq!(names, expected);
    assert!(folder.path().join("g/m.akd1000.all-nps.json").exists());
    assert_eq!(report(&folder, &[]).0, Some(0));
    let listed = folder.test(&["--list", "--filter", "*akd1000*"]);
    let listed = String::from_utf8(listed.stdout).unwrap();
    assert_eq!(listed.lines().count(), 3, "{listed}");
    assert!(listed.lines().nth(1).unwrap().starts_with("m[akd1000,minimal]"), "{listed}");
    assert!(listed.trim_end().ends_with("fast"), "{listed}");
}

#[test]
fn filters_choose_by_name_and_tag_and_nothing_chosen_is_an_error() {
    let golden =
        |name: &str, tags: &str| format!("device: \"two-nodes\", golden: \"{name}.json\", tags: [{tags}]");
    let (a, b, c) = (golden("a", "\"x\""), golden("b", "\"x\", \"y\""), golden("c", ""));
    let folder = folder(&[("net-a", &a), ("net-b", &b), ("other", &c)]);
    assert_eq!(report(&folder, &["--bless"]).0, Some(0));
    let names = |filters: &[&str]| -> Vec<String> {
        let filters: Vec<&str> = filters.iter().flat_map(|filter| ["--filter", filter]).collect();
        statuses(&report(&folder, &filters).1).into_iter().map(|(name, _)| name).collect()
    };
    assert_eq!(names(&["tag:x"]), ["net-a", "net-b"]);
    assert_eq!(names(&["tag:y", "oth"]), ["net-b", "other"]);
    assert_eq!(names(&["net-?"]), ["net-a", "net-b"]);
    let none = folder.test(&["--filter", "tag:z"]);
    assert_eq!(none.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&none.stderr).starts_with("regression::none_selected"));
}

#[test]
fn a_case_that_must_fail_passes_with_its_code_only() {
    let folder = folder(&[
        ("right", "device: \"akd9000\", refusal: \"device::unknown\""),
        ("other code", "device: \"akd9000\", refusal: \"model::io\""),
        ("runs", "device: \"two-nodes\", refusal: \"device::unknown\""),
    ]);
    let (exit, report) = report(&folder, &[]);
    assert_eq!(exit, Some(1));
    let found: Vec<String> = statuses(&report).into_iter().map(|(_, status)| status).collect();
    assert_eq!(found, ["passed", "error", "error"]);
    assert_eq!((code(&report, 1), code(&report, 2)), ("device::unknown", "regression::not_refused"));
    assert_eq!(report["cases"][1]["problems"][1]["code"], "regression::not_refused");
}

#[test]
fn several_inputs_and_a_batch_follow_one_another() {
    let folder = folder(&[("one", ONE)]);
    let first: Vec<u8> = (0..64).map(|i| (i * 37 % 251) as u8).collect();
    let rest: Vec<u8> = (64..192).map(|i| (i * 37 % 251) as u8).collect();
    npy::write(&folder.path().join("first.npy"), &[1, 8, 8, 1], &first).unwrap();
    npy::write(&folder.path().join("rest.npy"), &[2, 8, 8, 1], &rest).unwrap();
    npy::write(&folder.path().join("wide.npy"), &[1, 8, 4, 1], &first[..32]).unwrap();
    assert_eq!(report(&folder, &["--bless"]).0, Some(0));
    // The same samples as in one file.
    manifest(&folder, &[("one", &format!("inputs: [\"first.npy\", \"rest.npy\"], {ONE}"))]);
    assert_eq!(report(&folder, &[]).0, Some(0));
    manifest(&folder, &[("one", &format!("inputs: [\"first.npy\", \"wide.npy\"], {ONE}"))]);
    assert_eq!(code(&report(&folder, &[]).1, 0), "regression::input_shapes");
    // In a batch frames wait for one another.
    manifest(&folder, &[("one", &format!("batch: 3, {ONE}"))]);
    let (exit, batch) = report(&folder, &[]);
    assert_eq!((exit, &batch["cases"][0]["differs"]), (Some(4), &Value::from("times")), "{batch:#}");
    let problems = batch["cases"][0]["problems"].as_array().unwrap();
    assert_eq!(problems.last().unwrap()["message"], "since the golden file was made: batch 1 is 3 now");
}

#[test]
fn labels_tolerance_and_a_time_limit_are_judged() {
    let folder = folder(&[("one", ONE)]);
    assert_eq!(report(&folder, &["--bless"]).0, Some(0));
    npy::write(&folder.path().join("labels.npy"), &[3], &[0_i32, 1, 2]).unwrap();
    let accuracy = |least: &str| {
        manifest(&folder, &[("one", &format!("labels: \"labels.npy\", accuracy: {least}, {ONE}"))]);
        report(&folder, &[])
    };
    assert_eq!(accuracy("0.0").0, Some(0));
    let (exit, too_small) = accuracy("1.0");
    assert_eq!((exit, code(&too_small, 0)), (Some(4), "regression::accuracy"));
    assert_eq!(too_small["cases"][0]["differs"], "accuracy");

    let slower = "set: [\"timing.hrc.position=30.0\"]";
    for (tolerance, expected) in [("0.0", Some(4)), ("1.0", Some(0))] {
        manifest(&folder, &[("one", &format!("tolerance: {tolerance}, {slower}, {ONE}"))]);
        assert_eq!(report(&folder, &[]).0, expected, "{tolerance}");
    }
    for wrong in
        ["tolerance: 2.0", "accuracy: 0.5", "batch: 0", "devices: [\"akd1000\"]", "refusal: \"a::b\""]
    {
        manifest(&folder, &[("one", &format!("{wrong}, {ONE}"))]);
        assert_eq!(code(&report(&folder, &[]).1, 0), "regression::syntax", "{wrong}");
    }
    // So long takes none; that work ends at its limit is a test of the limit itself.
    manifest(&folder, &[("one", &format!("time_limit: 1000, {ONE}"))]);
    assert_eq!(report(&folder, &[]).0, Some(0));
}

#[test]
fn a_case_that_fails_leaves_a_run_directory_that_stands_for_itself() {
    let folder = folder(&[("a/b", ONE), ("fine", "device: \"two-nodes\", golden: \"two.json\"")]);
    assert_eq!(report(&folder, &["--bless"]).0, Some(0));
    manifest(
        &folder,
        &[
            ("a/b", &format!("set: [\"timing.hrc.position=30.0\"], {ONE}")),
            ("fine", "device: \"two-nodes\", golden: \"two.json\""),
        ],
    );
    let (exit, report) = report(&folder, &["--failures", "failed"]);
    assert_eq!(exit, Some(4), "{report:#}");
    assert_eq!(std::fs::read_dir(folder.path().join("failed")).unwrap().count(), 1);
    let directory = RunDirectory::open_whole(&folder.path().join("failed/a%2fb")).unwrap();
    assert_eq!(directory.info().identity.settings[0].to_string(), "timing.hrc.position=30.0");
    let mut waves = Waves(read(folder.path().join("failed/a%2fb/waves.vcd")).unwrap());
    let differs = waves.names().into_iter().find(|name| name.starts_with("chip.layers.")).unwrap();
    let changes = waves.changes(&differs);
    assert!(changes.iter().any(|(_, value)| !value.contains('x')), "{differs}: {changes:?}");
    let rerun = directory.rerun().unwrap_or_else(|errors| panic!("{errors:?}"));
    let frames = simulate(&rerun.job()).unwrap().into_finished().unwrap().frames;
    let cycles: u64 = frames.iter().map(|frame| frame.cycles).sum();
    assert_eq!(report["cases"][0]["cycles"], cycles);
}

/// A hundred cases: what they give does not depend on how many run at once, and two shares are the whole.
#[test]
fn a_hundred_cases_give_the_same_bytes_for_any_number_of_jobs_and_shares_are_the_whole() {
    let folder = Folder::new("");
    let cases: String = (0..100)
        .map(|index| {
            format!(
                "(name: \"case {index}\", model: \"tiny.yaml\", random_weights: {index}, device: \"two-nodes\", inputs: \"inputs.npy\", \
                 frames: {}, golden: \"g/{index}.json\"),\n",
                1 + index % 2
            )
        })
        .collect();
    folder.write("cases.ron", &format!("(cases: [{cases}])"));
    assert_eq!(folder.test(&["--bless", "--jobs", "2"]).status.code(), Some(0));
    // Some fail, and one cannot run.
    let broken =
        cases.replace("random_weights: 77,", "random_weights: 78,").replace("g/50.json", "g/no.json");
    folder.write("cases.ron", &format!("(cases: [{broken}])"));
    for format in ["human", "json"] {
        let one = folder.test(&["--format", format, "--junit", "one.xml"]);
        let two = folder.test(&["--format", format, "--junit", "two.xml", "--jobs", "2"]);
        assert_eq!(one.status.code(), Some(4));
        assert_eq!((one.status.code(), one.stdout, one.stderr), (two.status.code(), two.stdout, two.stderr));
        let read = |name: &str| std::fs::read(folder.path().join(name)).unwrap();
        assert!(read("one.xml") == read("two.xml"));
    }
    let cases = |more: &[&str]| report(&folder, more).1["cases"].as_array().unwrap().clone();
    let (whole, odd, even) = (cases(&[]), cases(&["--shard", "1/2"]), cases(&["--shard", "2/2"]));
    assert_eq!((whole.len(), odd.len(), even.len()), (100, 50, 50));
    let union: Vec<Value> = odd.into_iter().zip(even).flat_map(|(odd, even)| [odd, even]).collect();
    assert_eq!(union, whole);
}
