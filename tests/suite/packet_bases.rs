//! Maps beyond a block of 2,048 columns, 64 rows and 2,048 features: heads carry a base, packets close where it changes, and what arrives is
//! what the engine computes.

use spikemesh::compiler::{Mode, compile};
use spikemesh::device::Device;
use spikemesh::engine::Input;
use spikemesh::isa::packet::flits;
use spikemesh::mesh::probe::{Probe, Sender};
use spikemesh::mesh::{Frame, SimulationOptions, Simulator};
use spikemesh::model::{Model, template};
use spikemesh::noc::{Cycle, PacketRequest, TerminalId};
use spikemesh::run::{Job, simulate};
use spikemesh_oracle::random::{events, images};
use spikemesh_oracle::reference::Map;

fn model(layers: &[&str]) -> Model {
    let rows: Vec<String> = layers.iter().map(|layer| format!("  - {{{layer}}}\n")).collect();
    let mut model =
        template::parse("bases.yaml", &format!("name: bases\nlayers:\n{}", rows.concat())).unwrap();
    model.randomise(5);
    model
}

const OUT: &str = "type: FullyConnected, num_neurons: 3, weights_bits: 4, activations_enabled: false";

fn input(width: u32, height: u32, channels: u32) -> String {
    format!("type: InputData, input_width: {width}, input_height: {height}, input_channels: {channels}")
}

/// A layer whose outputs are mostly events: thresholds of random sums lie around 0.
fn kernel(kind: &str, size: u32, filters: u32, stride: u32) -> String {
    format!(
        "type: {kind}, kernel_width: {size}, kernel_height: {size}, num_neurons: {filters}, stride_x: {stride}, stride_y: {stride}, \
         weights_bits: 4, threshold_fire_bits: 4, threshold_fire_step: 8"
    )
}

/// Runs two frames in which every `step`-th value is an event; the comparison with the engine is part of a run.
#[track_caller]
fn agrees(layers: &[&str], step: usize) {
    let model = model(layers);
    let first = &model.layers()[0];
    let (dims, largest) = (first.shape.input, i64::from(first.max_input()));
    let samples: Vec<Map> = (0..2)
        .map(|n| {
            let mut map = Map::new(dims.width.into(), dims.height.into(), dims.channels.into());
            for (i, value) in map.values.iter_mut().enumerate().skip(n).step_by(step) {
                *value = 1 + (i as i64 * 7 + n as i64) % largest;
            }
            map
        })
        .collect();
    let is_image = first.kind() == spikemesh::model::LayerKind::InputConvolutional;
    let input = if is_image { Input::Images(images(&samples)) } else { Input::Events(events(&samples)) };
    let device = Device::load("akd1500").unwrap();
    let program = compile(&model, &device, &Mode::Minimal.into()).unwrap().program;
    let simulator = Simulator::new(program, device).unwrap();
    let ended = simulate(&Job::new(&simulator, &input).against(&model).batch(2)).unwrap();
    let results = ended.into_finished().unwrap_or_else(|unfinished| panic!("{}", unfinished.end));
    assert!(results.differences.is_empty(), "{}", results.differences[0]);
    assert_eq!(results.frames.len(), 2);
    // Something arrived: a map that stays empty agrees too.
    assert!(results.frames.iter().all(|frame| frame.output().iter().any(|&value| value != 0)));
}

#[test]
fn wide_maps_agree() {
    agrees(
        &[
            &input(2100, 4, 2),
            &kernel("Convolutional", 3, 4, 1),
            &kernel("SeparableConvolutional", 3, 4, 2),
            OUT,
        ],
        3,
    );
    agrees(&[&input(4096, 2, 1), &kernel("Convolutional", 3, 4, 1), OUT], 2);
    agrees(&[&input(57_334, 1, 1), OUT], 11);
}

#[test]
fn tall_maps_agree() {
    agrees(&[&input(1, 5000, 2), OUT], 7);
    agrees(&[&input(1, 65_535, 1), OUT], 97);
}

