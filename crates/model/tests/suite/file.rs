//! Model files: what is saved is loaded, and no damage goes unnoticed.

use miette::Diagnostic;
use proptest::prelude::*;
use spikemesh_model::file::{Error, decode, encode, is_model, load, save};
use spikemesh_model::{
    ActivationParameters, ConvolutionMode, ConvolutionParameters, Convolutional, Dims, FullyConnected,
    InputConvolutional, InputData, LayerId, Learning, Model, Parameters, PoolingParameters, PoolingType,
    SeparableConvolutional, weight_range,
};

fn codes(result: Result<Model, Vec<Error>>) -> Vec<String> {
    let errors = result.expect_err("a damaged file was read");
    errors.iter().map(|e| e.code().unwrap().to_string()).collect()
}

fn convolutions() -> impl Strategy<Value = ConvolutionParameters> {
    let modes =
        prop::sample::select(vec![ConvolutionMode::Valid, ConvolutionMode::Same, ConvolutionMode::Full]);
    (1u32..4, 1u32..4, 1u32..6, modes, 1u32..3, 1u32..3, 1u8..=8).prop_map(|p| ConvolutionParameters {
        kernel_width: p.0,
        kernel_height: p.1,
        num_neurons: p.2,
        convolution_mode: p.3,
        stride_x: p.4,
        stride_y: p.5,
        weights_bits: p.6,
    })
}

fn poolings() -> impl Strategy<Value = PoolingParameters> {
    let whole = PoolingParameters::default();
    prop_oneof![
        // Ignored, but kept.
        (-1i32..9)
            .prop_filter("not 0", |&n| n != 0)
            .prop_map(move |n| PoolingParameters { pooling_width: n, ..whole }),
        Just(PoolingParameters { pooling_type: PoolingType::Average, ..whole }),
        Just(PoolingParameters { pooling_type: PoolingType::Max, ..whole }),
        (1i32..4, 1i32..4, 1i32..4).prop_map(|p| PoolingParameters {
            pooling_width: p.0,
            pooling_height: p.1,
            pooling_type: PoolingType::Max,
            pooling_stride_x: p.2,
            pooling_stride_y: -1,
        }),
    ]
}

fn activations() -> impl Strategy<Value = ActivationParameters> {
    (any::<bool>(), any::<i32>(), 0.001f32..1e6, 1u8..=4).prop_map(|p| ActivationParameters {
        activations_enabled: p.0,
        threshold_fire: p.1,
        threshold_fire_step: p.2,
        threshold_fire_bits: p.3,
    })
}

fn layers() -> impl Strategy<Value = Parameters> {
    let dense = (1u32..9, 1u8..=8, activations()).prop_map(|(num_neurons, weights_bits, activation)| {
        Parameters::FullyConnected(FullyConnected { num_neurons, weights_bits, activation })
    });
    let conv = (convolutions(), poolings(), activations()).prop_map(|(convolution, pooling, activation)| {
        Parameters::Convolutional(Convolutional { convolution, pooling, activation })
    });
    let separable =
        (convolutions(), poolings(), activations()).prop_map(|(convolution, pooling, activation)| {
            Parameters::SeparableConvolutional(SeparableConvolutional { convolution, pooling, activation })
        });
    prop_oneof![dense, conv, separable]
}

fn inputs() -> impl Strategy<Value = Parameters> {
    let dims = (1u32..12, 1u32..12, 1u32..5).prop_map(|d| Dims { width: d.0, height: d.1, channels: d.2 });
    let image = (4u32..12, 4u32..12, prop::sample::select(vec![1u32, 3])).prop_map(|d| Dims {
        width: d.0,
        height: d.1,
        channels: d.2,
    });
    let images = (image, convolutions(), poolings(), activations(), any::<u8>()).prop_map(|p| {
        Parameters::InputConvolutional(InputConvolutional {
            input: p.0,
            convolution: p.1,
            pooling: p.2,
            activation: p.3,
            padding_value: p.4,
        })
    });
    prop_oneof![dims.prop_map(|input| Parameters::InputData(InputData { input })), images]
}

/// What a random model does with each variable of a layer.
type Set = [bool; 4];

