//! Waves, read back.

mod formats;
mod laws;
mod network;
mod outputs;
mod sizes;
mod slices;

use std::path::Path;

use spikemesh::compiler::{Mode, compile};
use spikemesh::device::Device;
use spikemesh::engine::Input;
use spikemesh::mesh::Simulator;
use spikemesh::mesh::wave::{TimeScale, WaveFormat, WavePlan};
use spikemesh::model::{Model, template};
use spikemesh::run::{Job, RunResults, WaveRequest, simulate};
use spikemesh::tensor::{Dense, Sparse};
use wellen::SignalValueRef;
use wellen::simple::Waveform;

pub(super) fn model() -> Model {
    let mut model = template::load(Path::new("tests/models/mnist-separable.yaml")).unwrap();
    model.randomise(3);
    model
}

pub(super) fn images(count: usize) -> Input {
    let data = (0..count * 28 * 28).map(|i| ((i * 2_654_435_761) >> 9) as u8).collect();
    Input::Images(Dense { shape: [count, 28, 28, 1], data })
}

/// What waves are written of.
pub(super) struct Case {
    pub simulator: Simulator,
    pub input: Input,
    pub batch: usize,
}

impl Case {
    fn new(model: &Model, device: &str, mode: Mode, input: Input, batch: usize) -> Case {
        Case::on(model, Device::load(device).unwrap(), mode, input, batch)
    }

    fn on(model: &Model, device: Device, mode: Mode, input: Input, batch: usize) -> Case {
        let program = compile(model, &device, &mode.into()).unwrap().program;
        Case { simulator: Simulator::new(program, device).unwrap(), input, batch }
    }

    /// One from `SPIKEMESH_WAVES`: a template of images, a device, a mode, and the frames of a batch, with blanks between them.
    fn parse(text: &str) -> Case {
        let [template, device, mode, batch] = text.split(' ').collect::<Vec<_>>()[..] else {
            panic!("{text}: not a template, a device, a mode and a batch")
        };
        let mut model = template::load(Path::new(template)).unwrap();
        model.randomise(3);
        let first = model.input().unwrap();
        let (input, batch): (_, usize) =
            (model.layer(first).parameters.input().unwrap(), batch.parse().unwrap());
        let [width, height, channels] = [input.width, input.height, input.channels].map(|side| side as usize);
        let shape = [batch, height, width, channels];
        let data = (0..shape.iter().product::<usize>()).map(|i| ((i * 2_654_435_761) >> 9) as u8).collect();
        let mode = match mode {
            "minimal" => Mode::Minimal,
            "all-nps" => Mode::AllNps,
            "hw-pr" => Mode::HwPr,
            other => panic!("{other}"),
        };
        Case::new(&model, device, mode, Input::Images(Dense { shape, data }), batch)
    }

    /// Those of `SPIKEMESH_WAVES`, or small ones: images and events, batches of one and more frames, one pass and two.
    pub fn all() -> Vec<Case> {
        let asked = std::env::var("SPIKEMESH_WAVES");
        asked.map_or_else(
            |_| {
                let of_images =
                    [1, 3].map(|batch| Case::new(&model(), "akd1000", Mode::Minimal, images(batch), batch));
                let of_events =
                    [1, 2].map(|batch| Case::new(&chain(), "two-nodes", Mode::Minimal, events(batch), batch));
                of_images.into_iter().chain(of_events).collect()
            },
            |asked| asked.split(',').map(Case::parse).collect(),
        )
    }
}

/// All of a run in one file, a nanosecond for each clock.
pub(super) fn request(path: &Path) -> WaveRequest {
    let files = vec![(path.to_path_buf(), WaveFormat::of(path).unwrap())];
    WaveRequest::new(WavePlan::new(TimeScale::CLOCKS), files)
}

/// Runs with and without waves; the results must not depend on being watched.
pub(super) fn run(path: &Path, batch: usize) -> RunResults {
    let (model, device) = (model(), Device::load("akd1000").unwrap());
    let program = compile(&model, &device, &Mode::Minimal.into()).unwrap().program;
    let simulator = Simulator::new(program.clone(), device.clone()).unwrap();
    let input = images(3);
    let waves = request(path);
    let watched = simulate(&Job::new(&simulator, &input).batch(batch).waves(&waves)).unwrap();
    let watched = watched.into_finished().unwrap();
    let unwatched = simulate(&Job::new(&simulator, &input).batch(batch)).unwrap().into_finished().unwrap();
    assert_eq!(watched.frames, unwatched.frames);
    assert_eq!(watched.stats, unwatched.stats);
    watched
}

pub(super) struct Waves(pub Waveform);

impl Waves {
    /// Changes of a signal by full name: (cycle, value as text or bits).
    pub fn changes(&mut self, name: &str) -> Vec<(u64, String)> {
        let hierarchy = self.0.hierarchy();
        let variable = hierarchy.all_vars().find(|&v| hierarchy[v].full_name(hierarchy) == name);
        let signal = hierarchy[variable.unwrap_or_else(|| panic!("{name}"))].signal_ref();
        self.0.load_signals(&[signal]);
        let times = self.0.time_table();
        let signal = self.0.get_signal(signal).unwrap();
        signal
            .iter_changes()
            .map(|(time, value)| {
                let value = match value {
                    SignalValueRef::String(text) => text.to_owned(),
                    value => value.to_bit_string().unwrap(),
                };
                (times[time as usize], value)
            })
            .collect()
    }

    pub fn names(&self) -> Vec<String> {
        let hierarchy = self.0.hierarchy();
        hierarchy.all_vars().map(|v| hierarchy[v].full_name(hierarchy)).collect()
    }
}

pub(super) fn number(bits: &str) -> u64 {
    u64::from_str_radix(bits, 2).unwrap()
}

/// A chain of layers that takes two passes of eight NPs, fed by the event DMA.
pub(super) fn chain() -> Model {
    let mut text = "name: chain\nlayers:\n  - {type: InputData, name: events, input_width: 6, input_height: 5, input_channels: 2}\n".to_owned();
    for layer in 0..9 {
        text += &format!("  - {{type: FullyConnected, name: f{layer}, num_neurons: 12, weights_bits: 2}}\n");
    }
    let mut model = template::parse("chain", &text).unwrap();
    model.randomise(5);
    model
}

pub(super) fn events(count: usize) -> Input {
    let data = (0..count * 60).map(|i| u8::from(i % 3 != 0) * (1 + i as u8 % 15)).collect();
    Input::Events(Sparse::from_dense(&Dense { shape: [count, 6, 5, 2], data }))
}
