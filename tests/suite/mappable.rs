//! Networks that the mesh can hold, on devices whose memories are made small, so that maps are cut into slices, filters are dealt over NPs and
//! models need several passes.

use proptest::prelude::*;
use proptest::test_runner::{FailurePersistence, FileFailurePersistence};
use spikemesh::compiler::{Mode, compile};
use spikemesh::device::Device;
use spikemesh::engine::Input;
use spikemesh::isa::Program;
use spikemesh::mesh::Simulator;
use spikemesh::model::{ConvolutionMode, Dims, Model, PoolingParameters, PoolingType};
use spikemesh::run::{Job, RunResults, simulate};

use spikemesh_oracle::random::{Gene, Genome, events, images};
use spikemesh_oracle::reference::Map;

/// `cases` networks that can be mapped; failing ones are kept in a file next to the test.
pub fn config(cases: u32) -> ProptestConfig {
    let failure_persistence: Box<dyn FailurePersistence> =
        Box::new(FileFailurePersistence::WithSource("regressions"));
    ProptestConfig {
        cases,
        max_global_rejects: 8 * cases,
        failure_persistence: Some(failure_persistence),
        ..ProptestConfig::default()
    }
}

/// An akd1000 whose NPs hold little.
fn small_device(
    (weights, input, rows, (columns, node_rows, nps)): (u32, u32, u32, (u16, u16, u16)),
) -> Device {
    let text = Device::text("akd1000").unwrap();
    let set = |text: String, name: &str, value: u32| {
        let start = text.find(&format!("{name}: (")).unwrap() + name.len() + 3;
        let end = start + text[start..].find(',').unwrap();
        format!("{}{value}{}", &text[..start], &text[end..])
    };
    let text = set(text.to_owned(), "weight_bytes", weights);
    let text = set(text, "input_bytes", input);
    let text = set(text, "own_rows", rows);
    let text = set(text, "columns", columns.into());
    let text = set(text, "rows", node_rows.into());
    let text = set(text, "nps_per_node", nps.into());
    Device::parse("small", &text).unwrap()
}

/// Devices of several sizes.
pub fn devices() -> impl Strategy<Value = Device> {
    prop_oneof![
        1 => Just((41_344, 43_008, 32, (5, 4, 4))),
        // Many NPs that hold little: layers are cut.
        4 => (100..=800u32, 60..=800u32, 2..=8u32, Just((5, 4, 4))),
        // Few NPs that hold more: models need several passes.
        3 => (400..=3000u32, 400..=2000u32, 5..=12u32, (1..=2u16, 1..=2u16, 1..=2u16)),
    ]
    .prop_map(small_device)
}

/// A layer that the mesh can compute.
fn gene() -> impl Strategy<Value = Gene> {
    let neurons = prop_oneof![3 => 1..=12u32, 3 => 13..=40u32];
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
    ((kind, size, (1..=2u32, 1..=2u32)), (neurons, mode, 1..=8u8, pooling, 1..=4u8, any::<bool>())).prop_map(
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

/// Networks of two to five layers.
pub fn networks() -> impl Strategy<Value = Genome> {
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
pub struct Trial {
    pub model: Model,
    pub input: Input,
    pub samples: Vec<Map>,
}

impl Trial {
    pub fn new(genome: &Genome, samples: usize) -> Trial {
        let model = genome.model();
        let samples = genome.samples(&model, samples);
        let channels = model.layers()[0].shape.input.channels;
        let as_images = genome.seed.is_multiple_of(2) && matches!(channels, 1 | 3);
        let input = if as_images { Input::Images(images(&samples)) } else { Input::Events(events(&samples)) };
        Trial { model, input, samples }
    }

    pub fn compile(&self, device: &Device) -> Result<Program, TestCaseError> {
        let compiled = compile(&self.model, device, &Mode::Minimal.into());
        Ok(compiled.map_err(|refusals| TestCaseError::reject(format!("{refusals:?}")))?.program)
    }

    pub fn run(&self, device: &Device, batch: usize) -> Result<RunResults, TestCaseError> {
        let program = self.compile(device)?;
        let simulator = Simulator::new(program.clone(), device.clone()).unwrap();
        let ended = simulate(&Job::new(&simulator, &self.input).against(&self.model).batch(batch)).unwrap();
        ended.into_finished().map_err(|unfinished| TestCaseError::fail(unfinished.end.to_string()))
    }
}
