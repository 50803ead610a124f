//! What a compiled layer remembers of having learned.

use super::parameters::Learning;
use super::plasticity::Plasticity;

/// What a compiled layer remembers besides its variables.
#[derive(Clone, Debug, PartialEq)]
pub struct LearningState {
    pub(crate) parameters: Learning,
    pub(crate) steps: Vec<u32>,
}

impl LearningState {
    /// What the layer was compiled with; `num_classes` has grown with [`Model::add_classes`].
    pub fn parameters(&self) -> &Learning {
        &self.parameters
    }

    /// Learning steps that each neuron has made.
    pub fn steps(&self) -> &[u32] {
        &self.steps
    }

    /// Neurons of one class.
    pub fn neurons_per_class(&self) -> usize {
        self.steps.len() / self.parameters.num_classes as usize
    }

    /// Percentages of learning and the number of neurons that are there, without empty rows, ascending. 0: never learned; 100:
    /// the plasticity is at its minimum.
    pub fn histogram(&self) -> Vec<(u32, u32)> {
        let plasticity = Plasticity::new(&self.parameters);
        let mut neurons = [0; 101];
        for &steps in &self.steps {
            neurons[plasticity.percentage(steps) as usize] += 1;
        }
        (0..).zip(neurons).filter(|&(_, neurons)| neurons > 0).collect()
    }
}
