//! One layer on the simulator: a program of one layer, fed by the event DMA or, for the input unit, by an image.

use std::time::Instant;

use crate::events::{Channels, events};
use crate::results::joined;
use spikemesh_compiler::{CompileOptions, Resources, compile_partition, partition_with_splits};
use spikemesh_device::{AccuracyClaim, Action, ActionCounts, Claims, Device, OperatingPoint, Work};
use spikemesh_isa::MapShape;
use spikemesh_mesh::FrameRecord;
use spikemesh_mesh::SimulationOptions;
use spikemesh_mesh::{Frame, Simulator};
use spikemesh_model::{
    ActivationParameters, ConvolutionMode, ConvolutionParameters, Convolutional, Dims, FullyConnected,
    InputConvolutional, InputData, Model, Parameters, PoolingParameters, PoolingType, SeparableConvolutional,
};
use spikemesh_noc::NoProbe;
use spikemesh_stop::Stop;

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
pub struct LayerSpec {
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

impl LayerSpec {
    /// Its input map.
    pub fn input(&self) -> Dims {
        Dims { width: self.width, height: self.height, channels: self.channels }
    }

    /// What computes it on a device.
    pub fn work(&self, device: &Device) -> Work {
        let bits = u64::from(self.filters) * self.input().len() as u64 * u64::from(self.weight_bits);
        match self.kind {
            Kind::Hrc => Work::Input,
            Kind::Convolution => Work::Convolution,
            Kind::Separable => Work::Separable,
            Kind::FullyConnected if bits <= 8 * u64::from(*device.np.on_chip_weight_bytes) => Work::OnChip,
            Kind::FullyConnected => Work::External,
        }
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
pub struct SingleLayer {
    /// The layer.
    pub shape: LayerSpec,
    /// Slices along y and along filters.
    pub splits: [u32; 2],
    /// Events in its input map.
    pub events: u64,
    /// All channels have the same density; otherwise they differ as in published networks.
    pub uniform: bool,
}

/// What a single_layer took.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LayerTiming {
    /// Clocks of the slowest unit.
    pub clocks: u64,
    /// Energy of its units' work, in picojoules; that of the network is left out.
    pub picojoules: f64,
    /// Energy of the network in the program of this layer alone.
    pub network_picojoules: f64,
    /// Clocks of copying the layer's weights within a frame, in pass 2 and later.
    pub load: u64,
    /// Energy of copying them.
    pub load_picojoules: f64,
    /// Clocks that were simulated, and the seconds that this host took for them.
    pub simulated: (u64, f64),
}

/// What each unit of a single_layer took.
#[derive(Clone, Debug, PartialEq)]
pub struct UnitRecords {
    /// What every unit that computes did.
    pub records: Vec<FrameRecord>,
    /// How often they did what is their work; the network is left out.
    pub counts: ActionCounts,
    /// Energy of this work, in picojoules.
    pub picojoules: f64,
    /// Energy of the network in the program of this layer alone.
    pub network_picojoules: f64,
    /// Clocks of copying the layer's weights within a frame, in pass 2 and later.
    pub load: u64,
    /// The bytes that are copied.
    pub load_bytes: u64,
    /// Clocks that were simulated, and the seconds that this host took for them.
    pub simulated: (u64, f64),
}

/// Weights are drawn from this seed; no clock depends on them.
const SEED: u64 = 1;

impl SingleLayer {
    /// What its time depends on.
    pub fn operating_point(&self, device: &Device) -> OperatingPoint {
        let shape = &self.shape;
        let counts_events = matches!(shape.kind, Kind::Convolution | Kind::Separable);
        let flat = shape.kind == Kind::FullyConnected;
        OperatingPoint {
            work: shape.work(device),
            kernel: if flat { 1 } else { shape.kernel },
            weight_bits: shape.weight_bits,
            height: shape.height,
            width: shape.width,
            channels: shape.channels,
            filters: shape.filters.div_ceil(self.splits[1]),
            density: if counts_events { self.events as f64 / shape.input().len() as f64 } else { 1.0 },
        }
    }

