//! Learning: samples pass one after the other, and after each of them a neuron of the last layer may move some of its ones.
//!
//! Only the last layer changes, so the layers before it compute many samples at once, on all cores; what they send is kept as bits, and
//! the last layer takes them in their order. The result is the same for any number of threads.
//!
//! ```
//! use spikemesh_engine::{Engine, Hooks, Input};
//! use spikemesh_model::tensor::Dense;
//! use spikemesh_model::{Learning, file, template};
//!
//! let mut model = template::parse("learner.yaml", "
//! layers:
//!   - {type: InputConvolutional, name: pixels, input_width: 8, input_height: 8, input_channels: 1, kernel_width: 5, kernel_height: 5,
//!      num_neurons: 16, weights_bits: 4, pooling_type: Max, pooling_width: 2, pooling_height: 2}
//!   - {type: FullyConnected, name: head, num_neurons: 4, activations_enabled: false}
//! ").map_err(|errors| errors[0].to_string())?;
//! model.randomise(1);
//! // Two classes, two neurons for each; 60 ones per neuron.
//! model.compile(&Learning { num_classes: 2, ..Learning::new(60) }).unwrap();
//! let mut engine = Engine::new(&model).unwrap();
//!
//! // Horizontal stripes, and vertical stripes.
//! let images: Vec<u8> = (0..128).map(|i| if i < 64 { i / 8 % 2 * 200 } else { i % 2 * 200 }).collect();
//! let images = Input::Images(Dense { shape: [2, 8, 8, 1], data: images });
//! for _ in 0..4 {
//!     engine.fit(&mut model, &images, Some(&[0, 1]), Hooks::default()).unwrap();
//! }
//! assert_eq!(engine.predict(&images, 2).unwrap(), [0, 1]);
//!
//! // The model file holds what was learned, and learning continues from there.
//! let mut loaded = file::decode(&file::encode(&model).unwrap()).unwrap();
//! assert_eq!(loaded, model);
//! loaded.add_classes(1).unwrap();
//! assert_eq!(loaded.output_dims().unwrap().channels, 6);
//! # Ok::<(), String>(())
//! ```

use std::ops::Range;

use rayon::prelude::*;

use crate::engine::{Engine, Pass};
use crate::error::Error;
use crate::hooks::{Hooks, Observation};
use crate::input::{CheckedInput, Input};
use crate::layer_kernel::LayerKernel;
use crate::learner::Learner;
use crate::nonzeros::count_nonzero;
use crate::ones::Ones;
use crate::output::{Output, SampleOutput};
use crate::scratch::Scratch;
use crate::statistics::Statistics;

use spikemesh_model::{Layer, LayerId, Model};
use spikemesh_stop::Stopped;

/// Most samples that pass the layers before the last one at once.
const AT_ONCE: usize = 64;
/// Most bytes that their events take.
const EVENT_BYTES: usize = 1 << 26;

/// What a observed layer before the last one made of a sample.
struct Seen {
    layer: usize,
    levels: Vec<u8>,
    potentials: Vec<i32>,
}

