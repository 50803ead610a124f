//! The learning rule: which neuron learns from a sample, and how its ones move. All of it is integers. docs/learning.md has the rule.
//!
//! Weights are ones and zeros, so a potential is the number of bits that a neuron's ones share with the sample's events: an AND and a
//! count of bits, 64 inputs at a time. `ones` is that copy of the weights, transposed to (neuron, word); every change goes into both.

use std::ops::Range;

use multiversion::multiversion;

use spikemesh_model::LearningMut;
use spikemesh_model::learning::{ONE, Plasticity, Stream, fixed};

/// Bits of a word of events or ones.
const WORD: usize = u64::BITS as usize;

/// Words that hold one bit for each of `inputs`.
pub fn words(inputs: usize) -> usize {
    inputs.div_ceil(WORD)
}

/// Sets the bit of `input`.
pub fn set(bits: &mut [u64], input: usize) {
    bits[input / WORD] |= 1 << (input % WORD);
}

/// A compiled layer while it learns. Its weights, thresholds and steps are the model's own and up to date after every sample.
pub struct Learner<'a> {
    seed: u64,
    plasticity: Plasticity,
    competition: u64,
    weights: &'a mut [i8],
    thresholds: &'a mut [i32],
    steps: &'a mut [u32],
    /// The weights again, (neuron, word).
    ones: Vec<u64>,
    words: usize,
    potentials: Vec<i32>,
    off: Vec<u32>,
    on: Vec<u32>,
}

impl<'a> Learner<'a> {
    /// Of the learning state of a layer.
    pub fn new(state: LearningMut<'a>) -> Learner<'a> {
        let LearningMut { parameters, weights, thresholds, steps } = state;
        let neurons = thresholds.len();
        let inputs = weights.len() / neurons;
        let words = words(inputs);
        let mut ones = vec![0; words * neurons];
        // A word of every neuron at a time, so that weights are read in their order.
        let mut block = vec![0u64; neurons];
        for (word, rows) in weights.chunks(neurons * WORD).enumerate() {
            block.fill(0);
            for (bit, row) in rows.chunks_exact(neurons).enumerate() {
                for (block, &weight) in block.iter_mut().zip(row) {
                    *block |= u64::from(weight != 0) << bit;
                }
            }
            for (neuron, block) in block.iter().enumerate() {
                ones[neuron * words + word] = *block;
            }
        }
        Learner {
            seed: parameters.seed,
            plasticity: Plasticity::new(&parameters),
            competition: fixed(parameters.learning_competition),
            weights,
            thresholds,
            steps,
            ones,
            words,
            potentials: vec![0; neurons],
            off: Vec::with_capacity(parameters.num_weights as usize),
            on: Vec::with_capacity(inputs),
        }
    }

    /// Computes every neuron's potential: its ones that have an event.
    pub fn present(&mut self, events: &[u64]) -> &[i32] {
        overlap(events, &self.ones, &mut self.potentials);
        &self.potentials
    }

    /// Lets a neuron of `group` learn from the events that were presented last, if one is fit to.
    ///
    /// Invariants: `ones` and `weights` say the same before and after; as many ones are cleared as are set (`moved` is at most the ones
    /// without an event and the events without a one), so a neuron keeps its `num_weights`. What is drawn depends on the seed, the
    /// neuron and its step only, never on the order of other neurons.
    pub fn learn(&mut self, events: &[u64], group: Range<usize>) {
        let Some(winner) = self.winner(group) else { return };
        let potential = self.potentials[winner] as u64;
        let row = &mut self.ones[winner * self.words..][..self.words];
        list(&mut self.off, row.iter().zip(events).map(|(ones, events)| ones & !events));
        list(&mut self.on, row.iter().zip(events).map(|(ones, events)| events & !ones));

        let (off, on) = (self.off.len(), self.on.len());
        let share = (self.plasticity.after(self.steps[winner]) * off as u64 + ONE / 2) / ONE;
        let moved = (share.max(1) as usize).min(off).min(on);
        self.steps[winner] = self.steps[winner].saturating_add(1);
        let neurons = self.potentials.len();
        let mut stream = Stream::new(self.seed, winner as u64, self.steps[winner].into());
        for &input in stream.take(&mut self.off, moved) {
            row[input as usize / WORD] &= !(1 << (input as usize % WORD));
            self.weights[input as usize * neurons + winner] = 0;
        }
        for &input in stream.take(&mut self.on, moved) {
            set(row, input as usize);
            self.weights[input as usize * neurons + winner] = 1;
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

/// Bits that events share with each neuron's ones.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512vl+avx512dq+popcnt", "x86_64+avx2+popcnt"))]
fn overlap(events: &[u64], ones: &[u64], potentials: &mut [i32]) {
    for (potential, ones) in potentials.iter_mut().zip(ones.chunks_exact(events.len())) {
        *potential =
            events.iter().zip(ones).map(|(events, ones)| (events & ones).count_ones()).sum::<u32>() as i32;
    }
}

/// Replaces `list` by the bits that are set, ascending.
fn list(list: &mut Vec<u32>, bits: impl Iterator<Item = u64>) {
    list.clear();
    for (word, mut bits) in bits.enumerate() {
        while bits != 0 {
            list.push((word * WORD) as u32 + bits.trailing_zeros());
            bits &= bits - 1;
        }
    }
}
