//! The functional engine: what every layer computes, exactly, without time. It is the golden reference of the simulated mesh.
//!
//! An [`Engine`] is made once from a model with weights; it packs them, chooses for every layer the width of its sums from the
//! actual weights, and then runs any number of samples, a thread per core, with the same result for any number of threads.
//!
//! A layer is a pipeline: sums ([`convolution`], [`separable`], [`fully_connected`], [`input_convolution`]), then [`pooling`] on
//! potentials, then the [`activation`]. Maps are (w, h, c), x slowest, as the tensors are.
//!
//! ```
//! use std::ops::ControlFlow;
//!
//! use spikemesh_engine::{Engine, Input, Output};
//! use spikemesh_model::template;
//! use spikemesh_model::tensor::Dense;
//!
//! let mut model = template::parse("edges.yaml", "
//! layers:
//!   - {type: InputConvolutional, name: edges, input_width: 4, input_height: 3, input_channels: 1, kernel_width: 3, kernel_height: 3,
//!      num_neurons: 1, weights_bits: 2, threshold_fire: 20, threshold_fire_step: 10, threshold_fire_bits: 4}
//!   - {type: FullyConnected, name: head, num_neurons: 2, weights_bits: 2, activations_enabled: false, threshold_fire: 1}
//! ").map_err(|errors| errors[0].to_string())?;
//! let [edges, head] = ["edges", "head"].map(|name| model.layer_by_name(name).unwrap());
//! // A kernel (width, height, channels, filters) that looks for steps from left to right.
//! model.set_variable(edges, "weights", &[-1, -1, -1, 0, 0, 0, 1, 1, 1]).unwrap();
//! // One neuron sums the left half of the map, one the right half.
//! let halves: Vec<i8> = (0..12).flat_map(|i| if i % 4 < 2 { [1, 0] } else { [0, 1] }).collect();
//! model.set_variable(head, "weights", &halves).unwrap();
//!
//! let engine = Engine::new(&model).map_err(|errors| errors[0].to_string())?;
//! // One image (n, h, w, c), dark on its left side.
//! let image = Input::Images(Dense { shape: [1, 3, 4, 1], data: [0, 0, 50, 50].repeat(3) });
//! assert_eq!(engine.forward(&image).unwrap(), Output::Potentials(Dense { shape: [1, 1, 1, 2], data: vec![29, 29] }));
//! assert_eq!(engine.evaluate(&image).unwrap().data, [28.0, 28.0]);
//! assert_eq!(engine.predict(&image, 2).unwrap(), [0]);
//!
//! // What is seen of a layer, and what is counted.
//! let mut seen = Vec::new();
//! engine
//!     .forward_observed(&image, &[edges], &mut |observation| {
//!         seen.extend_from_slice(observation.potentials);
//!         ControlFlow::Continue(())
//!     })
//!     .unwrap();
//! assert_eq!(seen, [0, 0, 0, 100, 150, 100, 100, 150, 100, -100, -150, -100]);
//! let mut statistics = engine.statistics();
//! engine.forward_counting(&image, &mut statistics).unwrap();
//! assert_eq!(statistics.layers[0].output_sparsity(), 0.5);
//! # Ok::<(), String>(())
//! ```

pub mod activation;
pub mod bound;
pub mod convolution;
pub mod error;
pub mod fully_connected;
pub mod input;
pub mod input_convolution;
pub mod learning;
pub mod number;
pub mod packed;
pub mod pooling;
pub mod result;
pub mod scratch;
pub mod separable;
pub mod stage;
pub mod statistics;
pub mod taps;
pub mod watch;
pub mod window;

use std::ops::Range;
use std::time::{Duration, Instant};

use rayon::prelude::*;

pub use error::Error;
pub use input::Input;
pub use result::{LayerMap, MapValues, Observation, Output};
pub use statistics::{LayerStatistics, Statistics};
pub use watch::{Observer, Watch};

use input::{Checked, InputLayer};
use result::{Final, events_of};
use scratch::{Pool, Scratch};
use spikemesh_model::tensor::Dense;
use spikemesh_model::{Dims, Layer, LayerId, Model};
use stage::{Potentials, Stage};

/// A model made ready to run.
#[derive(Debug)]
pub struct Engine {
    input: InputLayer,
    stages: Vec<Stage>,
    last: Last,
    pool: Pool,
}

/// What results need to know of the last layer.
#[derive(Debug)]
struct Last {
    input_data: bool,
    thresholds: Vec<i32>,
    steps: Vec<f32>,
}

