//! Weights of ones and zeros, kept as bits: those of a layer that learns.
//!
//! What a neuron's ones share with events of one bit is an AND and a count of bits, 64 inputs at a time. Larger values are taken bit plane by
//! bit plane: `potential = sum over p of 2^p * overlap(plane p, ones)`.

use multiversion::multiversion;

use crate::accumulator::Accumulator;
use spikemesh_model::Dims;

/// Bits of a word of events or ones.
const WORD: usize = u64::BITS as usize;

/// The weights of a fully connected layer, all of them 0 or 1, with bits in the order of its inputs, x + w * (y + h * c).
///
/// Invariant: `users[input]` is the number of neurons that have a one there, and `unused` the number of inputs where none has.
#[derive(Clone, Debug, Default)]
pub struct Ones {
    neurons: usize,
    /// Words of a neuron.
    words: usize,
    /// (neuron, word).
    bits: Vec<u64>,
    users: Vec<u32>,
    unused: usize,
    /// The input of each value of the map (w, h, c).
    inputs: Vec<u32>,
}

impl Ones {
    /// Of weights (inputs, neurons), row-major.
    pub fn new(input: Dims, neurons: usize, weights: &[i8]) -> Ones {
        let inputs = map_order(input);
        let words = inputs.len().div_ceil(WORD);
        let mut bits = vec![0; words * neurons];
        let mut users = vec![0; inputs.len()];
        // A word of every neuron at a time, so that weights are read in their order.
        let mut block = vec![0u64; neurons];
        for (word, rows) in weights.chunks(neurons * WORD).enumerate() {
            block.fill(0);
            for (bit, row) in rows.chunks_exact(neurons).enumerate() {
                for (block, &weight) in block.iter_mut().zip(row) {
                    *block |= u64::from(weight != 0) << bit;
                }
                users[word * WORD + bit] = row.iter().map(|weight| u32::from(*weight != 0)).sum();
            }
            for (neuron, block) in block.iter().enumerate() {
                bits[neuron * words + word] = *block;
            }
        }
        let unused = users.iter().filter(|users| **users == 0).count();
        Ones { neurons, words, bits, users, unused, inputs }
    }

    /// Neurons of the layer.
    pub fn neurons(&self) -> usize {
        self.neurons
    }

    /// Words that hold a bit for each input.
    pub fn words(&self) -> usize {
        self.words
    }

    /// The ones of a neuron.
    pub fn of(&self, neuron: usize) -> &[u64] {
        &self.bits[neuron * self.words..][..self.words]
    }

    /// Turns the weight of a neuron at an input.
    pub fn flip(&mut self, neuron: usize, input: usize) {
        let (word, bit) = (&mut self.bits[neuron * self.words + input / WORD], 1 << (input % WORD));
        *word ^= bit;
        let users = &mut self.users[input];
        if *word & bit != 0 {
            self.unused -= usize::from(*users == 0);
            *users += 1;
        } else {
            *users -= 1;
            self.unused += usize::from(*users == 0);
        }
    }

    /// Share of inputs where no neuron has a one; `None` without inputs.
    pub fn row_sparsity(&self) -> Option<f64> {
        (!self.users.is_empty()).then(|| self.unused as f64 / self.users.len() as f64)
    }

    /// Writes one bit for each value of the map (w, h, c) that has any bit of `mask`.
    pub fn events(&self, map: &[u8], mask: u8, events: &mut [u64]) {
        events.fill(0);
        for (&input, value) in self.inputs.iter().zip(map) {
            events[input as usize / WORD] |= u64::from(value & mask != 0) << (input as usize % WORD);
        }
    }

    /// Writes the potential of every neuron for a map (w, h, c) of values of any size.
    pub fn run<A: Accumulator>(&self, map: &[u8], events: &mut Vec<u64>, out: &mut [A]) {
        events.resize(self.words, 0);
        out.fill(A::default());
        let planes = map.iter().fold(0, |all, value| all | value);
        for plane in (0..u8::BITS).map(|bit| 1 << bit).filter(|plane| planes & plane != 0) {
            self.events(map, plane, events);
            self.add_overlap(events, plane, out);
        }
    }

