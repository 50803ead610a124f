//! What is claimed of a run: constants that clocks read are those that calibrations list, and nothing is claimed of others.

#[path = "../../mesh/device/tests/suite/change.rs"]
mod change;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use change::{changed, others};
use serde_json::Value;
use spikemesh::Stop;
use spikemesh::compiler::{Mode, compile};
use spikemesh::device::{Basis, ClaimBasis, Claims, Device, Work};
use spikemesh::engine::Input;
use spikemesh::isa::Program;
use spikemesh::mesh::Simulator;
use spikemesh::model::template;
use spikemesh::run::{Job, LayerStats, simulate};
use spikemesh::tensor::{Dense, Sparse, npy};

/// A layer that reads events, or an image.
struct Layer {
    work: Work,
    kernel: u32,
    template: String,
    /// Width, height, channels.
    input: [usize; 3],
}

fn layer(work: Work, kernel: u32, stride: u32, [w, h, c]: [usize; 3], units: u32) -> Layer {
    let size = format!("input_width: {w}, input_height: {h}, input_channels: {c}");
    let kernels =
        format!("kernel_width: {kernel}, kernel_height: {kernel}, stride_x: {stride}, stride_y: {stride}");
    let own = match work {
        Work::Input => format!("type: InputConvolutional, {size}, {kernels}, weights_bits: 8"),
        Work::Convolution => format!("type: Convolutional, {kernels}, weights_bits: 4"),
        Work::Separable => format!("type: SeparableConvolutional, {kernels}, weights_bits: 4"),
        Work::OnChip | Work::External => "type: FullyConnected, weights_bits: 4".to_owned(),
    };
    let events = match work {
        Work::Input => String::new(),
        _ => format!("  - {{type: InputData, name: events, {size}}}\n"),
    };
    let template = format!(
        "name: one\nlayers:\n{events}  - {{{own}, name: layer, num_neurons: {units}, threshold_fire_bits: 4}}\n"
    );
    Layer { work, kernel, template, input: [w, h, c] }
}

/// Every kind of work that a device has a closed form for, with the strides and maps that it treats differently.
fn layers() -> Vec<Layer> {
    let map = [8, 8, 8];
    let mut layers = vec![
        layer(Work::Input, 3, 1, [12, 10, 3], 20),
        layer(Work::Input, 7, 2, [20, 20, 1], 20),
        layer(Work::Convolution, 1, 1, [1, 1, 32], 20),
        layer(Work::OnChip, 1, 1, [4, 4, 8], 10),
        layer(Work::External, 1, 1, [8, 8, 16], 50),
    ];
    for (work, kernel) in [(Work::Convolution, 3), (Work::Separable, 3), (Work::Separable, 5)] {
        layers.extend([1, 2].map(|stride| layer(work, kernel, stride, map, 20)));
    }
    layers
}

fn input(layer: &Layer) -> Input {
    let [w, h, c] = layer.input;
    let value = |index: usize| (index * 7 % 5 < 2) as u8;
    if layer.work == Work::Input {
        return Input::Images(Dense { shape: [1, h, w, c], data: (0..w * h * c).map(value).collect() });
    }
    Input::Events(Sparse::from_dense(&Dense {
        shape: [1, w, h, c],
        data: (0..w * h * c).map(value).collect(),
    }))
}

fn compiled(layer: &Layer, device: &Device) -> Program {
    let mut model = template::parse("one.yaml", &layer.template).unwrap_or_else(|e| panic!("{e:#?}"));
    model.randomise(1);
    compile(&model, device, &Mode::Minimal.into()).unwrap().program
}

/// The layer's counters on a device; `None` if the device does not run the program.
fn ran(program: &Program, input: &Input, device: &Device) -> Option<LayerStats> {
    let simulator = Simulator::new(program.clone(), device.clone()).ok()?;
    let results = simulate(&Job::new(&simulator, input)).ok()?.into_finished().ok()?;
    results.stats.layers.into_iter().find(|layer| layer.name == "layer")
}

