//! One layer on the simulator: a program of one layer, fed by the event DMA or, for the input unit, by an image.

use super::events::{Channels, events};
use crate::compiler::{self, Target, compile_partition};
use crate::isa::MapShape;
use crate::mesh::network::NoProbe;
use crate::mesh::simulator::Options;
use crate::mesh::{Device, Frame, Simulator};
use crate::model::{
    ActivationParameters, ConvolutionMode, ConvolutionParameters, Convolutional, Dims, FullyConnected,
    InputConvolutional, InputData, Model, Parameters, PoolingParameters, PoolingType, SeparableConvolutional,
};

/// What computes a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The input unit.
    Hrc,
    /// A plain convolution.
    Convolution,
    /// A separable convolution.
    Separable,
    /// A fully connected layer.
    FullyConnected,
}

/// Pooling of a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pool {
    /// None.
    None,
    /// The largest of a square window of this side, which is its stride too.
    Max(u32),
    /// The mean of the whole map.
    Global,
}

/// A layer, as rows describe it: square kernels, one stride.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shape {
    /// What computes it.
    pub kind: Kind,
    /// Input rows.
    pub height: u32,
    /// Input columns.
    pub width: u32,
    /// Input channels.
    pub channels: u32,
    /// Filters, or units.
    pub filters: u32,
    /// Side of the kernel.
    pub kernel: u32,
    /// Step of the kernel.
    pub stride: u32,
    /// Padding of zeros; none otherwise.
    pub same: bool,
    /// Pooling.
    pub pool: Pool,
    /// Bits of a weight.
    pub weight_bits: u8,
    /// Bits of a level that leaves it.
    pub level_bits: u8,
}

impl Shape {
    /// Its input map.
    pub fn input(&self) -> Dims {
        Dims { width: self.width, height: self.height, channels: self.channels }
    }

    /// The parameters of the layer in a model.
    pub fn parameters(&self) -> Parameters {
        let activation =
            ActivationParameters { threshold_fire_bits: self.level_bits, ..ActivationParameters::default() };
        let convolution = ConvolutionParameters {
            kernel_width: self.kernel,
            kernel_height: self.kernel,
            num_neurons: self.filters,
            convolution_mode: if self.same { ConvolutionMode::Same } else { ConvolutionMode::Valid },
            stride_x: self.stride,
            stride_y: self.stride,
            weights_bits: self.weight_bits,
        };
        let pooling = match self.pool {
            Pool::None => PoolingParameters::default(),
            Pool::Max(side) => PoolingParameters {
                pooling_width: side as i32,
                pooling_height: side as i32,
                pooling_type: PoolingType::Max,
                ..PoolingParameters::default()
            },
            Pool::Global => {
                PoolingParameters { pooling_type: PoolingType::Average, ..PoolingParameters::default() }
            }
        };
        match self.kind {
            Kind::Hrc => Parameters::InputConvolutional(InputConvolutional {
                input: self.input(),
                convolution,
                pooling,
                activation,
                padding_value: 0,
            }),
            Kind::Convolution => {
                Parameters::Convolutional(Convolutional { convolution, pooling, activation })
            }
            Kind::Separable => Parameters::SeparableConvolutional(SeparableConvolutional {
                convolution,
                pooling,
                activation,
            }),
            Kind::FullyConnected => Parameters::FullyConnected(FullyConnected {
                num_neurons: self.filters,
                weights_bits: self.weight_bits,
                activation,
            }),
        }
    }
}

/// One layer with its cut and its input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Trial {
    /// The layer.
    pub shape: Shape,
    /// Slices along y and along filters.
    pub splits: [u32; 2],
    /// Events in its input map.
    pub events: u64,
    /// Channels fire alike.
    pub alike: bool,
}

/// What a trial took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timing {
    /// Clocks of the slowest unit.
    pub clocks: u64,
    /// Clocks in which NPs were busy, summed.
    pub np_clocks: u64,
    /// Clocks in which the input unit was busy.
    pub hrc_clocks: u64,
    /// Clocks of copying the layer's weights within a frame, in pass 2 and later.
    pub load: u64,
}

/// Weights are drawn from this seed; no clock depends on them.
const SEED: u64 = 1;

impl Trial {
    /// Compiles and simulates the layer.
    ///
    /// # Errors
    /// In words, why the layer makes no model, does not fit the device, or does not run.
    pub fn run(&self, device: &Device) -> Result<Timing, String> {
        let mut model = Model::new("row");
        if self.shape.kind != Kind::Hrc {
            let input = Parameters::InputData(InputData { input: self.shape.input() });
            model.add("events", input, &[]).map_err(words)?;
        }
        model.add("layer", self.shape.parameters(), &[]).map_err(words)?;
        let splits = vec![self.splits; model.layers().len()];
        let partition = compiler::partition::partition_as(model.layers(), &Target::from(device), &splits)
            .map_err(words)?;
        model.randomise(SEED);
        let program = compile_partition(&model, device, &partition).map_err(words)?;
        let simulator = Simulator::new(&program, device).map_err(words)?;
        let input = self.shape.input();
        let frame = match self.shape.kind {
            Kind::Hrc => Frame::Image(vec![0; input.len()]),
            _ => {
                let map = MapShape { width: input.width, height: input.height, channels: input.channels };
                let channels = if self.alike { Channels::Alike } else { Channels::Spread };
                Frame::Events(events(map, self.events, channels))
            }
        };
        let options = Options { record_groups: false, ..Options::default() };
        let outcome = simulator.run(&[frame], 0, &options, &mut NoProbe).map_err(|e| e.to_string())?;
        if let Some(hang) = outcome.hang {
            return Err(format!("nothing moves after cycle {}", hang.cycle));
        }
        let mut timing = Timing::default();
        for pass in &outcome.passes {
            let computing = pass.units.iter().filter(|unit| unit.group.is_some());
            for record in computing.flat_map(|unit| &unit.frames) {
                timing.clocks = timing.clocks.max(record.clocks());
                timing.np_clocks += record.clocks();
            }
        }
        if self.shape.kind == Kind::Hrc {
            std::mem::swap(&mut timing.np_clocks, &mut timing.hrc_clocks);
        }
        timing.load = simulator.passes().iter().map(|pass| pass.load().ceil()).sum();
        Ok(timing)
    }
}

fn words<E: std::fmt::Display>(errors: Vec<E>) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}
