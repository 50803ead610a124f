//! Templates: those in `tests/models` load, and damaged ones say where and why.

use std::path::{Path, PathBuf};

use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme};
use proptest::prelude::*;
use spikemesh_model::template::{self, Error};
use spikemesh_model::{ConvolutionMode, Dims, LayerId, Parameters, PoolingType};

fn templates() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../calibrate/models");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    files.sort();
    assert!(files.len() >= 34);
    files
}

/// All errors as a terminal without colours shows them.
fn render(errors: &[Error]) -> String {
    let handler = GraphicalReportHandler::new_themed(GraphicalTheme::unicode_nocolor()).with_width(100);
    let mut out = String::new();
    for error in errors {
        handler.render_report(&mut out, error).unwrap();
        out.push('\n');
    }
    out
}

fn problems(text: &str) -> Vec<Error> {
    template::parse("model.yaml", text).unwrap_err()
}

fn codes(text: &str) -> Vec<String> {
    problems(text).iter().map(|e| e.code().unwrap().to_string()).collect()
}

#[test]
fn every_template_loads() {
    for file in templates() {
        let model = template::load(&file).unwrap_or_else(|e| panic!("{}", render(&e)));
        assert!(model.layers().len() >= 3, "{}", file.display());
        assert!(!model.name.is_empty());
        assert_eq!(model.unset_layers().count(), model.layers().len());
    }
}

#[test]
fn a_template_is_read_as_written() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../calibrate/models");
    let model = template::load(&folder.join("convtiny.yaml")).unwrap();
    assert_eq!(model.name, "CONVTINY");
    let Parameters::Convolutional(c1) = model.layers()[1].parameters else { panic!() };
    assert_eq!((c1.convolution.kernel_width, c1.convolution.weights_bits), (7, 2));
    assert_eq!((c1.pooling.pooling_type, c1.pooling.pooling_stride_y), (PoolingType::Max, 2));
    assert_eq!(model.layers()[2].shape.input, Dims { width: 8, height: 8, channels: 32 });
    assert_eq!(model.layers()[2].shape.output, Dims { width: 1, height: 1, channels: 512 });
    assert_eq!(model.layers()[3].output_bits(), None);
}

#[test]
fn defaults_are_those_of_the_reference() {
    let text = "layers:
  - {type: InputConvolutional, input_width: 9, input_height: 8, input_channels: 1, kernel_width: 3, kernel_height: 2, num_neurons: 4}
  - {type: SeparableConvolutional, kernel_width: 3, kernel_height: 3, num_neurons: 5}
  - {type: FullyConnected, num_neurons: 0x10}
";
    let model = template::parse("model.yaml", text).unwrap();
    let names: Vec<_> = model.layers().iter().map(|l| l.name.as_str()).collect();
    assert_eq!(names, ["inputconvolutional_0", "separableconvolutional_1", "fullyconnected_2"]);
    let bits: Vec<_> = model.layers().iter().map(|l| l.parameters.weights_bits()).collect();
    assert_eq!(bits, [Some(1), Some(2), Some(1)]);
    for layer in model.layers() {
        let a = layer.parameters.activation().unwrap();
        assert_eq!((a.activations_enabled, a.threshold_fire, a.threshold_fire_bits), (true, 0, 1));
        assert_eq!(a.threshold_fire_step, 1.0);
        if let Some(p) = layer.parameters.pooling() {
            assert_eq!(
                (p.pooling_type, p.pooling_width, p.pooling_stride_y),
                (PoolingType::NoPooling, -1, -1)
            );
        }
        if let Some(c) = layer.parameters.convolution() {
            assert_eq!((c.convolution_mode, c.stride_x, c.stride_y), (ConvolutionMode::Same, 1, 1));
        }
    }
    assert_eq!(model.layers()[2].shape.output.channels, 16);
}