/// Each value of the device is changed in turn. If that moves the clocks of a layer, the layer's claim must be void and name the value; and the
/// values that move the layers of a calibrated kind are those that its calibration lists.
#[test]
fn calibrations_list_the_constants_that_move_their_layers() {
    let device = Device::load("akd1500").unwrap();
    let mut moved: BTreeMap<(Work, u32), BTreeSet<String>> = BTreeMap::new();
    for layer in layers() {
        let (program, input) = (compiled(&layer, &device), input(&layer));
        let before = ran(&program, &input, &device).unwrap();
        let moved = moved.entry((layer.work, layer.kernel)).or_default();
        for line in device.constant_lines() {
            // Keys of list entries decide which entry is read.
            if line.basis.is_none() && !line.path.ends_with(".per_tap") {
                continue;
            }
            for value in others(&line) {
                let Some(other) = changed(&device, &line, Some(value), Some("assumed")) else { continue };
                let Some(after) = ran(&program, &input, &other) else { continue };
                if after.clocks != before.clocks {
                    moved.insert(line.path.clone());
                    let claim = after.clocks_claim.unwrap();
                    assert_eq!(claim.basis, ClaimBasis::Assumed, "{line}: {}", layer.template);
                    if line.basis.is_some() {
                        assert!(claim.reasons[0].contains(&format!("`{}`", line.path)), "{line}: {claim:?}");
                    }
                }
            }
        }
    }
    let mut compared = 0;
    for name in Device::names() {
        for entry in Device::load(name).unwrap().calibration {
            let listed: BTreeSet<String> = entry.constants.into_iter().map(|line| line.path).collect();
            assert_eq!(listed, moved[&(entry.work, entry.kernel)], "{name}: {:?}", entry.work);
            compared += 1;
        }
    }
    assert_eq!(compared, 18);
}

/// What `spikemesh run` prints for a layer that was measured, on a device file, with its stats.json.
fn run_on(folder: &Path, layers: &str, shape: [usize; 3], device: &str) -> (String, Value) {
    let write = |name: &str, text: &str| {
        std::fs::write(folder.join(name), text).unwrap();
        folder.join(name).display().to_string()
    };
    let model = write("model.yaml", &format!("name: claimed\nlayers:\n{layers}"));
    let device = write("mine.ron", device);
    let [w, h, c] = shape;
    let input = folder.join("input.npy");
    let values: Vec<u8> = (0..w * h * c).map(|index| (index * 7 % 5 < 2) as u8).collect();
    npy::write(&input, &[1, w, h, c], &values).unwrap();
    let out = folder.join("out");
    let output = Command::new(env!("CARGO_BIN_EXE_spikemesh"))
        .args(["run", &model, "--random-weights", "1", "-d", &device, "-i", input.to_str().unwrap(), "-o"])
        .arg(&out)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    // Whatever is printed as calibrated has its error beside it.
    for after in text.split("[calibrated").skip(1) {
        let mark = after.split(']').next().unwrap();
        assert!(mark.contains("within") && mark.contains(" % of silicon"), "{text}");
    }
    let stats = std::fs::read(out.join("stats.json")).unwrap();
    let info: Value = serde_json::from_slice(&std::fs::read(out.join("run.json")).unwrap()).unwrap();
    assert_eq!(info["device_sha256"], Device::load(&device).unwrap().sha256());
    (text, serde_json::from_slice(&stats).unwrap())
}

const MEASURED: &str = "  - {type: InputData, name: events, input_width: 14, input_height: 14, input_channels: 64}
  - {type: SeparableConvolutional, name: sep, kernel_width: 3, kernel_height: 3, num_neurons: 64, weights_bits: 4, threshold_fire_bits: 4}
";

fn bases(stats: &Value) -> [&str; 3] {
    let claims = [&stats["cycles_claim"], &stats["throughput_claim"], &stats["energy"]["claim"]];
    for claim in claims {
        assert_eq!(claim["worst"].is_number(), claim["basis"] == "calibrated", "{claim}");
        assert_eq!(
            claim["reasons"].as_array().unwrap().is_empty(),
            claim["basis"] == "calibrated",
            "{claim}"
        );
    }
    claims.map(|claim| claim["basis"].as_str().unwrap())
}

