//! Making the last layer of a model ready to learn, adding classes to it, and what it has learned.

use crate::error::Error;
use crate::kind::LayerKind;
use crate::layer::{Layer, LayerId};
use crate::learning::{Learning, LearningState, Stream};
use crate::model::Model;
use crate::parameters::{FullyConnected, Parameters};
use crate::shape::Shape;
use crate::variables::VariableName;

/// The learning state of a model's last layer, to be changed by a learning rule: the only way by which an engine writes into a
/// model.
///
/// A rule keeps these invariants: every neuron has `num_weights` ones, before and after; a threshold is at least 1 once its neuron has
/// learned, 0 before; a step counts one change of a neuron's weights.
#[derive(Debug)]
pub struct LearningMut<'a> {
    /// Ones and zeros, (inputs, neurons), row-major, input = x + w * (y + h * c).
    pub weights: &'a mut [i8],
    /// The learning threshold of each neuron.
    pub thresholds: &'a mut [i32],
    /// Learning steps that each neuron has made.
    pub steps: &'a mut [u32],
}

impl Model {
    /// Makes the last layer ready to learn: draws `num_weights` ones for every neuron, and forgets whatever it has learned before.
    ///
    /// An `InputData` may feed the layer; the engine then refuses values above 1.
    ///
    /// # Errors
    /// All of them, and the model is as before: no layer; a layer that is not fully connected, has weights of more than one bit, or
    /// inputs of more than one bit; parameters out of range; classes that do not divide the neurons.
    pub fn compile(&mut self, learning: &Learning) -> Result<(), Vec<Error>> {
        let last = self.output().ok_or_else(|| vec![Error::Empty])?;
        self.check_learning(last, learning)?;
        let layer = &mut self.layers[last.0];
        let neurons = layer.shape.output.channels as usize;
        layer.variables.weights.fill(0);
        layer.variables.weights_set = true;
        layer.variables.threshold_learning = vec![0; neurons];
        layer.learning = Some(LearningState { parameters: *learning, steps: vec![0; neurons] });
        layer.draw_ones(0..neurons, learning);
        Ok(())
    }

    /// Adds `classes` classes to the last layer: fresh neurons behind the others, as many per class as before. What the others have
    /// learned stays; thresholds and steps of the new ones are the parameters' scalars.
    ///
    /// # Errors
    /// The last layer is not compiled ([`Error::NotCompiled`]); more neurons or weights than a layer or a model may have. The model is
    /// then as before.
    pub fn add_classes(&mut self, classes: u32) -> Result<(), Vec<Error>> {
        let (last, state) = self.require_learning().map_err(|error| vec![error])?;
        let mut learning = *state.parameters();
        let old = self.layers[last.0].shape.output.channels as usize;
        let fresh = state.neurons_per_class() as u64 * u64::from(classes);
        // A sum that does not fit 32 bits is as far out of range as the largest number that does.
        let neurons = u32::try_from(old as u64 + fresh).unwrap_or(u32::MAX);
        learning.num_classes = learning.num_classes.saturating_add(classes);

        let layer = &self.layers[last.0];
        let Parameters::FullyConnected(mut head) = layer.parameters else {
            return Err(vec![Error::NotCompiled { layer: layer.name.clone() }]);
        };
        head.num_neurons = neurons;
        let parameters = Parameters::FullyConnected(head);
        let errors = parameters.check(&layer.name);
        if !errors.is_empty() {
            return Err(errors);
        }
        let shape = Shape::infer(&layer.name, &parameters, layer.shape.input)?;
        let name = layer.name.clone();
        // The layer's own weights are counted as taken: what is asked for is the rest.
        let added = Parameters::FullyConnected(FullyConnected { num_neurons: neurons - old as u32, ..head });
        let added_shape = Shape::infer(&name, &added, shape.input)?;
        self.check_weights(&name, &added, &added_shape)?;

        let layer = &mut self.layers[last.0];
        let neurons = neurons as usize;
        let variables = &mut layer.variables;
        let mut weights = vec![0; shape.input.len() * neurons];
        for (row, learned) in weights.chunks_exact_mut(neurons).zip(variables.weights.chunks_exact(old)) {
            row[..old].copy_from_slice(learned);
        }
        variables.weights = weights;
        variables.threshold_fire.resize(neurons, head.activation.threshold_fire);
        variables.threshold_fire_step.resize(neurons, head.activation.threshold_fire_step);
        variables.threshold_learning.resize(neurons, 0);
        layer.parameters = parameters;
        layer.shape = shape;
        if let Some(state) = &mut layer.learning {
            state.parameters = learning;
            state.steps.resize(neurons, 0);
        }
        layer.draw_ones(old..neurons, &learning);
        Ok(())
    }

