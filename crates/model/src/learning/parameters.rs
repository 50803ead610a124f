//! Parameters of learning.

use crate::error::Error;

/// Parameters of learning, with the names and defaults of the API reference.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Learning {
    /// Ones of every neuron, constant for ever: 1 to the layer's inputs.
    pub num_weights: u32,
    /// Classes that the neurons are divided into, in contiguous groups of equal size. Default 1.
    pub num_classes: u32,
    /// How readily weights change at first, 0 to 1; at 0 nothing is ever learned. Default 1.
    pub initial_plasticity: f32,
    /// How close to the best neuron that has learned another one must come in order to learn, 0 to 1. Default 0: no pressure.
    pub learning_competition: f32,
    /// Where plasticity stops falling, 0 to 1. Default 0.1.
    pub min_plasticity: f32,
    /// Share of the initial plasticity that is lost with every learning step, 0 to 1. Default 0.25.
    pub plasticity_decay: f32,
    /// Seed of all that is drawn. Default 0.
    pub seed: u64,
}

impl Learning {
    /// The defaults, with `num_weights` ones per neuron.
    pub fn new(num_weights: u32) -> Learning {
        Learning {
            num_weights,
            num_classes: 1,
            initial_plasticity: 1.0,
            learning_competition: 0.0,
            min_plasticity: 0.1,
            plasticity_decay: 0.25,
            seed: 0,
        }
    }

    /// Parameters outside of their ranges, for a layer of `inputs` and `neurons`.
    pub(crate) fn check(&self, layer: &str, inputs: usize, neurons: u32) -> Vec<Error> {
        let mut errors = Vec::new();
        let mut require = |holds: bool, parameter, value: String, allowed: String| {
            if !holds {
                errors.push(Error::ParameterRange { layer: layer.to_string(), parameter, value, allowed });
            }
        };
        let ones = self.num_weights as usize;
        let allowed = format!("1 to {inputs}, the number of inputs");
        require((1..=inputs).contains(&ones), "num_weights", ones.to_string(), allowed);
        let classes = self.num_classes;
        let divides = classes != 0 && neurons.is_multiple_of(classes);
        let allowed = format!("a divisor of {neurons}, the number of neurons");
        require(divides, "num_classes", classes.to_string(), allowed);
        for (parameter, value) in [
            ("initial_plasticity", self.initial_plasticity),
            ("learning_competition", self.learning_competition),
            ("min_plasticity", self.min_plasticity),
            ("plasticity_decay", self.plasticity_decay),
        ] {
            require((0.0..=1.0).contains(&value), parameter, value.to_string(), "0 to 1".to_string());
        }
        errors
    }
}
