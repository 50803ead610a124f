//! What a layer needs in order to learn, and what it keeps of having learned.
//!
//! [`Model::compile`] makes the last layer ready: it draws the ones of every neuron. [`Engine::fit`](crate::engine::Engine::fit)
//! learns. [`Model::add_classes`] adds fresh neurons and leaves the others as they are.
//!
//! ```
//! use spikemesh_model::{Dims, FullyConnected, InputData, Learning, Model, Parameters};
//!
//! let mut model = Model::new("learner");
//! let input = Dims { width: 1, height: 1, channels: 16 };
//! model.add("events", Parameters::InputData(InputData { input }), &[])?;
//! let head = FullyConnected { num_neurons: 2, weights_bits: 1, activation: Default::default() };
//! let head = model.add("head", Parameters::FullyConnected(head), &[])?;
//! model.compile(&Learning { num_classes: 2, ..Learning::new(4) })?;
//!
//! let weights = &model.layer(head).variables.weights;
//! let ones = |neuron: usize| (0..16usize).filter(|input| weights[input * 2 + neuron] == 1).collect::<Vec<_>>();
//! assert_eq!(ones(0), [2, 7, 14, 15]);
//! assert_eq!(ones(1), [2, 4, 6, 10]);
//! assert_eq!(model.layer(head).learning_histogram().map_err(|e| vec![e])?, [(0, 2)]);
//!
//! model.add_classes(1)?;
//! assert_eq!(model.layer(head).shape.output.channels, 3);
//! # Ok::<(), Vec<spikemesh_model::Error>>(())
//! ```

pub mod plasticity;
pub mod stream;

use plasticity::Plasticity;
use stream::Stream;

use crate::{Error, Layer, LayerId, Model, Parameters, limits, shape};

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
    fn check(&self, layer: &str, inputs: usize, neurons: u32) -> Vec<Error> {
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

    /// The same, for whoever learns.
    pub fn steps_mut(&mut self) -> &mut [u32] {
        &mut self.steps
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

impl Model {
    /// Makes the last layer ready to learn: draws `num_weights` ones for every neuron, and forgets whatever it has learned before.
    ///
    /// An `InputData` may feed the layer; [`Engine::fit`](crate::engine::Engine::fit) then refuses values above 1.
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
        let errors = limits::check(&layer.name, &parameters);
        if !errors.is_empty() {
            return Err(errors);
        }
        let shape = shape::infer(&layer.name, &parameters, layer.shape.input)?;
        let name = layer.name.clone();
        // The layer's own weights are counted as taken: what is asked for is the rest.
        let added =
            Parameters::FullyConnected(crate::FullyConnected { num_neurons: neurons - old as u32, ..head });
        let added_shape = shape::infer(&name, &added, shape.input)?;
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

    /// The last layer, for whoever learns.
    pub fn last_mut(&mut self) -> Option<&mut Layer> {
        self.layers.last_mut()
    }

    /// Whether a layer can learn at all, and with these parameters.
    pub(crate) fn check_learning(&self, id: LayerId, learning: &Learning) -> Result<(), Vec<Error>> {
        let layer = self.layer(id);
        let name = || layer.name.clone();
        let Parameters::FullyConnected(p) = &layer.parameters else {
            return Err(vec![Error::LearningLayer {
                layer: name(),
                type_name: layer.parameters.type_name(),
            }]);
        };
        let mut errors = Vec::new();
        if p.weights_bits != 1 {
            errors.push(Error::LearningWeights { layer: name(), bits: p.weights_bits });
        }
        for inbound in layer.inbound.iter().map(|id| self.layer(*id)) {
            // What enters an InputData is known only when it comes.
            let events = matches!(inbound.parameters, Parameters::InputData(_));
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
    pub fn restore_learning(
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
        let set = layer.set_variable(crate::VariableName::ThresholdLearning, thresholds.into());
        set.map_err(|error| vec![error])
    }
}

impl Layer {
    /// Percentages of learning and the number of neurons that are there: [`LearningState::histogram`].
    ///
    /// # Errors
    /// [`Error::NotCompiled`].
    pub fn learning_histogram(&self) -> Result<Vec<(u32, u32)>, Error> {
        let state = self.learning.as_ref();
        state.map(LearningState::histogram).ok_or_else(|| Error::NotCompiled { layer: self.name.clone() })
    }

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

    /// Every neuron must have `num_weights` ones: learning only moves them.
    pub(crate) fn check_ones(&self, weights: &[i8], learning: &Learning) -> Result<(), Error> {
        let neurons = self.shape.output.channels as usize;
        let mut ones = vec![0u32; neurons];
        for row in weights.chunks_exact(neurons) {
            for (ones, weight) in ones.iter_mut().zip(row) {
                *ones += u32::from(*weight != 0);
            }
        }
        match ones.iter().position(|&ones| ones != learning.num_weights) {
            None => Ok(()),
            Some(neuron) => Err(Error::LearningOnes {
                layer: self.name.clone(),
                neuron,
                ones: ones[neuron],
                expected: learning.num_weights,
            }),
        }
    }
}
