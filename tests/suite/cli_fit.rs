//! `spikemesh fit`: a device file that is written and used, and what is refused.

#[allow(dead_code, reason = "the tests of the crate use the rest of it")]
#[path = "../../crates/calibrate/tests/suite/rows.rs"]
pub(crate) mod rows;

use std::path::Path;
use std::process::{Command, Output};

use rows::{changed, measured, published, row};

fn spikemesh(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_spikemesh")).args(arguments).output().unwrap()
}

#[test]
fn a_device_file_is_written_and_used() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    let data = published(&measured("made", &changed(), 1.0));
    write("rows.csv", &data.layers.text);
    write("models.csv", &data.models.text);
    write("counts.csv", &data.np_counts.text);
    write("micro.csv", &data.micro.text);
    let (rows, models, micro, new) =
        (path("rows.csv"), path("models.csv"), path("micro.csv"), path("new.ron"));
    let files = ["--models", &models, "--micro", &micro];
    let fit = spikemesh(
        &[&["fit", &rows, "-o", &new, "--reading", "0", "--format", "json"][..], &files[..]].concat(),
    );
    assert!(fit.status.success(), "{}", String::from_utf8_lossy(&fit.stderr));
    let json: serde_json::Value = serde_json::from_slice(&fit.stdout).unwrap();
    assert_eq!(json["clocks"]["in_sample"]["n"], 0, "no row is long enough to count");
    assert_eq!(json["basis"], "calibrated");
    assert!(Path::new(&new).is_file());
    let counts = path("counts.csv");
    let error = |device: &[&str]| {
        let arguments = [
            &["validate", "--layers", &rows, "--np-counts", &counts, "--format", "json"][..],
            &files[..],
            device,
        ];
        let ran = spikemesh(&arguments.concat());
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
        let json: serde_json::Value = serde_json::from_slice(&ran.stdout).unwrap();
        assert!(json["host_clocks_per_second"].as_f64().unwrap() > 0.0);
        json["rows"]["layers"]
            .as_array()
            .unwrap()
            .iter()
            .map(|r| r["error"].as_f64().unwrap().abs())
            .fold(0.0, f64::max)
    };
    assert!(error(&["-d", &new]) < 0.01 && error(&[]) > 0.05);
    // A device that no row is of changes nothing, and is refused.
    let other = path("other.ron");
    let text = std::fs::read_to_string(&new).unwrap().replacen("\"akd1500\"", "\"other\"", 1);
    std::fs::write(&other, text).unwrap();
    let ran =
        spikemesh(&["validate", "--layers", &rows, "--models", &models, "--micro", &micro, "-d", &other]);
    assert_eq!(ran.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&ran.stderr).contains("validate::device"));
    // Where the file's calibration is empty, nothing is claimed.
    assert!(std::fs::read_to_string(&new).unwrap().contains("calibration: [\n    ]"));
}

#[test]
fn what_cannot_be_fitted_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let rows = folder.path().join("rows.csv");
    let text = published(&[row("a", 0, 16, 8, 1, 50, 5000), row("b", 0, 16, 16, 1, 50, 9000)]).layers.text;
    std::fs::write(&rows, &text).unwrap();
    let models = folder.path().join("models.csv");
    std::fs::write(&models, published(&[]).models.text).unwrap();
    let refused = |more: &[&str]| {
        let rows = rows.display().to_string();
        let models = models.display().to_string();
        let arguments = [&["fit", &rows, "--models", &models, "--format", "json"][..], more].concat();
        let ran = spikemesh(&arguments);
        assert_eq!(ran.status.code(), Some(1), "{more:?} {}", String::from_utf8_lossy(&ran.stdout));
        let json: serde_json::Value = serde_json::from_slice(&ran.stderr).unwrap();
        json["problems"][0]["code"].as_str().unwrap().to_owned()
    };
    assert_eq!(refused(&["--free", "timing.np.speed"]), "fit::unknown_constant");
    assert_eq!(refused(&["--free", "timing.hrc.position"]), "fit::undetermined");
    assert_eq!(refused(&["-d", "akd1000"]), "fit::no_rows");
    std::fs::write(&rows, text.replace(",0.5,", ",-0.5,")).unwrap();
    assert_eq!(refused(&[]), "validate::value");
    assert_eq!(refused(&["--micro", "none.csv"]), "validate::unreadable");
    assert_eq!(spikemesh(&["fit", "--reading", "-1"]).status.code(), Some(2));
}
