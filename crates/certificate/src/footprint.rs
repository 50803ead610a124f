//! Bytes that an NP's record takes of its memory.

use spikemesh_device::Device;
use spikemesh_isa::{Activation, Axis, Convolution, NpRecord, Operation, Pooling};

use crate::claims::Memory;

/// The memory of a record: weights in full groups of filters, the rows that it holds, as often as there are input maps, the potentials that live at a time,
/// thresholds, output FIFO.
pub(crate) fn memory(record: &NpRecord, device: &Device) -> Memory {
    let np = &device.np;
    let [group, potential, threshold, event] =
        [&np.filters_per_group, &np.potential_bytes, &np.threshold_bytes, &np.event_bytes]
            .map(|constant| u64::from(**constant));
    let map = record.input.map;
    let [width, height, channels] = [map.width, map.height, map.channels].map(u64::from);
    let (weight_bits, filters, potentials) = match &record.operation {
        Operation::Convolution(c) => {
            let bits = u64::from(c.weight_bits);
            let filled = u64::from(c.filters).next_multiple_of(group);
            let [columns, rows] = [c.x.size, c.y.size].map(u64::from);
            let weights = match c.separable {
                // Of a low map no tap row is kept that only padding can meet.
                true => channels * (filled + columns * rows.min((2 * height).saturating_sub(1))),
                false => channels * columns * rows * filled,
            };
            let open = columns * convolution_rows(c) + pooled(c);
            (weights * bits, u64::from(c.filters), open * group)
        }
        Operation::FullyConnected(fc) => {
            let (units, bits) = (u64::from(fc.units), u64::from(fc.weight_bits));
            let weights = width * height * channels * units * bits;
            if fc.external { (0, units, 1) } else { (weights, units, units) }
        }
    };
    let levels = matches!(record.activation, Activation::Levels { .. });
    let mut memory = Memory {
        weights: weight_bits.div_ceil(8),
        input_map: (u64::from(record.input.rows.len()) * width * channels * u64::from(record.input.bits))
            .div_ceil(8)
            * u64::from(*np.input_maps),
        potentials: potentials * potential,
        thresholds: if levels { filters * threshold } else { 0 },
        output_fifo: u64::from(device.fifo_events(record.np.0)) * event,
        total: 0,
        limit: u64::from(*np.memory_bytes),
    };
    memory.total =
        memory.weights + memory.input_map + memory.potentials + memory.thresholds + memory.output_fifo;
    memory
}

/// Rows of the convolution that the outputs of a record are made of.
fn convolution_rows(c: &Convolution) -> u64 {
    if c.output_rows.is_empty() {
        return 0;
    }
    let (first, last) = (c.output_rows.first, c.output_rows.end - 1);
    match c.pooling {
        Pooling::None => u64::from(last - first + 1),
        Pooling::Max { y, .. } => {
            let begin = |o: u32| i64::from(o) * i64::from(y.stride) - i64::from(y.pad);
            let inside = |row: i64| row.clamp(0, i64::from(c.y.outputs));
            (inside(begin(last) + i64::from(y.size)) - inside(begin(first))) as u64
        }
        Pooling::GlobalSum => u64::from(c.y.outputs),
    }
}

/// Pooled potentials of a filter that are open at a time.
fn pooled(c: &Convolution) -> u64 {
    let rows = u64::from(c.output_rows.len());
    match c.pooling {
        Pooling::None => 0,
        Pooling::Max { x: Axis { size, stride, outputs, .. }, .. } => {
            u64::from(size.div_ceil(stride.max(1)).min(outputs)) * rows
        }
        // One column of windows as wide as the map.
        Pooling::GlobalSum => rows,
    }
}
