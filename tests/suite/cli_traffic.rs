//! `spikemesh traffic` as a user types it.

use std::process::{Command, Output};

use serde_json::Value;

fn spikemesh(args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_spikemesh"));
    command.args(args).current_dir(env!("CARGO_MANIFEST_DIR")).output().expect("the command starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("output is UTF-8")
}

const SHORT: [&str; 6] = ["--sample-period", "300", "--warmup-periods", "1", "--max-samples", "4"];

/// Exit code, and codes of the problems.
fn refused(args: &[&str]) -> (Option<i32>, Vec<String>) {
    let output = spikemesh(&[&["traffic"], args, &["--format", "json"]].concat());
    let value: Value = serde_json::from_slice(&output.stderr).unwrap_or_else(|e| panic!("{e}: {output:?}"));
    let problems = value["problems"].as_array().expect("problems are listed");
    let codes =
        problems.iter().map(|problem| problem["code"].as_str().unwrap_or_default().to_owned()).collect();
    (output.status.code(), codes)
}

/// The rows of a sweep that finished.
fn rates(output: &Output) -> Value {
    let report: Value = serde_json::from_slice(&output.stdout).expect("a report");
    assert_eq!((&report["status"], &report["why"]), (&"complete".into(), &Value::Null));
    report["rates"].clone()
}

/// Rows of `mesh/noc/tests/data/booksim2/curves/curves_5x4.csv`, which `mesh/noc/tests/suite/traffic_curves.rs` compares whole.
#[test]
fn the_defaults_give_the_digits_of_booksim2() {
    let args = ["traffic", "--size", "5x4", "--rates", "0.1,0.25,0.3", "--format", "json"];
    let output = spikemesh(&args);
    let rows = rates(&output);
    let six = |value: &Value| value.as_f64().map(|value| format!("{value:.6}")[..7].to_owned());
    let row = |index: usize| {
        let row = &rows[index];
        (row["stable"].as_bool(), six(&row["mean"]), six(&row["accepted"]))
    };
    let printed = |latency: &str, accepted: &str| (Some(true), Some(latency.into()), Some(accepted.into()));
    assert_eq!(row(0), printed("18.1065", "0.10065"));
    assert_eq!(row(1), printed("23.8591", "0.24982"));
    assert_eq!(row(2).0, Some(false));
}

#[test]
fn a_sweep_leaves_a_table_a_plot_and_the_load_of_every_link() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (csv, plot, links) = (path("c.csv"), path("c.svg"), path("l.csv"));
    let args = [
        &["traffic", "uniform", "--size", "4x4", "--rates", "0.1..0.9:0.2", "--runs", "3"][..],
        &SHORT,
        &["--csv", &csv, "--plot", &plot, "--links", &links, "--check", "--format", "json"],
    ]
    .concat();
    let output = spikemesh(&args);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let rows = rates(&output);
    let rows = rows.as_array().expect("a list");
    assert_eq!(rows.len(), 5);
    assert_eq!((&rows[0]["stable"], &rows[4]["stable"]), (&true.into(), &false.into()));
    assert!(rows[0]["mean"].as_f64().expect("a mean") > 10.0 && rows[4]["mean"].is_null());
    assert!(rows[0]["mean_ci95"].as_f64().expect("an interval") < 2.0);

    // The busiest of the links is the figure of the table, with as much in its buffer as it holds.
    let links_of = |row: &Value| row["links"].as_array().expect("a list").clone();
    let busiest =
        |row: &Value| links_of(row).iter().filter_map(|link| link["share"].as_f64()).fold(0.0, f64::max);
    assert!(
        rows.iter().all(|row| (busiest(row) - row["busiest_link"].as_f64().expect("a load")).abs() < 1e-12)
    );
    assert!(links_of(&rows[4]).iter().any(|link| link["peak"].as_u64().expect("a peak") > 1));

    let read = |path: &str| std::fs::read_to_string(path).expect("the file was written");
    assert_eq!(read(&csv).lines().count(), 6);
    let heading = "rate,stable,throughput_kept,packets,accepted,accepted_ci95,mean,mean_ci95,network_mean,routers,median,p99,max,busiest_link\n";
    assert!(read(&csv).starts_with(heading));
    // 16 nodes with 2 links to the terminal, and 24 pairs of neighbours.
    assert_eq!(read(&links).lines().count(), 1 + 5 * (32 + 48));
    let svg = read(&plot);
    assert!(svg.starts_with("<svg") && svg.ends_with("</svg>\n") && svg.contains("saturated"));
    assert!(!svg.contains("NaN") && !svg.contains("inf"));

    // Threads do not show in the results.
    let first = read(&csv);
    let again = Command::new(env!("CARGO_BIN_EXE_spikemesh"))
        .args([&args[..], &["--force"]].concat())
        .env("RAYON_NUM_THREADS", "1")
        .output()
        .expect("the command starts");
    assert_eq!(again.status.code(), Some(0), "{}", text(&again.stderr));
    assert_eq!(read(&csv), first);
    assert_eq!(spikemesh(&args).status.code(), Some(1));
}

