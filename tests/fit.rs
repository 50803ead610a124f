//! `spikemesh fit`: constants come back from rows that were made with them, a model that is left out is not seen, and nothing is claimed beyond
//! what was measured.

use std::path::Path;
use std::process::{Command, Output};

use spikemesh::calibrate::fit::{Fit, Options, fit};
use spikemesh::calibrate::{Published, Source, validate};
use spikemesh::device::Clocks;
use spikemesh::device::Device;

const HEADING: &str = "model,layer_index,layer,type,in_H,in_W,in_C,filters,kernel,stride,padding,pooling,weight_bits,act_bits,nps,nps_spatial,nps_filter,mapping,pass,input_sparsity,input_events,output_sparsity,meas_ms,meas_clk,device,source";

/// A row of a separable layer on maps of 12 x 12, cut in two along y.
fn row(
    model: &str,
    layer: u32,
    channels: u32,
    filters: u32,
    stride: u32,
    density: u32,
    clocks: u64,
) -> String {
    let sparsity = f64::from(100 - density) / 100.0;
    format!(
        "{model},{layer},l{layer},sep,12,12,{channels},{filters},3,{stride},Same,,4,4,2,2,1,Minimal,1,{sparsity},,,,{clocks},AKD1500,made"
    )
}

/// Shapes that tell the constants of separable layers from each other.
const SHAPES: [(u32, u32, u32, u32); 8] = [
    (16, 8, 1, 60),
    (16, 64, 1, 30),
    (48, 8, 2, 20),
    (32, 40, 1, 5),
    (8, 24, 1, 90),
    (64, 16, 1, 2),
    (24, 80, 2, 50),
    (40, 8, 1, 75),
];

fn published(rows: &[String]) -> Published {
    let source = |name: &str, text: String| Source { name: name.to_owned(), text, folder: None };
    let defaults = Published::default();
    let heading_of = |source: &Source| source.text.lines().next().unwrap().to_owned();
    Published {
        layers: source("rows.csv", format!("{HEADING}\n{}\n", rows.join("\n"))),
        models: source("models.csv", heading_of(&defaults.models)),
        np_counts: source("counts.csv", heading_of(&defaults.np_counts)),
        micro: source("micro.csv", heading_of(&defaults.micro)),
        device: None,
    }
}

/// Rows of a model as a device would be measured, all times longer by a factor.
fn measured(model: &str, device: &Device, factor: f64) -> Vec<String> {
    let blank: Vec<String> =
        (0..).zip(SHAPES).map(|(i, (c, f, s, d))| row(model, i, c, f, s, d, 1000)).collect();
    let report = validate(&Published { device: Some(device.clone()), ..published(&blank) }).unwrap();
    let clocks = report.rows.layers.iter().map(|row| (row.predicted as f64 * factor).round() as u64);
    (0..)
        .zip(SHAPES)
        .zip(clocks)
        .map(|((i, (c, f, s, d)), clocks)| row(model, i, c, f, s, d, clocks))
        .collect()
}

fn changed() -> Device {
    let mut device = Device::load("akd1500").unwrap();
    for (name, constant) in device.timing.clocks_mut() {
        match name.as_str() {
            "timing.np.separable.unpack" => constant.0 = Clocks(3000),
            "timing.np.separable.fetch" => constant.0 = Clocks(800),
            "timing.np.separable.position" => constant.0 = Clocks(6500),
            "timing.np.accumulate[7].clocks" => constant.0 = Clocks(4200),
            _ => {}
        }
    }
    device
}

fn fitted(rows: &[String]) -> Fit {
    let options = Options { free: vec!["timing.np".to_owned()], reading_ms: 0.0 };
    let names = [
        "timing.np.separable.unpack",
        "timing.np.separable.fetch",
        "timing.np.separable.position",
        "timing.np.accumulate[7]",
    ];
    let options = Options { free: names.map(str::to_owned).to_vec(), ..options };
    fit(&published(rows), &Device::load("akd1500").unwrap(), &options).unwrap_or_else(|e| panic!("{e:#?}"))
}

#[test]
fn known_constants_come_back() {
    let fit = fitted(&measured("made", &changed(), 1.0));
    assert_eq!(fit.clocks.constants.len(), 5, "unpack begins two names: {:#?}", fit.clocks.constants);
    for (name, expected) in [
        ("timing.np.separable.unpack", 3.0),
        ("timing.np.separable.fetch", 0.8),
        ("timing.np.separable.position", 6.5),
        ("timing.np.accumulate[7].clocks", 4.2),
    ] {
        let found = fit.clocks.constants.iter().find(|c| c.name == name).unwrap();
        assert!((found.fitted / expected - 1.0).abs() < 0.02, "{found:?}, and {expected} was measured");
        assert!(found.present != expected && found.rows == SHAPES.len());
    }
    // One model cannot be left out.
    assert!(fit.clocks.rows.iter().all(|row| row.error.abs() < 0.002 && row.left_out.is_none()));
    assert_eq!(fit.clocks.rows[0].outside.as_deref(), Some("there is no other model"));
}

#[test]
fn a_model_that_is_left_out_is_not_seen() {
    let device = changed();
    let with = |factor: f64| {
        let rows = [measured("a", &device, 1.0), measured("b", &device, factor)].concat();
        fitted(&rows).clocks.rows.into_iter().filter(|row| row.model == "b").collect::<Vec<_>>()
    };
    let (same, longer) = (with(1.0), with(1.5));
    for (same, longer) in same.iter().zip(&longer) {
        // What the others predict does not depend on what b took; what all predict does.
        let left_out =
            |row: &spikemesh::calibrate::fit::FittedRow| row.published * (1.0 + row.left_out.unwrap());
        assert!((left_out(same) / left_out(longer) - 1.0).abs() < 1e-9, "{same:?} {longer:?}");
        assert!((longer.left_out.unwrap() + 1.0 / 3.0).abs() < 0.01, "{longer:?}");
        assert!(longer.predicted > same.predicted * 1.005, "{same:?} {longer:?}");
    }
}

#[test]
fn nothing_is_claimed_beyond_what_others_cover() {
    let device = Device::load("akd1500").unwrap();
    let mut rows = [measured("a", &device, 1.0), measured("b", &device, 1.0)].concat();
    rows.push(row("b", 8, 128, 8, 1, 50, 60_000));
    rows.push(row("b", 9, 16, 8, 1, 60, 9_000).replace(",3,1,Same", ",5,1,Same"));
    let fit = fitted(&rows);
    let of_b: Vec<_> = fit.clocks.rows.iter().filter(|row| row.model == "b").collect();
    assert!(of_b[..8].iter().all(|row| row.left_out.is_some() && row.outside.is_none()));
    assert_eq!(of_b[8].outside.as_deref(), Some("channels 128: outside of 8 to 64"));
    assert_eq!(
        of_b[9].outside.as_deref(),
        Some("no separable convolutions with 5x5 kernels and 4-bit weights were measured")
    );
    assert!(of_b[8..].iter().all(|row| row.left_out.is_none() && row.extrapolated.is_some()));
}

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