impl Last {
    fn new(layer: &Layer) -> Last {
        Last {
            input_data: layer.parameters.weights_bits().is_none(),
            thresholds: layer.variables.threshold_fire.clone(),
            steps: layer.variables.threshold_fire_step.clone(),
        }
    }
}

/// Observed samples are computed this many at a time, so that their maps need not all be kept; others twice as many at first.
const AT_ONCE: usize = 64;
/// As long as a batch takes less, the next one is twice as large: cores wait for each other at the end of a batch.
const SHORT: Duration = Duration::from_millis(50);

impl Engine {
    /// Prepares `model`; later changes of the model do not reach the engine.
    ///
    /// # Errors
    /// A model without layers, or layers whose weights are unset.
    pub fn new(model: &Model) -> Result<Engine, Vec<Error>> {
        let layers = model.layers();
        let (Some(first), Some(last)) = (layers.first(), layers.last()) else {
            return Err(vec![Error::EmptyModel]);
        };
        let unset: Vec<String> = model.unset_layers().map(|id| model.layer(id).name.clone()).collect();
        if !unset.is_empty() {
            return Err(vec![Error::UnsetWeights { layers: unset }]);
        }
        Ok(Engine {
            input: InputLayer::new(first),
            stages: layers.iter().map(Stage::new).collect(),
            last: Last::new(last),
            pool: Pool::default(),
        })
    }

    /// Statistics of the model's layers before any sample, for [`forward_counting`](Self::forward_counting).
    pub fn statistics(&self) -> Statistics {
        Statistics { layers: self.stages.iter().map(Stage::statistics).collect() }
    }

