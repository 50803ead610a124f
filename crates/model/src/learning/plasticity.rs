//! How readily a neuron's weights change, and how that falls with every step. Fixed point, so that it is the same everywhere.

use super::parameters::Learning;

/// One, in fixed point.
pub const ONE: u64 = 10_000;

/// `value` in fixed point, rounded to the nearest; 0 to 1 gives 0 to [`ONE`].
pub fn fixed(value: f32) -> u64 {
    (f64::from(value) * ONE as f64 + 0.5).floor() as u64
}

/// The plasticity of a layer's neurons, in units of 1 / [`ONE`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plasticity {
    initial: u64,
    minimum: u64,
    decay: u64,
}

impl Plasticity {
    /// Of parameters in their ranges.
    pub fn new(learning: &Learning) -> Plasticity {
        let initial = fixed(learning.initial_plasticity);
        Plasticity {
            initial,
            minimum: fixed(learning.min_plasticity).min(initial),
            decay: (fixed(learning.plasticity_decay) * initial + ONE / 2) / ONE,
        }
    }

    /// After `steps` learning steps.
    pub fn after(&self, steps: u32) -> u64 {
        self.initial.saturating_sub(u64::from(steps) * self.decay).max(self.minimum)
    }

    /// How far a neuron has come after `steps`: 0 for none, 100 once its plasticity is at the minimum.
    pub fn percentage(&self, steps: u32) -> u32 {
        let range = self.initial - self.minimum;
        match (steps, range) {
            (0, _) => 0,
            (_, 0) => 100,
            _ => ((200 * (self.initial - self.after(steps)) + range) / (2 * range)) as u32,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plasticity_falls_to_the_minimum_and_stays() {
        let plasticity = Plasticity::new(&Learning::new(1));
        let steps = [0, 1, 2, 3, 4, 5, u32::MAX];
        assert_eq!(steps.map(|t| plasticity.after(t)), [10_000, 7_500, 5_000, 2_500, 1_000, 1_000, 1_000]);
        assert_eq!(steps.map(|t| plasticity.percentage(t)), [0, 28, 56, 83, 100, 100, 100]);
    }

    #[test]
    fn a_minimum_above_the_start_is_the_start() {
        let learning = Learning { initial_plasticity: 0.3, min_plasticity: 0.5, ..Learning::new(1) };
        let plasticity = Plasticity::new(&learning);
        assert_eq!([0, 1, 9].map(|t| plasticity.after(t)), [3000; 3]);
        assert_eq!([0, 1, 9].map(|t| plasticity.percentage(t)), [0, 100, 100]);
    }

    #[test]
    fn the_decay_is_a_share_of_the_start() {
        let learning = Learning { initial_plasticity: 0.5, plasticity_decay: 0.1, ..Learning::new(1) };
        assert_eq!(Plasticity::new(&learning).after(2), 4000);
        let still = Learning { initial_plasticity: 0.0, ..Learning::new(1) };
        assert_eq!([0, 3].map(|t| Plasticity::new(&still).after(t)), [0, 0]);
    }
}
