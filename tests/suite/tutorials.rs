//! Numbers in docs/tutorials are those that its commands print.

use std::path::Path;
use std::process::Command;

use ndarray::{Array4, Axis, concatenate};
use serde_json::Value;
use spikemesh::words::thousands;

fn json(folder: &Path, arguments: &[&str]) -> Value {
    let arguments = [arguments, &["--format", "json"]].concat();
    let output =
        Command::new(env!("CARGO_BIN_EXE_spikemesh")).args(arguments).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn my_model_is_slow() {
    let page = std::fs::read_to_string("docs/tutorials/my-model-is-slow.md").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let card: Array4<u8> = ndarray_npy::read_npy("traces/akidanet/card.npy").unwrap();
    let four = concatenate(Axis(0), &[card.view(); 4]).unwrap();
    ndarray_npy::write_npy(folder.path().join("four.npy"), &four).unwrap();
    let model = std::path::absolute("tests/models/an.25-160.yaml").unwrap();
    for (mode, fps) in [("minimal", "222.5"), ("all-nps", "341.2"), ("hw-pr", "127.4")] {
        let line =
            ["run", model.to_str().unwrap(), "--random-weights", "1", "-d", "akd1500", "-i", "four.npy"];
        let run = json(folder.path(), &[&line[..], &["--batch", "4", "-m", mode, "-o", mode]].concat());
        let whole = |key: &str| thousands(run[key].as_f64().unwrap().round() as u64);
        let (latency, interval) = (whole("latency_clocks"), whole("throughput_interval_clocks"));
        let row = format!(
            "| {mode} | {latency} | {interval} | {fps} | {:.3} |",
            run["energy_mj"].as_f64().unwrap()
        );
        assert!(page.contains(&row), "{row}");
        assert_eq!(format!("{:.1}", run["throughput_fps"].as_f64().unwrap()), fps);
    }
    let report = json(folder.path(), &["report", "minimal"]);
    for finding in report["findings"].as_array().unwrap() {
        let message = finding["message"].as_str().unwrap();
        assert!(page.contains(&format!("finding  {message}\n")), "{message}");
    }
    let causes = report["time"]["causes"].as_array().unwrap();
    for cause in &causes[..2] {
        for times in [&cause["predicted"], &cause["simulated"]] {
            let clocks = thousands(times["makespan"].as_u64().unwrap());
            assert!(page.contains(&clocks), "{cause}");
        }
    }
}
