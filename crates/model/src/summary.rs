//! The summary of a model, as text.

use std::fmt::{self, Display, Formatter};

use crate::layer::Layer;
use crate::model::Model;
use crate::variables::VariableName;

/// What [`Model::summary`] prints.
pub struct Summary<'a> {
    model: &'a Model,
    backend: &'a str,
}

impl Model {
    /// A table of the model: input shape, backend, and per layer its name and type, output shape (width, height, features) and kernel shapes
    /// (width, height, channels, neurons). Layers that learn are listed again, with their connections and weights per neuron.
    ///
    /// ```
    /// use spikemesh_model::{Dims, FullyConnected, InputData, Model, Parameters};
    ///
    /// let mut model = Model::new("tiny");
    /// let input = Dims { width: 4, height: 4, channels: 2 };
    /// model.add("events", Parameters::InputData(InputData { input }), &[]).unwrap();
    /// let head = FullyConnected { num_neurons: 10, weights_bits: 4, activation: Default::default() };
    /// model.add("head", Parameters::FullyConnected(head), &[]).unwrap();
    /// let text = model.summary("Software").to_string();
    /// assert!(text.contains("input shape  4x4x2"));
    /// assert!(text.contains("head (FullyConnected)  1x1x10        1x1x32x10"));
    /// ```
    pub fn summary<'a>(&'a self, backend: &'a str) -> Summary<'a> {
        Summary { model: self, backend }
    }
}

impl Display for Summary<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let layers = self.model.layers();
        writeln!(f, "model        {}", self.model.name)?;
        if let Some(first) = layers.first() {
            writeln!(f, "input shape  {}", first.shape.input)?;
        }
        writeln!(f, "backend      {}, spikemesh {}\n", self.backend, env!("CARGO_PKG_VERSION"))?;
        let names: Vec<String> = layers.iter().map(|l| format!("{} ({})", l.name, l.kind())).collect();
        let width =
            names.iter().map(|name| name.chars().count()).max().unwrap_or(0).max("learning layer".len());
        writeln!(f, "{:width$}  output shape  kernel shape", "layer (type)")?;
        for (layer, name) in layers.iter().zip(&names) {
            let line = format!("{name:width$}  {:12}  {}", layer.shape.output.to_string(), kernels(layer));
            writeln!(f, "{}", line.trim_end())?;
        }
        let learning = layers.iter().filter_map(|layer| Some((layer, layer.learning.as_ref()?)));
        for (index, (layer, state)) in learning.enumerate() {
            if index == 0 {
                writeln!(f, "\n{:width$}  connections   weights per neuron", "learning layer")?;
            }
            let connections = layer.shape.input.len();
            writeln!(f, "{:width$}  {connections:<12}  {}", layer.name, state.parameters().num_weights)?;
        }
        Ok(())
    }
}

fn kernels(layer: &Layer) -> String {
    let shapes = [VariableName::Weights, VariableName::WeightsPw].into_iter().filter_map(|name| {
        let shape = layer.variable_shape(name)?;
        Some(shape.iter().map(ToString::to_string).collect::<Vec<_>>().join("x"))
    });
    shapes.collect::<Vec<_>>().join(", ")
}
