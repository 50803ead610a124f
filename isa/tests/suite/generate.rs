//! Small consistent programs: chains of layers with splits, twins that are concatenated, second heads, and several passes.

use std::collections::BTreeMap;

use proptest::prelude::*;
use spikemesh_isa::memory::Layout;
use spikemesh_isa::*;

/// One layer of a chain, before its sizes are known.
#[derive(Clone, Debug)]
pub struct LayerSpec {
    pub kind: u8,
    pub kernel: u32,
    pub stride: u32,
    pub pool: u8,
    pub filters: u32,
    pub row_slices: u32,
    pub filter_slices: u32,
    pub bits: u8,
    pub weight_bits: u8,
    /// A second output map with the same geometry, concatenated with the first.
    pub twin: bool,
    /// A fully connected head beside it, of potentials: an output of the program.
    pub head: bool,
    /// Starts a new pass.
    pub cut: bool,
}

#[derive(Clone, Debug)]
pub struct Spec {
    pub name: String,
    pub seed: u32,
    pub images: bool,
    pub map: (u32, u32, u32),
    pub layers: Vec<LayerSpec>,
    /// The last layer sends potentials.
    pub potentials: bool,
    /// Routes that follow one another and have the same packets are joined.
    pub trees: bool,
}

pub fn programs() -> impl Strategy<Value = Program> {
    specs().prop_map(|spec| build(&spec))
}

fn specs() -> impl Strategy<Value = Spec> {
    let geometry = (0u8..4, prop::sample::select(vec![1u32, 2, 3, 5]), 1u32..3, 0u8..4);
    let sizes = (1u32..9, 1u32..4, 1u32..4, 1u8..=4, 1u8..=8);
    let switches = (any::<bool>(), any::<bool>(), any::<bool>());
    let layer = (geometry, sizes, switches).prop_map(|(g, s, (twin, head, cut))| LayerSpec {
        kind: g.0,
        kernel: g.1,
        stride: g.2,
        pool: g.3,
        filters: s.0,
        row_slices: s.1,
        filter_slices: s.2,
        bits: s.3,
        weight_bits: s.4,
        twin,
        head,
        cut,
    });
    let map = (1u32..10, 1u32..10, 1u32..4);
    let layers = prop::collection::vec(layer, 0..5);
    let ends = (any::<bool>(), any::<bool>());
    ("[a-zé\"\\\\ ]{1,8}", any::<u32>(), any::<bool>(), map, layers, ends).prop_map(
        |(name, seed, images, map, layers, (potentials, trees))| {
            // A program computes something.
            let images = images || layers.is_empty();
            Spec { name, seed, images, map, layers, potentials, trees }
        },
    )
}

/// A program with every kind of record: images, split convolutions, twins, two passes, a fully connected end.
pub fn example() -> Program {
    let layer = LayerSpec {
        kind: 0,
        kernel: 3,
        stride: 1,
        pool: 1,
        filters: 4,
        row_slices: 2,
        filter_slices: 2,
        bits: 4,
        weight_bits: 4,
        twin: false,
        head: false,
        cut: false,
    };
    let layers = vec![
        layer.clone(),
        LayerSpec { pool: 0, twin: true, ..layer.clone() },
        LayerSpec { kind: 1, pool: 0, cut: true, ..layer.clone() },
        LayerSpec { kind: 3, ..layer },
    ];
    build(&Spec {
        name: "example".into(),
        seed: 1,
        images: true,
        map: (8, 8, 3),
        layers,
        potentials: true,
        trees: false,
    })
}

/// A unit of the current pass whose output is not routed yet.
#[derive(Clone, Copy)]
enum From {
    Hrc,
    Source(usize),
    Np(usize),
}

struct Sender {
    from: From,
    rows: Rows,
    channel_base: u32,
}

/// The map that flows at a point of the chain.
struct Flow {
    map: MapShape,
    bits: u8,
    senders: Vec<Sender>,
}

struct Maker {
    program: Program,
    seed: u32,
}