/// Models of any layers that fit, with variables set or not; layers that do not fit are left out.
fn models() -> impl Strategy<Value = Model> {
    let layer = (layers(), any::<u8>(), any::<Set>(), any::<u32>());
    ("\\PC{0,9}", inputs(), prop::collection::vec(layer, 0..6)).prop_filter_map(
        "the input layer must fit",
        |(name, input, layers)| {
            let mut model = Model::new(name);
            model.add("", input, &[]).ok()?;
            for (parameters, inbound, set, seed) in layers {
                let candidates = [model.layers().len().saturating_sub(1), usize::from(inbound)];
                let inbound: Vec<LayerId> = match inbound % 3 {
                    0 if candidates[0] > 1 => vec![LayerId(candidates[0]), LayerId(candidates[0] - 1)],
                    1 => vec![LayerId(candidates[1] % model.layers().len())],
                    _ => Vec::new(),
                };
                let Ok(id) = model.add(&format!("layer {seed} é"), parameters, &inbound) else { continue };
                set_some(&mut model, id, set, seed);
                if seed.is_multiple_of(2) {
                    // Where the layer can learn.
                    let _ = model.compile(&Learning { seed: seed.into(), ..Learning::new(1) });
                }
            }
            Some(model)
        },
    )
}

fn set_some(model: &mut Model, id: LayerId, set: Set, seed: u32) {
    let layer = model.layer(id);
    let (low, high) = weight_range(layer.parameters.weights_bits().unwrap());
    let span = high as i64 - low as i64 + 1;
    let value = |i: usize| (low as i64 + (seed as i64 + 7 * i as i64) % span) as i8;
    let weights: Vec<i8> = (0..layer.variables.weights.len()).map(value).collect();
    let pointwise: Vec<i8> = (0..layer.variables.weights_pw.len()).map(value).collect();
    let thresholds: Vec<i32> =
        (0..layer.variables.threshold_fire.len()).map(|i| seed.wrapping_mul(i as u32) as i32).collect();
    let steps: Vec<f32> = thresholds.iter().map(|&t| (t as f32).abs() + f32::MIN_POSITIVE).collect();
    if set[0] {
        model.set_variable(id, "weights", &weights[..]).unwrap();
    }
    if set[1] && !pointwise.is_empty() {
        model.set_variable(id, "weights_pw", &pointwise[..]).unwrap();
    }
    if set[2] {
        model.set_variable(id, "threshold_fire", &thresholds[..]).unwrap();
    }
    if set[3] {
        model.set_variable(id, "threshold_fire_step", &steps[..]).unwrap();
    }
}

/// One layer of each type; a separable layer with half of its weights.
fn example() -> Model {
    let convolution = ConvolutionParameters {
        kernel_width: 3,
        kernel_height: 3,
        num_neurons: 3,
        convolution_mode: ConvolutionMode::Same,
        stride_x: 1,
        stride_y: 1,
        weights_bits: 4,
    };
    let pooling = PoolingParameters { pooling_width: 2, pooling_height: 2, ..PoolingParameters::default() };
    let pooling = PoolingParameters { pooling_type: PoolingType::Max, ..pooling };
    let activation = ActivationParameters { threshold_fire_bits: 4, ..ActivationParameters::default() };
    let mut model = Model::new("example");
    let input = Dims { width: 8, height: 8, channels: 1 };
    let first = InputConvolutional { input, convolution, pooling, activation, padding_value: 7 };
    let layers = [
        Parameters::InputConvolutional(first),
        Parameters::Convolutional(Convolutional { convolution, pooling, activation }),
        Parameters::SeparableConvolutional(SeparableConvolutional { convolution, pooling, activation }),
        Parameters::FullyConnected(FullyConnected { num_neurons: 2, weights_bits: 2, activation }),
    ];
    for (i, parameters) in layers.into_iter().enumerate() {
        let id = model.add("", parameters, &[]).unwrap();
        set_some(&mut model, id, [true, i != 2, true, true], 5);
    }
    model.set_variable(LayerId(3), "threshold_fire_step", &[1234.5f32, 6.0][..]).unwrap();
    model
}

fn packed(model: &Model) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("m.fbz");
    save(model, &path).unwrap();
    std::fs::read(&path).unwrap()
}

/// Place and length of the content in a file.
fn content(file: &[u8]) -> std::ops::Range<usize> {
    let word = |at: usize| u32::from_le_bytes(file[at..at + 4].try_into().unwrap()) as usize;
    let table = word(0);
    let vtable = table - word(table);
    let field =
        |i: usize| table + u16::from_le_bytes(file[vtable + 4 + 2 * i..][..2].try_into().unwrap()) as usize;
    let vector = field(2) + word(field(2));
    vector + 4..vector + 4 + word(vector)
}

/// The file with the checksum of its present content.
fn sealed(mut file: Vec<u8>, before: &[u8]) -> Vec<u8> {
    let range = content(before);
    let old = crc32fast::hash(&before[range.clone()]).to_le_bytes();
    let new = crc32fast::hash(&file[range]).to_le_bytes();
    let at = before.windows(4).position(|w| w == old).unwrap();
    file[at..at + 4].copy_from_slice(&new);
    file
}

