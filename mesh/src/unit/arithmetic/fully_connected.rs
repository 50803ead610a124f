//! Fully connected sums, driven by events.

use multiversion::multiversion;
use spikemesh_isa::MapShape;
use spikemesh_isa::memory::Contents;

use super::{accumulate, pad_rows, padded};

/// A fully connected layer's geometry and weights.
#[derive(Clone, Debug)]
pub struct FullyConnectedKernel {
    map: MapShape,
    units: usize,
    /// (input, unit), units padded.
    weights: Vec<i16>,
}

impl FullyConnectedKernel {
    /// Prepares `units` sums over a map.
    pub fn new(map: MapShape, units: u32, contents: &Contents) -> FullyConnectedKernel {
        FullyConnectedKernel {
            map,
            units: padded(units as usize),
            weights: pad_rows(&contents.weights, units as usize),
        }
    }

    /// Computes the potential of every unit for a map of (column, row, channel) into `out`.
    pub fn run(&self, map: &[u8], out: &mut Vec<i32>) {
        out.clear();
        out.resize(self.units, 0);
        add_events(self, map, out);
    }
}

/// Adds all events to all units. An input's index runs over columns first, then rows, then channels (`isa::FullyConnected`), whereas the map lies by
/// column, row, channel.
#[multiversion(targets = "simd")]
fn add_events(plan: &FullyConnectedKernel, map: &[u8], out: &mut [i32]) {
    let (width, height) = (plan.map.width as usize, plan.map.height as usize);
    for (position, values) in map.chunks_exact(plan.map.channels as usize).enumerate() {
        let (x, y) = (position / height, position % height);
        for (channel, &value) in values.iter().enumerate() {
            if value != 0 {
                let input = x + width * (y + height * channel);
                accumulate(out, &plan.weights[input * plan.units..][..plan.units], i16::from(value));
            }
        }
    }
}