    /// Adds `value` to each neuron's potential for every one of it that has an event.
    pub fn add_overlap<A: Accumulator>(&self, events: &[u64], value: u8, potentials: &mut [A]) {
        add_overlap(events, &self.bits, A::from(value.into()), potentials);
    }
}

/// Adds `value` times the bits that events share with each neuron's ones. A run of words is counted in 16 bits, which it cannot leave.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512vl+avx512dq+popcnt", "x86_64+avx2+popcnt"))]
fn add_overlap<A: Accumulator>(events: &[u64], ones: &[u64], value: A, potentials: &mut [A]) {
    const RUN: usize = (i16::MAX as usize) / WORD;
    for (potential, ones) in potentials.iter_mut().zip(ones.chunks_exact(events.len().max(1))) {
        for (events, ones) in events.chunks(RUN).zip(ones.chunks(RUN)) {
            let mut shared = 0;
            for (events, ones) in events.iter().zip(ones) {
                shared += (events & ones).count_ones();
            }
            *potential += A::from(shared as i16) * value;
        }
    }
}

/// Replaces `list` by the bits that are set, ascending.
pub fn list(list: &mut Vec<u32>, bits: impl Iterator<Item = u64>) {
    list.clear();
    for (word, mut bits) in bits.enumerate() {
        while bits != 0 {
            list.push((word * WORD) as u32 + bits.trailing_zeros());
            bits &= bits - 1;
        }
    }
}

/// Index of each value of a map (w, h, c) among the inputs, x + w * (y + h * c).
fn map_order(input: Dims) -> Vec<u32> {
    let (w, h, c) = (input.width, input.height, input.channels);
    (0..w).flat_map(|x| (0..h).flat_map(move |y| (0..c).map(move |c| x + w * (y + h * c)))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::convolution::ConvolutionScratch;
    use crate::fully_connected;

    fn example() -> (Dims, usize, Vec<i8>) {
        let (input, neurons) = (Dims { width: 5, height: 6, channels: 7 }, 9);
        let one = |i: usize| i8::from(i % 7 * (i % 5) == 2);
        (input, neurons, (0..input.len() * neurons).map(one).collect())
    }

    #[test]
    fn bits_give_what_weights_give() {
        let (input, neurons, weights) = example();
        let ones = Ones::new(input, neurons, &weights);
        let convolution = fully_connected::convolution(input, neurons, 255, &weights);
        for most in [1, 2, 15, 255] {
            let map: Vec<u8> = (0..input.len()).map(|i| (i * 37 % (most + 1)) as u8).collect();
            let (mut narrow, mut wide, mut expected) = (vec![3i32; 9], vec![3i64; 9], vec![0i64; 9]);
            convolution.run(&map, &mut ConvolutionScratch::default(), &mut expected);
            ones.run(&map, &mut Vec::new(), &mut narrow);
            ones.run(&map, &mut Vec::new(), &mut wide);
            assert_eq!(wide, expected, "values up to {most}");
            assert!(narrow.iter().map(|potential| i64::from(*potential)).eq(wide), "values up to {most}");
        }
    }

    #[test]
    fn a_long_row_is_counted_whole() {
        let input = Dims { width: 1, height: 1, channels: 70_000 };
        let ones = Ones::new(input, 1, &vec![1; input.len()]);
        let mut out = [0i32];
        ones.run(&vec![3; input.len()], &mut Vec::new(), &mut out);
        assert_eq!(out, [210_000]);
    }

    #[test]
    fn flipping_keeps_the_count_of_unused_inputs() {
        let (input, neurons, weights) = example();
        let mut ones = Ones::new(input, neurons, &weights);
        let mut flipped = weights;
        for step in 0..500 {
            let (neuron, at) = (step * 5 % neurons, step * step * 3 % input.len());
            ones.flip(neuron, at);
            flipped[at * neurons + neuron] ^= 1;
            let fresh = Ones::new(input, neurons, &flipped);
            assert_eq!((&ones.bits, &ones.users, ones.unused), (&fresh.bits, &fresh.users, fresh.unused));
        }
    }
}