/// A point of BookSim2's curves, as it is printed there.
#[test]
fn the_settings_of_booksim2_give_its_numbers() {
    let args = [
        &["traffic", "uniform", "--size", "5x4", "--vcs", "4", "--rates", "0.4,0.7", "--runs", "1"][..],
        &["--seed", "12345", "--sample-period", "3000", "--format", "json"],
    ]
    .concat();
    let output = spikemesh(&args);
    let rows = rates(&output);
    let near = |row: usize, name: &str, value: f64| {
        let found = rows[row][name].as_f64().expect("a number");
        assert!((found / value - 1.0).abs() < 5e-6, "{name}: {found} and {value}");
    };
    for (name, value) in
        [("mean", 18.3792), ("network_mean", 18.3792), ("routers", 3.84373), ("accepted", 0.398356)]
    {
        near(0, name, value);
    }
    assert_eq!((&rows[0]["stable"], &rows[1]["stable"]), (&true.into(), &false.into()));
    near(1, "routers", 3.85788);
    near(1, "accepted", 0.6637);
}

#[test]
fn a_table_for_people() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let targets = folder.path().join("targets.txt");
    std::fs::write(&targets, "3\n2\n1\n0\n").expect("a temporary file");
    let targets = targets.display().to_string();
    let args = [&["traffic", &targets, "--size", "2x2", "--runs", "1", "--burst", "9"][..], &SHORT].concat();
    let output = spikemesh(&args);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let table = text(&output.stdout);
    let heading: Vec<&str> = table.lines().next().expect("a heading").split_whitespace().collect();
    assert_eq!(heading[..6], ["offered", "accepted", "latency", "+-", "median", "p99"]);
    let units: Vec<&str> = table.lines().nth(1).expect("units").split_whitespace().collect();
    let per_terminal = ["flits/terminal/cycle"; 2];
    assert_eq!(units, [&per_terminal[..], &["cycles"; 5], &["flits/cycle", "link"]].concat());
    assert_eq!(table.lines().count(), 3);
}

#[test]
fn loads_that_make_no_sense_are_refused() {
    let code = |args: &[&str]| {
        let (exit, codes) = refused(&[&["--size", "3x2"][..], args].concat());
        assert_eq!((exit, codes.len()), (Some(1), 1), "{codes:?}");
        codes[0].clone()
    };
    assert_eq!(code(&["--rates", "nan"]), "traffic::rate");
    assert_eq!(code(&["--rates", "0.1..0.2"]), "traffic::rates");
    assert_eq!(code(&["sideways"]), "traffic::pattern");
    assert_eq!(code(&["transpose"]), "traffic::not_square");
    assert_eq!(code(&["hotspot:6"]), "traffic::hotspot");
    assert_eq!(code(&["--packet", "1000000"]), "traffic::size");
    assert_eq!(code(&["--sample-period", "0"]), "traffic::plan");
    assert_eq!(code(&["--warmup-periods", "5", "--max-samples", "5"]), "traffic::plan");
    assert_eq!(code(&["--latency-thres", "nan"]), "traffic::threshold");
    assert_eq!(code(&["--burst", "nan"]), "traffic::burst");
    assert_eq!(code(&["--burst", "5", "--peak", "0.2", "--rates", "0.3"]), "traffic::rate");
    assert_eq!(refused(&["--size", "3x2", "--seed", "1073741824"]).0, Some(2));
    assert_eq!(refused(&["--size", "3x2", "--peak", "0.5"]).0, Some(2));
    assert_eq!(refused(&["--size", "3x2", "-d", "akd1000"]).0, Some(2));
}