impl Engine {
    /// Lets the last layer of `model` learn from the samples, one after the other. Row i of the result is what
    /// [`forward`](Self::forward) would have given before the model learned from sample i.
    ///
    /// `self` was made from `model`, and only the last layer has changed since; afterwards it computes with what was learned. `labels` are
    /// classes, one for each sample or a single one for all; without any, every neuron may learn from every sample. A sample whose label the
    /// model does not have is forwarded, and nothing is learned.
    ///
    /// ```
    /// use spikemesh_engine::{Engine, Input, Output, Hooks};
    /// use spikemesh_model::{ActivationParameters, Dims, FullyConnected, InputData, Learning, Model, Parameters};
    /// use spikemesh_model::tensor::{Event, Sparse};
    ///
    /// let mut model = Model::new("learner");
    /// let input = Dims { width: 1, height: 1, channels: 16 };
    /// model.add("events", Parameters::InputData(InputData { input }), &[]).unwrap();
    /// let activation = ActivationParameters { activations_enabled: false, ..Default::default() };
    /// let head = FullyConnected { num_neurons: 2, weights_bits: 1, activation };
    /// model.add("head", Parameters::FullyConnected(head), &[]).unwrap();
    /// model.compile(&Learning::new(4)).unwrap();
    ///
    /// let events = (1..=5).map(|c| Event { n: 0, x: 0, y: 0, c, value: 1 }).collect();
    /// let input = Input::Events(Sparse { shape: [1, 1, 1, 16], events });
    /// let mut engine = Engine::new(&model).unwrap();
    /// let before = engine.fit(&mut model, &input, None, Hooks::default()).unwrap();
    /// let Output::Potentials(before) = before else { panic!("the head has no activation") };
    /// assert_eq!(before.data, [1, 2]);
    ///
    /// let Output::Potentials(after) = engine.forward(&input).unwrap() else { panic!("the head has no activation") };
    /// assert_eq!(after.data, [1, 4]);
    /// assert_eq!(model.learning().unwrap().steps(), [0, 1]);
    /// ```
    ///
    /// # Errors
    /// Before anything is computed, and all of them: those of [`forward`](Self::forward); a last layer that is not compiled
    /// ([`Error::NotCompiled`]); an `InputData` that feeds it gets values above 1; negative labels, or another number of them; a model
    /// that `self` was not made from.
    ///
    /// Later: the stop flag was set or somebody broke off ([`Error::Stopped`]), or a potential of an observed layer does not fit 32 bits. What was learned up to
    /// there stays, in `model` and in `self`: from every sample before the one that is named, and from that one too if `progress` broke off.
    pub fn fit(
        &mut self,
        model: &mut Model,
        input: &Input,
        labels: Option<&[i64]>,
        hooks: Hooks<'_>,
    ) -> Result<Output, Vec<Error>> {
        let errors = self.not_ready(model);
        let ready = errors.is_empty();
        // Classes may have been added since the engine was made, or what was learned taken back.
        if let Some(last) = model.layers().last().filter(|_| ready) {
            self.renew_last(last);
        }
        let result = self.learn_unless(errors, input, labels, hooks);
        if ready {
            self.write_learned(model);
        }
        result
    }

    /// What [`fit`](Self::fit) does, in the engine only: a call costs what it learns, not the size of the model.
    /// [`write_learned`](Self::write_learned) brings the model up to date; until then nobody else may change it.
    ///
    /// # Errors
    /// Those of `fit`.
    pub fn learn(
        &mut self,
        input: &Input,
        labels: Option<&[i64]>,
        hooks: Hooks<'_>,
    ) -> Result<Output, Vec<Error>> {
        let not_compiled = self.learner.is_none().then(|| Error::NotCompiled { layer: self.last_name() });
        self.learn_unless(not_compiled.into_iter().collect(), input, labels, hooks)
    }

    /// Writes into `model`, which `self` was made from, what [`learn`](Self::learn) has learned since the last time.
    pub fn write_learned(&mut self, model: &mut Model) {
        let ones = self.kernels.last().and_then(LayerKernel::ones);
        if let (Some(learner), Some(ones), Some(state)) = (&mut self.learner, ones, model.learning_mut()) {
            learner.write(ones, state);
        }
    }

    /// Learns, unless there are errors already or the input or the labels add some.
    fn learn_unless(
        &mut self,
        mut errors: Vec<Error>,
        input: &Input,
        labels: Option<&[i64]>,
        hooks: Hooks<'_>,
    ) -> Result<Output, Vec<Error>> {
        errors.extend(labels.into_iter().flat_map(|labels| label_errors(labels, input.samples())));
        errors.extend(self.unknown_layers(hooks.layers));
        // Behind an InputData only the events themselves can tell whether they are binary.
        let binary = match &self.kernels[..] {
            [first, .., last] if errors.is_empty() => !first.has_weights() && last.inbound.contains(&0),
            _ => false,
        };
        let entry = if binary { self.input.binary() } else { self.input.clone() };
        let input = match CheckedInput::new(&entry, input) {
            Ok(input) if errors.is_empty() => input,
            Ok(_) => return Err(errors),
            Err(more) => {
                errors.extend(more);
                return Err(errors);
            }
        };
        let ones = self.kernels.last_mut().and_then(LayerKernel::ones_mut).map(std::mem::take);
        let (Some(mut ones), Some(mut learner)) = (ones, self.learner.take()) else {
            return Err(vec![Error::NotCompiled { layer: self.last_name() }]);
        };
        let result = self.learn_all(&mut learner, &mut ones, &input, labels, hooks);
        if let Some(place) = self.kernels.last_mut().and_then(LayerKernel::ones_mut) {
            *place = ones;
        }
        self.learner = Some(learner);
        result.map(|samples| self.output(samples)).map_err(|error| vec![error])
    }