#[test]
fn inbound_names_join_branches() {
    let text = "
name: 'branches'
layers:
  - {type: InputData, name: in, input_width: 8, input_height: 8, input_channels: 2}
  - {type: Convolutional, name: a, kernel_width: 3, kernel_height: 3, num_neurons: 4, threshold_fire_step: 2}
  - {type: Convolutional, name: b, kernel_width: 1, kernel_height: 1, num_neurons: 6, inbound: [in], threshold_fire: -7}
  - {type: FullyConnected, name: head, num_neurons: 3, inbound: [b, a], threshold_fire_step: 2.5e-1}
";
    let model = template::parse("model.yaml", text).unwrap();
    assert_eq!(model.layers()[3].inbound, [LayerId(2), LayerId(1)]);
    assert_eq!(model.layers()[3].shape.input.channels, 10);
    assert_eq!(model.layers()[2].variables.threshold_fire, [-7; 6]);
    assert_eq!(model.layers()[1].variables.threshold_fire_step, [2.0; 4]);
    assert_eq!(model.layers()[3].variables.threshold_fire_step, [0.25; 3]);
}

#[test]
fn all_problems_are_shown_at_once_with_their_places() {
    let text = "name: broken
version: 2
layers:
  - type: InputConvolutional
    name: stem
    input_width: 32
    input_height: 32
    input_channels: 2
    kernel_width: 3
    kernel_heigth: 3
    num_neurons: 16
  - type: Convolution
    name: stem
  - type: Convolutional
    name: conv
    kernel_width: '3'
    kernel_height: 3
    num_neurons: 99999999999
    convolution_mode: same
    weights_bits: 12
    activations_enabled: yes
    inbound: stem
  - type: SeparableConvolutional
    name: sep
    kernel_width: 3
    kernel_height:
    num_neurons: 8
    pooling_type: Max
    pooling_width: 0
    inbound: [conf, stem]
  - FullyConnected
  - name: nothing
";
    insta::assert_snapshot!(render(&problems(text)));
}

#[test]
fn the_graph_is_checked_at_its_place() {
    let text = "name: gräph
layers:
  - {type: InputData, name: in, input_width: 8, input_height: 8, input_channels: 2}
  - {type: Convolutional, name: größer, kernel_width: 9, kernel_height: 3, num_neurons: 4, convolution_mode: Valid}
  - {type: Convolutional, name: half, kernel_width: 3, kernel_height: 3, num_neurons: 4, stride_x: 2, inbound: [in]}
  - {type: Convolutional, name: join, kernel_width: 3, kernel_height: 3, num_neurons: 4, inbound: [in, half]}
  - {type: Convolutional, name: sum, kernel_width: 3, kernel_height: 3, num_neurons: 4, inbound: [in], pooling_type: Average, pooling_width: 2}
  - {type: Convolutional, name: raw, kernel_width: 3, kernel_height: 3, num_neurons: 4, inbound: [in], activations_enabled: false}
  - {type: FullyConnected, name: head, num_neurons: 4}
  - {type: InputData, input_width: 8, input_height: 8, input_channels: 2, inbound: [in]}
";
    let errors = problems(text);
    let (first, _) = errors[0].places().next().unwrap();
    assert_eq!(text[first.start - 14..first.end], *"kernel_width: 9", "bytes, not characters");
    insta::assert_snapshot!(render(&errors));
}

#[test]
fn features_of_yaml_that_hide_things_are_refused() {
    let layer = "{type: InputData, input_width: 8, input_height: 8, input_channels: 2}";
    let cases = [
        ("anchor", format!("layers: [&a {layer}]")),
        ("alias", format!("layers: [&a {layer}, *a]")),
        ("tag", format!("layers: !!seq [{layer}]")),
        ("merge", format!("layers: [{}]", layer.replace('}', ", <<: {name: x}}"))),
        ("documents", format!("layers: [{layer}]\n---\nlayers: [{layer}]\n")),
        ("list as key", format!("layers: [{layer}]\n? [a, b]\n: 1\n")),
        ("duplicate key", format!("layers: [{layer}]\nlayers: [{layer}]\n")),
    ];
    template::parse("model.yaml", &format!("layers: [{layer}]")).unwrap();
    let shown: Vec<_> =
        cases.iter().map(|(what, text)| format!("{what}\n{}", render(&problems(text)))).collect();
    insta::assert_snapshot!(shown.join("\n"));
}

