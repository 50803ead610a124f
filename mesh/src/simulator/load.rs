//! Loading a pass: the weight bytes that are copied to the NPs of each output map, and the time that takes.
//!
//! A device with several passes in one program copies weights between them. On any other the host loads each pass as a program of its own, which
//! takes what the first load takes.
//!
//! Filters lie in memory in full filter groups, and every NP of a layer gets an image of the same length: that of the NP with the most filters.
//! Depthwise weights are copied at a width of their own; a depthwise kernel on a low map keeps no tap rows that only padding can meet.

use spikemesh_isa::{NpRecord, Operation, OutputMapId, Pass};

use spikemesh_device::{Clocks, Device};

/// What is copied for one output map of a pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WeightLoad {
    /// The output map.
    pub output_map: OutputMapId,
    /// Weight bytes of all its NPs; external weights are not copied.
    pub bytes: u64,
    /// The time of the copy when the pass is loaded inside a frame.
    pub clocks: Clocks,
}

/// What is copied for each output map of a pass that NPs compute, in the order of the output maps.
pub fn loads(pass: &Pass, device: &Device) -> Vec<WeightLoad> {
    let load = &device.timing.load;
    let byte = if *device.multi_pass { &load.pass_byte } else { &load.first_byte };
    let mut output_maps: Vec<OutputMapId> = pass.nps.iter().map(|record| record.output_map).collect();
    output_maps.sort_unstable();
    output_maps.dedup();
    output_maps
        .into_iter()
        .map(|output_map| {
            let records = || pass.nps.iter().filter(|record| record.output_map == output_map);
            let bytes = records().map(|record| weight_bytes(record, device)).max().unwrap_or(0)
                * records().count() as u64;
            WeightLoad { output_map, bytes, clocks: byte.times(bytes) }
        })
        .collect()
}

/// What a load inside a frame takes whatever its bytes.
pub fn start(device: &Device) -> Clocks {
    let load = &device.timing.load;
    match *device.multi_pass {
        true => Clocks::default(),
        false => Clocks::of_microseconds(*load.first_microseconds, *device.clock_hz),
    }
}

/// Weight bytes that an NP with this record needs copied.
fn weight_bytes(record: &NpRecord, device: &Device) -> u64 {
    let map = &record.input.map;
    let bits = match record.operation {
        Operation::FullyConnected(fc) if fc.external => 0,
        Operation::FullyConnected(fc) => map.len() as u64 * u64::from(fc.units) * u64::from(fc.weight_bits),
        Operation::Convolution(c) => {
            let channels = u64::from(map.channels);
            let filters = u64::from(c.filters).next_multiple_of(u64::from(*device.np.filters_per_group));
            let (columns, rows) = (u64::from(c.x.size), u64::from(c.y.size));
            let bits = u64::from(c.weight_bits);
            if c.separable {
                let rows = rows.min((2 * u64::from(map.height)).saturating_sub(1));
                let depthwise = bits.max(u64::from(*device.timing.load.depthwise_bits));
                channels * (filters * bits + columns * rows * depthwise)
            } else {
                channels * columns * rows * filters * bits
            }
        }
    };
    bits.div_ceil(8)
}
