//! Repairs: exact on random networks, engine against engine, and what they refuse.

use std::cell::RefCell;
use std::collections::BTreeMap;

use proptest::test_runner::{Config, TestRunner};
use spikemesh::compat::{self, Profile, Repair, Repaired, repair};
use spikemesh::compiler::{Mode, compile};
use spikemesh::device::Device;
use spikemesh::engine::{Engine, Input, LayerMap};
use spikemesh::mesh::Simulator;
use spikemesh::model::{Learning, Model, Parameters, template};
use spikemesh::run::{Job, simulate};
use spikemesh::tensor::{Event, Sparse};
use spikemesh_oracle::random::{events, genome, images};

fn parse(layers: &str) -> Model {
    template::parse("test.yaml", &format!("layers:\n{layers}"))
        .unwrap_or_else(|errors| panic!("{}", errors[0]))
}

/// Maps of every layer, by name.
fn maps(model: &Model, input: &Input, sample: usize) -> BTreeMap<String, LayerMap> {
    let maps = Engine::new(model).unwrap().trace(input, sample).unwrap();
    maps.into_iter().map(|map| (model.layer(map.layer).name.clone(), map)).collect()
}

/// Every layer of the model before sends what it sent, and so does the output.
fn assert_exact(model: &Model, repaired: &Repaired, input: &Input) {
    for sample in 0..input.samples() {
        let (before, after) = (maps(model, input, sample), maps(&repaired.model, input, sample));
        for (name, map) in &before {
            assert_eq!(
                (map.dims, &map.values),
                (after[name].dims, &after[name].values),
                "{name} of {:?}",
                repaired.done
            );
        }
        for repair in &repaired.done {
            if let Repair::Identity { layer, inserted, .. } = repair {
                assert_eq!(before[layer].values, after[inserted].values);
            }
        }
    }
    let outputs = |model: &Model| Engine::new(model).unwrap().forward(input).unwrap();
    assert_eq!(outputs(model), outputs(&repaired.model));
}

/// A repaired model has fewer violations by what was done, says all that is left, and needs no second repair.
fn assert_honest(model: &Model, repaired: &Repaired, profile: Profile) {
    let left: Vec<_> = repaired.remaining.iter().map(|r| r.violation.clone()).collect();
    assert_eq!(left, compat::check(&repaired.model, profile));
    assert_eq!(repaired.done.is_empty(), repaired.model == *model);
    assert!(
        repaired.done.is_empty() || left.len() < compat::check(model, profile).len(),
        "{:?}",
        repaired.done
    );
    let again = repair(&repaired.model, profile);
    assert_eq!((again.done, again.model), (Vec::new(), repaired.model.clone()));
}

fn kind(repair: &Repair) -> &'static str {
    match repair {
        Repair::Kernel { .. } => "kernel",
        Repair::Mode { .. } => "mode",
        Repair::Stride { .. } => "stride",
        Repair::Pooling { .. } => "pooling",
        Repair::Window { .. } => "window",
        Repair::Weights { .. } => "weights",
        Repair::Identity { .. } => "identity",
    }
}

#[test]
fn repairs_of_random_networks_are_exact() {
    let counts: RefCell<BTreeMap<&str, u32>> = RefCell::default();
    let mut runner = TestRunner::new(Config { cases: 400, ..Config::default() });
    let result = runner.run(&(genome(4), 0..3usize), |(genome, profile)| {
        let profile = Profile::ALL[profile];
        let model = genome.model();
        let repaired = repair(&model, profile);
        assert_honest(&model, &repaired, profile);
        let samples = genome.samples(&model, 2);
        let channels = model.layers()[0].shape.input.channels;
        let is_image = genome.seed.is_multiple_of(2) && matches!(channels, 1 | 3);
        assert_exact(
            &model,
            &repaired,
            &if is_image { Input::Images(images(&samples)) } else { Input::Events(events(&samples)) },
        );

        // Without weights the same is done, but for narrower widths, and nothing becomes set.
        let mut unset = Model::new("unset");
        for layer in model.layers() {
            unset.add(&layer.name, layer.parameters, &layer.inbound).unwrap();
        }
        let bare = repair(&unset, profile);
        let names: Vec<_> = bare.model.unset_layers().map(|id| bare.model.layer(id).name.clone()).collect();
        let expected: Vec<_> = unset.unset_layers().map(|id| unset.layer(id).name.clone()).collect();
        assert_eq!(names, expected);
        assert!(bare.done.iter().all(|r| repaired.done.contains(r)), "{:?} {:?}", bare.done, repaired.done);
        for repair in &repaired.done {
            *counts.borrow_mut().entry(kind(repair)).or_default() += 1;
        }
        Ok(())
    });
    result.unwrap_or_else(|error| panic!("{error}"));
    // Every kind has been seen, so that the above has shown something.
    let counts = counts.into_inner();
    assert_eq!(counts.len(), 7, "{counts:?}");
    assert!(counts.values().all(|count| *count >= 3), "{counts:?}");
}