proptest! {
    #[test]
    fn round_trip(model in models()) {
        let bytes = encode(&model).unwrap();
        prop_assert!(is_model(&bytes));
        let read = decode(&bytes).unwrap();
        prop_assert_eq!(&read, &model);
        prop_assert_eq!(encode(&read).unwrap(), bytes);
    }

    /// Behind a right checksum, arbitrary damage gives an error or a model that saves and loads.
    #[test]
    fn damaged_content(damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4)) {
        let before = encode(&example()).unwrap();
        let mut file = before.clone();
        let range = content(&file);
        for (index, byte) in damage {
            file[range.start + index.index(range.len())] = byte;
        }
        if let Ok(model) = decode(&sealed(file, &before)) {
            // A name may have become empty, and is then made anew: what is saved is stable from there on.
            let bytes = encode(&model).unwrap();
            prop_assert_eq!(decode(&bytes).unwrap(), model);
        }
    }
}

#[test]
fn every_content_byte() {
    let before = encode(&example()).unwrap();
    let mut refused = 0;
    for at in content(&before) {
        for byte in [0, 1, 0x7f, 0x80, 0xff] {
            let mut file = before.clone();
            file[at] = byte;
            refused += usize::from(decode(&sealed(file, &before)).is_err());
        }
    }
    assert!(refused > before.len() / 2, "only {refused} changes were refused");
}

#[test]
fn every_truncation() {
    let (plain, packed) = (encode(&example()).unwrap(), packed(&example()));
    for file in [&plain, &packed] {
        for length in 0..file.len() {
            let codes = codes(decode(&file[..length]));
            let expected = ["model::bad_magic", "model::malformed", "model::frame"];
            assert!(expected.contains(&codes[0].as_str()), "{codes:?} at length {length}");
        }
    }
}

#[test]
fn every_bit_flip() {
    let model = example();
    for (file, least) in [(encode(&model).unwrap(), 0.95), (packed(&model), 0.9)] {
        let mut noticed = 0;
        for bit in 0..8 * file.len() {
            let mut damaged = file.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            match decode(&damaged) {
                Ok(read) => assert_eq!(read, model, "bit {bit} gives another model"),
                Err(_) => noticed += 1,
            }
        }
        // Padding, and fields of the frame that change nothing, may flip unnoticed.
        assert!(noticed as f64 >= least * 8.0 * file.len() as f64, "{noticed} of {}", 8 * file.len());
    }
}

#[test]
fn other_files() {
    for bytes in [&b""[..], b"\0", b"name: model\nlayers: []\n", b"\x89NPX\r\n\x1a\n"] {
        assert!(!is_model(bytes));
        assert_eq!(codes(decode(bytes)), ["model::bad_magic"]);
    }
    let text = zstd::bulk::compress(b"name: model\nlayers: []\n", 1).unwrap();
    assert_eq!(codes(decode(&text)), ["model::bad_magic"]);
    let mut two = packed(&example());
    two.extend(&text);
    assert_eq!(codes(decode(&two)), ["model::frame"]);
    let mut newer = encode(&example()).unwrap();
    let content = content(&newer).start;
    let at = newer[8..content].windows(4).position(|w| w == [1, 0, 0, 0]).unwrap() + 8;
    newer[at] = 3;
    assert_eq!(codes(decode(&newer)), ["model::format_version"]);
}

/// A frame of 1 GiB and more: unpacking stops at the limit.
#[test]
fn bomb() {
    let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
    std::io::copy(&mut std::io::Read::take(std::io::repeat(0), (1 << 30) + 1), &mut encoder).unwrap();
    assert_eq!(codes(decode(&encoder.finish().unwrap())), ["model::file_size"]);
}

/// Whatever a live model refuses, a file cannot bring in; and the error says so in the same words.
#[test]
fn models_that_cannot_be() {
    let before = encode(&example()).unwrap();
    let change = |from: &[u8], to: &[u8]| {
        let mut file = before.clone();
        let hits: Vec<usize> =
            (0..file.len() - from.len()).filter(|&i| file[i..].starts_with(from)).collect();
        assert_eq!(hits.len(), 1, "{from:?}");
        file[hits[0]..hits[0] + to.len()].copy_from_slice(to);
        codes(decode(&sealed(file, &before)))
    };
    assert_eq!(change(b"separableconvolutional_2", b"convolutional_1\0"), ["model::layer_name"]);
    let model = example();
    let weights: Vec<u8> = model.layers()[3].variables.weights.iter().map(|&w| w as u8).collect();
    assert_eq!(change(&weights, &[99]), ["model::variable_range"]);
    let steps = &model.layers()[3].variables.threshold_fire_step;
    let steps: Vec<u8> = steps.iter().flat_map(|s| s.to_le_bytes()).collect();
    assert_eq!(change(&steps[..4], &f32::NAN.to_le_bytes()), ["model::variable_range"]);
}

