//! Whatever the model and however it is cut: every row and filter has one slice, every slice gets the events that it needs,
//! once, and its memory holds its part of the weights. Checked on the program alone, by counting.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use spikemesh_compiler::{Capacity, Kernel};
use spikemesh_compiler::{Compilation, Error, Mode, Resources, compile};
use spikemesh_device::{Device, Floorplan};
use spikemesh_isa::memory::{Contents, Layout};
use spikemesh_isa::{Axis, Convolution, NpRecord, Operation, Pooling, Program, Route};
use spikemesh_model::*;

/// A device with many small neural processors, so that small layers are cut.
fn small_nps() -> Resources {
    Resources {
        hrc_filters_per_group: 16,
        name: "small".to_owned(),
        floorplan: Floorplan { columns: 8, rows: 7, nps_per_node: 4 },
        multi_pass: true,
        network: Device::load("akd1000").unwrap().network,
        np: Capacity {
            weight_bytes: 2000,
            input_bytes: 900,
            input_maps: 1,
            own_rows: 4,
            memory_bytes: 1 << 16,
            external_weights_above: 300,
            filters_per_group: 8,
            potential_bytes: 4,
            threshold_bytes: 8,
            fifo_bytes: 1024,
        },
        disabled: Vec::new(),
        fifo_bytes: std::collections::BTreeMap::new(),
        kernels: (1..8)
            .flat_map(|size| [false, true].map(|separable| Kernel { separable, size, weight_bits: 1 }))
            .collect(),
    }
}

#[derive(Clone, Debug)]
struct Draw {
    kind: u8,
    kernel: u32,
    stride: u32,
    mode: u8,
    pool: (u8, i32, i32),
    filters: u32,
    bits: (u8, u8),
    skip: bool,
}

fn draw() -> impl Strategy<Value = Draw> {
    let pool = (0u8..12, 1i32..4, 1i32..4);
    let bits = (1u8..=8, 1u8..=4);
    (
        0u8..9,
        prop::sample::select(vec![1, 2, 3, 3, 3, 4, 5, 7]),
        1u32..=3,
        0u8..6,
        pool,
        1u32..30,
        bits,
        prop::bool::weighted(0.2),
    )
        .prop_map(|(kind, kernel, stride, mode, pool, filters, bits, skip)| Draw {
            kind,
            kernel,
            stride,
            mode,
            pool,
            filters,
            bits,
            skip,
        })
}

fn parameters(d: &Draw) -> Parameters {
    let convolution = ConvolutionParameters {
        kernel_width: d.kernel,
        kernel_height: d.kernel,
        num_neurons: d.filters,
        convolution_mode: match d.mode {
            0 => ConvolutionMode::Full,
            1 => ConvolutionMode::Valid,
            _ => ConvolutionMode::Same,
        },
        stride_x: d.stride,
        stride_y: d.stride,
        weights_bits: d.bits.0,
    };
    let (kind, size, stride) = d.pool;
    let pooling = PoolingParameters {
        pooling_width: if kind == 0 { -1 } else { size },
        pooling_height: if kind == 0 { -1 } else { size },
        pooling_type: match kind {
            0 => PoolingType::Average,
            1..=5 => PoolingType::Max,
            _ => PoolingType::NoPooling,
        },
        pooling_stride_x: if stride == 3 { -1 } else { stride },
        pooling_stride_y: if stride == 3 { -1 } else { stride },
    };
    let activation = ActivationParameters { threshold_fire_bits: d.bits.1, ..Default::default() };
    match d.kind {
        0 => Parameters::FullyConnected(FullyConnected {
            num_neurons: d.filters,
            weights_bits: d.bits.0,
            activation,
        }),
        1..=4 => Parameters::Convolutional(Convolutional { convolution, pooling, activation }),
        _ => Parameters::SeparableConvolutional(SeparableConvolutional { convolution, pooling, activation }),
    }
}

/// A random model: layers that do not fit behind the last are left out; some also take the one before it.
fn model((image, width, height, channels, draws, seed): (bool, u32, u32, u32, Vec<Draw>, u64)) -> Model {
    let mut model = Model::new("random");
    let input = Dims { width, height, channels: if image { channels % 2 * 2 + 1 } else { channels } };
    let first = match parameters(&draws[0]) {
        Parameters::Convolutional(p) if image => Parameters::InputConvolutional(InputConvolutional {
            input,
            convolution: p.convolution,
            pooling: p.pooling,
            activation: p.activation,
            padding_value: 7,
        }),
        _ => Parameters::InputData(InputData { input }),
    };
    if model.add("", first, &[]).is_err() {
        model.add("", Parameters::InputData(InputData { input }), &[]).unwrap();
    }
    for draw in &draws[1..] {
        let last = LayerId(model.layers().len() - 1);
        let inbound = if draw.skip && last.0 > 0 { vec![LayerId(last.0 - 1), last] } else { vec![] };
        if model.add("", parameters(draw), &inbound).is_err() {
            let _ = model.add("", parameters(draw), &[]);
        }
    }
    model.randomise(seed);
    model
}

