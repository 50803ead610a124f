//! The learning rule: which neuron learns from a sample, and how its ones move. All of it is integers. docs/learning.md has the rule.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::activation::Activation;
use crate::ones::{Ones, list};
use spikemesh_model::learning::{ONE, Plasticity, Stream, fixed};
use spikemesh_model::{Layer, LearningMut};

/// A compiled layer while it learns, beside its [`Ones`]. What it has learned is in here and in them until it is
/// [written](Learner::write) into the model.
#[derive(Clone, Debug)]
pub struct Learner {
    seed: u64,
    plasticity: Plasticity,
    competition: u64,
    neurons_per_class: usize,
    activation: Option<Activation<i32>>,
    thresholds: Vec<i32>,
    steps: Vec<u32>,
    /// The ones, as the model has them, of neurons that have learned since.
    before: BTreeMap<usize, Vec<u64>>,
    potentials: Vec<i32>,
    off: Vec<u32>,
    on: Vec<u32>,
}

impl Learner {
    /// Of a layer that is compiled.
    pub fn new(layer: &Layer) -> Option<Learner> {
        let state = layer.learning.as_ref()?;
        let parameters = state.parameters();
        let variables = &layer.variables;
        let activation = layer.parameters.activation().filter(|a| a.activations_enabled).map(|a| {
            let (thresholds, steps) = (&variables.threshold_fire, &variables.threshold_fire_step);
            Activation::new(thresholds, steps, a.threshold_fire_bits, parameters.num_weights.into())
        });
        let thresholds = variables.threshold_learning.clone();
        Some(Learner {
            seed: parameters.seed,
            plasticity: Plasticity::new(parameters),
            competition: fixed(parameters.learning_competition),
            neurons_per_class: state.neurons_per_class(),
            activation,
            potentials: vec![0; thresholds.len()],
            thresholds,
            steps: state.steps().to_vec(),
            before: BTreeMap::new(),
            off: Vec::new(),
            on: Vec::new(),
        })
    }

    /// Neurons of a class.
    pub fn neurons_per_class(&self) -> usize {
        self.neurons_per_class
    }

    /// Computes every neuron's potential: its ones that have an event.
    pub fn present(&mut self, ones: &Ones, events: &[u64]) {
        self.potentials.fill(0);
        ones.add_overlap(events, 1, &mut self.potentials);
    }

    /// The potentials of the events that were presented last.
    pub fn potentials(&self) -> &[i32] {
        &self.potentials
    }

    /// Writes the levels of these potentials; false if the layer has no activation.
    pub fn levels(&self, levels: &mut [u8]) -> bool {
        self.activation.as_ref().map(|activation| activation.run(&self.potentials, levels)).is_some()
    }

    /// Writes into the model what was learned since the last time.
    pub fn write(&mut self, ones: &Ones, model: LearningMut<'_>) {
        model.thresholds.copy_from_slice(&self.thresholds);
        model.steps.copy_from_slice(&self.steps);
        let neurons = ones.neurons();
        for (neuron, before) in std::mem::take(&mut self.before) {
            list(&mut self.on, ones.of(neuron).iter().zip(&before).map(|(now, before)| now ^ before));
            for &input in &self.on {
                model.weights[input as usize * neurons + neuron] ^= 1;
            }
        }
    }

    /// Lets a neuron of `group` learn from the events that were presented last, if one is fit to.
    ///
    /// Invariant: as many ones are cleared as are set (`moved` is at most the ones without an event and the events without a one), so a
    /// neuron keeps its `num_weights`. What is drawn depends on the seed, the neuron and its step only, never on the order of other
    /// neurons.
    pub fn learn(&mut self, ones: &mut Ones, events: &[u64], group: Range<usize>) {
        let Some(winner) = self.winner(group) else { return };
        let potential = self.potentials[winner] as u64;
        let row = ones.of(winner);
        self.before.entry(winner).or_insert_with(|| row.to_vec());
        list(&mut self.off, row.iter().zip(events).map(|(ones, events)| ones & !events));
        list(&mut self.on, row.iter().zip(events).map(|(ones, events)| events & !ones));

        let (off, on) = (self.off.len(), self.on.len());
        let share = (self.plasticity.after(self.steps[winner]) * off as u64 + ONE / 2) / ONE;
        let moved = (share.max(1) as usize).min(off).min(on);
        self.steps[winner] = self.steps[winner].saturating_add(1);
        let mut stream = Stream::new(self.seed, winner as u64, self.steps[winner].into());
        for list in [&mut self.off, &mut self.on] {
            for &input in stream.take(list, moved) {
                ones.flip(winner, input as usize);
            }
        }
        let left = 2 * ONE - self.plasticity.after(self.steps[winner]);
        self.thresholds[winner] = ((potential + moved as u64) * left / (2 * ONE)).max(1) as i32;
    }

    /// The neuron of `group` that learns: of those fit to whose potential reaches their threshold the one with the largest, or, in a
    /// group that has no fresh neuron left, of all that are fit.
    fn winner(&self, group: Range<usize>) -> Option<usize> {
        // The rival of a neuron is the strongest other one that has learned. The neuron itself may be in here: it never keeps itself
        // from learning, as the competition is at most 1.
        let learned =
            self.potentials.iter().zip(self.thresholds.iter()).filter(|(_, threshold)| **threshold > 0);
        let rival = learned.map(|(potential, _)| *potential).max().unwrap_or(0);
        let mut reached = None;
        let mut nearest = None;
        let mut full = true;
        for n in group {
            if self.plasticity.after(self.steps[n]) == 0 {
                continue;
            }
            full &= self.thresholds[n] > 0;
            let potential = self.potentials[n];
            if potential < 1 || (potential as u64) * ONE < self.competition * rival as u64 {
                continue;
            }
            if potential >= self.thresholds[n] {
                self.prefer(&mut reached, n);
            }
            self.prefer(&mut nearest, n);
        }
        reached.or(nearest.filter(|_| full))
    }

    /// Takes `n` if its potential is larger, or as large after fewer steps; called with `n` ascending.
    fn prefer(&self, best: &mut Option<usize>, n: usize) {
        let rank = |n: usize| (self.potentials[n], std::cmp::Reverse(self.steps[n]));
        if best.is_none_or(|best| rank(n) > rank(best)) {
            *best = Some(n);
        }
    }
}