/// Kernels of every size, stride and mode, on maps of every size: a repair is exact or refused, and refused only where it must be.
#[test]
fn every_kernel_is_padded_where_it_can_be() {
    let mut padded = 0;
    for kind in ["Convolutional", "SeparableConvolutional", "InputConvolutional"] {
        for (kw, kh) in (1..=8).flat_map(|w| (1..=8).map(move |h| (w, h))) {
            for (width, height) in [(9, 8), (6, 11)] {
                for stride in 1..=3 {
                    for mode in ["Same", "Valid"] {
                        if mode == "Valid" && (kw > width || kh > height) {
                            continue;
                        }
                        let layer = format!(
                            "type: {kind}, name: conv, kernel_width: {kw}, kernel_height: {kh}, stride_x: {stride}, stride_y: {stride}, \
                             convolution_mode: {mode}, num_neurons: 3, weights_bits: 4, threshold_fire_bits: 4"
                        );
                        let input =
                            format!("input_width: {width}, input_height: {height}, input_channels: 1");
                        let mut model = if kind == "InputConvolutional" {
                            parse(&format!("  - {{{layer}, {input}, padding_value: 77}}\n"))
                        } else {
                            parse(&format!("  - {{type: InputData, name: in, {input}}}\n  - {{{layer}}}\n"))
                        };
                        model.randomise(kw as u64 * 100 + kh as u64);
                        let repaired = repair(&model, Profile::V2);
                        assert_honest(&model, &repaired, Profile::V2);
                        assert_exact(&model, &repaired, &noise(&model, 1));
                        let did = repaired.done.iter().any(|r| matches!(r, Repair::Kernel { .. }));
                        padded += u32::from(did);
                        let illegal = kw != kh || kw % 2 == 0 || (kw == 1 && kind != "Convolutional");
                        if mode == "Same" && illegal && kw.max(kh) <= 7 && kind != "InputConvolutional" {
                            assert!(did, "{kind} {kw}x{kh} stride {stride} on {width}x{height}");
                        }
                    }
                }
            }
        }
    }
    assert!(padded > 800, "{padded}");
}

/// Random values for the input layer of a model.
fn noise(model: &Model, samples: usize) -> Input {
    let layer = &model.layers()[0];
    let dims = layer.shape.input;
    let sides = [dims.width as usize, dims.height as usize, dims.channels as usize];
    let mut events = Vec::new();
    let mut state = 1u64;
    for n in 0..samples {
        for index in 0..dims.len() {
            state = state.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(1);
            let value = (state >> 33) as u8 & layer.max_input() as u8;
            let (x, y, c) = (index / sides[2] / sides[1], index / sides[2] % sides[1], index % sides[2]);
            if value != 0 {
                events.push(Event { n: n as u32, x: x as u32, y: y as u32, c: c as u32, value });
            }
        }
    }
    Input::Events(Sparse { shape: [samples, sides[0], sides[1], sides[2]], events })
}

fn texts(repaired: &Repaired) -> (Vec<String>, Vec<String>) {
    let done = repaired.done.iter().map(ToString::to_string).collect();
    (done, repaired.remaining.iter().map(ToString::to_string).collect())
}

/// What is done and what remains, word by word; outputs do not change.
fn assert_texts(layers: &str, profile: Profile, done: &[&str], remaining: &[&str]) -> Repaired {
    let mut model = parse(layers);
    model.randomise(3);
    let repaired = repair(&model, profile);
    let (found_done, found_remaining) = texts(&repaired);
    assert_eq!(found_done, done);
    assert_eq!(found_remaining, remaining);
    assert_honest(&model, &repaired, profile);
    assert_exact(&model, &repaired, &noise(&model, 3));
    repaired
}

const IN: &str = "  - {type: InputData, name: in, input_width: 8, input_height: 8, input_channels: 4}\n";

#[test]
fn a_point_becomes_a_kernel() {
    let layers = format!(
        "{IN}  - {{type: SeparableConvolutional, name: s, kernel_width: 1, kernel_height: 1, num_neurons: 4}}\n"
    );
    let done = ["layer `s`: kernel 1x1 padded with zeros to 3x3"];
    assert_texts(&layers, Profile::Current, &done, &[]);
}

