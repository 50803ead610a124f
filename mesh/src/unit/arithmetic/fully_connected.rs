//! Fully connected sums, driven by events.

use multiversion::multiversion;
use spikemesh_isa::MapShape;
use spikemesh_isa::memory::Contents;

use super::events::MapEvents;
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

    /// Computes the potential of every unit into `out`.
    pub fn run(&self, events: &MapEvents, out: &mut Vec<i32>) {
        out.clear();
        out.resize(self.units, 0);
        for x in 0..self.map.width as usize {
            add_column(self, events, x, out);
        }
    }
}

/// Adds the events of a column to all units. An input's index runs over columns first, then rows, then channels (`isa::FullyConnected`), whereas events lie
/// by column, row, channel.
#[multiversion(targets = "simd")]
fn add_column(plan: &FullyConnectedKernel, events: &MapEvents, x: usize, out: &mut [i32]) {
    let (width, height) = (plan.map.width as usize, plan.map.height as usize);
    for event in events.column(x) {
        let input = x + width * (usize::from(event.row) + height * usize::from(event.channel));
        accumulate(out, &plan.weights[input * plan.units..][..plan.units], i32::from(event.value));
    }
}