#[test]
fn a_starved_flow_ends_at_the_limit_and_finished_rates_are_written() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (csv, plot, links) = (path("c.csv"), path("c.svg"), path("l.csv"));
    // With arbiters of fixed priority the far source gets nothing of the link that the near one fills.
    let args =
        [
            &[
                "traffic",
                "hotspot:2",
                "--size",
                "3x1",
                "--vcs",
                "2",
                "--arb-type",
                "prio",
                "--rates",
                "0.1,1",
            ][..],
            &["--latency-thres", "0", "--max-cycles", "30000", "--format", "json"],
            &["--csv", &csv, "--plot", &plot, "--links", &links],
        ]
        .concat();
    let output = spikemesh(&args);
    assert_eq!(output.status.code(), Some(8), "{}", text(&output.stderr));
    let problems: Value = serde_json::from_slice(&output.stderr).expect("problems");
    assert_eq!(problems["problems"][0]["code"], "simulate::cycle_limit");
    let report: Value = serde_json::from_slice(&output.stdout).expect("a report");
    let why = "the run went beyond 30000 cycles";
    assert_eq!((&report["status"], &report["why"]), (&"partial".into(), &why.into()));
    let rows = report["rates"].as_array().expect("a list");
    assert_eq!((rows.len(), &rows[0]["rate"]), (1, &0.1.into()));
    let read = |path: &str| std::fs::read_to_string(path).expect("the file was written");
    for path in [&csv, &links] {
        assert!(read(path).ends_with(&format!("\n# partial: {why}\n")), "{}", read(path));
    }
    assert_eq!(read(&csv).lines().count(), 3);
    assert!(read(&plot).contains(&format!("partial: {why}")));
}

#[test]
fn a_rate_is_stable_only_if_the_load_is_accepted() {
    let args = ["traffic", "--size", "4x4", "--rates", "0.2,0.9", "--latency-thres", "0", "--format", "json"];
    let rows = rates(&spikemesh(&args));
    let verdicts = |row: &Value| [row["stable"].clone(), row["throughput_kept"].clone()];
    assert_eq!(verdicts(&rows[0]), [true, true]);
    // BookSim2's verdict stays: without a threshold every load is stable.
    assert_eq!(verdicts(&rows[1]), [true, false]);
    let table = text(&spikemesh(&args[..args.len() - 2]).stdout);
    let last = |row: usize| table.lines().nth(row).and_then(|row| row.rsplit("  ").next()).map(str::to_owned);
    assert_eq!((last(2), last(3)), (Some("stable".to_owned()), Some("accepts less".to_owned())), "{table}");
}

#[test]
fn figures_over_nothing_are_null_and_over_little_are_a_warning() {
    let args = ["traffic", "--size", "2x2", "--rates", "0.001,0.000001,0.1", "--sample-period", "1000"];
    let output = spikemesh(&[&args[..], &["--format", "json"]].concat());
    let rows = rates(&output);
    assert_eq!((&rows[1]["packets"], &rows[1]["throughput_kept"]), (&0.into(), &Value::Null));
    for figure in ["accepted", "mean", "network_mean", "routers", "median", "p99", "max", "busiest_link"] {
        assert!(rows[1][figure].is_null() && rows[2][figure].is_number(), "{figure}: {rows}");
    }
    let warning: Value = serde_json::from_slice(&output.stderr).expect("one warning");
    assert_eq!(warning["warning"]["code"], "traffic::few_packets");
    let message = warning["warning"]["message"].as_str().expect("a message");
    assert!(message.contains("rate 0.001 (") && message.ends_with("rate 0.000001 (0)"), "{message}");
    let table = text(&spikemesh(&args).stdout);
    let row = table.lines().nth(3).expect("a row");
    assert!(row.contains("no packets") && !row.contains("0.00 "), "{table}");
    // Enough packets: no warning.
    let enough = spikemesh(&["traffic", "--size", "2x2", "--rates", "0.1"]);
    assert_eq!(text(&enough.stderr), "");
}

#[test]
fn a_plot_has_the_name_of_what_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("c.png");
    let output = spikemesh(
        &[&["traffic", "--size", "2x2", "--rates", "0.1", "--plot", path.to_str().unwrap()], &SHORT[..]]
            .concat(),
    );
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("ends in .svg"), "{}", text(&output.stderr));
    assert!(!path.exists());
}