    /// Why `model` cannot learn with this engine.
    fn not_ready(&self, model: &Model) -> Vec<Error> {
        let layers = model.layers();
        let same = |(kernel, layer): (&LayerKernel, &Layer)| {
            kernel.name == layer.name
                && kernel.input == layer.shape.input
                && kernel.inbound.iter().copied().eq(layer.inbound.iter().map(|id| id.0))
        };
        let mut errors = Vec::new();
        if self.kernels.len() != layers.len() || !self.kernels.iter().zip(layers).all(same) {
            errors.push(Error::OtherModel { model: model.name.clone() });
        }
        if let Some(last) = layers.last().filter(|last| last.learning.is_none()) {
            errors.push(Error::NotCompiled { layer: last.name.clone() });
        }
        errors
    }

    /// Samples in their order. The ones are not in the last layer's kernel meanwhile.
    fn learn_all(
        &self,
        learner: &mut Learner,
        ones: &mut Ones,
        input: &CheckedInput<'_>,
        labels: Option<&[i64]>,
        mut hooks: Hooks<'_>,
    ) -> Result<Vec<SampleOutput>, Error> {
        let last = self.kernels.len() - 1;
        let dims = self.output_dims();
        let (neurons, words) = (ones.neurons(), ones.words());
        let at_once = (EVENT_BYTES / (words * size_of::<u64>())).clamp(1, AT_ONCE);
        let mut bits = vec![0; at_once.min(input.samples()) * words];
        let mut levels = vec![0; neurons];
        let mut results = Vec::with_capacity(input.samples());
        hooks.stop.progress().expect(input.samples() as u64);
        for first in (0..input.samples()).step_by(at_once) {
            let batch = first..(first + at_once).min(input.samples());
            let bits = &mut bits[..batch.len() * words];
            let seen = self.send(ones, input, batch.clone(), bits, &mut hooks)?;
            for ((sample, events), seen) in batch.zip(bits.chunks_exact(words)).zip(seen) {
                // Between samples, so that a sample is learned from as a whole or not at all.
                hooks.stop.check().map_err(|Stopped| Error::Stopped { sample })?;
                learner.present(ones, events);
                let levels = learner.levels(&mut levels).then_some(&levels[..]);
                let potentials = learner.potentials();
                if let Some(statistics) = &mut hooks.statistics {
                    let sent = events.iter().map(|word| u64::from(word.count_ones())).sum();
                    count(statistics, last, sent, potentials, levels);
                }
                if let Some(observer) = &mut hooks.observer {
                    let mut show = |layer: usize, levels: Option<&[u8]>, potentials: &[i32]| {
                        let dims = self.kernels[layer].output;
                        let flow =
                            observer(Observation { layer: LayerId(layer), sample, dims, levels, potentials });
                        if flow.is_break() { Err(Error::Stopped { sample }) } else { Ok(()) }
                    };
                    for seen in &seen {
                        let levels = self.kernels[seen.layer].has_levels().then_some(&seen.levels[..]);
                        show(seen.layer, levels, &seen.potentials)?;
                    }
                    if hooks.layers.contains(&LayerId(last)) {
                        show(last, levels, potentials)?;
                    }
                }
                results.push(match levels {
                    Some(levels) => SampleOutput::of_levels(levels, dims, sample),
                    None => SampleOutput::Potentials(potentials.to_vec()),
                });
                if let Some(group) = group(labels, sample, learner.neurons_per_class(), neurons) {
                    learner.learn(ones, events, group);
                }
                hooks.stop.progress().add(1);
                if let Some(progress) = &mut hooks.progress
                    && progress(sample).is_break()
                {
                    return Err(Error::Stopped { sample });
                }
            }
        }
        if let Some(counts) = hooks.statistics.and_then(|statistics| statistics.layers.get_mut(last)) {
            counts.row_sparsity = ones.row_sparsity();
        }
        Ok(results)
    }