pub fn build(spec: &Spec) -> Program {
    let program = Program {
        name: spec.name.clone(),
        device: "test".into(),
        weights_set: spec.seed.is_multiple_of(2),
        output_maps: Vec::new(),
        buffers: Vec::new(),
        input: None,
        outputs: Vec::new(),
        passes: vec![Pass::default()],
    };
    let mut maker = Maker { program, seed: spec.seed };
    let (width, height, channels) = spec.map;
    let mut flow = if spec.images {
        maker.hrc(MapShape { width, height, channels: if channels > 1 { 3 } else { 1 } }, spec)
    } else {
        let map = MapShape { width, height, channels };
        let buffer = maker.buffer(map, 4);
        maker.program.input = Some(buffer);
        maker.source(buffer)
    };
    for (i, layer) in spec.layers.iter().enumerate() {
        if layer.cut {
            let buffer = maker.collect(&flow);
            maker.program.passes.push(Pass::default());
            flow = maker.source(buffer);
        }
        if layer.head {
            let head = maker.layer(&flow, &LayerSpec { kind: 3, ..layer.clone() }, true);
            maker.give_out(head);
        }
        let last = i + 1 == spec.layers.len();
        flow = maker.layer(&flow, layer, last && spec.potentials);
    }
    maker.give_out(flow);
    if spec.trees {
        maker.program.passes.iter_mut().for_each(join);
    }
    maker.program
}

/// Joins routes of a pass that follow one another and have the same packets; a tree has one sink at most.
fn join(pass: &mut Pass) {
    let hrc = pass.hrc.iter_mut().map(|hrc| &mut hrc.routes);
    let sources = pass.sources.iter_mut().map(|source| &mut source.routes);
    let nps = pass.nps.iter_mut().map(|np| &mut np.routes);
    for routes in hrc.chain(sources).chain(nps) {
        let is_sink = |route: &Route| matches!(route.target, Target::Sink(_));
        let mut first = 0;
        for index in 1..routes.len() {
            let (tree, route) = (&routes[first..index], &routes[index]);
            let sinks = tree.iter().chain([route]).filter(|route| is_sink(route)).count();
            let joined = tree[0].shares_packets_with(route) && sinks < 2;
            routes[index].joined = joined;
            first = if joined { first } else { index };
        }
    }
}

/// The distribution has trees, of two branches and of more, and programs without any.
#[test]
fn some_programs_have_trees() {
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut found = [0; 3];
    for _ in 0..200 {
        let program = programs().new_tree(&mut runner).unwrap().current();
        let routes = program.passes.iter().flat_map(|pass| &pass.nps).map(|np| &np.routes);
        let largest = routes.flat_map(|routes| trees(routes)).map(<[Route]>::len).max().unwrap_or(0);
        found[largest.clamp(1, 3) - 1] += 1;
        assert!(verify(&program).is_empty());
    }
    assert!(found.iter().all(|&programs| programs > 10), "{found:?}");
}

fn same(size: u32, stride: u32, length: u32) -> Axis {
    let outputs = length.div_ceil(stride);
    let total = ((outputs - 1) * stride + size).saturating_sub(length);
    Axis { size, stride, pad: total / 2, outputs }
}

/// Input rows that output rows need, by looking at every tap.
fn needed(axis: &Axis, outputs: Rows, length: u32) -> Rows {
    let taps = |o: u32| (0..axis.size).filter_map(move |i| (o * axis.stride + i).checked_sub(axis.pad));
    let rows = || (outputs.first..outputs.end).flat_map(taps).filter(|&r| r < length);
    Rows { first: rows().min().unwrap(), end: rows().max().unwrap() + 1 }
}

fn share(i: u32, of: u32, total: u32) -> (u32, u32) {
    (i * total / of, (i + 1) * total / of)
}

impl Maker {
    fn pass(&mut self) -> &mut Pass {
        self.program.passes.last_mut().unwrap()
    }

    fn buffer(&mut self, map: MapShape, bits: u8) -> BufferId {
        self.program.buffers.push(Buffer { map, potentials: bits == 0, bits });
        BufferId(self.program.buffers.len() as u16 - 1)
    }

