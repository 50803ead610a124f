//! What a report reads of `stats.json`.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, de};
use serde_json::Value;

use crate::device::{Action, ActionEnergy, Basis};

use super::units::{LinkFacts, ReasonClocks, UnitFacts};

/// What a number rests on, as `stats.json` has it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Claim {
    /// `spec`, `calibrated`, `extrapolated` or `assumed`.
    pub basis: String,
    /// Half of the measured values of its kind are within this fraction.
    pub median: Option<f64>,
    /// All of them are within it.
    pub worst: Option<f64>,
    /// Why no error is claimed; empty if one is.
    pub reasons: Vec<String>,
}

impl Claim {
    /// The basis, with the error if one is claimed.
    pub fn text(&self) -> String {
        match self.worst {
            Some(worst) => format!("{}, within {:.1} % of silicon", self.basis, 100.0 * worst),
            None => self.basis.clone(),
        }
    }
}

/// `stats.json`.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct StatsFile {
    pub cycles_claim: Option<Claim>,
    pub throughput_claim: Option<Claim>,
    pub latency_frames: u64,
    pub latency_clocks: f64,
    pub latency_clocks_min: u64,
    pub latency_clocks_max: u64,
    pub latency_ms: f64,
    pub throughput_of: String,
    pub throughput_interval_clocks: f64,
    pub throughput_interval_ms: f64,
    pub throughput_fps: f64,
    pub layers: Vec<LayerCounts>,
    pub activity: Vec<ActivityCounts>,
    pub notes: Vec<NoteLine>,
    pub units: Vec<UnitFacts>,
    pub span_clocks: u64,
    pub links: Vec<LinkFacts>,
    pub first_load: FirstLoad,
    pub energy: EnergySums,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct LayerCounts {
    pub name: String,
    pub units: usize,
    pub clocks: u64,
    pub emitted: u64,
    #[serde(flatten)]
    pub reasons: ReasonClocks,
    pub load_clocks: u64,
    pub dynamic_pj: f64,
    #[serde(flatten)]
    pub actions: LayerActions,
    pub clocks_claim: Option<Claim>,
    pub energy_claim: Option<Claim>,
}

/// The energy of a layer by action, in picojoules: `link_pj` and so on.
#[derive(Clone, Debug)]
pub(super) struct LayerActions(pub ActionEnergy);

impl<'de> Deserialize<'de> for LayerActions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<LayerActions, D::Error> {
        let columns = BTreeMap::<String, Value>::deserialize(deserializer)?;
        let mut energy = ActionEnergy::default();
        for action in Action::ALL {
            let name = format!("{}_pj", action.name());
            let column = columns.get(&name).and_then(Value::as_f64);
            energy.0[action as usize] =
                column.ok_or_else(|| de::Error::custom(format!("no number `{name}`")))?;
        }
        Ok(LayerActions(energy))
    }
}

/// An action of all layers.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct ActionRow {
    pub action: String,
    pub count: f64,
    pub pj: f64,
    pub basis: Basis,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct ActivityCounts {
    pub neurons: usize,
    pub silent_neurons: usize,
    pub values: u64,
    pub top_values: u64,
}

/// A line about some layers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct NoteLine {
    /// What it is about.
    pub kind: String,
    /// Names of the layers.
    pub layers: Vec<String>,
    /// The line.
    pub message: String,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct FirstLoad {
    pub bytes: u64,
    pub microseconds: f64,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct EnergySums {
    pub claim: Option<Claim>,
    pub floor_claim: Option<Claim>,
    pub total_claim: Option<Claim>,
    pub parts_basis: Basis,
    pub floor_basis: String,
    pub dynamic_pj: f64,
    pub np_pj: f64,
    pub hrc_pj: f64,
    pub memory_pj: f64,
    pub load_pj: f64,
    pub network_pj: f64,
    pub network_share_at_most: Option<f64>,
    pub dma_pj: f64,
    pub floor_pj: f64,
    pub total_pj: f64,
    pub actions: Vec<ActionRow>,
}