#[test]
fn valid_windows_that_same_slides_too() {
    let layers = format!(
        "{IN}  - {{type: Convolutional, name: halves, kernel_width: 2, kernel_height: 2, stride_x: 2, stride_y: 2, num_neurons: 4, \
         convolution_mode: Valid, weights_bits: 2}}\n"
    );
    let done = [
        "layer `halves`: kernel 2x2 padded with zeros to 3x3",
        "layer `halves`: convolution_mode Valid set to Same, which slides the same windows",
    ];
    assert_texts(&layers, Profile::V2, &done, &[]);
    // The pre-production part has no stride at all.
    let done = ["layer `halves`: convolution_mode Valid set to Same, which slides the same windows"];
    let mut model = parse(&layers);
    model.randomise(1);
    let repaired = repair(&model, Profile::V1);
    assert!(texts(&repaired).0.contains(&done[0].to_string()), "{:?}", repaired.done);
    assert!(texts(&repaired).1.iter().any(|r| r.contains("another stride gives another map")));
}

#[test]
fn widths() {
    let layers = |bits: u8, kind: &str| {
        format!(
            "{IN}  - {{type: {kind}, name: l, kernel_width: 3, kernel_height: 3, num_neurons: 4, weights_bits: {bits}}}\n"
        )
    };
    let separable = |bits, from: &str| {
        let done = [format!("layer `l`: weights of {from}")];
        assert_texts(&layers(bits, "SeparableConvolutional"), Profile::V2, &[&done[0]], &[]);
    };
    separable(1, "1 bit held in 2");
    separable(3, "3 bits held in 4");

    // Wide weights are held by a narrower width if all of them fit.
    let mut model = parse(&layers(8, "Convolutional"));
    let id = model.output().unwrap();
    let unset = repair(&model, Profile::V2);
    assert!(texts(&unset).1[0].ends_with("not repaired: weights that are not set yet may not fit 4 bits"));
    let mut weights = vec![-7i8; 144];
    model.set_variable(id, "weights", &weights).unwrap();
    let repaired = repair(&model, Profile::V2);
    assert_eq!(texts(&repaired), (vec!["layer `l`: weights of 8 bits held in 4".to_string()], Vec::new()));
    assert_exact(&model, &repaired, &noise(&model, 2));
    weights[143] = 8;
    model.set_variable(id, "weights", &weights).unwrap();
    let refused = repair(&model, Profile::V2);
    assert!(refused.done.is_empty());
    assert!(texts(&refused).1[0].ends_with("not repaired: a weight of 8 does not fit 4 bits"));
}

#[test]
fn identities_after_max_pooling() {
    for bits in [1, 2, 4] {
        let pooled = format!(
            "{IN}  - {{type: Convolutional, name: pooled, kernel_width: 3, kernel_height: 3, num_neurons: 5, weights_bits: 2, \
             threshold_fire_bits: {bits}, pooling_type: Max, pooling_width: 2, pooling_height: 2}}\n"
        );
        let done =
            ["layer `pooled`: its levels pass `pooled_identity`, a 1x1 identity convolution, as the output"];
        let repaired = assert_texts(&pooled, Profile::Current, &done, &[]);
        assert_eq!(repaired.model.layers().len(), 3);
        let head = format!(
            "{pooled}  - {{type: FullyConnected, name: head, num_neurons: 6, activations_enabled: false}}\n"
        );
        let done =
            ["layer `pooled`: its levels pass `pooled_identity`, a 1x1 identity convolution, to `head`"];
        assert_texts(&head, Profile::V2, &done, &[]);
    }
}

#[test]
fn only_what_may_not_follow_max_pooling_is_led_through_the_identity() {
    let layers = format!(
        "{IN}  - {{type: Convolutional, name: pooled, kernel_width: 3, kernel_height: 3, num_neurons: 5, pooling_type: Max, \
         pooling_width: 2, pooling_height: 2}}
  - {{type: Convolutional, name: pooled_identity, kernel_width: 3, kernel_height: 3, num_neurons: 2}}
  - {{type: FullyConnected, name: first, num_neurons: 3, inbound: [pooled_identity, pooled]}}
  - {{type: FullyConnected, name: second, num_neurons: 4, inbound: [pooled]}}
"
    );
    let done = [
        "layer `pooled`: its levels pass `pooled_identity_2`, a 1x1 identity convolution, to `first`, `second`",
    ];
    let repaired = assert_texts(&layers, Profile::V2, &done, &[]).model;
    let inbound = |name: &str| {
        let layer = repaired.layer(repaired.layer_by_name(name).unwrap());
        layer.inbound.iter().map(|id| repaired.layer(*id).name.as_str()).collect::<Vec<_>>()
    };
    assert_eq!(inbound("pooled_identity"), ["pooled"]);
    assert_eq!(inbound("first"), ["pooled_identity", "pooled_identity_2"]);
    assert_eq!(inbound("second"), ["pooled_identity_2"]);
}

