//! Three implementations, one answer: the plain oracle, the engine and the simulated mesh compute the same integers.
//!
//! Random networks that the mesh can hold run on devices whose memories are made small, so that maps are cut into slices, filters are dealt over
//! NPs and models need several passes.

mod oracle {
    pub mod random;
    pub mod reference;
}

use oracle::random::{Gene, Genome, events, images};
use oracle::reference;
use proptest::prelude::*;
use spikemesh::compiler::{Mode, compile};
use spikemesh::engine::{Engine, Input, MapValues};
use spikemesh::mesh::{Device, Simulator};
use spikemesh::model::{ConvolutionMode, Dims, Model, PoolingParameters, PoolingType};
use spikemesh::run::{Job, Results, simulate};

/// Networks that must have been compared; those that no mapping can hold do not count.
const CASES: u32 = 256;

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, max_global_rejects: 8 * cases, ..ProptestConfig::default() }
}

/// An akd1000 whose NPs hold little.
fn small_device((weights, input, rows, grid): (u32, u32, u32, (u16, u16))) -> Device {
    let text = Device::text("akd1000").unwrap();
    let set = |text: String, name: &str, value: u32| {
        let start = text.find(&format!("{name}: (")).unwrap() + name.len() + 3;
        let end = start + text[start..].find(',').unwrap();
        format!("{}{value}{}", &text[..start], &text[end..])
    };
    let text = set(text.to_owned(), "weight_bytes", weights);
    let text = set(text, "input_bytes", input);
    let text = set(text, "own_rows", rows);
    let text = set(text, "columns", grid.0.into());
    let text = set(text, "rows", grid.1.into());
    Device::parse("small", &text).unwrap()
}

fn devices() -> impl Strategy<Value = Device> {
    let grid = prop_oneof![Just((5, 4)), Just((2, 1)), Just((4, 2)), Just((1, 3))];
    prop_oneof![
        1 => Just((41_344, 43_008, 32, (5, 4))),
        4 => (200..=2000u32, 60..=800u32, 2..=6u32, grid),
    ]
    .prop_map(small_device)
}

/// A layer that the mesh can compute.
fn gene() -> impl Strategy<Value = Gene> {
    let neurons = prop_oneof![6 => 1..=12u32, 3 => 13..=40u32];
    let size = prop_oneof![1 => Just(1u32), 4 => Just(3), 1 => Just(5), 1 => Just(7)];
    let mode = prop_oneof![3 => Just(ConvolutionMode::Same), 1 => Just(ConvolutionMode::Valid)];
    let kind = prop_oneof![4 => Just(0u8), 4 => Just(2), 1 => Just(4)];
    let max = (1..=3i32, 1..=3i32, 1..=3i32, 1..=3i32).prop_map(|(w, h, x, y)| PoolingParameters {
        pooling_width: w,
        pooling_height: h,
        pooling_type: PoolingType::Max,
        pooling_stride_x: x.min(w),
        pooling_stride_y: y.min(h),
    });
    let pooling = prop_oneof![
        4 => Just(PoolingParameters::default()),
        2 => max,
        1 => Just(PoolingParameters { pooling_type: PoolingType::Average, ..Default::default() }),
    ];
    ((kind, size, (1..=2u32, 1..=2u32)), (neurons, mode, 1..=4u8, pooling, 1..=4u8, any::<bool>())).prop_map(
        |((kind, size, stride), (neurons, mode, weights_bits, pooling, fire_bits, joins))| Gene {
            kind,
            kernel: (size, size),
            stride,
            neurons,
            mode,
            weights_bits,
            pooling,
            fire_bits,
            joins,
        },
    )
}