#[test]
fn the_name_decides_about_compression_only() {
    let folder = tempfile::tempdir().unwrap();
    let model = example();
    for name in ["m.fb", "m.fbz", "m", "m.FBZ", ".fbz"] {
        let path = folder.path().join(name);
        std::fs::write(&path, "what was there before").unwrap();
        save(&model, &path).unwrap();
        let bytes = std::fs::read(&path).unwrap();
        assert_eq!(bytes.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]), name.ends_with(".fbz"), "{name}");
        assert!(is_model(&bytes));
        let renamed = folder.path().join("renamed.yaml");
        std::fs::rename(&path, &renamed).unwrap();
        assert_eq!(load(&renamed).unwrap(), model);
        std::fs::remove_file(&renamed).unwrap();
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing else is left behind");

    assert_eq!(codes(load(&folder.path().join("none.fb"))), ["model::io"]);
    let errors = save(&model, &folder.path().join("no/such/folder.fb")).unwrap_err();
    assert_eq!(errors[0].code().unwrap().to_string(), "model::io");
}

/// A compiled model in the middle of learning.
fn learner() -> Model {
    let mut model = Model::new("learner");
    let input = Dims { width: 1, height: 1, channels: 8 };
    model.add("events", Parameters::InputData(InputData { input }), &[]).unwrap();
    let activation = ActivationParameters { threshold_fire: 7, ..Default::default() };
    let head = FullyConnected { num_neurons: 4, weights_bits: 1, activation };
    let head = model.add("head", Parameters::FullyConnected(head), &[]).unwrap();
    let learning =
        Learning { num_classes: 2, seed: 0x1122_3344_5566_7788, min_plasticity: 0.3, ..Learning::new(3) };
    model.compile(&learning).unwrap();
    model.set_variable(head, "threshold_learning", &[0x0a0b_0c0d, 0, 0, 0]).unwrap();
    model
}

/// Only files that need it have the version that older builds refuse.
#[test]
fn learning_has_a_version_of_its_own() {
    let model = learner();
    let file = encode(&model).unwrap();
    let version = |file: &[u8]| file[8..content(file).start].windows(4).any(|word| word == [2, 0, 0, 0]);
    assert!(version(&file));
    assert!(!version(&encode(&example()).unwrap()));
    assert_eq!(decode(&file).unwrap(), model);
    assert_eq!(decode(&packed(&model)).unwrap(), model);
}

/// What is damaged with a sound checksum is still found: nothing that the rule never makes comes in.
#[test]
fn learning_that_cannot_be() {
    let before = encode(&learner()).unwrap();
    let change = |from: &[u8], to: &[u8]| {
        let mut file = before.clone();
        let hits: Vec<usize> =
            (0..file.len() - from.len()).filter(|&i| file[i..].starts_with(from)).collect();
        assert_eq!(hits.len(), 1, "{from:?}");
        file[hits[0]..hits[0] + to.len()].copy_from_slice(to);
        decode(&sealed(file, &before))
    };
    let seed = 0x1122_3344_5566_7788u64.to_le_bytes();
    assert_eq!(change(&seed, &[0; 8]).unwrap().learning().unwrap().parameters().seed, 0);
    assert_eq!(codes(change(&0.3f32.to_le_bytes(), &1.5f32.to_le_bytes())), ["model::parameter_range"]);
    assert_eq!(codes(change(&0.3f32.to_le_bytes(), &f32::NAN.to_le_bytes())), ["model::parameter_range"]);
    assert_eq!(
        codes(change(&0x0a0b_0c0di32.to_le_bytes(), &(-1i32).to_le_bytes())),
        ["model::variable_range"]
    );
    let weights: Vec<u8> = learner().layers()[1].variables.weights.iter().map(|&w| w as u8).collect();
    let flipped: Vec<u8> = weights.iter().map(|w| 1 - w).collect();
    assert_eq!(codes(change(&weights, &flipped)), ["model::learning_ones"]);
    // A vector's length comes before its values; the steps are four zeros.
    let thresholds = [4u32.to_le_bytes(), 0x0a0b_0c0du32.to_le_bytes()].concat();
    let short = [3u32.to_le_bytes(), 0x0a0b_0c0du32.to_le_bytes()].concat();
    assert_eq!(codes(change(&thresholds, &short)), ["model::variable_length"]);
    let steps = [4u32, 0, 0, 0, 0].map(u32::to_le_bytes).concat();
    assert_eq!(codes(change(&steps, &3u32.to_le_bytes())), ["model::learning_steps"]);
}