    /// Whether the model takes this input.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn check(&self, input: &Input) -> Result<(), Vec<Error>> {
        Checked::new(&self.input, input).map(|_| ())
    }

    /// Runs all samples: levels of the last layer, or its raw potentials if it has no activation.
    ///
    /// # Errors
    /// An input that the model does not take, before anything is computed; a raw potential that does not fit 32 bits.
    pub fn forward(&self, input: &Input) -> Result<Output, Vec<Error>> {
        let input = Checked::new(&self.input, input)?;
        let samples = self.each_sample(0..input.samples(), |n, scratch| {
            self.run(self.stages.len(), &input, n, scratch, &mut |_, _, _| {});
            self.last_map(n, scratch)
        })?;
        Ok(self.output(samples))
    }

    /// [`forward`](Self::forward), and adds what passed to `statistics`.
    ///
    /// # Errors
    /// Those of `forward`; then nothing is added.
    pub fn forward_counting(&self, input: &Input, statistics: &mut Statistics) -> Result<Output, Vec<Error>> {
        self.forward_watched(input, Watch { statistics: Some(statistics), ..Watch::default() })
    }

    /// [`forward`](Self::forward), calling `observer` for each of the `watched` layers, see [`Watch`].
    ///
    /// # Errors
    /// Those of [`forward_watched`](Self::forward_watched).
    pub fn forward_observed(
        &self,
        input: &Input,
        watched: &[LayerId],
        observer: &mut Observer<'_>,
    ) -> Result<Output, Vec<Error>> {
        self.forward_watched(input, Watch { layers: watched, observer: Some(observer), ..Watch::default() })
    }

    /// [`forward`](Self::forward), with what `watch` asks for beside it. The whole input is checked before anything is computed.
    ///
    /// # Errors
    /// Those of `forward`; a watched layer that does not exist; a potential of a watched layer that does not fit 32 bits; the
    /// observer or `progress` broke off. Then nothing is added to the statistics.
    pub fn forward_watched(&self, input: &Input, watch: Watch<'_>) -> Result<Output, Vec<Error>> {
        let Watch { statistics, layers: watched, mut observer, mut progress } = watch;
        let mut errors: Vec<Error> = self.unknown_layers(watched).collect();
        let input = match Checked::new(&self.input, input) {
            Ok(input) if errors.is_empty() => input,
            Ok(_) => return Err(errors),
            Err(more) => {
                errors.extend(more);
                return Err(errors);
            }
        };
        let mut total = self.statistics();
        let mut maps = Vec::with_capacity(input.samples());
        let mut at_once = if watched.is_empty() { 2 * AT_ONCE } else { AT_ONCE };
        while maps.len() < input.samples() {
            let begin = Instant::now();
            let batch = maps.len()..(maps.len() + at_once).min(input.samples());
            let computed = self.each_sample(batch.clone(), |n, scratch| {
                let mut seen = Vec::with_capacity(watched.len());
                let mut counts = statistics.is_some().then(|| self.counts());
                let mut failed = None;
                self.run(self.stages.len(), &input, n, scratch, &mut |layer, map, scratch| {
                    if let Some(counts) = &mut counts {
                        self.count(layer, map, scratch, counts);
                    }
                    if failed.is_none() && watched.contains(&LayerId(layer)) {
                        match self.raw_potentials(layer, n, scratch) {
                            Ok(potentials) => seen.push((layer, scratch.levels[layer].clone(), potentials)),
                            Err(error) => failed = Some(error),
                        }
                    }
                });
                failed.map_or(Ok(()), Err)?;
                Ok((seen, counts, self.last_map(n, scratch)?))
            })?;
            for (sample, (seen, counts, map)) in batch.zip(computed) {
                for (layer, levels, potentials) in seen {
                    let stage = &self.stages[layer];
                    let observation = Observation {
                        layer: LayerId(layer),
                        sample,
                        dims: stage.output,
                        levels: stage.has_levels().then_some(&levels[..]),
                        potentials: &potentials,
                    };
                    if observer.as_mut().is_some_and(|observer| observer(observation).is_break()) {
                        return Err(vec![Error::Stopped { sample }]);
                    }
                }
                if let Some(counts) = counts {
                    total.add(&counts);
                }
                maps.push(map);
            }
            if watched.is_empty() && begin.elapsed() < SHORT {
                at_once *= 2;
            }
            let sample = maps.len() - 1;
            if progress.as_mut().is_some_and(|progress| progress(sample).is_break()) {
                return Err(vec![Error::Stopped { sample }]);
            }
        }
        if let Some(statistics) = statistics {
            statistics.add(&total);
        }
        Ok(self.output(maps))
    }

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
        Ok(self.forward(input)?.classes(num_classes))
    }

    /// Whether the last layer's neurons make so many groups.
    ///
    /// # Errors
    /// They do not.
    pub fn can_classify(&self, classes: usize) -> Result<(), Error> {
        let neurons = self.output_dims().channels as usize;
        if classes == 0 || !neurons.is_multiple_of(classes) {
            return Err(Error::Classes { layer: self.last_name(), classes, neurons });
        }
        Ok(())
    }

    /// The map that leaves every layer, in the model's order, for sample `sample` of `input`.
    ///
    /// # Errors
    /// A sample that the input does not have; those of [`forward`](Self::forward).
    pub fn trace(&self, input: &Input, sample: usize) -> Result<Vec<LayerMap>, Vec<Error>> {
        let input = Checked::new(&self.input, input)?;
        if sample >= input.samples() {
            return Err(vec![Error::Sample { sample, samples: input.samples() }]);
        }
        let scratch = &mut self.pool.lease().scratch;
        let mut maps = Vec::with_capacity(self.stages.len());
        self.run(self.stages.len(), &input, sample, scratch, &mut |layer, _, scratch| {
            let stage = &self.stages[layer];
            let values = if stage.has_levels() {
                Ok(MapValues::Levels(scratch.levels[layer].clone()))
            } else {
                self.raw_potentials(layer, sample, scratch).map(MapValues::Potentials)
            };
            maps.push(values.map(|values| LayerMap { layer: LayerId(layer), dims: stage.output, values }));
        });
        maps.into_iter().collect::<Result<_, _>>().map_err(|error| vec![error])
    }

    /// Takes the last layer as it is now.
    fn renew_last(&mut self, layer: &Layer) {
        self.stages.pop();
        self.stages.push(Stage::new(layer));
        self.last = Last::new(layer);
    }

    /// An error for each layer that does not exist.
    fn unknown_layers(&self, ids: &[LayerId]) -> impl Iterator<Item = Error> {
        let layers = self.stages.len();
        ids.iter().filter(move |id| id.0 >= layers).map(move |id| Error::UnknownLayer { layer: id.0, layers })
    }

    /// Runs sample `n` through the first `layers` layers; `after` sees each layer's index, its input map and the scratch with its results.
    fn run(
        &self,
        layers: usize,
        input: &Checked<'_>,
        n: usize,
        scratch: &mut Scratch,
        after: &mut dyn FnMut(usize, &[u8], &mut Scratch),
    ) {
        scratch.levels.resize_with(self.stages.len(), Vec::new);
        for (index, stage) in self.stages.iter().enumerate().take(layers) {
            // Maps are taken out of the scratch while the layer works in it, and put back.
            let mut levels = std::mem::take(&mut scratch.levels[index]);
            match stage.inbound[..] {
                [] => {
                    let mut map = std::mem::take(&mut scratch.sample);
                    input.load(n, &mut map);
                    stage.run(&map, scratch, &mut levels);
                    scratch.levels[index] = levels;
                    after(index, &map, scratch);
                    scratch.sample = map;
                }
                [producer] => {
                    let map = std::mem::take(&mut scratch.levels[producer]);
                    stage.run(&map, scratch, &mut levels);
                    scratch.levels[index] = levels;
                    after(index, &map, scratch);
                    scratch.levels[producer] = map;
                }
                _ => {
                    let mut map = std::mem::take(&mut scratch.joined);
                    self.join(&stage.inbound, &scratch.levels, &mut map);
                    stage.run(&map, scratch, &mut levels);
                    scratch.levels[index] = levels;
                    after(index, &map, scratch);
                    scratch.joined = map;
                }
            }
        }
    }

    /// Counts of one sample before it passes. Names and constants, which cost allocations, are left to [`statistics`](Self::statistics).
    fn counts(&self) -> Statistics {
        Statistics { layers: vec![LayerStatistics::default(); self.stages.len()] }
    }

    /// Adds what layer `layer` has just made of `map`.
    fn count(&self, layer: usize, map: &[u8], scratch: &mut Scratch, counts: &mut Statistics) {
        let levels = std::mem::take(&mut scratch.levels[layer]);
        self.stages[layer].count(map, scratch, &levels, &mut counts.layers[layer]);
        scratch.levels[layer] = levels;
    }

    /// Concatenates maps of equal width and height along channels.
    fn join(&self, inbound: &[usize], levels: &[Vec<u8>], map: &mut Vec<u8>) {
        let channels = |producer: &usize| self.stages[*producer].output.channels as usize;
        let positions = inbound.first().map_or(0, |producer| levels[*producer].len() / channels(producer));
        map.clear();
        for position in 0..positions {
            for producer in inbound {
                let channels = channels(producer);
                map.extend_from_slice(&levels[*producer][position * channels..][..channels]);
            }
        }
    }

    /// Computes samples on all cores, results in their order; of several errors the first sample's is reported.
    fn each_sample<T: Send>(
        &self,
        samples: Range<usize>,
        compute: impl Fn(usize, &mut Scratch) -> Result<T, Error> + Sync,
    ) -> Result<Vec<T>, Vec<Error>> {
        let results: Vec<Result<T, Error>> = if samples.len() <= 1 {
            samples.map(|n| compute(n, &mut self.pool.lease().scratch)).collect()
        } else {
            let lease = || self.pool.lease();
            samples.into_par_iter().map_init(lease, |lease, n| compute(n, &mut lease.scratch)).collect()
        };
        results.into_iter().collect::<Result<_, _>>().map_err(|error| vec![error])
    }

    /// The last layer's map of the sample in `scratch`.
    fn last_map(&self, sample: usize, scratch: &Scratch) -> Result<Final, Error> {
        let last = self.stages.len() - 1;
        if self.has_levels() {
            Ok(Final::Levels(events_of(&scratch.levels[last], self.output_dims(), sample)))
        } else {
            Ok(Final::Potentials(self.raw_potentials(last, sample, scratch)?))
        }
    }

    /// Potentials of the layer that ran last, in 32 bits; none for an `InputData`.
    fn raw_potentials(&self, layer: usize, sample: usize, scratch: &Scratch) -> Result<Vec<i32>, Error> {
        let stage = &self.stages[layer];
        let wide = match stage.potentials(scratch) {
            Potentials::None => return Ok(Vec::new()),
            Potentials::Narrow(potentials) => return Ok(potentials.to_vec()),
            Potentials::Wide(potentials) => potentials,
        };
        let (height, neurons) = (stage.output.height as usize, stage.output.channels as usize);
        let narrow = |(index, &potential): (usize, &i64)| {
            i32::try_from(potential).map_err(|_| Error::PotentialRange {
                layer: stage.name.clone(),
                neuron: index % neurons,
                sample,
                x: index / neurons / height,
                y: index / neurons % height,
                potential,
            })
        };
        wide.iter().enumerate().map(narrow).collect()
    }

    fn has_levels(&self) -> bool {
        self.stages.last().is_some_and(Stage::has_levels)
    }

    fn last_name(&self) -> String {
        self.stages.last().map(|stage| stage.name.clone()).unwrap_or_default()
    }

    /// Size of the last layer's map.
    pub fn output_dims(&self) -> Dims {
        self.stages.last().map_or(Dims { width: 0, height: 0, channels: 0 }, |stage| stage.output)
    }

    fn output(&self, samples: Vec<Final>) -> Output {
        Output::new(self.output_dims(), self.has_levels(), samples)
    }
}
