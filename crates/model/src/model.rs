//! A graph of layers, valid at every moment.

use crate::dims::Dims;
use crate::error::Error;
use crate::kind::LayerKind;
use crate::layer::{Layer, LayerId};
use crate::limits::{MAX_LAYERS, MAX_WEIGHTS};
use crate::parameters::Parameters;
use crate::shape::Shape;
use crate::values::Values;
use crate::variables::{VariableName, Variables, variable_shape};

/// A graph of layers. The first layer is the input layer, the last one the output; inbound layers come before the
/// layers that they feed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Model {
    /// Name of the model; may be empty.
    pub name: String,
    pub(crate) layers: Vec<Layer>,
}

impl Model {
    /// A model without layers.
    pub fn new(name: impl Into<String>) -> Model {
        Model { name: name.into(), layers: Vec::new() }
    }

    /// Adds a layer behind `inbound`, or behind the last layer if `inbound` is empty. An empty `name` becomes
    /// `<type in lower case>_<index>`. Weights are zero and unset, thresholds come from the parameters.
    ///
    /// Errors, all of them: parameters out of range, a name taken, no input layer first or one that is not first,
    /// inbound layers that do not exist, carry raw potentials or differ in size, a kernel or window without a place,
    /// sizes beyond the limits. The model is then as before.
    pub fn add(
        &mut self,
        name: &str,
        parameters: Parameters,
        inbound: &[LayerId],
    ) -> Result<LayerId, Vec<Error>> {
        let index = self.layers.len();
        let name = match name {
            "" => format!("{}_{index}", parameters.kind().word().to_ascii_lowercase()),
            name => name.to_string(),
        };
        let mut errors = parameters.check(&name);
        if let Some(index) = self.layers.iter().position(|l| l.name == name) {
            errors.push(Error::DuplicateName { layer: name.clone(), index });
        }
        if index >= MAX_LAYERS {
            errors.push(Error::TooManyLayers { layer: name.clone(), count: index + 1, limit: MAX_LAYERS });
        }
        let inbound = match inbound {
            [] => index.checked_sub(1).map(LayerId).into_iter().collect(),
            inbound => inbound.to_vec(),
        };
        let (input, input_bits) = match self.input_of(&name, &parameters, &inbound) {
            Ok(input) if errors.is_empty() => input,
            Ok(_) => return Err(errors),
            Err(more) => {
                errors.extend(more);
                return Err(errors);
            }
        };
        let shape = Shape::infer(&name, &parameters, input)?;
        self.check_weights(&name, &parameters, &shape)?;
        let variables = Variables::unset(&parameters, &shape);
        self.layers.push(Layer { name, parameters, inbound, shape, input_bits, variables, learning: None });
        Ok(LayerId(index))
    }

    /// Removes the last layer.
    pub fn pop(&mut self) -> Option<Layer> {
        self.layers.pop()
    }