#[test]
fn deep_maps_agree() {
    agrees(
        &[
            &input(1, 1, 57_334),
            "type: FullyConnected, num_neurons: 8, weights_bits: 2, threshold_fire_bits: 4, threshold_fire_step: 8",
            OUT,
        ],
        13,
    );
    let external = "type: FullyConnected, num_neurons: 2100, weights_bits: 4, threshold_fire_bits: 4, threshold_fire_step: 8";
    agrees(&[&input(2, 2, 5), external, external, OUT], 3);
    agrees(
        &[
            &input(2, 2, 6),
            &kernel("Convolutional", 1, 2100, 1),
            &kernel("SeparableConvolutional", 3, 12, 1),
            OUT,
        ],
        2,
    );
}

#[test]
fn wide_images_agree() {
    let image = "type: InputConvolutional, input_width: 2100, input_height: 5, input_channels: 1, kernel_width: 3, kernel_height: 3, \
                 num_neurons: 4, weights_bits: 8, threshold_fire_bits: 4, threshold_fire_step: 400";
    agrees(&[image, &kernel("SeparableConvolutional", 3, 4, 1), OUT], 2);
}

/// Flits of the packets that leave a source, in their order.
struct Flits {
    source: u32,
    flits: Vec<u32>,
}

impl spikemesh::noc::Probe for Flits {
    const OBSERVES_NETWORK: bool = false;
}

impl Probe for Flits {
    fn wants_packets(&self) -> bool {
        true
    }

    fn packet(&mut self, _: Cycle, _: Sender, packet: &PacketRequest, _: &[TerminalId]) {
        if packet.source.0 == self.source {
            self.flits.push(packet.flits);
        }
    }
}

/// Packets of events that the input's source sends for events at flat positions of a map.
fn packets(shape: (u32, u32, u32), positions: &[usize]) -> Vec<u32> {
    let model = model(&[&input(shape.0, shape.1, shape.2), OUT]);
    let device = Device::load("akd1500").unwrap();
    let program = compile(&model, &device, &Mode::Minimal.into()).unwrap().program;
    let simulator = Simulator::new(program, device).unwrap();
    let mut map = vec![0; (shape.0 * shape.1 * shape.2) as usize];
    positions.iter().for_each(|&position| map[position] = 9);
    let (_, source) = simulator.units().find(|(name, _)| name.contains("source")).unwrap();
    let mut probe = Flits { source: source.0, flits: Vec::new() };
    let ended = simulator.run(&[Frame::Events(map)], 0, &SimulationOptions::default(), &mut probe);
    ended.into_finished().unwrap_or_else(|unfinished| panic!("{}", unfinished.end));
    // The marker, and the token of the sink that shares the terminal, are heads alone.
    probe.flits.into_iter().filter(|&flits| flits > 1).collect()
}

#[test]
fn a_packet_closes_where_the_base_changes() {
    let of = |words: &[usize]| -> Vec<u32> { words.iter().map(|&words| flits(words) as u32).collect() };
    // Features: blocks of 2,048.
    assert_eq!(
        packets((1, 1, 5000), &[0, 1, 2047, 2048, 2049, 2050, 2051, 2052, 4095, 4096, 4999]),
        of(&[3, 6, 2])
    );
    // Rows: blocks of 64.
    assert_eq!(packets((1, 200, 1), &[0, 63, 64, 65, 127, 128]), of(&[2, 3, 1]));
    // Both: rows change within a block of features, and back.
    assert_eq!(packets((1, 2, 2050), &[0, 2047, 2048, 2050, 2051, 4098]), of(&[2, 1, 2, 1]));
    // Within a block a packet closes when it is full, and at the end of a column, as ever.
    let full: Vec<usize> = (0..40).collect();
    assert_eq!(packets((1, 1, 2048), &full), of(&[16, 16, 8]));
    assert_eq!(packets((2, 1, 2048), &[0, 1, 2048]), of(&[2, 1]));
}
