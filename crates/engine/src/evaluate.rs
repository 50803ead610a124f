//! What the last layer's potentials mean: scaled values, and classes.

use crate::class::ClassBy;
use crate::engine::Engine;
use crate::error::Error;
use crate::input::Input;
use crate::output::Output;
use spikemesh_model::tensor::Dense;

impl Engine {
    /// The last layer's potentials less thresholds, in units of the steps: (n, w, h, c).
    ///
    /// # Errors
    /// Those of [`can_evaluate`](Self::can_evaluate) and of [`forward`](Self::forward).
    pub fn evaluate(&self, input: &Input) -> Result<Dense<f32>, Vec<Error>> {
        self.can_evaluate().map_err(|error| vec![error])?;
        let output = self.forward(input)?;
        self.scale(&output).map_err(|error| vec![error])
    }

    /// Whether [`evaluate`](Self::evaluate) has something to say.
    ///
    /// # Errors
    /// A model that is only an `InputData`; a last layer with an activation.
    pub fn can_evaluate(&self) -> Result<(), Error> {
        if self.last.input_data {
            return Err(Error::EvaluateInput);
        }
        if self.has_levels() { Err(Error::EvaluateActivation { layer: self.last_name() }) } else { Ok(()) }
    }

    /// Raw potentials of the last layer, less thresholds and in units of the steps.
    ///
    /// # Errors
    /// Levels instead of potentials.
    pub fn scale(&self, output: &Output) -> Result<Dense<f32>, Error> {
        let Output::Potentials(potentials) = output else {
            return Err(Error::EvaluateActivation { layer: self.last_name() });
        };
        let mut data = Vec::with_capacity(potentials.data.len());
        for position in potentials.data.chunks_exact(self.last.thresholds.len()) {
            let neurons = self.last.thresholds.iter().zip(&self.last.steps);
            data.extend(position.iter().zip(neurons).map(|(&potential, (&threshold, &step))| {
                ((i64::from(potential) - i64::from(threshold)) as f64 / f64::from(step)) as f32
            }));
        }
        Ok(Dense { shape: potentials.shape, data })
    }

    /// The class of each sample: the group of the neuron with the largest level, or the largest raw potential; the lowest index
    /// wins a tie. -1 if there is no event at all.
    ///
    /// # Errors
    /// `num_classes` does not divide the last layer's neurons; those of [`forward`](Self::forward).
    pub fn predict(&self, input: &Input, num_classes: usize) -> Result<Vec<i32>, Vec<Error>> {
        self.can_classify(num_classes).map_err(|error| vec![error])?;
        Ok(self.forward(input)?.classes(num_classes, ClassBy::Value))
    }

    /// Whether the last layer's neurons divide into `classes` groups.
    ///
    /// # Errors
    /// They do not.
    pub fn can_classify(&self, classes: usize) -> Result<(), Error> {
        check_classes(&self.last_name(), self.output_dims().channels as usize, classes)
    }
}

/// Whether the neurons of a layer divide into `classes` groups.
///
/// # Errors
/// They do not.
pub fn check_classes(layer: &str, neurons: usize, classes: usize) -> Result<(), Error> {
    if classes == 0 || !neurons.is_multiple_of(classes) {
        return Err(Error::Classes { layer: layer.to_owned(), classes, neurons });
    }
    Ok(())
}