#[test]
fn files_that_are_no_template_have_their_codes() {
    for empty in ["", "  \n# nothing\n", "---\n", "layers: []", "name: x", "\u{feff}"] {
        let codes = codes(empty);
        assert_eq!(codes, ["model::no_layers"], "{empty:?}");
    }
    assert_eq!(codes("[1, 2"), ["model::yaml_syntax"]);
    assert_eq!(codes("a: b: c"), ["model::yaml_syntax"]);
    assert_eq!(codes(&"[".repeat(100_000)), ["model::yaml_syntax"], "the parser has a limit of its own");
    assert_eq!(codes("- 1\n- 2\n"), ["model::wrong_type"]);
    assert_eq!(codes("layers: 5"), ["model::wrong_type"]);
    assert_eq!(codes("layers: [5, [], ~]"), ["model::wrong_type"; 3]);
    assert_eq!(codes("name: \u{1b}[31m"), ["model::not_text"]);
    assert_eq!(codes(&("[".repeat(100) + &"]".repeat(100))), ["model::template_too_large"]);
    assert_eq!(codes(&("{a: ".repeat(100) + &"}".repeat(100))), ["model::template_too_large"]);
    assert_eq!(codes(&"- ".repeat(1000)), ["model::template_too_large"]);
    assert_eq!(codes(&format!("x: [{}]", "1,".repeat(300_000))), ["model::template_too_large"]);
    assert_eq!(codes(&format!("layers: [{}]", "{},".repeat(5000))), ["model::template_too_large"]);
    assert_eq!(codes(&" ".repeat(5 << 20)), ["model::template_too_large"]);
    let many = codes(&format!("layers: [{}]", "{},".repeat(4000)));
    assert_eq!((many.len(), many[100].as_str()), (101, "model::many_problems"));
}

#[test]
fn unreadable_files_are_errors() {
    let folder = tempfile::tempdir().unwrap();
    let code = |path: &Path| template::load(path).unwrap_err()[0].code().unwrap().to_string();
    assert_eq!(code(&folder.path().join("none.yaml")), "model::unreadable");
    assert_eq!(code(folder.path()), "model::unreadable");
    let binary = folder.path().join("binary.yaml");
    std::fs::write(&binary, [0x28, 0xb5, 0x2f, 0xfd, 0]).unwrap();
    assert_eq!(code(&binary), "model::not_text");
}

proptest! {
    /// Whatever the damage, there is an answer, and its places lie inside the text.
    #[test]
    fn damaged_templates_never_panic(
        which in 0usize..34, cuts in proptest::collection::vec((0usize..6000, 0usize..40, "[-a-z:{}\\[\\]&*!<'\"0-9é\n ]{0,6}"), 1..4),
    ) {
        let mut text = std::fs::read_to_string(&templates()[which]).unwrap();
        for (at, remove, insert) in cuts {
            let chars: Vec<char> = text.chars().collect();
            let at = at % (chars.len() + 1);
            let end = (at + remove).min(chars.len());
            text = chars[..at].iter().chain(&insert.chars().collect::<Vec<_>>()).chain(&chars[end..]).collect();
        }
        if let Err(errors) = template::parse("model.yaml", &text) {
            prop_assert!(!errors.is_empty());
            for error in &errors {
                prop_assert!(error.code().is_some() && error.help().is_some());
                for (range, label) in error.places() {
                    prop_assert!(text.get(range.clone()).is_some(), "{range:?} of {}", text.len());
                    prop_assert!(!label.is_empty());
                }
            }
            render(&errors);
        }
    }

    #[test]
    fn random_text_never_panics(text in "[-\\PCa-z:{}\\[\\]&*!<'\"|>#%@,?~\n\t ]{0,200}") {
        let _ = template::parse("model.yaml", &text);
    }
}