#[test]
fn levels_that_cannot_pass() {
    let pooled = |more: &str| {
        format!(
            "{IN}  - {{type: Convolutional, name: p, kernel_width: 3, kernel_height: 3, num_neurons: 5, pooling_type: Max, \
             pooling_width: 2, pooling_height: 2, {more}}}\n"
        )
    };
    let limit = "layer `p`: max pooling in the last layer, v2 allows only Convolutional or SeparableConvolutional after it";
    let raw = [format!("{limit}; not repaired: raw potentials cannot pass another layer")];
    assert_texts(&pooled("activations_enabled: false"), Profile::V2, &[], &[&raw[0]]);
    let three = [
        "layer `p`: activations of 3 bits, v2 allows 1, 2 or 4 bits; not repaired: levels of a legal width stop elsewhere".to_string(),
        format!("{limit}; not repaired: an identity behind it would break `input_bits`"),
    ];
    assert_texts(&pooled("threshold_fire_bits: 3"), Profile::V2, &[], &[&three[0], &three[1]]);
}

#[test]
fn pooling_and_strides_of_single_positions() {
    let layers = "  - {type: InputData, name: in, input_width: 1, input_height: 8, input_channels: 4}
  - {type: Convolutional, name: s, kernel_width: 3, kernel_height: 3, num_neurons: 5, stride_x: 1, stride_y: 2, weights_bits: 2}
  - {type: SeparableConvolutional, name: p, kernel_width: 3, kernel_height: 3, num_neurons: 5, pooling_type: Max, pooling_width: 1,
     pooling_height: 1}
";
    let done = [
        "layer `s`: stride 1x2 set to 2x2, the same along an axis with one position",
        "layer `p`: pooling dropped, every window of it holds one position",
    ];
    assert_texts(layers, Profile::Current, &done, &[]);
    let point = "  - {type: InputData, name: in, input_width: 1, input_height: 1, input_channels: 4}
  - {type: SeparableConvolutional, name: p, kernel_width: 3, kernel_height: 3, num_neurons: 5, pooling_type: Average}
";
    assert_texts(
        point,
        Profile::Current,
        &["layer `p`: pooling dropped, every window of it holds one position"],
        &[],
    );
}

/// A model of one dimension is a model of two whose maps are one row high.
#[test]
fn models_of_one_dimension() {
    let layers = "  - {type: InputData, name: in, input_width: 20, input_height: 1, input_channels: 4}
  - {type: Convolutional, name: first, kernel_width: 3, kernel_height: 1, num_neurons: 5, stride_x: 2, weights_bits: 2,
     threshold_fire_bits: 4}
  - {type: SeparableConvolutional, name: second, kernel_width: 4, kernel_height: 1, num_neurons: 6, pooling_type: Max, pooling_width: 2,
     pooling_height: 1, threshold_fire_bits: 4}
  - {type: FullyConnected, name: head, num_neurons: 3, weights_bits: 2, activations_enabled: false}
";
    let done = [
        "layer `first`: kernel 3x1 padded with zeros to 3x3",
        "layer `first`: stride 2x1 set to 2x2, the same along an axis with one position",
        "layer `second`: kernel 4x1 padded with zeros to 5x5",
        "layer `second`: pooling 2x1 set to 2x2, the same along an axis with one position",
        "layer `second`: its levels pass `second_identity`, a 1x1 identity convolution, to `head`",
    ];
    assert_texts(layers, Profile::Current, &done, &[]);
}