fn models() -> impl Strategy<Value = Model> {
    let draws = prop::collection::vec(draw(), 2..8);
    (any::<bool>(), 1u32..14, 10u32..80, 1u32..12, draws, any::<u64>()).prop_map(model)
}

fn covers(axis: &Axis, output: u32, length: u32) -> std::ops::Range<u32> {
    let start = output as i64 * axis.stride as i64 - axis.pad as i64;
    let end = start + axis.size as i64;
    start.clamp(0, length as i64) as u32..end.clamp(0, length as i64) as u32
}

/// Input rows that some output row of a convolution depends on, one by one.
fn needed(c: &Convolution, output: u32, height: u32) -> Vec<u32> {
    let rows: Vec<u32> = match c.pooling {
        Pooling::None => vec![output],
        Pooling::Max { y, .. } => covers(&y, output, c.y.outputs).collect(),
        Pooling::GlobalSum => (0..c.y.outputs).collect(),
    };
    rows.iter().flat_map(|&row| covers(&c.y, row, height)).collect()
}

/// A sender of a pass: its rows and channels, as `(first, end)`, and its routes.
type Sender<'a> = ((u32, u32), (u32, u32), &'a [Route]);

fn senders(program: &Program, pass: usize) -> Vec<Sender<'_>> {
    let records = &program.passes[pass];
    let mut senders: Vec<Sender<'_>> = Vec::new();
    if let Some(hrc) = &records.hrc {
        let map = program.output_maps[hrc.output_map.0 as usize].map;
        senders.push(((0, map.height), (0, map.channels), &hrc.routes));
    }
    for source in &records.sources {
        let map = program.buffers[source.buffer.0 as usize].map;
        senders.push(((0, map.height), (0, map.channels), &source.routes));
    }
    for np in &records.nps {
        senders.push(match np.operation {
            Operation::Convolution(c) => (
                (c.output_rows.first, c.output_rows.end),
                (c.first_filter, c.first_filter + c.filters),
                &np.routes,
            ),
            Operation::FullyConnected(f) => ((0, 1), (0, f.units), &np.routes),
        });
    }
    senders
}