    fn output_map(&mut self, map: MapShape, potentials: bool) -> OutputMapId {
        let name = format!("layer {}", self.program.output_maps.len());
        self.program.output_maps.push(OutputMap { name, map, potentials });
        OutputMapId(self.program.output_maps.len() as u16 - 1)
    }

    fn memory(&mut self, layout: &Layout) -> Vec<u8> {
        let mut image: Vec<u8> = (0..layout.weight_bytes() + 4 * layout.thresholds)
            .map(|_| {
                self.seed = self.seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (self.seed >> 24) as u8
            })
            .collect();
        image.extend((0..layout.thresholds).flat_map(|i| (i as f32 + 0.5).to_le_bytes()));
        image
    }

    fn hrc(&mut self, image: MapShape, spec: &Spec) -> Flow {
        let (x, y) = (same(3, 1, image.width), same(3, 1, image.height));
        let pooling = if spec.seed.is_multiple_of(3) {
            Pooling::Max { x: same(2, 2, x.outputs), y: same(2, 2, y.outputs) }
        } else {
            Pooling::None
        };
        let halves = if spec.seed.is_multiple_of(3) { 2 } else { 1 };
        let map = MapShape {
            width: x.outputs.div_ceil(halves),
            height: y.outputs.div_ceil(halves),
            channels: 1 + spec.seed % 5,
        };
        let output_map = self.output_map(map, false);
        let mut record = HrcRecord {
            output_map,
            image,
            padding_value: spec.seed as u8,
            x,
            y,
            pooling,
            filters: map.channels,
            weight_bits: 8,
            activation: Activation::Levels { bits: 4 },
            routes: Vec::new(),
            memory: Vec::new(),
        };
        record.memory = self.memory(&Layout::of_hrc(&record));
        self.pass().hrc = Some(record);
        let rows = Rows { first: 0, end: map.height };
        Flow { map, bits: 4, senders: vec![Sender { from: From::Hrc, rows, channel_base: 0 }] }
    }

    fn source(&mut self, buffer: BufferId) -> Flow {
        let Buffer { map, bits, .. } = self.program.buffers[usize::from(buffer.0)];
        self.pass().sources.push(SourceRecord { buffer, routes: Vec::new() });
        let from = From::Source(self.pass().sources.len() - 1);
        let rows = Rows { first: 0, end: map.height };
        Flow { map, bits, senders: vec![Sender { from, rows, channel_base: 0 }] }
    }

    fn collect(&mut self, flow: &Flow) -> BufferId {
        let buffer = self.buffer(flow.map, flow.bits);
        let producers = flow.senders.len() as u32;
        self.pass().sinks.push(SinkRecord { buffer, producers });
        let rows = Rows { first: 0, end: flow.map.height };
        self.route(flow, Target::Sink(buffer), rows);
        buffer
    }

    /// Collects each output map of a flow as an output.
    fn give_out(&mut self, flow: Flow) {
        let mut of_map: BTreeMap<OutputMapId, Vec<Sender>> = BTreeMap::new();
        for sender in flow.senders {
            let pass = self.pass();
            let output_map = match sender.from {
                From::Hrc => pass.hrc.as_ref().unwrap().output_map,
                From::Np(i) => pass.nps[i].output_map,
                From::Source(_) => unreachable!("a source computes nothing"),
            };
            of_map.entry(output_map).or_default().push(Sender { channel_base: 0, ..sender });
        }
        for (output_map, senders) in of_map {
            let map = self.program.output_maps[usize::from(output_map.0)].map;
            let buffer = self.collect(&Flow { map, bits: flow.bits, senders });
            self.program.outputs.push(Output { output_map, buffer });
        }
    }

    fn route(&mut self, flow: &Flow, target: Target, held: Rows) {
        for sender in &flow.senders {
            let first = sender.rows.first.max(held.first);
            let rows = Rows { first, end: sender.rows.end.min(held.end) };
            let rows = if rows.is_empty() { Rows { first: held.first, end: held.first } } else { rows };
            let route = Route {
                target,
                rows,
                row_base: held.first,
                channel_base: sender.channel_base,
                joined: false,
            };
            let pass = self.pass();
            match sender.from {
                From::Hrc => pass.hrc.as_mut().unwrap().routes.push(route),
                From::Source(i) => pass.sources[i].routes.push(route),
                From::Np(i) => pass.nps[i].routes.push(route),
            }
        }
    }

