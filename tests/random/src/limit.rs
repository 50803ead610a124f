//! Cases within one of a limit: of a device's memory, of its size, of what events can name.

use spikemesh::compiler::{LayerPartition, Mode, Partition, Resources, partition};
use spikemesh::device::Device;
use spikemesh::model::{
    ActivationParameters, ConvolutionMode, ConvolutionParameters, Convolutional, Dims, FullyConnected,
    InputConvolutional, InputData, LayerKind, Model, Parameters, SeparableConvolutional,
};

use crate::choices::Choices;

/// A limit that a case is within one of: below, at, or above.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Limit {
    /// Rows that a slice may own.
    OwnRows,
    /// Bytes of weights of an NP.
    WeightBytes,
    /// Bytes of input map of an NP.
    InputBytes,
    /// Bytes of everything that an NP holds.
    MemoryBytes,
    /// Bytes of fully connected weights that stay on the chip.
    ExternalWeights,
    /// Neural processors of the device.
    Nps,
    /// Side of a kernel.
    Kernel,
    /// Columns of a map.
    Columns,
    /// Rows of a map.
    Rows,
    /// Features of a map.
    Features,
    /// Inputs of a fully connected layer.
    FlatInputs,
}

/// Limits of memories and sizes that a device file sets.
const OF_DEVICES: [Limit; 6] = [
    Limit::OwnRows,
    Limit::WeightBytes,
    Limit::InputBytes,
    Limit::MemoryBytes,
    Limit::ExternalWeights,
    Limit::Nps,
];

/// Columns, rows and features that events name without a base in the head, and with one; the largest kernels of NPs and of the input unit.
const COLUMNS: [u32; 2] = [2048, 4096];
const ROWS: [u32; 2] = [4096, 65_534];
const FEATURES: [u32; 2] = [2048, 65_535];
const FLAT_INPUTS: [u32; 1] = [57_334];
const NP_KERNELS: [u32; 1] = [7];
const INPUT_KERNELS: [u32; 1] = [15];

/// One of some limits, or one below or above it.
fn near(choices: &mut Choices, limits: &[u32]) -> u32 {
    choices.pick(limits) + choices.below(3) - 1
}

impl Limit {
    /// Moves a limit of the device to what a layer of the model needs, within one; `None` if no layer has such a need.
    pub(crate) fn of_device(choices: &mut Choices, model: &Model, device: &mut Device) -> Option<Limit> {
        let limit = choices.pick(&OF_DEVICES);
        let offset = i64::from(choices.below(3)) - 1;
        let mut generous = device.clone();
        (generous.columns.0, generous.rows.0, generous.nps_per_node.0) = (64, 64, 8);
        if limit != Limit::Nps {
            let np = &mut generous.np;
            (np.weight_bytes.0, np.input_bytes.0, np.memory_bytes.0) = (1 << 30, 1 << 30, 1 << 31);
            np.own_rows.0 = 48;
        }
        if limit == Limit::ExternalWeights {
            generous.np.on_chip_weight_bytes.0 = 1 << 30;
        }
        let divided: Partition =
            partition(model.layers(), &Resources::from(&generous), Mode::Minimal).ok()?;
        let fits = |index: usize, layer: &LayerPartition| match limit {
            Limit::ExternalWeights => model.layers()[index].kind() == LayerKind::FullyConnected,
            _ => layer.nps() > 0,
        };
        let candidates: Vec<usize> =
            (0..divided.layers.len()).filter(|&index| fits(index, &divided.layers[index])).collect();
        if candidates.is_empty() {
            return None;
        }
        let index = choices.pick(&candidates);
        let (layer, footprint) = (&divided.layers[index], divided.layers[index].footprint);
        let set = |need: u64, least: i64, most: i64| (need as i64 + offset).clamp(least, most) as u32;
        let np = &mut device.np;
        match limit {
            Limit::OwnRows => {
                let height = u64::from(model.layers()[index].shape.input.height);
                np.own_rows.0 = set(height.div_ceil(u64::from(choices.range(1..=3))), 1, 48);
            }
            Limit::WeightBytes => np.weight_bytes.0 = set(footprint.weights, 1, 1 << 30),
            Limit::InputBytes => np.input_bytes.0 = set(footprint.input_map, 1, 1 << 30),
            Limit::MemoryBytes => np.memory_bytes.0 = set(footprint.total(), 1, 1 << 30),
            Limit::ExternalWeights => np.on_chip_weight_bytes.0 = set(footprint.weights, 0, 1 << 30),
            _ => {
                let nps = if choices.chance(50) { layer.nps() } else { divided.total_nps() };
                (device.rows.0, device.nps_per_node.0) = (1, 1);
                device.columns.0 = set(nps.into(), 1, 64) as u16;
            }
        }
        if matches!(limit, Limit::Nps) {
            return Some(limit);
        }
        // The other limits stay out of its way in half of the cases.
        if choices.chance(50) {
            let whole = Device::load("akd1000").expect("it comes with the program").np;
            if limit != Limit::WeightBytes {
                device.np.weight_bytes.0 = *whole.weight_bytes;
            }
            if limit != Limit::InputBytes {
                device.np.input_bytes.0 = *whole.input_bytes;
            }
            if limit != Limit::OwnRows {
                device.np.own_rows.0 = *whole.own_rows;
            }
        }
        Some(limit)
    }

