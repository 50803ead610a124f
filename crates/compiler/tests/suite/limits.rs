//! The limits of programs: whatever the verifier refuses, the compiler refuses with a code of its own, or never gives out.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use miette::Diagnostic;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use spikemesh_compiler::{
    Capacity, CompileOptions, Error, Kernel, Mode, Resources, compile, compile_partition, partition,
    partition_with_splits,
};
use spikemesh_device::{Device, Floorplan};
use spikemesh_isa::limits::{MAX_COLUMNS, MAX_IMAGE, MAX_KERNEL, MAX_NAME, MAX_PASSES};
use spikemesh_model::*;

/// What keeps a refusal of the verifier from a user of the compiler.
enum Answer {
    /// The compiler refuses the model with this code.
    Refused(&'static str),
    /// The model is refused where it is built, with this code.
    Model(&'static str),
    /// No model leads to it, since this holds.
    Impossible(&'static str),
}

use Answer::{Impossible, Model as InModel, Refused};

/// Every refusal of the verifier, as `isa/src/verify/` names it. A variant has several rows if it has several limits.
const REFUSALS: &[(&str, Answer)] = &[
    ("ActivationKind", Impossible("units and output map of a layer ask the same `output_bits`")),
    ("AxisWindows", Refused("compiler::kernel_too_large")),
    (
        "AxisWindows",
        Impossible("`Span` gives no window that misses its map; sides of models are those of programs"),
    ),
    ("Bits", InModel("model::parameter_range")),
    (
        "Bits",
        Impossible("inputs of neural processors are levels of 1 to 4 bits, or the 4 bits of `InputData`"),
    ),
    (
        "BufferOrder",
        Impossible("passes ascend with layers, and inbound layers come before the layers they feed"),
    ),
    ("BufferWriters", Impossible("a buffer is of one layer, whose slices write it in its pass")),
    ("Columns", Refused("compiler::map_too_wide")),
    ("Count", Refused("compiler::too_many_passes")),
    ("Count", InModel("model::too_many_layers")),
    ("Coverage", Impossible("tiles deal every row, and filters are dealt evenly")),
    ("Coverage", Refused("compiler::too_many_nps")),
    ("Cycle", Impossible("inbound layers come before the layers that they feed")),
    ("DuplicateName", InModel("model::duplicate_name")),
    ("DuplicateRecord", Impossible("data flow lists each buffer of a pass once")),
    ("DuplicateRoute", InModel("model::inbound_twice")),
    ("Joined", Impossible("only routes with the same packets are brought together and joined")),
    ("JoinedSinks", Impossible("a layer has one buffer at most")),
    ("Filters", Refused("compiler::splits")),
    ("ImageChannels", InModel("model::parameter_range")),
    ("Index", Impossible("indices are places in the lists that are written, at most `MAX_LAYERS` long")),
    ("Input", InModel("model::second_input")),
    ("MapSize", InModel("model::side_too_large")),
    ("MapSize", InModel("model::map_too_large")),
    ("MemoryLength", Impossible("variables have the shapes of their layer, and images are packed from them")),
    ("MemorySize", InModel("model::too_many_weights")),
    ("More", Impossible("it only counts others")),
    ("Name", Refused("compiler::name")),
    ("Name", InModel("model::layer_name")),
    ("NoRoute", Impossible("a layer that no layer reads is collected as an output")),
    ("NpOrder", Impossible("a placer gives each NP of a pass once, and records are sorted")),
    (
        "OutputBuffer",
        Impossible("the units of a layer, and no others, have a route to the sink of its buffer"),
    ),
    ("OutputMap", Impossible("spans give both the output map and the windows")),
    ("OutputOrder", Impossible("outputs are listed in the order of layers, as output maps are")),
    ("Overlap", Impossible("tiles and filters are dealt once")),
    ("PotentialsToNp", InModel("model::inbound_potentials")),
    ("Producers", Impossible("data flow counts the routes that it makes")),
    ("RouteBits", Impossible("input bits are the largest of the inbound layers'")),
    ("RouteChannels", Impossible("channels of an input are the sum of the inbound layers'")),
    ("RouteMap", InModel("model::inbound_sizes")),
    ("RouteRows", Impossible("a route has the rows of its receiver's window")),
    ("RouteTarget", Impossible("routes go to slices of the same pass, or to its sinks")),
    ("RowRange", Impossible("tiles lie in the map")),
    ("SourcePotentials", InModel("model::inbound_potentials")),
    ("Step", InModel("model::variable_range")),
    ("UnreadBuffer", Impossible("a layer has a buffer where a later pass reads it, or where no layer does")),
    ("WindowRows", Impossible("windows are widened by what their outputs need")),
];

#[test]
fn every_refusal_of_the_verifier_has_an_answer() {
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir("../../isa/src/verify").unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        for (at, _) in text.match_indices("Error::") {
            let rest = &text[at + "Error::".len()..];
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
            found.insert(rest[..end].to_owned());
        }
    }
    let listed: BTreeSet<String> = REFUSALS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(found, listed);
    let page = std::fs::read_to_string("../../docs/errors.md").unwrap();
    for (name, answer) in REFUSALS {
        match answer {
            Refused(code) => {
                assert!(LIMITS.iter().any(|limit| limit.code == *code), "{name}: no model shows {code}");
            }
            InModel(code) => assert!(page.contains(&format!("| `{code}` |")), "{name}: {code} is no code"),
            Impossible(why) => assert!(why.len() > 10, "{name}"),
        }
    }
}

/// A limit: models at it are taken, models one above it are refused with the code, the value and the limit.
struct Limit {
    code: &'static str,
    limit: u64,
    /// Compiles, or only divides, a model with a value.
    compile: fn(u64) -> Result<(), Vec<Error>>,
}

const LIMITS: &[Limit] = &[
    Limit {
        code: "compiler::map_too_wide",
        limit: MAX_COLUMNS as u64,
        compile: |width| compiled(&one((width as u32, 2, 1), convolution(3, 1, 4)), &akd1500()),
    },
    Limit {
        code: "compiler::map_too_wide",
        limit: MAX_COLUMNS as u64,
        compile: |width| compiled(&one((width as u32, 2, 1), separable(3, 1, 4)), &akd1500()),
    },
    Limit {
        code: "compiler::kernel_too_large",
        limit: MAX_KERNEL as u64,
        compile: |size| compiled(&one((20, 20, 1), convolution(size as u32, 1, 4)), &any_kernel()),
    },
    Limit {
        code: "compiler::kernel_too_large",
        limit: MAX_KERNEL as u64,
        compile: |size| {
            let mut model = Model::new("image");
            model.add("in", image((20, 20, 3), size as u32, 4), &[]).unwrap();
            compiled(&model, &akd1500())
        },
    },
    Limit {
        code: "compiler::name",
        limit: MAX_NAME as u64,
        compile: |bytes| compiled(&named(&"x".repeat(bytes as usize)), &akd1500()),
    },
    Limit {
        code: "compiler::name",
        limit: MAX_NAME as u64,
        compile: |bytes| {
            let device = Resources { name: "x".repeat(bytes as usize), ..akd1500() };
            compiled(&one((4, 4, 1), head(4, 4)), &device)
        },
    },
    Limit {
        code: "compiler::too_many_passes",
        limit: MAX_PASSES as u64,
        compile: |layers| {
            let mut model = Model::new("deep");
            model.add("", events((1, 1, 1)), &[]).unwrap();
            for _ in 0..layers {
                model.add("", head(1, 1), &[]).unwrap();
            }
            let floorplan = Floorplan { columns: 1, rows: 1, nps_per_node: 1 };
            compiled(&model, &Resources { floorplan, ..akd1500() })
        },
    },
    Limit { code: "compiler::splits", limit: 8, compile: |filter| split(&[[1, 1], [1, filter as u32]]) },
    Limit {
        // 32 neural processors.
        code: "compiler::too_many_nps",
        limit: 32,
        compile: |nps| {
            let mut model = Model::new("split");
            model.add("in", events((4, 4, 1)), &[]).unwrap();
            model.add("a", convolution(3, 24, 4), &[]).unwrap();
            model.add("b", convolution(3, 24, 4), &[]).unwrap();
            split_of(&model, &[[1, 1], [1, 16], [1, nps as u32 - 16]])
        },
    },
];

#[test]
fn at_a_limit_models_are_taken_and_one_above_refused() {
    for limit in LIMITS {
        for value in [limit.limit - 1, limit.limit] {
            if let Err(errors) = (limit.compile)(value) {
                panic!("{} at {value}: {errors:?}", limit.code);
            }
        }
        let errors = (limit.compile)(limit.limit + 1).expect_err(limit.code);
        let codes: Vec<String> = errors.iter().map(|e| e.code().unwrap().to_string()).collect();
        assert_eq!(codes, [limit.code], "{errors:?}");
        assert!(errors[0].help().is_some_and(|help| !help.to_string().is_empty()), "{}", limit.code);
    }
}

#[test]
fn a_refusal_has_value_limit_and_way_out() {
    let text = |model: &Model, device: &Resources| {
        let error = compile(model, device.clone(), &Mode::Minimal.into()).unwrap_err().remove(0);
        format!("{error} / {}", error.help().unwrap())
    };
    let wide = text(&one((4097, 2, 1), convolution(3, 1, 4)), &akd1500());
    let broken = text(&named("a\nb"), &akd1500());
    assert_eq!(
        [wide, broken],
        [
            "the input map of layer `layer` is 4097 columns wide; a convolution slides over at most 4096 / transpose the \
             map, or reduce it to at most 4096 columns by a stride or by pooling before the layer; a fully connected \
             layer takes any shape",
            "the name of the model has control characters; a program's names have 1 to 256 bytes and no control \
             characters / give the model another `name`",
        ]
    );
    let empty = split(&[[0, 1], [0, 1]]).unwrap_err();
    assert!(empty[0].to_string().contains("0 slices of rows x 1 of its 8 filters"), "{empty:?}");
    let short = split(&[[1, 1]]).unwrap_err();
    assert_eq!(short[0].to_string(), "numbers of slices are given for 1 layer; the model has 2");
}

/// A model has no more weights than a program holds for one unit at 8 bits, so no unit has more.
#[test]
fn weights_of_a_model_fit_one_unit() {
    assert_eq!(MAX_IMAGE, 1 << 28);
    let roomy = Capacity { memory_bytes: 1 << 30, ..akd1500().np };
    let model = one((1, 1, 1 << 14), head(1 << 14, 8));
    // Only divided: an image of that size takes long.
    assert!(partition(model.layers(), &Resources { np: roomy, ..akd1500() }, Mode::Minimal).is_ok());
    let mut model = Model::new("above");
    model.add("in", events((1, 1, 1 << 14)), &[]).unwrap();
    let errors = model.add("layer", head((1 << 14) + 1, 8), &[]).unwrap_err();
    assert_eq!(errors[0].code().unwrap().to_string(), "model::too_many_weights");
}

#[test]
fn flat_inputs_have_any_shape() {
    for input in
        [(1, 1, 57_334), (57_334, 1, 1), (1, 57_334, 1), (2, 28_667, 1), (28_667, 1, 2), (1, 2, 28_667)]
    {
        let model = one(input, head(4, 1));
        if let Err(errors) = compiled(&model, &akd1500()) {
            panic!("{input:?}: {errors:?}");
        }
    }
    // Sides beyond 16 bits are no model.
    let mut model = Model::new("side");
    assert!(model.add("in", events((1, 65_536, 1)), &[]).is_err());
    assert!(model.add("in", events((1, 65_535, 1)), &[]).is_ok());
    model.add("head", head(4, 1), &[]).unwrap();
    assert!(compiled(&model, &akd1500()).is_ok());
}

/// Sides near the limits of packets, columns, rows and features.
fn side(limits: &'static [u32]) -> impl Strategy<Value = u32> {
    let near = (prop::sample::select(limits), -1i64..=1)
        .prop_map(|(limit, off)| (i64::from(limit) + off).max(1) as u32);
    prop_oneof![2 => 1u32..9, 3 => near]
}

/// Kind, kernel, stride, filters, bits of weights and levels, and whether it also takes the layer before the last.
type Draw = (u8, u32, u32, u32, u8, u8, bool);

fn model(
    ((width, height, channels), image_first, draws): ((u32, u32, u32), bool, Vec<Draw>),
) -> Option<Model> {
    let values = u64::from(width) * u64::from(height) * u64::from(channels);
    if values > 1 << 20 {
        return None;
    }
    let mut model = Model::new("limits");
    let first = if image_first { image((width, height, 3), 3, 4) } else { events((width, height, channels)) };
    model.add("", first, &[]).ok()?;
    for (kind, kernel, stride, filters, weights, levels, skip) in draws {
        let mut parameters = match kind {
            0..=2 => head(filters, weights),
            3 | 4 => convolution(kernel, filters, weights),
            _ => separable(kernel, filters, weights),
        };
        parameters.activation_mut().unwrap().threshold_fire_bits = levels;
        if let Some(convolution) = parameters.convolution_mut() {
            (convolution.stride_x, convolution.stride_y) = (stride, stride);
        }
        let last = LayerId(model.layers().len() - 1);
        let inbound = if skip && last.0 > 0 { vec![LayerId(last.0 - 1), last] } else { vec![last] };
        let taps = if kind < 3 {
            u64::from(model.layer(last).shape.output.height) * u64::from(model.layer(last).shape.output.width)
        } else {
            u64::from(kernel * kernel)
        };
        if taps * u64::from(model.layer(last).shape.output.channels) * u64::from(filters) > 1 << 22 {
            continue;
        }
        let _ = model.add("", parameters, &inbound);
    }
    Some(model)
}

fn models() -> impl Strategy<Value = Model> {
    let sides = (
        side(&[63, 64, 2047, 2048, 4095, 4096, 4097, 57_334, 65_534]),
        side(&[32, 64, 4096, 57_334, 65_534]),
        side(&[63, 2048, 4096, 57_334, 65_534]),
    );
    let filters = side(&[8, 2048, 4096, 65_534]);
    let kernel = prop::sample::select(vec![1, 1, 3, 3, 5, 7, 14, 15, 16]);
    let draws =
        prop::collection::vec((0u8..8, kernel, 1u32..4, filters, 1u8..=8, 1u8..=4, any::<bool>()), 1..5);
    (sides, prop::bool::weighted(0.2), draws).prop_filter_map("too large for a test", model)
}

/// Near the limits a model is compiled, or refused for a reason of its own. Sides, filters and kernels are drawn within one of a limit more
/// often than not; a third of the models compile.
#[test]
fn models_near_the_limits_never_give_an_invalid_program() {
    let devices = [akd1500(), Resources::from(&Device::load("akd1000").unwrap()), any_kernel()];
    let modes = [Mode::Minimal, Mode::AllNps, Mode::HwPr];
    let counts: RefCell<BTreeMap<String, u32>> = RefCell::default();
    let count = |what: String| *counts.borrow_mut().entry(what).or_default() += 1;
    let mut runner = TestRunner::new(Config { failure_persistence: None, ..Config::with_cases(400) });
    let result = runner.run(&(models(), 0usize..3, 0usize..3), |(model, device, mode)| {
        match compile(&model, devices[device].clone(), &modes[mode].into()) {
            Ok(compiled) => {
                prop_assert!(spikemesh_isa::verify(&compiled.program).is_empty());
                count("compiled".to_owned());
            }
            Err(errors) => {
                for error in errors {
                    prop_assert!(!matches!(error, Error::Program(_)), "{}", error);
                    prop_assert!(error.help().is_some());
                    count(error.code().unwrap().to_string());
                }
            }
        }
        Ok(())
    });
    println!("{:?}", counts.borrow());
    result.unwrap();
    assert!(counts.borrow()["compiled"] >= 400 / 3, "{:?}", counts.borrow());
    assert!(counts.borrow().contains_key("compiler::map_too_wide"), "{:?}", counts.borrow());
}

fn compiled(model: &Model, device: &Resources) -> Result<(), Vec<Error>> {
    compile(model, device.clone(), &Mode::Minimal.into()).map(drop)
}

fn split(splits: &[[u32; 2]]) -> Result<(), Vec<Error>> {
    split_of(&one((4, 4, 1), convolution(3, 8, 4)), splits)
}

fn split_of(model: &Model, splits: &[[u32; 2]]) -> Result<(), Vec<Error>> {
    let partition = partition_with_splits(model.layers(), &akd1500(), splits)?;
    compile_partition(model, akd1500(), &partition, &CompileOptions::default()).map(drop)
}

fn akd1500() -> Resources {
    Resources::from(&Device::load("akd1500").unwrap())
}

/// A device that computes any kernel, so that only the format limits it.
fn any_kernel() -> Resources {
    let kernels =
        (1..20).flat_map(|size| [false, true].map(|separable| Kernel { separable, size, weight_bits: 1 }));
    Resources { kernels: kernels.collect(), ..akd1500() }
}

fn one(input: (u32, u32, u32), layer: Parameters) -> Model {
    let mut model = Model::new("limit");
    model.add("in", events(input), &[]).unwrap();
    model.add("layer", layer, &[]).unwrap();
    model
}

fn named(name: &str) -> Model {
    let mut model = one((4, 4, 1), head(4, 4));
    model.name = name.to_owned();
    model
}

fn events((width, height, channels): (u32, u32, u32)) -> Parameters {
    Parameters::InputData(InputData { input: Dims { width, height, channels } })
}

fn kernel_of(size: u32, filters: u32, bits: u8) -> ConvolutionParameters {
    ConvolutionParameters {
        kernel_width: size,
        kernel_height: size,
        num_neurons: filters,
        convolution_mode: ConvolutionMode::Same,
        stride_x: 1,
        stride_y: 1,
        weights_bits: bits,
    }
}

fn image((width, height, channels): (u32, u32, u32), size: u32, filters: u32) -> Parameters {
    Parameters::InputConvolutional(InputConvolutional {
        input: Dims { width, height, channels },
        convolution: kernel_of(size, filters, 8),
        pooling: PoolingParameters::default(),
        activation: ActivationParameters::default(),
        padding_value: 0,
    })
}

fn convolution(size: u32, filters: u32, bits: u8) -> Parameters {
    Parameters::Convolutional(Convolutional {
        convolution: kernel_of(size, filters, bits),
        pooling: PoolingParameters::default(),
        activation: ActivationParameters::default(),
    })
}

fn separable(size: u32, filters: u32, bits: u8) -> Parameters {
    Parameters::SeparableConvolutional(SeparableConvolutional {
        convolution: kernel_of(size, filters, bits),
        pooling: PoolingParameters::default(),
        activation: ActivationParameters::default(),
    })
}

fn head(units: u32, bits: u8) -> Parameters {
    let activation = ActivationParameters::default();
    Parameters::FullyConnected(FullyConnected { num_neurons: units, weights_bits: bits, activation })
}