    /// All layers, in the order of their ids.
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// All layers with their ids.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (LayerId, &Layer)> {
        self.layers.iter().enumerate().map(|(index, layer)| (LayerId(index), layer))
    }

    /// A layer of this model. Panics if `id` is another model's and this one is shorter.
    pub fn layer(&self, id: LayerId) -> &Layer {
        &self.layers[id.0]
    }

    /// The layer with this name.
    pub fn layer_by_name(&self, name: &str) -> Option<LayerId> {
        self.layers.iter().position(|l| l.name == name).map(LayerId)
    }

    /// Layers that `id` feeds, ascending.
    pub fn consumers(&self, id: LayerId) -> impl Iterator<Item = LayerId> {
        self.iter().filter(move |(_, layer)| layer.inbound.contains(&id)).map(|(consumer, _)| consumer)
    }

    /// The input layer.
    pub fn input(&self) -> Option<LayerId> {
        (!self.layers.is_empty()).then_some(LayerId(0))
    }

    /// The layer whose output is the model's: the last one.
    pub fn output(&self) -> Option<LayerId> {
        self.layers.len().checked_sub(1).map(LayerId)
    }

    /// Size of the output map.
    pub fn output_dims(&self) -> Option<Dims> {
        self.layers.last().map(|l| l.shape.output)
    }

    /// Values of a variable, row-major. Errors: no such layer, no such variable.
    pub fn variable(&self, id: LayerId, name: impl AsRef<str>) -> Result<Values<'_>, Error> {
        let name = name.as_ref();
        let layer = self.layers.get(id.0).ok_or_else(|| self.unknown_layer(id))?;
        let values = VariableName::parse(name).and_then(|name| layer.variable(name));
        values.ok_or_else(|| layer.unknown_variable(name))
    }

    /// Replaces a variable by `values`, row-major, integers of any type (numbers for `threshold_fire_step`, rounded to
    /// single precision). Errors, and then nothing is changed: no such layer or variable, a wrong number of values,
    /// a value out of range: weights of b bits are -(2^(b-1)-1)..=2^(b-1)-1, of one bit 0..=1.
    pub fn set_variable<'a>(
        &mut self,
        id: LayerId,
        name: impl AsRef<str>,
        values: impl Into<Values<'a>>,
    ) -> Result<(), Error> {
        let name = name.as_ref();
        let unknown = self.unknown_layer(id);
        let layer = self.layers.get_mut(id.0).ok_or(unknown)?;
        let name = VariableName::parse(name).ok_or_else(|| layer.unknown_variable(name))?;
        layer.set_variable(name, values.into())
    }

    /// Gives a layer the variables of another, of this or another model, and what it has learned. Errors, and then nothing is changed:
    /// no such layer, variables of other shapes.
    pub fn copy_variables(&mut self, id: LayerId, from: &Layer) -> Result<(), Error> {
        let unknown = self.unknown_layer(id);
        let layer = self.layers.get_mut(id.0).ok_or(unknown)?;
        let of_any = |name: &VariableName| *name != VariableName::ThresholdLearning;
        for name in from.variable_names().into_iter().filter(of_any) {
            let (shape, found) = (layer.variable_shape(name).unwrap_or_default(), from.variable_shape(name));
            if found.as_ref() != Some(&shape) {
                return Err(Error::VariableLength {
                    layer: layer.name.clone(),
                    variable: name.as_str(),
                    count: found.unwrap_or_default().iter().product(),
                    expected: shape.iter().product(),
                    shape,
                });
            }
        }
        layer.variables = from.variables.clone();
        layer.learning = from.learning.clone();
        Ok(())
    }

    /// Layers that still lack weights, ascending.
    pub fn unset_layers(&self) -> impl Iterator<Item = LayerId> {
        self.iter()
            .filter(|(_, l)| l.parameters.weights_bits().is_some() && !l.variables.weights_set)
            .map(|l| l.0)
    }

    /// Fails with the names of all layers that lack weights: such a model must not run.
    pub fn require_weights(&self) -> Result<(), Error> {
        let unset: Vec<_> = self.unset_layers().map(|id| self.layer(id).name.as_str()).collect();
        if unset.is_empty() { Ok(()) } else { Err(Error::UnsetWeights { layers: unset.join(", ") }) }
    }

    /// Input map and input bits of a layer behind `inbound`.
    fn input_of(
        &self,
        name: &str,
        parameters: &Parameters,
        inbound: &[LayerId],
    ) -> Result<(Dims, u8), Vec<Error>> {
        let layer = || name.to_string();
        let kind = parameters.kind();
        let own = parameters.input().map(|input| (input, if kind == LayerKind::InputData { 4 } else { 8 }));
        if own.is_some() && !self.layers.is_empty() {
            return Err(vec![Error::SecondInput { layer: layer(), kind }]);
        }
        let mut errors: Vec<Error> = inbound
            .iter()
            .filter(|id| id.0 >= self.layers.len())
            .map(|id| Error::UnknownInbound { layer: layer(), index: id.0, layers: self.layers.len() })
            .collect();
        if own.is_none() && self.layers.is_empty() {
            errors.push(Error::NoInput { layer: layer(), kind });
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        if let Some(own) = own {
            return Ok(own);
        }

        let first = self.layer(inbound[0]);
        let mut input = Dims { channels: 0, ..first.shape.output };
        let mut input_bits = 0;
        for (position, &id) in inbound.iter().enumerate() {
            let producer = self.layer(id);
            let dims = producer.shape.output;
            let inbound_name = producer.name.clone();
            if inbound[..position].contains(&id) {
                errors.push(Error::InboundTwice { layer: layer(), inbound: inbound_name });
                continue;
            }
            if (dims.width, dims.height) != (input.width, input.height) {
                errors.push(Error::InboundSizes {
                    layer: layer(),
                    first: first.name.clone(),
                    first_dims: first.shape.output,
                    inbound: inbound_name.clone(),
                    dims,
                });
            }
            match producer.output_bits() {
                Some(bits) => input_bits = input_bits.max(bits),
                None => errors.push(Error::InboundPotentials { layer: layer(), inbound: inbound_name }),
            }
            // At most MAX_LAYERS * MAX_SIDE: no overflow.
            input.channels += dims.channels;
        }
        if errors.is_empty() { Ok((input, input_bits)) } else { Err(errors) }
    }

    /// Refuses a layer whose weights would take the model beyond [`MAX_WEIGHTS`].
    pub(crate) fn check_weights(
        &self,
        name: &str,
        parameters: &Parameters,
        shape: &Shape,
    ) -> Result<(), Vec<Error>> {
        // A side has 16 bits and flat inputs at most 28, so that four sides fit into u64.
        let count = |variable| match variable_shape(parameters, shape, variable) {
            Some(sides) => sides.iter().map(|&side| side as u64).product(),
            None => 0,
        };
        let weights = count(VariableName::Weights) + count(VariableName::WeightsPw);
        let taken = self.layers.iter().map(|l| l.variables.weights.len() + l.variables.weights_pw.len());
        let left = MAX_WEIGHTS - taken.sum::<usize>() as u64;
        if weights > left {
            let layer = name.to_string();
            return Err(vec![Error::TooManyWeights { layer, weights, left, limit: MAX_WEIGHTS }]);
        }
        Ok(())
    }

    fn unknown_layer(&self, id: LayerId) -> Error {
        Error::UnknownLayer { index: id.0, layers: self.layers.len() }
    }
}