    /// A model of few layers with a size within one of a limit, and a device that may have room for it.
    pub(crate) fn of_sizes(choices: &mut Choices) -> (Limit, Model, Device) {
        let limit =
            choices.pick(&[Limit::Kernel, Limit::Columns, Limit::Rows, Limit::Features, Limit::FlatInputs]);
        let device = choices.pick(&["akd1000", "akd1500", "two-nodes"]);
        let mut model = Model::new("limit");
        let events = |model: &mut Model, width: u32, height: u32, channels: u32| {
            let input = InputData { input: Dims { width, height, channels } };
            // Sizes above those of models are refused there, which is not what is tried here.
            if model.add("input", Parameters::InputData(input), &[]).is_err() {
                let input = InputData { input: Dims { width: 4, height: 4, channels: 1 } };
                model.add("input", Parameters::InputData(input), &[]).expect("any map can enter");
            }
        };
        match limit {
            Limit::Kernel => kernel(choices, &mut model),
            Limit::Columns => {
                let (width, height, channels) =
                    (near(choices, &COLUMNS), choices.range(1..=2), choices.range(1..=2));
                events(&mut model, width, height, channels);
            }
            Limit::Rows => events(&mut model, 1, near(choices, &ROWS), 1),
            Limit::FlatInputs => {
                let flat = near(choices, &FLAT_INPUTS);
                match choices.below(3) {
                    0 if flat.is_multiple_of(2) => events(&mut model, 2, 1, flat / 2),
                    1 => events(&mut model, 1, flat, 1),
                    _ => events(&mut model, 1, 1, flat),
                }
            }
            _ if choices.chance(50) => {
                let (width, height) = (choices.range(1..=2), choices.range(1..=2));
                events(&mut model, width, height, near(choices, &FEATURES));
            }
            _ => {
                events(&mut model, choices.range(1..=3), 1, 1);
                // A layer of as many neurons, which the next one takes in.
                let neurons = near(choices, &FEATURES);
                let wide = fully_connected(choices, neurons, true);
                let _ = model.add("wide", wide, &[]);
            }
        }
        if limit == Limit::Columns || choices.chance(20) {
            let size = choices.pick(&[1, 3]);
            let convolution = convolution(choices, size);
            let _ = model.add("", convolution, &[]);
        }
        let neurons = choices.range(1..=4);
        let enabled = choices.chance(50);
        let head = fully_connected(choices, neurons, enabled);
        model.add("head", head, &[]).expect("a fully connected layer fits any map");
        (limit, model, Device::load(device).expect("it comes with the program"))
    }
}

fn kernel(choices: &mut Choices, model: &mut Model) {
    let input = Dims { width: 18, height: 17, channels: 1 };
    if choices.chance(50) {
        let parameters = InputConvolutional {
            input,
            convolution: ConvolutionParameters {
                kernel_width: near(choices, &INPUT_KERNELS),
                kernel_height: near(choices, &INPUT_KERNELS),
                num_neurons: choices.range(1..=4),
                convolution_mode: ConvolutionMode::Same,
                stride_x: choices.range(1..=3),
                stride_y: choices.range(1..=3),
                weights_bits: 8,
            },
            pooling: Default::default(),
            activation: ActivationParameters { threshold_fire_bits: 4, ..Default::default() },
            padding_value: 0,
        };
        model.add("input", Parameters::InputConvolutional(parameters), &[]).expect("it fits");
    } else {
        model.add("input", Parameters::InputData(InputData { input }), &[]).expect("any map can enter");
        let size = near(choices, &NP_KERNELS);
        let convolution = convolution(choices, size);
        model.add("", convolution, &[]).expect("it fits");
    }
}

fn convolution(choices: &mut Choices, size: u32) -> Parameters {
    let convolution = ConvolutionParameters {
        kernel_width: size,
        kernel_height: size,
        num_neurons: choices.range(1..=3),
        convolution_mode: ConvolutionMode::Same,
        stride_x: 1,
        stride_y: 1,
        weights_bits: choices.range(1..=4) as u8,
    };
    let activation = ActivationParameters {
        threshold_fire_bits: choices.range(1..=4) as u8,
        ..ActivationParameters::default()
    };
    let pooling = Default::default();
    if choices.chance(50) {
        Parameters::Convolutional(Convolutional { convolution, pooling, activation })
    } else {
        Parameters::SeparableConvolutional(SeparableConvolutional { convolution, pooling, activation })
    }
}

fn fully_connected(choices: &mut Choices, num_neurons: u32, enabled: bool) -> Parameters {
    Parameters::FullyConnected(FullyConnected {
        num_neurons,
        weights_bits: choices.range(1..=4) as u8,
        activation: ActivationParameters {
            activations_enabled: enabled,
            threshold_fire_bits: choices.range(1..=4) as u8,
            ..Default::default()
        },
    })
}
