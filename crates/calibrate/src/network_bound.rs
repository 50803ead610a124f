//! How much energy the network can take at most, by models that were measured under several mappings.
//!
//! A model's work hardly changes with its mapping, and its published energies differ little. What the network does changes: more neural processors
//! mean more copies and longer ways. So the network cannot explain more than the published energies differ, or work would have to shrink by as
//! much as the network grows. The energies of its actions are scaled together, since no measurement tells them apart.

use std::collections::BTreeMap;

use serde::Serialize;

use spikemesh_device::{Device, NetworkBound};

/// A model's row: published energy, and that of the network on the device, both in picojoules of a frame.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct MeasuredMapping {
    /// The model, and the device that it ran on.
    pub model: (String, String),
    /// As published.
    pub published: f64,
    /// Of the network, by the device's constants.
    pub network: f64,
}

/// A model under several mappings.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ModelSpread {
    /// The model.
    pub model: String,
    /// Mappings with a published energy.
    pub mappings: usize,
    /// By how much the published energies differ, as a fraction of the least.
    pub published: f64,
    /// By how much the energies of the network differ, as the same fraction.
    pub network: f64,
    /// The multiple of the network's energies that would make these equal.
    pub at_most: f64,
}

/// What measurements say of the energy of the network.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct NetworkRecord {
    /// The multiple of the network's energies that no model's mappings contradict; `null` without models under several mappings.
    pub at_most: Option<f64>,
    /// These models.
    pub models: Vec<ModelSpread>,
}

/// Published energies are rounded to a microjoule: two of them may differ by one more, in picojoules.
const READING: f64 = 1e6;

impl NetworkRecord {
    /// Of all rows with a published energy.
    pub(crate) fn of(rows: impl IntoIterator<Item = MeasuredMapping>) -> NetworkRecord {
        let mut models: BTreeMap<(String, String), Vec<(f64, f64)>> = BTreeMap::new();
        for MeasuredMapping { model, published, network } in rows {
            models.entry(model).or_default().push((published, network));
        }
        let spread = |values: &[f64]| {
            let (least, most) = values
                .iter()
                .fold((f64::INFINITY, 0.0_f64), |(least, most), &value| (least.min(value), most.max(value)));
            (least, most - least)
        };
        let models: Vec<ModelSpread> = models
            .into_iter()
            .filter(|(_, rows)| rows.len() > 1)
            .filter_map(|((model, _), rows)| {
                let (published, network): (Vec<f64>, Vec<f64>) = rows.iter().copied().unzip();
                let ((least, published), (_, network)) = (spread(&published), spread(&network));
                (network > 0.0).then(|| ModelSpread {
                    model,
                    mappings: rows.len(),
                    published: published / least,
                    network: network / least,
                    at_most: (published + READING) / network,
                })
            })
            .collect();
        NetworkRecord { at_most: models.iter().map(|model| model.at_most).reduce(f64::min), models }
    }

    /// The model that allows least.
    pub fn tightest(&self) -> Option<&ModelSpread> {
        self.models.iter().min_by(|a, b| a.at_most.total_cmp(&b.at_most))
    }

    /// The energies of the network are larger than a model's mappings allow.
    pub fn is_exceeded(&self) -> bool {
        self.at_most.is_some_and(|at_most| at_most < 1.0)
    }

    /// A share of the network as the largest that it can be.
    pub fn share_at_most(&self, share: f64) -> Option<f64> {
        self.at_most.map(|at_most| (at_most * share).min(1.0))
    }

    /// As a device file has it.
    pub(crate) fn bound(&self, device: &Device) -> Option<NetworkBound> {
        let at_most = (self.at_most? * 1000.0).floor() / 1000.0;
        Some(NetworkBound { models: self.models.len(), at_most, constants: device.network_energies() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(model: &str, published: f64, network: f64) -> MeasuredMapping {
        MeasuredMapping { model: (model.to_owned(), String::new()), published, network }
    }

    #[test]
    fn the_network_explains_at_most_what_mappings_differ_by() {
        let rows = [row("a", 100e6, 2e6), row("a", 103e6, 4e6), row("b", 50e6, 1e6), row("b", 60e6, 2e6)];
        let record = NetworkRecord::of(rows.into_iter().chain([row("alone", 7e6, 1e6)]));
        assert_eq!(record.models.len(), 2);
        let tightest = record.tightest().unwrap();
        assert_eq!((tightest.model.as_str(), tightest.mappings), ("a", 2));
        assert!((tightest.published - 0.03).abs() < 1e-12 && (tightest.network - 0.02).abs() < 1e-12);
        assert_eq!(record.at_most, Some(2.0));
        assert!(!record.is_exceeded());
        assert_eq!((record.share_at_most(0.1), record.share_at_most(0.7)), (Some(0.2), Some(1.0)));
        // A flit that costs four times as much is more than these mappings allow.
        assert!(NetworkRecord::of([row("a", 100e6, 8e6), row("a", 103e6, 16e6)]).is_exceeded());
        assert_eq!(NetworkRecord::of([row("alone", 7e6, 1e6)]), NetworkRecord::default());
    }
}