/// How often each (row, channel) of a receiver's map of `rows` x `channels` arrives at each of its local rows: there must be one
/// way, and the local row must be right.
fn check_arrivals(
    senders: &[Sender<'_>],
    target: spikemesh_isa::Target,
    held: spikemesh_isa::Rows,
    channels: u32,
    producers: u32,
) {
    let mut arrived = vec![0u32; held.len() as usize * channels as usize];
    let mut markers = 0;
    for (rows, features, routes) in senders {
        for route in routes.iter().filter(|r| r.target == target) {
            markers += 1;
            for row in (rows.0..rows.1).filter(|&row| route.rows.contains(row)) {
                let local = row - route.row_base;
                assert_eq!(local + held.first, row, "{target:?}");
                for feature in features.0..features.1 {
                    arrived[(local * channels + feature + route.channel_base) as usize] += 1;
                }
            }
        }
    }
    assert!(arrived.iter().all(|&n| n == 1), "{target:?} holds {held:?}: {arrived:?}");
    assert_eq!(markers, producers, "{target:?}");
}

fn check_layer(model: &Model, layer: &Layer, slices: &[&NpRecord]) {
    let (input, output) = (layer.shape.input, layer.shape.output);
    let mut own = vec![vec![0; input.height as usize]; output.channels as usize];
    let mut computed = vec![vec![0; output.height as usize]; output.channels as usize];
    for np in slices {
        let window = np.input;
        assert_eq!(
            (window.map.width, window.map.height, window.map.channels),
            (input.width, input.height, input.channels)
        );
        assert_eq!(window.bits, layer.input_bits);
        let (first, count, rows) = match np.operation {
            Operation::Convolution(c) => {
                for output in c.output_rows.first..c.output_rows.end {
                    for row in needed(&c, output, input.height) {
                        assert!(
                            window.rows.contains(row),
                            "{}: output {output} needs row {row}: {np:?}",
                            layer.name
                        );
                    }
                    if c.pooling == Pooling::None {
                        let tap =
                            output as i64 * c.y.stride as i64 - c.y.pad as i64 + (c.y.size as i64 - 1) / 2;
                        assert!(window.own.contains(tap.clamp(0, input.height as i64 - 1) as u32), "{np:?}");
                    }
                }
                // The halo is there whether it is needed or not.
                let halo = (c.y.size - 1) / 2;
                for row in window.own.first..window.own.end {
                    assert!(row < halo || window.rows.contains(row - halo));
                    assert!(row + halo >= input.height || window.rows.contains(row + halo));
                }
                (c.first_filter, c.filters, c.output_rows)
            }
            Operation::FullyConnected(f) => (0, f.units, spikemesh_isa::Rows { first: 0, end: 1 }),
        };
        for filter in first..first + count {
            (window.own.first..window.own.end).for_each(|row| own[filter as usize][row as usize] += 1);
            (rows.first..rows.end).for_each(|row| computed[filter as usize][row as usize] += 1);
        }
        check_memory(layer, np, first as usize, count as usize);
    }
    assert!(own.iter().flatten().all(|&n| n == 1), "{}: {own:?}", layer.name);
    assert!(computed.iter().flatten().all(|&n| n == 1), "{} of {}: {computed:?}", layer.name, model.name);
}

/// Every weight and threshold of the variables at its place in the image.
fn check_memory(layer: &Layer, np: &NpRecord, first: usize, count: usize) {
    let contents =
        Contents::unpack(&np.memory, &Layout::of_np(np)).expect("the image has the length of its layout");
    let neurons = layer.shape.output.channels as usize;
    let part = |all: &[i8]| -> Vec<i8> {
        (0..all.len()).filter(|i| (first..first + count).contains(&(i % neurons))).map(|i| all[i]).collect()
    };
    let v = &layer.variables;
    if let Parameters::SeparableConvolutional(_) = layer.parameters {
        assert_eq!(contents.weights, v.weights);
        assert_eq!(contents.pointwise, part(&v.weights_pw));
    } else {
        assert_eq!(contents.weights, part(&v.weights));
    }
    assert_eq!(contents.thresholds, &v.threshold_fire[first..first + count]);
    assert_eq!(contents.steps, &v.threshold_fire_step[first..first + count]);
}

fn check(model: &Model, target: &Resources, compiled: &Compilation) {
    let program = &compiled.program;
    assert!(spikemesh_isa::verify(program).is_empty());
    assert!(program.weights_set);
    for (index, pass) in program.passes.iter().enumerate() {
        assert!(pass.nps.len() as u32 <= target.nps());
        assert!(pass.nps.iter().all(|np| (np.np.0 as u32) < target.nps()));
        let senders = senders(program, index);
        for np in &pass.nps {
            let id = spikemesh_isa::Target::Np(np.np);
            check_arrivals(&senders, id, np.input.rows, np.input.map.channels, np.producers);
        }
        for sink in &pass.sinks {
            let map = program.buffers[sink.buffer.0 as usize].map;
            let whole = spikemesh_isa::Rows { first: 0, end: map.height };
            check_arrivals(
                &senders,
                spikemesh_isa::Target::Sink(sink.buffer),
                whole,
                map.channels,
                sink.producers,
            );
        }
    }
    for layer in model.layers() {
        let Some(group) = program.output_maps.iter().position(|g| g.name == layer.name) else {
            assert!(matches!(layer.parameters, Parameters::InputData(_)));
            continue;
        };
        let slices: Vec<&NpRecord> = program
            .passes
            .iter()
            .flat_map(|p| &p.nps)
            .filter(|np| np.output_map.0 as usize == group)
            .collect();
        let plan = compiled.report.layers.iter().find(|l| l.name == layer.name).unwrap();
        assert_eq!(slices.len() as u32, plan.nps);
        if plan.nps > 0 {
            assert_eq!(plan.nps, plan.spatial_splits * plan.filter_splits);
            check_layer(model, layer, &slices);
        }
    }
    let sinks: Vec<&Layer> = model
        .iter()
        .filter(|(id, _)| model.consumers(*id).next().is_none())
        .map(|(_, layer)| layer)
        .collect();
    assert_eq!(program.outputs.len(), sinks.len());
    for (output, layer) in program.outputs.iter().zip(sinks) {
        let (dims, map) = (layer.shape.output, program.buffers[output.buffer.0 as usize].map);
        assert_eq!(program.output_map(output).name, layer.name);
        assert_eq!((dims.width, dims.height, dims.channels), (map.width, map.height, map.channels));
    }
}

#[test]
fn random_models() {
    let (mut compiled, mut cut, mut passes, mut empty) = (0, 0, 0, 0);
    let modes = prop::sample::select(vec![Mode::Minimal, Mode::AllNps, Mode::HwPr]);
    let meshes = prop::sample::select(vec![(8, 7), (3, 2), (6, 1)]);
    let cases = 300;
    // The counters make sure that the cases are worth something.
    let counters = std::cell::RefCell::new((&mut compiled, &mut cut, &mut passes, &mut empty));
    TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() })
        .run(&(models(), modes, meshes), |(model, mode, (columns, rows))| {
            let floorplan = Floorplan { columns, rows, nps_per_node: 4 };
            let target = Resources { floorplan, ..small_nps() };
            let first = match compile(&model, target.clone(), &mode.into()) {
                Ok(compilation) => compilation,
                Err(errors) => {
                    prop_assert!(!errors.is_empty());
                    let defect = |e: &&Error| matches!(e, Error::Program(_) | Error::Deadlock(_));
                    prop_assert!(errors.iter().find(defect).is_none(), "{errors:?}");
                    return Ok(());
                }
            };
            check(&model, &target, &first);
            let second = compile(&model, target.clone(), &mode.into()).expect("it did the first time");
            prop_assert_eq!(spikemesh_isa::write(&first.program), spikemesh_isa::write(&second.program));
            let json = |c: &Compilation| serde_json::to_string(&c.report).unwrap();
            prop_assert_eq!(json(&first), json(&second));
            let mut counters = counters.borrow_mut();
            *counters.0 += 1;
            *counters.1 +=
                usize::from(first.report.layers.iter().any(|l| l.spatial_splits > 1 && l.filter_splits > 1));
            *counters.2 += usize::from(first.report.passes > 1);
            *counters.3 += usize::from(
                first
                    .report
                    .layers
                    .iter()
                    .flat_map(|l| &l.slices)
                    .any(|s| s.output_rows[0] == s.output_rows[1]),
            );
            Ok(())
        })
        .unwrap();
    let seen =
        format!("{compiled} compiled, {cut} cut both ways, {passes} in passes, {empty} with empty slices");
    assert!(compiled > 100 && cut > 50 && passes > 20 && empty > 10, "{seen}");
    eprintln!("{cases} cases: {seen}");
}

