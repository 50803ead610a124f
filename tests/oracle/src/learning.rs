//! The learning rule, straight from its definition: every neuron a list of truths, nothing kept that could be computed again. It shares
//! nothing with the engine.

use spikemesh_model::Learning;

const Q: u64 = 10_000;

fn q(x: f32) -> u64 {
    (f64::from(x) * 10_000.0 + 0.5).floor() as u64
}

fn mix64(mut z: u64) -> u64 {
    z ^= z >> 30;
    z = z.wrapping_mul(0xbf58476d1ce4e5b9);
    z ^= z >> 27;
    z = z.wrapping_mul(0x94d049bb133111eb);
    z ^ (z >> 31)
}

struct Stream(u64);

impl Stream {
    fn new(seed: u64, neuron: u64, step: u64) -> Stream {
        Stream(mix64(seed.wrapping_add(mix64(neuron.wrapping_add(mix64(step))))))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E3779B97F4A7C15);
        mix64(self.0)
    }

    fn below(&mut self, n: u64) -> u64 {
        ((self.next() as u128 * n as u128) >> 64) as u64
    }

    fn take(&mut self, mut a: Vec<usize>, k: usize) -> Vec<usize> {
        for i in 0..k {
            let j = i + self.below((a.len() - i) as u64) as usize;
            a.swap(i, j);
        }
        a.truncate(k);
        a
    }
}

/// A layer that learns.
#[derive(Clone)]
pub struct Layer {
    pub learning: Learning,
    pub inputs: usize,
    /// By neuron, then input.
    pub ones: Vec<Vec<bool>>,
    pub steps: Vec<u64>,
    pub thresholds: Vec<u64>,
}

impl Layer {
    pub fn new(learning: Learning, inputs: usize, neurons: usize) -> Layer {
        let mut layer =
            Layer { learning, inputs, ones: Vec::new(), steps: Vec::new(), thresholds: Vec::new() };
        layer.grow(neurons);
        layer
    }

    fn grow(&mut self, neurons: usize) {
        for neuron in self.ones.len()..neurons {
            let mut stream = Stream::new(self.learning.seed, neuron as u64, 0);
            let mut ones = vec![false; self.inputs];
            for input in stream.take((0..self.inputs).collect(), self.learning.num_weights as usize) {
                ones[input] = true;
            }
            self.ones.push(ones);
            self.steps.push(0);
            self.thresholds.push(0);
        }
    }

    pub fn per_class(&self) -> usize {
        self.ones.len() / self.learning.num_classes as usize
    }

    pub fn add_classes(&mut self, classes: u32) {
        let neurons = self.ones.len() + classes as usize * self.per_class();
        self.learning.num_classes += classes;
        self.grow(neurons);
    }

    pub fn plasticity(&self, t: u64) -> u64 {
        let (ip, mp) = (q(self.learning.initial_plasticity), q(self.learning.min_plasticity));
        let d = (q(self.learning.plasticity_decay) * ip + Q / 2) / Q;
        (ip as i64 - (t * d) as i64).max(mp.min(ip) as i64) as u64
    }

    pub fn potentials(&self, events: &[bool]) -> Vec<u64> {
        self.ones
            .iter()
            .map(|ones| (0..self.inputs).filter(|&i| ones[i] && events[i]).count() as u64)
            .collect()
    }

    /// Learns from one sample; gives the neuron that did.
    pub fn learn(&mut self, events: &[bool], label: Option<i64>) -> Option<usize> {
        let per_class = self.per_class();
        let group: Vec<usize> = match label {
            None => (0..self.ones.len()).collect(),
            Some(label) if label < self.learning.num_classes.into() => {
                (0..self.ones.len()).filter(|n| n / per_class == label as usize).collect()
            }
            Some(_) => return None,
        };
        let p = self.potentials(events);
        let comp = q(self.learning.learning_competition);
        let plast = |n: usize| self.plasticity(self.steps[n]);
        let rival = |n: usize| {
            (0..p.len()).filter(|&m| m != n && self.thresholds[m] > 0).map(|m| p[m]).max().unwrap_or(0)
        };
        let fit = |n: usize| plast(n) > 0 && p[n] >= 1 && p[n] * Q >= comp * rival(n);
        let fits: Vec<usize> = group.iter().copied().filter(|&n| fit(n)).collect();
        let mut e: Vec<usize> = fits.iter().copied().filter(|&n| p[n] >= self.thresholds[n]).collect();
        if e.is_empty() && group.iter().all(|&n| plast(n) == 0 || self.thresholds[n] > 0) {
            e = fits;
        }
        let n = e.into_iter().min_by_key(|&n| (std::cmp::Reverse(p[n]), self.steps[n], n))?;

        let off: Vec<usize> = (0..self.inputs).filter(|&i| self.ones[n][i] && !events[i]).collect();
        let on: Vec<usize> = (0..self.inputs).filter(|&i| !self.ones[n][i] && events[i]).collect();
        let k = ((plast(n) * off.len() as u64 + Q / 2) / Q).max(1).min(off.len() as u64).min(on.len() as u64)
            as usize;
        self.steps[n] += 1;
        let mut stream = Stream::new(self.learning.seed, n as u64, self.steps[n]);
        for i in stream.take(off, k) {
            self.ones[n][i] = false;
        }
        for i in stream.take(on, k) {
            self.ones[n][i] = true;
        }
        self.thresholds[n] = ((p[n] + k as u64) * (2 * Q - self.plasticity(self.steps[n])) / (2 * Q)).max(1);
        Some(n)
    }
}