fn networks() -> impl Strategy<Value = Genome> {
    (
        (1..=14u32, 1..=20u32, 1..=12u32),
        prop::option::of((gene(), prop_oneof![Just(0u8), any::<u8>()])),
        prop::collection::vec(gene(), 1..=4),
        any::<bool>(),
        any::<u64>(),
        0..=8u32,
    )
        .prop_map(|((width, height, channels), pixels, genes, raw, seed, density)| {
            let channels = if pixels.is_some() { 1 + channels % 2 * 2 } else { channels };
            Genome { input: Dims { width, height, channels }, pixels, genes, raw, seed, density }
        })
}

/// A network on a device, with its inputs and what the mesh makes of them; rejected if it cannot be mapped.
struct Trial {
    model: Model,
    input: Input,
    samples: Vec<reference::Map>,
}

impl Trial {
    fn new(genome: &Genome, samples: usize) -> Trial {
        let model = genome.model();
        let samples = genome.samples(&model, samples);
        let channels = model.layers()[0].shape.input.channels;
        let as_images = genome.seed.is_multiple_of(2) && matches!(channels, 1 | 3);
        let input = if as_images { images(&samples) } else { events(&samples) };
        Trial { model, input, samples }
    }

    fn run(&self, device: &Device, batch: usize) -> Result<Results, TestCaseError> {
        let program = compile(&self.model, device, Mode::Minimal)
            .map_err(|refusals| TestCaseError::reject(format!("{refusals:?}")))?
            .program;
        let simulator = Simulator::new(&program, device).unwrap();
        Ok(simulate(&Job::new(&simulator, &self.input).against(&self.model).batch(batch)).unwrap())
    }
}

proptest! {
    #![proptest_config(config(CASES))]

    #[test]
    fn oracle_engine_and_mesh_agree(genome in networks(), device in devices()) {
        let trial = Trial::new(&genome, 2);
        let results = trial.run(&device, 1)?;
        prop_assert!(results.hang.is_none(), "{:?}", results.hang);
        prop_assert!(results.differences.is_empty(), "{}", results.differences[0]);
        prop_assert_eq!(results.frames.len(), 2);

        let engine = Engine::new(&trial.model).unwrap();
        for (n, sample) in trial.samples.iter().enumerate() {
            let oracle = reference::run(&trial.model, sample);
            let last = oracle.last().unwrap();
            let mesh: Vec<i64> = results.frames[n].output.iter().map(|&v| v.into()).collect();
            prop_assert_eq!(&mesh, &last.output.values);
            for (map, layer) in engine.trace(&trial.input, n).unwrap().iter().zip(&oracle) {
                let values: Vec<i64> = match &map.values {
                    MapValues::Levels(levels) => levels.iter().map(|&v| v.into()).collect(),
                    MapValues::Potentials(potentials) => potentials.iter().map(|&v| v.into()).collect(),
                };
                prop_assert_eq!(&values, &layer.output.values);
            }
        }
    }
}

proptest! {
    #![proptest_config(config(64))]

    /// Frames one behind the other give the outputs of frames one by one, in order, and not later.
    #[test]
    fn pipelined_frames_agree(genome in networks(), device in devices()) {
        let trial = Trial::new(&genome, 4);
        let single = trial.run(&device, 1)?;
        let batch = trial.run(&device, 4)?;
        prop_assert!(batch.hang.is_none(), "{:?}", batch.hang);
        prop_assert!(batch.differences.is_empty(), "{}", batch.differences[0]);
        for (single, batch) in single.frames.iter().zip(&batch.frames) {
            prop_assert_eq!(&single.output, &batch.output);
        }
        let ends: Vec<u64> = batch.stats.frames.iter().map(|f| f.end).collect();
        prop_assert!(ends.is_sorted(), "{:?}", ends);
        prop_assert_eq!(single.stats.units.len(), batch.stats.units.len());
        for (single, batch) in single.stats.units.iter().zip(&batch.stats.units) {
            prop_assert_eq!((&single.name, single.clocks, single.emitted), (&batch.name, batch.clocks, batch.emitted));
        }
    }
}