    /// What the last layer has learned; `None` if it is not compiled.
    pub fn learning(&self) -> Option<&LearningState> {
        self.layers.last()?.learning.as_ref()
    }

    /// The last layer and what it has learned.
    ///
    /// # Errors
    /// [`Error::NotCompiled`], or a model without layers.
    pub fn require_learning(&self) -> Result<(LayerId, &LearningState), Error> {
        let last = self.output().ok_or(Error::Empty)?;
        let layer = self.layer(last);
        match &layer.learning {
            Some(state) => Ok((last, state)),
            None => Err(Error::NotCompiled { layer: layer.name.clone() }),
        }
    }

    /// What the last layer's learning rule reads and writes; `None` if the layer is not compiled.
    pub fn learning_mut(&mut self) -> Option<LearningMut<'_>> {
        let layer = self.layers.last_mut()?;
        let state = layer.learning.as_mut()?;
        Some(LearningMut {
            weights: &mut layer.variables.weights,
            thresholds: &mut layer.variables.threshold_learning,
            steps: &mut state.steps,
        })
    }

    /// Whether a layer can learn at all, and with these parameters.
    pub(crate) fn check_learning(&self, id: LayerId, learning: &Learning) -> Result<(), Vec<Error>> {
        let layer = self.layer(id);
        let name = || layer.name.clone();
        let Parameters::FullyConnected(p) = &layer.parameters else {
            return Err(vec![Error::LearningLayer { layer: name(), kind: layer.kind() }]);
        };
        let mut errors = Vec::new();
        if p.weights_bits != 1 {
            errors.push(Error::LearningWeights { layer: name(), bits: p.weights_bits });
        }
        for inbound in layer.inbound.iter().map(|id| self.layer(*id)) {
            // What enters an InputData is known only when it comes.
            let events = inbound.kind() == LayerKind::InputData;
            if let Some(bits) = inbound.output_bits().filter(|bits| *bits != 1 && !events) {
                errors.push(Error::LearningInput { layer: name(), inbound: inbound.name.clone(), bits });
            }
        }
        errors.extend(learning.check(&layer.name, layer.shape.input.len(), p.num_neurons));
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }

    /// Puts back what a layer had learned when its model was saved. Its weights are set already.
    ///
    /// # Errors
    /// Those of [`compile`](Self::compile); lengths that are not the layer's; thresholds below 0; a neuron with another number of ones.
    pub(crate) fn restore_learning(
        &mut self,
        id: LayerId,
        state: LearningState,
        thresholds: &[i32],
    ) -> Result<(), Vec<Error>> {
        self.check_learning(id, &state.parameters)?;
        let layer = &mut self.layers[id.0];
        let neurons = layer.shape.output.channels as usize;
        if state.steps.len() != neurons {
            let (layer, count) = (layer.name.clone(), state.steps.len());
            return Err(vec![Error::LearningSteps { layer, count, neurons }]);
        }
        let ones = layer.check_ones(&layer.variables.weights, &state.parameters);
        ones.map_err(|error| vec![error])?;
        layer.learning = Some(state);
        let set = layer.set_variable(VariableName::ThresholdLearning, thresholds.into());
        set.map_err(|error| vec![error])
    }
}

impl Layer {
    /// Draws the ones of fresh neurons, whose weights are all zero.
    fn draw_ones(&mut self, fresh: std::ops::Range<usize>, learning: &Learning) {
        let neurons = self.shape.output.channels as usize;
        let mut inputs: Vec<u32> = Vec::new();
        for neuron in fresh {
            inputs.clear();
            inputs.extend(0..self.shape.input.len() as u32);
            let mut stream = Stream::new(learning.seed, neuron as u64, 0);
            for &input in stream.take(&mut inputs, learning.num_weights as usize) {
                self.variables.weights[input as usize * neurons + neuron] = 1;
            }
        }
    }
}
