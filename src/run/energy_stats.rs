//! Energy of a run: what each action cost, and whose it was.

use serde::Serialize;

use super::action_columns::ActionColumns;
use super::stat_rows::{LayerStats, UnitStats};
use crate::device::{AccuracyClaim, Action, ActionCounts, Basis, Device, UnitEnergy};
use crate::words;

/// Energy of all frames, in picojoules.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EnergyStats {
    /// The accuracy that may be claimed for the energy of the work: the weakest of all layers, for clocks and for energies of clocks. `None`
    /// before the first frame.
    pub claim: Option<AccuracyClaim>,
    /// The same for the energy of the floor, which is its watts for the time that frames were in the device.
    pub floor_claim: Option<AccuracyClaim>,
    /// The same for work and floor together.
    pub total_claim: Option<AccuracyClaim>,
    /// The weakest basis of the energies of memories, loads and the network, as the device file gives it: what the parts of the work rest on.
    pub parts_basis: Basis,
    /// Basis of the power floor, as the device file gives it.
    pub floor_basis: Basis,
    /// All work: the sum of the next five.
    pub dynamic_pj: f64,
    /// Clocks and lanes of neural processors.
    pub np_pj: f64,
    /// Clocks of the input unit.
    pub hrc_pj: f64,
    /// Bytes that neural processors read from memories and write to them.
    pub memory_pj: f64,
    /// Bytes of weights that are loaded inside frames.
    pub load_pj: f64,
    /// Everything that the network does.
    pub network_pj: f64,
    /// The network's share of the work.
    pub network_share: f64,
    /// What this share can be at most, by measurements; it can be nothing at least. Below `network_share` the network's energies are larger than
    /// measurements allow. `None` if nothing was measured with energies in this ratio.
    pub network_share_at_most: Option<f64>,
    /// Of the work, what belongs to no layer: the network, for the event DMA.
    pub dma_pj: f64,
    /// In addition to the work, the energy that the device takes regardless of it, while frames were in it.
    pub floor_pj: f64,
    /// All work and the floor.
    pub total_pj: f64,
    /// The work, action by action.
    pub actions: Vec<ActionStats>,
}

/// A share of the network, and the most that measurements allow it to be, as text.
pub fn network_text(share: f64, at_most: Option<f64>, basis: &str) -> String {
    let bound = at_most.map_or_else(|| "no measurement bounds it".to_owned(), |most| bound_text(share, most));
    format!("{} of the work [{basis}; {bound}]", words::share(share))
}

/// The most that measurements allow a share to be, as text.
pub(crate) fn bound_text(share: f64, at_most: f64) -> String {
    let least = if at_most < share { "no more than" } else { "0 to" };
    format!("measurements allow {least} {}", words::share(at_most))
}

/// An action in all frames.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ActionStats {
    /// Its name.
    pub action: &'static str,
    /// How often it was done: clocks, bytes, flits, or heads.
    pub count: f64,
    /// What that took, in picojoules.
    pub pj: f64,
    /// Basis of its constant in the device file; of lanes the weakest.
    pub basis: Basis,
}

/// What a device's actions cost beyond those of its units.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Costs {
    /// Of a layer whose weights are loaded.
    load: UnitEnergy,
    floor_clock: f64,
    network_at_most: Option<f64>,
    bases: Vec<Basis>,
}

/// Picojoules of a joule.
const PICO: f64 = 1e12;

impl Costs {
    pub fn of(device: &Device) -> Costs {
        let energy = &device.energy;
        let constants = energy.picojoules();
        let basis = |action: Action| {
            let path = action.path();
            let own =
                constants.iter().filter(|(name, _)| *name == path || name.starts_with(&format!("{path}[")));
            own.map(|(_, constant)| constant.basis()).max().unwrap_or(Basis::Assumed)
        };
        Costs {
            load: energy.unit(None, 1),
            floor_clock: *energy.floor_watts * PICO / *device.clock_hz as f64,
            network_at_most: device.network_energy_at_most(),
            bases: Action::ALL.map(basis).to_vec(),
        }
    }

    /// The floor, for so many clocks.
    pub fn floor(&self, clocks: u64) -> f64 {
        clocks as f64 * self.floor_clock
    }

    /// Loading so many bytes.
    pub fn loads(&self, bytes: u64) -> f64 {
        self.load.of(&loads(bytes)).total()
    }

    fn basis(&self, action: Action) -> Basis {
        self.bases[action as usize]
    }
}

fn loads(bytes: u64) -> ActionCounts {
    let mut counts = ActionCounts::default();
    counts.set(Action::LoadByte, bytes);
    counts
}

impl EnergyStats {
    /// Nothing yet.
    pub(super) fn new(device: &Device, costs: &Costs) -> EnergyStats {
        let parts = [Action::MemoryByte, Action::LoadByte].into_iter().chain(Action::NETWORK);
        EnergyStats {
            claim: None,
            floor_claim: None,
            total_claim: None,
            parts_basis: parts.map(|action| costs.basis(action)).max().unwrap_or(Basis::Assumed),
            floor_basis: device.energy.floor_watts.basis(),
            dynamic_pj: 0.0,
            np_pj: 0.0,
            hrc_pj: 0.0,
            memory_pj: 0.0,
            load_pj: 0.0,
            network_pj: 0.0,
            network_share: 0.0,
            network_share_at_most: None,
            dma_pj: 0.0,
            floor_pj: 0.0,
            total_pj: 0.0,
            actions: Vec::new(),
        }
    }

    /// Sets all energies but the floor, of units, of layers and of the run, from what units did and layers loaded.
    pub(super) fn derive(&mut self, costs: &Costs, units: &mut [UnitStats], layers: &mut [LayerStats]) {
        for layer in &mut *layers {
            let counts = loads(layer.load_bytes);
            layer.actions = ActionColumns { counts, energy: costs.load.of(&counts) };
        }
        let mut dma = ActionColumns::default();
        for unit in units {
            let energy = unit.cost.of(&unit.counts);
            unit.dynamic_pj = energy.total();
            let sum = unit.map.map_or(&mut dma, |map| &mut layers[map].actions);
            sum.counts += unit.counts;
            sum.energy += energy;
        }
        let mut all = dma;
        for layer in layers {
            layer.dynamic_pj = layer.actions.energy.total();
            all.counts += layer.actions.counts;
            all.energy += layer.actions.energy;
        }
        let energy = &all.energy;
        self.np_pj = energy.sum(&[Action::NpClock, Action::LaneClock]);
        self.hrc_pj = energy.of(Action::HrcClock);
        self.memory_pj = energy.of(Action::MemoryByte);
        self.load_pj = energy.of(Action::LoadByte);
        self.network_pj = energy.network();
        self.dma_pj = dma.energy.total();
        self.dynamic_pj = self.np_pj + self.hrc_pj + self.memory_pj + self.load_pj + self.network_pj;
        self.total_pj = self.dynamic_pj + self.floor_pj;
        self.network_share = if self.dynamic_pj > 0.0 { self.network_pj / self.dynamic_pj } else { 0.0 };
        self.network_share_at_most =
            costs.network_at_most.map(|at_most| (at_most * self.network_share).min(1.0));
        let row = |action: Action| ActionStats {
            action: action.name(),
            count: all.counts.of(action),
            pj: energy.of(action),
            basis: costs.basis(action),
        };
        self.actions = Action::ALL.map(row).to_vec();
    }
}
