//! What is known of waves when they are written: what viewers open them with.

use super::catalogue::Catalogue;
use super::chip::ChipSignals;
use spikemesh_noc::Cycle;

/// A unit of a layer, and where its signals are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaveUnit {
    /// Its name on the chip: `n4_1.np0`.
    pub name: String,
    /// Its layers, by index.
    pub layers: Vec<usize>,
}

/// What is known of waves in the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaveSummary {
    /// What was declared.
    pub catalogue: Catalogue,
    /// Names of layers.
    pub layers: Vec<String>,
    /// When each layer began, if it did.
    pub layer_begins: Vec<Option<Cycle>>,
    /// Units.
    pub units: Vec<WaveUnit>,
    /// By link: flits that passed it.
    pub(super) flits: Vec<u64>,
    /// The last cycle.
    pub end: Cycle,
}

impl WaveSummary {
    pub(super) fn new(signals: &ChipSignals) -> WaveSummary {
        let units = signals.units.iter();
        WaveSummary {
            catalogue: signals.catalogue.clone(),
            layers: signals.layers.clone(),
            layer_begins: vec![None; signals.layers.len()],
            units: units
                .map(|unit| WaveUnit {
                    name: unit.name.clone(),
                    layers: unit.layers.iter().copied().collect(),
                })
                .collect(),
            flits: vec![0; signals.links.len()],
            end: 0,
        }
    }

    pub(super) fn layer_begins(&mut self, layer: usize, cycle: Cycle) {
        self.layer_begins[layer].get_or_insert(cycle);
    }
}
