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
#[derive(Clone, Debug, Default)]
pub(crate) struct LabelOptions {
    /// The layer whose output they are of. Default: the last one.
    pub layer: Option<String>,
    /// Default: those of a model that has learned, otherwise one for each neuron.
    pub classes: Option<usize>,
    /// Default: `evaluate` with a model whose layer yields potentials, otherwise `predict`.
    pub rule: Option<ClassRule>,
}

/// The labels of a file.
pub(crate) struct LabelFile {
    /// One for each sample.
    pub labels: Vec<i32>,
    /// Hash of the file.
    pub sha256: String,
}

/// The class of every sample at one output.
pub(crate) struct Labels {
    labels: Vec<i32>,
    /// Hash of their file.
    pub sha256: String,
    /// Position of the output in the program.
    pub output: usize,
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
    /// No such output, another number of labels, classes that do not divide the neurons, a label that is no class, a rule that does not apply.
    pub fn new(
        file: LabelFile,
        samples: usize,
        options: &LabelOptions,
        model: Option<&Model>,
        program: &Program,
    ) -> Result<Labels, Error> {
        let LabelFile { labels, sha256 } = file;
        let output = match &options.layer {
            None => program.outputs.len() - 1,
            Some(layer) => program.output_index(layer).ok_or_else(|| {
                let names = program.outputs.iter().map(|output| &program.output_map(output).name);
                let outputs = names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
                Error::NoOutput { layer: layer.clone(), outputs }
            })?,
        };
        if labels.len() != samples {
            return Err(Error::Labels { labels: labels.len(), samples });
        }
        let output_map = program.output_map(&program.outputs[output]);
        let neurons = output_map.map.channels as usize;
        let layer = model.and_then(|model| Some(model.layer(model.layer_by_name(&output_map.name)?)));
        let classes = options.classes.or_else(|| layer.map(Layer::num_classes)).unwrap_or(neurons);
        check_classes(&output_map.name, neurons, classes)?;
        let is_class = |label: i32| usize::try_from(label).is_ok_and(|label| label < classes);
        let mut wrong = labels.iter().enumerate().filter(|(_, label)| !is_class(**label));
        if let Some((sample, &label)) = wrong.next() {
            return Err(Error::LabelRange { count: 1 + wrong.count(), label, sample, classes });
        }
        let head = layer.filter(|layer| layer.output_bits().is_none()).map(|layer| &layer.variables);
        let default = if head.is_some() { ClassRule::Evaluate } else { ClassRule::Predict };
        let rule = options.rule.unwrap_or(default);
        let (thresholds, steps) = match (rule, head) {
            (ClassRule::Predict, _) => (Vec::new(), Vec::new()),
            (ClassRule::Evaluate, Some(head)) => {
                (head.threshold_fire.clone(), head.threshold_fire_step.clone())
            }
            (ClassRule::Evaluate, None) => return Err(Error::NoEvaluate),
        };
        Ok(Labels { labels, sha256, output, classes, rule, thresholds, steps })
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
