//! The classes that samples should have, and the share that a run gave them.

use std::str::FromStr;

use super::error::Error;
use crate::engine::{ClassBy, Output, check_classes};
use crate::isa::Program;
use crate::model::{Layer, Model};

/// Which method of the engine gives the class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClassRule {
    /// The largest level or raw potential.
    Predict,
    /// The largest potential less threshold, in units of the step.
    Evaluate,
}

impl ClassRule {
    /// The method of the engine.
    pub fn name(self) -> &'static str {
        match self {
            ClassRule::Predict => "predict",
            ClassRule::Evaluate => "evaluate",
        }
    }
}

impl FromStr for ClassRule {
    type Err = String;

    fn from_str(text: &str) -> Result<ClassRule, String> {
        let rules = [ClassRule::Predict, ClassRule::Evaluate];
        rules.into_iter().find(|rule| rule.name() == text).ok_or_else(|| {
            format!("`{text}` gives no class; `predict` takes the largest output, `evaluate` applies thresholds and steps first")
        })
    }
}

/// How labels are compared with outputs; what is not given follows from the model.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct LabelOptions {
    /// Default: those of a model that has learned, otherwise one for each neuron.
    pub classes: Option<usize>,
    /// Default: `evaluate` with a model whose last layer yields potentials, otherwise `predict`.
    pub rule: Option<ClassRule>,
}

/// The class of every sample.
pub(crate) struct Labels {
    labels: Vec<i32>,
    /// Classes that the neurons of the output are divided into.
    pub classes: usize,
    /// Which method of the engine gives the class.
    pub rule: ClassRule,
    /// Of each neuron, for `evaluate`.
    thresholds: Vec<i32>,
    steps: Vec<f32>,
}

impl Labels {
    /// Labels of `samples` samples of a program, and of the model that it was compiled from.
    ///
    /// # Errors
    /// Another number of labels, classes that do not divide the neurons, a label that is no class, a rule that does not apply.
    pub fn new(
        labels: Vec<i32>,
        samples: usize,
        options: LabelOptions,
        model: Option<&Model>,
        program: &Program,
    ) -> Result<Labels, Error> {
        if labels.len() != samples {
            return Err(Error::Labels { labels: labels.len(), samples });
        }
        let neurons = program.last_output_map().map.channels as usize;
        let last = model.and_then(|model| Some(model.layer(model.output()?)));
        let classes = options.classes.or_else(|| last.map(Layer::num_classes)).unwrap_or(neurons);
        check_classes(last.map_or(&program.name, |layer| &layer.name), neurons, classes)?;
        let is_class = |label: i32| usize::try_from(label).is_ok_and(|label| label < classes);
        let mut wrong = labels.iter().enumerate().filter(|(_, label)| !is_class(**label));
        if let Some((sample, &label)) = wrong.next() {
            return Err(Error::LabelRange { count: 1 + wrong.count(), label, sample, classes });
        }
        let head = last.filter(|layer| layer.output_bits().is_none()).map(|layer| &layer.variables);
        let default = if head.is_some() { ClassRule::Evaluate } else { ClassRule::Predict };
        let rule = options.rule.unwrap_or(default);
        let (thresholds, steps) = match (rule, head) {
            (ClassRule::Predict, _) => (Vec::new(), Vec::new()),
            (ClassRule::Evaluate, Some(head)) => {
                (head.threshold_fire.clone(), head.threshold_fire_step.clone())
            }
            (ClassRule::Evaluate, None) => return Err(Error::NoEvaluate),
        };
        Ok(Labels { labels, classes, rule, thresholds, steps })
    }

    /// Samples of `output`, which are those from `first` on, whose class is their label.
    pub fn right(&self, first: usize, output: &Output) -> usize {
        let by = match self.rule {
            ClassRule::Predict => ClassBy::Value,
            ClassRule::Evaluate => ClassBy::Scaled { thresholds: &self.thresholds, steps: &self.steps },
        };
        let classes = output.classes(self.classes, by);
        classes.iter().zip(self.labels.iter().skip(first)).filter(|(class, label)| class == label).count()
    }
}