    /// Runs a batch through all layers but the last one, and writes what reaches that one as bits, sample by sample.
    fn send(
        &self,
        ones: &Ones,
        input: &CheckedInput<'_>,
        batch: Range<usize>,
        bits: &mut [u64],
        hooks: &mut Hooks<'_>,
    ) -> Result<Vec<Vec<Seen>>, Error> {
        let last = self.kernels.len() - 1;
        let counting = hooks.statistics.is_some();
        let observed = if hooks.observer.is_some() { hooks.layers } else { &[] };
        let stop = &hooks.stop;
        let one = |scratch: &mut Scratch, n: usize, bits: &mut [u64]| {
            let mut counts = if counting { self.counts() } else { Statistics::default() };
            let mut seen = Vec::new();
            let mut failed = None;
            let pass = Pass { layers: last, observed, stop };
            self.run(pass, input, n, scratch, &mut |layer, map, scratch| {
                if counting {
                    self.count(layer, last, map, scratch, &mut counts);
                }
                if failed.is_none() && observed.contains(&LayerId(layer)) {
                    match self.raw_potentials(layer, n, scratch) {
                        Ok(potentials) => {
                            seen.push(Seen { layer, levels: scratch.levels[layer].clone(), potentials });
                        }
                        Err(error) => failed = Some(error),
                    }
                }
            })?;
            self.write_bits(ones, scratch, bits);
            failed.map_or(Ok((seen, counts)), Err)
        };
        let words = ones.words();
        let sent: Vec<Result<_, Error>> = if batch.len() <= 1 {
            batch.map(|n| one(&mut self.scratch.lease().scratch, n, bits)).collect()
        } else {
            let samples = bits.par_chunks_mut(words).zip(batch.into_par_iter());
            let lease = || self.scratch.lease();
            samples.map_init(lease, |lease, (bits, n)| one(&mut lease.scratch, n, bits)).collect()
        };
        let mut all = Vec::with_capacity(sent.len());
        for sample in sent {
            let (seen, counts) = sample?;
            if let Some(statistics) = &mut hooks.statistics {
                statistics.add(&counts);
            }
            all.push(seen);
        }
        Ok(all)
    }

    /// Sets the bit of every event that reaches the last layer.
    fn write_bits(&self, ones: &Ones, scratch: &mut Scratch, bits: &mut [u64]) {
        match self.kernels.last().map(|last| &last.inbound[..]) {
            Some([producer]) => ones.events(&scratch.levels[*producer], u8::MAX, bits),
            Some(inbound) => {
                let mut joined = std::mem::take(&mut scratch.joined);
                self.join(inbound, &scratch.levels, &mut joined);
                ones.events(&joined, u8::MAX, bits);
                scratch.joined = joined;
            }
            None => bits.fill(0),
        }
    }
}

/// Neurons that may learn from a sample; none if the model does not have the sample's class.
fn group(labels: Option<&[i64]>, sample: usize, per_class: usize, neurons: usize) -> Option<Range<usize>> {
    let Some(labels) = labels else { return Some(0..neurons) };
    let label = usize::try_from(*labels.get(sample).or(labels.first())?).ok()?;
    (label < neurons / per_class).then(|| label * per_class..(label + 1) * per_class)
}

/// What is wrong with labels.
fn label_errors(labels: &[i64], samples: usize) -> Vec<Error> {
    let mut errors = Vec::new();
    if labels.len() != 1 && labels.len() != samples {
        errors.push(Error::LabelCount { labels: labels.len(), samples });
    }
    if let Some(index) = labels.iter().position(|label| *label < 0) {
        errors.push(Error::NegativeLabel { index, label: labels[index] });
    }
    errors
}

/// Counts a sample of the layer that learns.
fn count(statistics: &mut Statistics, last: usize, sent: u64, potentials: &[i32], levels: Option<&[u8]>) {
    let Some(counts) = statistics.layers.get_mut(last) else { return };
    let events = match levels {
        Some(levels) => count_nonzero(levels),
        None => count_nonzero(potentials),
    };
    counts.samples += 1;
    counts.input_events += sent;
    counts.output_events += events as u64;
    counts.operations += sent * potentials.len() as u64;
}