    fn layer(&mut self, flow: &Flow, layer: &LayerSpec, potentials: bool) -> Flow {
        let twins = if layer.twin && layer.kind != 3 { 2 } else { 1 };
        let mut senders = Vec::new();
        let (mut channels, mut size) = (0, (1, 1));
        for twin in 0..twins {
            let map =
                self.group_of_layer(flow, layer, layer.filters + twin, potentials, channels, &mut senders);
            size = (map.width, map.height);
            channels += map.channels;
        }
        let map = MapShape { width: size.0, height: size.1, channels };
        Flow { map, bits: if potentials { 0 } else { layer.bits }, senders }
    }

    fn group_of_layer(
        &mut self,
        flow: &Flow,
        layer: &LayerSpec,
        filters: u32,
        potentials: bool,
        channel_base: u32,
        senders: &mut Vec<Sender>,
    ) -> MapShape {
        let input = flow.map;
        let x = same(layer.kernel, layer.stride, input.width);
        let y = same(layer.kernel, layer.stride, input.height);
        let pooling = match layer.pool {
            1 => Pooling::Max { x: same(2, 2, x.outputs), y: same(2, 2, y.outputs) },
            2 => Pooling::Max { x: same(3, 1, x.outputs), y: same(3, 1, y.outputs) },
            3 => Pooling::GlobalSum,
            _ => Pooling::None,
        };
        let connected = layer.kind == 3;
        let (width, height) = match pooling {
            _ if connected => (1, 1),
            Pooling::None => (x.outputs, y.outputs),
            Pooling::Max { x, y } => (x.outputs, y.outputs),
            Pooling::GlobalSum => (1, 1),
        };
        let map = MapShape { width, height, channels: filters };
        let output_map = self.output_map(map, potentials);
        let row_slices = if connected { 1 } else { layer.row_slices.min(height) };
        let filter_slices = if connected { 1 } else { layer.filter_slices.min(filters) };
        for i in 0..row_slices {
            let (first, end) = share(i, row_slices, height);
            let output_rows = Rows { first, end };
            let whole = Rows { first: 0, end: input.height };
            let rows = match pooling {
                _ if connected => whole,
                Pooling::None => needed(&y, output_rows, input.height),
                Pooling::GlobalSum => whole,
                Pooling::Max { y: pool, .. } => {
                    needed(&y, needed(&pool, output_rows, y.outputs), input.height)
                }
            };
            for j in 0..filter_slices {
                let (first_filter, end) = share(j, filter_slices, filters);
                let operation = if connected {
                    Operation::FullyConnected(FullyConnected {
                        units: filters,
                        weight_bits: layer.weight_bits,
                        external: layer.pool == 1,
                    })
                } else {
                    Operation::Convolution(Convolution {
                        separable: layer.kind == 1,
                        x,
                        y,
                        pooling,
                        first_filter,
                        filters: end - first_filter,
                        output_rows,
                        weight_bits: layer.weight_bits,
                    })
                };
                let np = NpId(self.pass().nps.last().map_or(0, |r| r.np.0 + 1 + r.np.0 % 2));
                let bits = layer.bits;
                let mut record = NpRecord {
                    np,
                    output_map,
                    input: Window { map: input, rows, own: rows, bits: flow.bits },
                    producers: flow.senders.len() as u32,
                    operation,
                    activation: if potentials { Activation::Potentials } else { Activation::Levels { bits } },
                    routes: Vec::new(),
                    memory: Vec::new(),
                };
                record.memory = self.memory(&Layout::of_np(&record));
                self.pass().nps.push(record);
                self.route(flow, Target::Np(np), rows);
                let from = From::Np(self.pass().nps.len() - 1);
                senders.push(Sender { from, rows: output_rows, channel_base });
            }
        }
        map
    }
}