    /// The accuracy that may be claimed for its clocks, with the load of its weights if it is in a later pass.
    pub fn clocks_claim(&self, device: &Device, claims: &Claims, loaded: bool) -> AccuracyClaim {
        let point = self.operating_point(device);
        let clocks = claims.clocks(&point);
        if !loaded || point.work == Work::Input {
            return clocks;
        }
        AccuracyClaim { median: clocks.median, ..AccuracyClaim::weakest([&clocks, &claims.load(point.work)]) }
    }

    /// Compiles and simulates the layer.
    ///
    /// # Errors
    /// Why the layer makes no model, does not fit the device, or does not run; the stop flag is set.
    pub fn run(&self, device: &Device, stop: &Stop) -> Result<LayerTiming, String> {
        let UnitRecords { records, picojoules, network_picojoules, load, load_bytes, simulated, .. } =
            self.units(device, stop)?;
        let clocks = records.iter().map(FrameRecord::clocks).max().unwrap_or(0);
        let load_picojoules = *device.energy.load_byte * load_bytes as f64;
        Ok(LayerTiming { clocks, picojoules, network_picojoules, load, load_picojoules, simulated })
    }

    /// As [`SingleLayer::run`], unit by unit.
    ///
    /// # Errors
    /// As [`SingleLayer::run`].
    pub fn units(&self, device: &Device, stop: &Stop) -> Result<UnitRecords, String> {
        let mut model = Model::new("row");
        if self.shape.kind != Kind::Hrc {
            let input = Parameters::InputData(InputData { input: self.shape.input() });
            model.add("events", input, &[]).map_err(joined)?;
        }
        model.add("layer", self.shape.parameters(), &[]).map_err(joined)?;
        let splits = vec![self.splits; model.layers().len()];
        let partition =
            partition_with_splits(model.layers(), &Resources::from(device), &splits).map_err(joined)?;
        model.randomise(SEED);
        let program =
            compile_partition(&model, device, &partition, &CompileOptions::default().with_stop(stop))
                .map_err(joined)?;
        let simulator = Simulator::new(program, device.clone()).map_err(joined)?;
        let input = self.shape.input();
        let frame = match self.shape.kind {
            Kind::Hrc => Frame::Image(vec![0; input.len()]),
            _ => {
                let map = MapShape { width: input.width, height: input.height, channels: input.channels };
                let channels = if self.uniform { Channels::Uniform } else { Channels::Spread };
                Frame::Events(events(map, self.events, channels))
            }
        };
        let options = SimulationOptions {
            record_output_maps: false,
            stop: stop.clone(),
            ..SimulationOptions::default()
        };
        let begin = Instant::now();
        let ended = simulator.run(&[frame], 0, &options, &mut NoProbe).into_finished();
        let outcome = ended.map_err(|early| early.end.to_string())?;
        let cycles = outcome.frames.iter().map(|frame| frame.end - frame.start).sum();
        let simulated = (cycles, begin.elapsed().as_secs_f64());
        let mut records = Vec::new();
        let (mut counts, energy) = (ActionCounts::default(), simulator.energy(&outcome));
        for (pass, plan) in outcome.passes.iter().zip(simulator.passes()) {
            for (unit, cost) in pass.units.iter().zip(&plan.energies) {
                for record in &unit.frames {
                    let mut own = record.actions(cost.clock);
                    Action::NETWORK.into_iter().for_each(|action| own.set(action, 0));
                    counts += own;
                }
                if unit.output_map.is_some() {
                    records.extend(&unit.frames);
                }
            }
        }
        Ok(UnitRecords {
            records,
            counts,
            picojoules: energy.total() - energy.network(),
            network_picojoules: energy.network(),
            load_bytes: simulator.passes().iter().flat_map(|pass| &pass.loads).map(|load| load.bytes).sum(),
            load: simulator.passes().iter().map(|pass| pass.load().ceil()).sum(),
            simulated,
        })
    }
}
