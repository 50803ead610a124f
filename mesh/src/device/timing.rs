//! Times of the units, in clocks. docs/microarchitecture says what each pays for.

use serde::{Deserialize, Serialize};

use super::{Clocks, Constant};

/// How long units take.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Timing {
    /// Neural processors.
    pub np: NpTiming,
    /// The input unit.
    pub hrc: HrcTiming,
    /// Loading a program.
    pub load: LoadTiming,
}

/// Times of a neural processor.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct NpTiming {
    /// Unpacking an event into the input map's memory order.
    pub unpack: Constant<Clocks>,
    /// Plain convolutions; a position is an input position.
    pub convolution: ConvolutionTiming,
    /// Separable convolutions; a position is an output position before pooling.
    pub separable: ConvolutionTiming,
    /// Adding one event to the potentials of one group, by kind of kernel.
    pub accumulate: Vec<AccumulateCost>,
    /// Scanning a group of a map of one position, where unpacking and fetching cost nothing.
    pub single_position: Constant<Clocks>,
    /// Fully connected.
    pub fully_connected: FullyConnectedTiming,
}

/// Times of a convolution beside its events.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ConvolutionTiming {
    /// Fetching a non-empty (channel, column) pair and setting up its kernel, per group.
    pub fetch: Constant<Clocks>,
    /// Scanning a position, per group.
    pub position: Constant<Clocks>,
}

/// Adding one event to the potentials of one group.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct AccumulateCost {
    /// Separable or plain.
    pub separable: bool,
    /// Side of the kernel.
    pub kernel: u32,
    /// Narrowest weights that it holds for; of several entries the widest that fits a layer is taken.
    pub weight_bits: u8,
    /// Per event, or per tap if `per_tap`.
    pub clocks: Constant<Clocks>,
    /// Count only the taps whose output lies inside the whole map.
    #[serde(default)]
    pub per_tap: bool,
}

/// Times of a fully connected NP.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct FullyConnectedTiming {
    /// Weights on chip: start of the walk.
    pub on_chip_start: Constant<Clocks>,
    /// Weights on chip: per input, with or without an event.
    pub on_chip_input: Constant<Clocks>,
    /// Weights outside: per unit.
    pub external_unit: Constant<Clocks>,
    /// Weights outside: per byte fetched.
    pub external_byte: Constant<Clocks>,
    /// Bits fetched per input of a unit.
    pub external_bits_per_input: Constant<u32>,
    /// Bytes fetched per unit beside its inputs.
    pub external_bytes_per_unit: Constant<u32>,
}

/// Times of the input unit.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct HrcTiming {
    /// Filters computed together.
    pub filters_per_group: Constant<u32>,
    /// Per convolution output position and group.
    pub position: Constant<Clocks>,
    /// More, per so many filters or part of them.
    pub per_filters: Constant<Clocks>,
    /// Filters that `per_filters` pays for.
    pub filters_per_step: Constant<u32>,
}

/// Times of loading a program.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct LoadTiming {
    /// Per weight byte of pass 2 and later, inside the frame.
    pub pass_byte: Constant<Clocks>,
    /// Bits at which a depthwise weight is copied, if it has no more itself.
    pub depthwise_bits: Constant<u32>,
    /// Per weight byte of the first pass, before the frame.
    pub first_byte: Constant<Clocks>,
    /// The first load beside its bytes, in microseconds.
    pub first_microseconds: Constant<u32>,
}

impl NpTiming {
    /// The cost of adding an event for a kind of kernel; `None` if the device has no entry for it.
    pub fn accumulate(&self, separable: bool, kernel: u32, weight_bits: u8) -> Option<&AccumulateCost> {
        self.accumulate
            .iter()
            .filter(|c| c.separable == separable && c.kernel == kernel && c.weight_bits <= weight_bits)
            .max_by_key(|c| c.weight_bits)
    }
}

impl FullyConnectedTiming {
    /// One unit's walk over external weights.
    pub fn external_walk(&self, inputs: u64) -> Clocks {
        let fetched = (inputs * u64::from(*self.external_bits_per_input)).div_ceil(8);
        *self.external_unit + self.external_byte.times(fetched + u64::from(*self.external_bytes_per_unit))
    }

    /// The walk over all inputs with weights on chip.
    pub fn on_chip_walk(&self, inputs: u64) -> Clocks {
        *self.on_chip_start + self.on_chip_input.times(inputs)
    }
}

impl HrcTiming {
    /// One convolution output position of a group of `filters` filters.
    pub fn group_position(&self, filters: u32) -> Clocks {
        *self.position + self.per_filters.times(u64::from(filters.div_ceil(*self.filters_per_step)))
    }
}