#[test]
fn a_measured_layer_is_claimed_with_its_error_until_a_constant_that_it_reads_is_changed() {
    let folder = tempfile::tempdir().unwrap();
    let run = |device: &str| run_on(folder.path(), MEASURED, [14, 14, 64], device);
    let text = Device::text("akd1000").unwrap();
    let (out, stats) = run(text);
    assert_eq!(bases(&stats), ["calibrated"; 3]);
    assert_eq!(out.matches("[calibrated, layers within 3.2 % of silicon]").count(), 2, "{out}");
    assert!(out.contains("[calibrated, models within 53.3 % of silicon]"), "{out}");
    assert!(!out.contains("no claim"), "{out}");

    let (_, stats) = run(&text.replacen("link_delay: (1,", "link_delay: (4,", 1));
    assert_eq!(bases(&stats), ["calibrated"; 3]);
    // A file without the lists.
    let mut device = Device::load("akd1000").unwrap();
    device.calibration.iter_mut().for_each(|entry| entry.constants.clear());
    let (out, stats) = run(&spikemesh::calibrate::device_text(&device));
    assert_eq!(bases(&stats), ["assumed"; 3]);
    assert!(out.contains("`timing.np.separable.position`") && !out.contains("[calibrated"), "{out}");
    // All times are 20 times as long.
    let mut device = Device::load("akd1000").unwrap();
    device.timing.clocks_mut().into_iter().for_each(|(_, clocks)| clocks.0.0 *= 20);
    let (out, stats) = run(&spikemesh::calibrate::device_text(&device));
    assert_eq!(bases(&stats), ["assumed"; 3]);
    assert!(out.contains("`timing.np.separable.position`") && !out.contains("[calibrated"), "{out}");
    // All constants are assumed, wherever the word stands.
    let assumed = ["documented", "measured", "fitted"]
        .iter()
        .fold(text.to_owned(), |text, basis| text.replace(&format!(", {basis},"), ", assumed,"));
    let (out, stats) = run(&assumed);
    assert_eq!(bases(&stats), ["assumed"; 3]);
    assert!(!out.contains("[calibrated"), "{out}");
    // The energy alone, and the clock alone.
    let (_, stats) = run(&text.replacen("np_clock: (29.141,", "np_clock: (585.46,", 1));
    assert_eq!(bases(&stats), ["calibrated", "calibrated", "assumed"]);
    let (_, stats) = run(&text.replacen("(300_000_000, documented", "(100_000_000, assumed", 1));
    assert_eq!(bases(&stats), ["calibrated", "assumed", "calibrated"]);
}

#[test]
fn a_model_of_which_a_layer_was_never_measured_is_not_calibrated() {
    let folder = tempfile::tempdir().unwrap();
    let head = "  - {type: FullyConnected, name: head, num_neurons: 2, weights_bits: 4, activations_enabled: false}\n";
    let small = "  - {type: InputData, name: events, input_width: 6, input_height: 6, input_channels: 4}\n";
    for (layers, shape) in
        [(format!("{MEASURED}{head}"), [14, 14, 64]), (format!("{small}{head}"), [6, 6, 4])]
    {
        let (out, stats) = run_on(folder.path(), &layers, shape, Device::text("akd1000").unwrap());
        assert_eq!(bases(&stats), ["extrapolated"; 3], "{out}");
        assert!(out.contains("[extrapolated]") && out.contains("no claim  of an error for head"), "{out}");
    }
}

#[test]
fn predictions_of_published_rows_on_a_changed_device_are_not_calibrated() {
    let mut published = spikemesh::calibrate::Published::default();
    for file in [&mut published.layers, &mut published.models, &mut published.np_counts, &mut published.micro]
    {
        let lines = file.text.lines().enumerate();
        let kept = lines.filter(|(index, line)| *index == 0 || line.starts_with("AN0.25@160"));
        file.text = kept.map(|(_, line)| format!("{line}\n")).collect();
    }
    let bases = |device: Device| {
        let mut published = published.clone();
        published.device = Some(device);
        let report = spikemesh::calibrate::validate(&published, &Stop::NEVER).unwrap();
        let rows = report.rows.layers.iter().filter(|row| row.counted);
        (rows.map(|row| row.basis).max().unwrap(), report.rows.models[0].energy_basis)
    };
    let device = Device::load("akd1500").unwrap();
    assert_eq!(bases(device.clone()).0, ClaimBasis::Calibrated);
    let mut slow = device.clone();
    slow.timing.np.convolution.position.0.0 *= 20;
    assert_eq!(bases(slow), (ClaimBasis::Assumed, ClaimBasis::Assumed));
    assert_eq!(Claims::new(&device).constant("np.event_bytes").basis, ClaimBasis::Assumed);
    assert_eq!(device.np.event_bytes.basis(), Basis::Assumed);
}
