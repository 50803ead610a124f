//! What is known of waves when they are written: what viewers open them with.

use std::collections::BTreeMap;

use super::catalogue::Catalogue;
use super::chip::ChipSignals;
use super::signal::Signal;
use super::time_scale::TimeScale;
use spikemesh_noc::Cycle;

/// A unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct WaveUnit {
    /// Its name on the chip: `n4_1.np0`.
    pub name: String,
    /// Its layers, by index.
    pub layers: Vec<usize>,
}

/// What is known of waves in the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaveSummary {
    /// What was declared.
    pub(super) catalogue: Catalogue,
    /// The signals that were declared, by whole name.
    pub(super) names: BTreeMap<String, Signal>,
    /// Names of layers, in their order.
    pub(super) layers: Vec<String>,
    /// When each layer began, if it did.
    pub(super) layer_begins: Vec<Option<Cycle>>,
    pub(super) units: Vec<WaveUnit>,
    /// Links by name, with the flits that passed.
    pub(super) links: Vec<(String, u64)>,
    /// The first and the last cycle that was written.
    pub(super) span: (Cycle, Cycle),
    pub(super) scale: TimeScale,
}

impl WaveSummary {
    pub(super) fn new(
        signals: &ChipSignals,
        catalogue: Catalogue,
        links: Vec<String>,
        scale: TimeScale,
    ) -> WaveSummary {
        let unit = |unit: &super::chip::UnitSignals| WaveUnit {
            name: unit.name.clone(),
            layers: unit.layers.iter().copied().collect(),
        };
        WaveSummary {
            names: catalogue.names().into_iter().collect(),
            catalogue,
            layers: signals.layers.clone(),
            layer_begins: vec![None; signals.layers.len()],
            units: signals.units.iter().map(unit).collect(),
            links: links.into_iter().map(|name| (name, 0)).collect(),
            span: (0, 0),
            scale,
        }
    }

    #[inline]
    pub(super) fn layer_begins(&mut self, layer: usize, cycle: Cycle) {
        self.layer_begins[layer].get_or_insert(cycle);
    }

    /// The link between routers that most flits passed; of equal ones the first.
    pub(super) fn busiest_link(&self) -> Option<(&str, u64)> {
        let links = self
            .links
            .iter()
            .filter(|(name, flits)| *flits > 0 && !name.contains(".inject") && !name.contains(".eject"));
        links.rev().max_by_key(|(_, flits)| *flits).map(|(name, flits)| (name.as_str(), *flits))
    }
}