#[test]
fn what_cannot_be_repaired_says_why() {
    let large = format!(
        "{IN}  - {{type: Convolutional, name: l, kernel_width: 9, kernel_height: 2, num_neurons: 4}}\n"
    );
    let remaining = [
        "layer `l`: kernel 9x2, v2 allows 1x1, 3x3, 5x5 or 7x7; not repaired: no legal kernel is as large",
        "layer `l`: kernel 9x2, v2 allows square kernels; not repaired: no legal kernel is as large",
    ];
    assert_texts(&large, Profile::V2, &[], &remaining);
    let full = format!(
        "{IN}  - {{type: Convolutional, name: l, kernel_width: 3, kernel_height: 3, num_neurons: 4, convolution_mode: Full}}\n"
    );
    let remaining = [
        "layer `l`: convolution_mode Full, v2 allows Same; not repaired: Same would give 8x8 positions, not 10x10",
    ];
    assert_texts(&full, Profile::V2, &[], &remaining);
    let valid = "  - {type: InputConvolutional, name: l, input_width: 8, input_height: 8, input_channels: 1, kernel_width: 4,
     kernel_height: 4, num_neurons: 4, convolution_mode: Valid}\n";
    let remaining = [
        "layer `l`: kernel 4x4, v2 allows 3x3, 5x5 or 7x7; not repaired: a kernel of 5x5 would give 4x4 positions, not 5x5",
    ];
    assert_texts(valid, Profile::V2, &[], &remaining);
    let threshold = format!(
        "{IN}  - {{type: FullyConnected, name: l, num_neurons: 4, weights_bits: 4, threshold_fire: 600000}}\n"
    );
    let model = parse(&threshold);
    let (done, remaining) = texts(&repair(&model, Profile::V2));
    assert!(done.is_empty());
    assert!(remaining[0].ends_with("not repaired: other thresholds give other levels"), "{remaining:?}");
}

/// A layer that learns keeps what it has learned, and goes on learning behind an identity.
#[test]
fn what_was_learned_is_kept() {
    let mut model = parse(&format!(
        "{IN}  - {{type: Convolutional, name: pooled, kernel_width: 2, kernel_height: 2, num_neurons: 5, weights_bits: 2, \
         pooling_type: Max, pooling_width: 2, pooling_height: 2}}
  - {{type: FullyConnected, name: head, num_neurons: 6, activations_enabled: false}}\n"
    ));
    model.pop();
    model.randomise(2);
    let head = parse(&format!(
        "{IN}  - {{type: FullyConnected, name: head, num_neurons: 6, activations_enabled: false}}\n"
    ));
    let Parameters::FullyConnected(head) = head.layers()[1].parameters else {
        panic!("it is fully connected")
    };
    model.add("head", Parameters::FullyConnected(head), &[]).unwrap();
    model.compile(&Learning { num_classes: 3, ..Learning::new(30) }).unwrap();
    let fit = |model: &mut Model| {
        let input = noise(model, 9);
        Engine::new(model).unwrap().fit(model, &input, None, Default::default()).unwrap()
    };
    fit(&mut model);
    let mut repaired = repair(&model, Profile::V2).model;
    assert_eq!(repaired.layers().len(), 4);
    assert_eq!(repaired.learning(), model.learning());
    assert_eq!(fit(&mut repaired), fit(&mut model));
    assert_eq!(repaired.learning(), model.learning());
    assert_eq!(repaired.layers()[3].variables, model.layers()[2].variables);
}

/// What is inserted runs on the mesh as well: it computes what the model before the repair does.
#[test]
fn identities_run_on_the_mesh() {
    for bits in [1, 2, 4] {
        let mut model = parse(&format!(
            "{IN}  - {{type: Convolutional, name: pooled, kernel_width: 4, kernel_height: 4, num_neurons: 5, weights_bits: 3, \
             threshold_fire_bits: {bits}, pooling_type: Max, pooling_width: 2, pooling_height: 2}}
  - {{type: FullyConnected, name: head, num_neurons: 6, weights_bits: 4, activations_enabled: false}}\n"
        ));
        model.randomise(7);
        let device = Device::load("akd1000").unwrap();
        assert!(
            compile(&model, &device, &Mode::Minimal.into()).is_err(),
            "nothing would have to be repaired"
        );
        let repaired = repair(&model, Profile::V2);
        assert!(repaired.remaining.is_empty());
        let compiled = compile(&repaired.model, &device, &Mode::Minimal.into()).unwrap();
        let simulator = Simulator::new(compiled.program.clone(), device.clone()).unwrap();
        let input = noise(&model, 4);
        let ended = simulate(&Job::new(&simulator, &input).against(&repaired.model)).unwrap();
        let results = ended.into_finished().unwrap();
        assert!(results.differences.is_empty(), "{:?}", results.differences);
        assert_exact(&model, &repaired, &input);
    }
}

/// The newest page allows weights of 8 bits only on the input unit; every narrower weight is held in them.
#[test]
fn weights_of_the_input_unit_are_held_in_eight_bits() {
    let layers = std::fs::read_to_string("tests/cmd/models/inw4.yaml").unwrap();
    let (_, layers) = layers.split_once("layers:\n").unwrap();
    let done = ["layer `in`: weights of 4 bits held in 8"];
    assert_texts(layers, Profile::Current, &done, &[]);
    assert_texts(layers, Profile::V2, &[], &[]);
}
