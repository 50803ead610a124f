//! Times of the units, in clocks. docs/microarchitecture says what each pays for.

use serde::{Deserialize, Serialize};

use crate::constant::{Clocks, Constant};

/// How long units take.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
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
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct NpTiming {
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

/// Times of a convolution apart from its events.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ConvolutionTiming {
    /// Bringing an event into the input map's memory order, once for all groups.
    pub unpack: Constant<Clocks>,
    /// More of it, per event, if the stride is above 1.
    pub unpack_strided: Constant<Clocks>,
    /// Fetching a non-empty (channel, column) pair and setting up its kernel, per tap of the kernel and group.
    pub fetch: Constant<Clocks>,
    /// Scanning a position, per group.
    pub position: Constant<Clocks>,
}

/// Adding one event to the potentials of one group.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
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
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
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
    /// Bytes fetched per unit in addition to its inputs.
    pub external_bytes_per_unit: Constant<u32>,
}

/// Times of the input unit.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct HrcTiming {
    /// Filters computed together.
    pub filters_per_group: Constant<u32>,
    /// Per convolution output position and group.
    pub position: Constant<Clocks>,
    /// In addition, per number of filters or part of it.
    pub per_filters: Constant<Clocks>,
    /// Filters that `per_filters` pays for.
    pub filters_per_step: Constant<u32>,
}

/// Times of loading a program.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct LoadTiming {
    /// Per weight byte of pass 2 and later, inside the frame.
    pub pass_byte: Constant<Clocks>,
    /// Bits at which a depthwise weight is copied, if it has no more itself.
    pub depthwise_bits: Constant<u32>,
    /// Per weight byte of the first pass, before the frame.
    pub first_byte: Constant<Clocks>,
    /// The first load apart from its bytes, in microseconds.
    pub first_microseconds: Constant<u32>,
}

/// The constants that are times, with their paths in a device file.
macro_rules! clocks {
    ($timing:expr, $($mutable:tt)?) => {{
        let Timing { np, hrc, load } = $timing;
        let fc = & $($mutable)? np.fully_connected;
        let mut all = vec![
            ("timing.np.convolution.unpack".to_owned(), & $($mutable)? np.convolution.unpack),
            ("timing.np.convolution.unpack_strided".to_owned(), & $($mutable)? np.convolution.unpack_strided),
            ("timing.np.convolution.fetch".to_owned(), & $($mutable)? np.convolution.fetch),
            ("timing.np.convolution.position".to_owned(), & $($mutable)? np.convolution.position),
            ("timing.np.separable.unpack".to_owned(), & $($mutable)? np.separable.unpack),
            ("timing.np.separable.unpack_strided".to_owned(), & $($mutable)? np.separable.unpack_strided),
            ("timing.np.separable.fetch".to_owned(), & $($mutable)? np.separable.fetch),
            ("timing.np.separable.position".to_owned(), & $($mutable)? np.separable.position),
            ("timing.np.single_position".to_owned(), & $($mutable)? np.single_position),
            ("timing.np.fully_connected.on_chip_start".to_owned(), & $($mutable)? fc.on_chip_start),
            ("timing.np.fully_connected.on_chip_input".to_owned(), & $($mutable)? fc.on_chip_input),
            ("timing.np.fully_connected.external_unit".to_owned(), & $($mutable)? fc.external_unit),
            ("timing.np.fully_connected.external_byte".to_owned(), & $($mutable)? fc.external_byte),
            ("timing.hrc.position".to_owned(), & $($mutable)? hrc.position),
            ("timing.hrc.per_filters".to_owned(), & $($mutable)? hrc.per_filters),
            ("timing.load.pass_byte".to_owned(), & $($mutable)? load.pass_byte),
            ("timing.load.first_byte".to_owned(), & $($mutable)? load.first_byte),
        ];
        for (index, cost) in (& $($mutable)? np.accumulate).into_iter().enumerate() {
            all.push((format!("timing.np.accumulate[{index}].clocks"), & $($mutable)? cost.clocks));
        }
        all
    }};
}

impl Timing {
    /// Every constant that is a time, with its path in the device file. A unit's clocks are linear in them.
    pub fn clocks(&self) -> Vec<(String, &Constant<Clocks>)> {
        clocks!(self,)
    }

    /// As [`Timing::clocks`], to change them.
    pub fn clocks_mut(&mut self) -> Vec<(String, &mut Constant<Clocks>)> {
        clocks!(self, mut)
    }
}

impl ConvolutionTiming {
    /// Fetching one non-empty (channel, column) pair for a kernel of this side, per group.
    pub fn fetch_of(&self, kernel: u32) -> Clocks {
        self.fetch.times(u64::from(kernel) * u64::from(kernel))
    }

    /// Unpacking one event of a layer with this stride.
    pub fn unpack_at(&self, stride: u32) -> Clocks {
        if stride > 1 { *self.unpack + *self.unpack_strided } else { *self.unpack }
    }
}

impl NpTiming {
    /// The cost of adding an event for a kind of kernel; `None` if the device has no entry for it.
    pub fn accumulate(&self, separable: bool, kernel: u32, weight_bits: u8) -> Option<&AccumulateCost> {
        self.accumulate_index(separable, kernel, weight_bits).map(|index| &self.accumulate[index])
    }

    /// Its position in the list.
    pub fn accumulate_index(&self, separable: bool, kernel: u32, weight_bits: u8) -> Option<usize> {
        (0..self.accumulate.len())
            .filter(|&index| {
                let c = &self.accumulate[index];
                c.separable == separable && c.kernel == kernel && c.weight_bits <= weight_bits
            })
            .max_by_key(|&index| self.accumulate[index].weight_bits)
    }
}

impl FullyConnectedTiming {
    /// One unit's walk over external weights.
    pub fn external_walk(&self, inputs: u64) -> Clocks {
        *self.external_unit + self.external_byte.times(self.external_bytes(inputs))
    }

    /// The bytes that it fetches.
    pub fn external_bytes(&self, inputs: u64) -> u64 {
        let fetched = (inputs * u64::from(*self.external_bits_per_input)).div_ceil(8);
        fetched + u64::from(*self.external_bytes_per_unit)
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
