//! What a refused model is told: by every verb that maps, as text and as JSON; and what was tried does map.

use std::process::{Command, Output};

use spikemesh::Refusal;
use spikemesh::compiler::Mode;
use spikemesh::device::Device;
use spikemesh::mapping::{MappingOptions, map_model};
use spikemesh::model::{Model, template};
use spikemesh::tensor::npy;

/// 125 slices of 8 filters: more than the device has.
const MANY_FILTERS: &str = "
name: many
layers:
  - {type: InputData, name: events, input_width: 1, input_height: 1, input_channels: 1000}
  - {type: Convolutional, name: many, kernel_width: 3, kernel_height: 3, num_neurons: 1000, weights_bits: 4, threshold_fire_bits: 4}
  - {type: FullyConnected, name: head, num_neurons: 10, weights_bits: 4, activations_enabled: false}
";

fn refused(text: &str) -> Vec<Refusal> {
    let model: Model = template::parse("refused.yaml", text).unwrap();
    let device = Device::load("akd1000").unwrap();
    map_model(&model, &device, &MappingOptions::new(Mode::Minimal)).unwrap_err()
}

fn help(refusal: &Refusal) -> String {
    miette::Diagnostic::help(refusal).unwrap().to_string()
}

#[test]
fn filters_are_split_over_layers() {
    let refusals = refused(MANY_FILTERS);
    let help = help(&refusals[0]);
    assert!(
        help.contains("limit: 1 slices of rows x 125 of filters = 125 NPs > 80 (NPs of akd1000)"),
        "{help}"
    );
    assert!(help.contains("layer `many` fits with at most"), "{help}");
    assert!(help.contains("640 filters"), "{help}");
    assert!(help.contains("maps with exact: the filters of `many` split over 2 layers: "), "{help}");
    // The same by hand: each of the two takes 63 NPs, so they lie in two passes.
    let parts = |n: u32| {
        format!(
            "  - {{type: Convolutional, name: many_{n}, kernel_width: 3, kernel_height: 3, num_neurons: 500, weights_bits: 4, \
             threshold_fire_bits: 4, inbound: [events]}}\n"
        )
    };
    let (start, rest) = MANY_FILTERS.split_once("  - {type: Convolutional").unwrap();
    let head = rest
        .split_once("  - {type: FullyConnected")
        .unwrap()
        .1
        .replace("}\n", ", inbound: [many_0, many_1]}\n");
    let text = format!("{start}{}{}  - {{type: FullyConnected{head}", parts(0), parts(1));
    let model: Model = template::parse("split.yaml", &text).unwrap();
    let device = Device::load("akd1000").unwrap();
    let compiled = map_model(&model, &device, &MappingOptions::new(Mode::Minimal)).unwrap();
    let report = &compiled.report;
    let cost = format!("split over 2 layers: {} NPs in {} passes", report.total_nps, report.passes);
    assert!(help.contains(&cost), "{cost} in {help}");
}

/// A layer of one position is a fully connected one, whose weights may lie outside.
#[test]
fn a_convolution_of_one_position_is_fully_connected() {
    let text = "
name: tall
layers:
  - {type: InputData, name: events, input_width: 1, input_height: 1, input_channels: 12000}
  - {type: Convolutional, name: one, kernel_width: 1, kernel_height: 1, num_neurons: 8, weights_bits: 4, threshold_fire_bits: 4}
";
    let help = help(&refused(text)[0]);
    let way = "maps with exact: `one`, over one position, as a fully connected layer: 1 NP in 1 pass";
    assert!(help.contains(way), "{help}");
}

#[test]
fn every_verb_that_maps_says_what_would_fit() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("many.yaml");
    std::fs::write(&path, MANY_FILTERS).unwrap();
    let file = path.to_str().unwrap();
    let run = |arguments: &[&str]| -> Output {
        Command::new(env!("CARGO_BIN_EXE_spikemesh")).args(arguments).output().unwrap()
    };
    let out = folder.path().join("out");
    let input = folder.path().join("input.npy");
    npy::write(&input, &[1, 1, 1, 1000], &[0_u8; 1000]).unwrap();
    for (arguments, on_stdout) in [
        (&["map", file, "-d", "akd1000"][..], false),
        (&["check", file, "-d", "akd1000", "--profile", "v1"], true),
        (
            &[
                "run",
                file,
                "-d",
                "akd1000",
                "--random-weights",
                "1",
                "-i",
                input.to_str().unwrap(),
                "-o",
                out.to_str().unwrap(),
            ],
            false,
        ),
    ] {
        for json in [false, true] {
            let format: &[&str] = if json { &["--format", "json"] } else { &[] };
            let output = run(&[arguments, format].concat());
            let text = if on_stdout { &output.stdout } else { &output.stderr };
            let text = String::from_utf8_lossy(text);
            assert!(text.contains("640 filters"), "{arguments:?}: {text}");
            if !on_stdout {
                assert_eq!(output.status.code(), Some(5), "{arguments:?}");
            }
        }
    }
}