#[test]
fn a_model_without_weights_compiles_to_zeros() {
    let mut model = Model::new("");
    let input = Dims { width: 8, height: 8, channels: 2 };
    model.add("in", Parameters::InputData(InputData { input }), &[]).unwrap();
    let head = FullyConnected { num_neurons: 3, weights_bits: 4, activation: Default::default() };
    model.add("head", Parameters::FullyConnected(head), &[]).unwrap();
    let program = compile(&model, small_nps(), &Mode::Minimal.into()).unwrap().program;
    assert!(!program.weights_set);
    let np = &program.passes[0].nps[0];
    let contents = Contents::unpack(&np.memory, &Layout::of_np(np)).unwrap();
    assert_eq!(contents.weights, vec![0; 8 * 8 * 2 * 3]);
}

#[test]
fn a_skip_over_a_pass_boundary_goes_through_a_buffer() {
    // Each layer takes 4 NPs (rows), the device has 8: a, b | c, and c takes a and b.
    let floorplan = Floorplan { columns: 2, rows: 1, nps_per_node: 4 };
    let target = Resources { floorplan, ..small_nps() };
    let mut model = Model::new("skip");
    let input = Dims { width: 4, height: 16, channels: 1 };
    model.add("in", Parameters::InputData(InputData { input }), &[]).unwrap();
    let layer = parameters(&Draw {
        kind: 1,
        kernel: 3,
        stride: 1,
        mode: 2,
        pool: (9, 1, 1),
        filters: 2,
        bits: (4, 4),
        skip: false,
    });
    let a = model.add("a", layer, &[]).unwrap();
    let b = model.add("b", layer, &[]).unwrap();
    model.add("c", layer, &[a, b]).unwrap();
    model.randomise(1);
    let compiled = compile(&model, target.clone(), &Mode::Minimal.into()).unwrap();
    check(&model, &target, &compiled);
    let program = &compiled.program;
    assert_eq!(compiled.report.passes, 2);
    assert_eq!(program.buffers.len(), 4); // input, a, b, result
    // a feeds the 4 slices of b and a buffer; in pass 1 both buffers feed c.
    let a = program.passes[0].nps.iter().find(|np| np.output_map.0 == 0).unwrap();
    assert_eq!(a.routes.len(), 5);
    assert_eq!(program.passes[1].sources.len(), 2);
    assert!(program.passes[1].nps.iter().all(|np| np.producers == 2));
    assert_eq!(program.passes[1].sources[1].routes[0].channel_base, 2);
}
