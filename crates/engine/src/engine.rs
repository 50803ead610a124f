//! A model made ready to run, and how one sample passes its layers.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;

use crate::error::Error;
use crate::input::{CheckedInput, Input, InputLayer};
use crate::layer_kernel::{LayerKernel, Potentials};
use crate::learner::Learner;
use crate::output::{Output, SampleOutput};
use crate::scratch::{Scratch, ScratchPool};
use crate::statistics::{LayerStatistics, Statistics};
use spikemesh_model::{Dims, Layer, LayerId, Model};
use spikemesh_stop::{Stop, Stopped};

/// A model made ready to run.
#[derive(Debug)]
pub struct Engine {
    pub(crate) input: InputLayer,
    /// One per layer of the model, in its order.
    pub(crate) kernels: Vec<LayerKernel>,
    /// Of each layer: the first that takes its map and no other.
    counted_by: Vec<Option<usize>>,
    pub(crate) last: OutputLayer,
    /// Of a last layer that is compiled.
    pub(crate) learner: Option<Learner>,
    pub(crate) scratch: ScratchPool,
}

/// What results need to know of the last layer.
#[derive(Debug)]
pub(crate) struct OutputLayer {
    pub input_data: bool,
    pub thresholds: Vec<i32>,
    pub steps: Vec<f32>,
}

/// How far a sample passes, and who is interested.
pub(crate) struct Pass<'a> {
    /// The first layers, so many.
    pub layers: usize,
    /// Layers whose potentials are read even if they have levels.
    pub observed: &'a [LayerId],
    /// Looked at before every layer.
    pub stop: &'a Stop,
}

impl OutputLayer {
    fn new(layer: &Layer) -> OutputLayer {
        OutputLayer {
            input_data: layer.parameters.weights_bits().is_none(),
            thresholds: layer.variables.threshold_fire.clone(),
            steps: layer.variables.threshold_fire_step.clone(),
        }
    }
}

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
        let mut counted_by = vec![None; layers.len()];
        for (reader, layer) in layers.iter().enumerate() {
            if let [LayerId(producer)] = layer.inbound[..] {
                counted_by[producer].get_or_insert(reader);
            }
        }
        Ok(Engine {
            input: InputLayer::new(first),
            kernels: layers.iter().map(LayerKernel::new).collect(),
            counted_by,
            last: OutputLayer::new(last),
            learner: Learner::new(last),
            scratch: ScratchPool::default(),
        })
    }

    /// Statistics of the model's layers before any sample, for [`forward_counting`](Self::forward_counting).
    pub fn statistics(&self) -> Statistics {
        Statistics { layers: self.kernels.iter().map(LayerKernel::statistics).collect() }
    }

    /// Statistics of a layer before any sample; empty if there is no such layer.
    pub fn layer_statistics(&self, layer: LayerId) -> LayerStatistics {
        self.kernels.get(layer.0).map(LayerKernel::statistics).unwrap_or_default()
    }

    /// Whether the model takes this input.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn check(&self, input: &Input) -> Result<(), Vec<Error>> {
        CheckedInput::new(&self.input, input).map(|_| ())
    }

    /// Size of the last layer's map.
    pub fn output_dims(&self) -> Dims {
        self.kernels.last().map_or(Dims { width: 0, height: 0, channels: 0 }, |kernel| kernel.output)
    }

    /// Takes the last layer as it is now.
    pub(crate) fn renew_last(&mut self, layer: &Layer) {
        self.kernels.pop();
        self.kernels.push(LayerKernel::new(layer));
        self.last = OutputLayer::new(layer);
        self.learner = Learner::new(layer);
    }

    /// An error for each layer that does not exist.
    pub(crate) fn unknown_layers(&self, ids: &[LayerId]) -> impl Iterator<Item = Error> {
        let layers = self.kernels.len();
        ids.iter().filter(move |id| id.0 >= layers).map(move |id| Error::UnknownLayer { layer: id.0, layers })
    }

    /// Runs sample `n` through layers; `after` sees each layer's index, its input map and the scratch with its results: levels, and potentials
    /// of layers that are observed or have no levels.
    ///
    /// # Errors
    /// [`Error::Stopped`], before a layer.
    pub(crate) fn run(
        &self,
        pass: Pass<'_>,
        input: &CheckedInput<'_>,
        n: usize,
        scratch: &mut Scratch,
        after: &mut dyn FnMut(usize, &[u8], &mut Scratch),
    ) -> Result<(), Error> {
        scratch.levels.resize_with(self.kernels.len(), Vec::new);
        for (index, kernel) in self.kernels.iter().enumerate().take(pass.layers) {
            pass.stop.check().map_err(|Stopped| Error::Stopped { sample: n })?;
            // Maps are taken out of the scratch while the layer works in it, and put back.
            let mut levels = std::mem::take(&mut scratch.levels[index]);
            let kept = pass.observed.contains(&LayerId(index));
            match kernel.inbound[..] {
                [] => {
                    let mut map = std::mem::take(&mut scratch.sample);
                    input.load(n, &mut map);
                    kernel.run(&map, scratch, &mut levels, kept);
                    scratch.levels[index] = levels;
                    after(index, &map, scratch);
                    scratch.sample = map;
                }
                [producer] => {
                    let map = std::mem::take(&mut scratch.levels[producer]);
                    kernel.run(&map, scratch, &mut levels, kept);
                    scratch.levels[index] = levels;
                    after(index, &map, scratch);
                    scratch.levels[producer] = map;
                }
                _ => {
                    let mut map = std::mem::take(&mut scratch.joined);
                    self.join(&kernel.inbound, &scratch.levels, &mut map);
                    kernel.run(&map, scratch, &mut levels, kept);
                    scratch.levels[index] = levels;
                    after(index, &map, scratch);
                    scratch.joined = map;
                }
            }
        }
        Ok(())
    }

    /// Counts of one sample before it passes. Names and constants, which cost allocations, are left to [`statistics`](Self::statistics).
    pub(crate) fn counts(&self) -> Statistics {
        Statistics { layers: vec![LayerStatistics::default(); self.kernels.len()] }
    }

    /// Adds what layer `layer` has just made of `map`, in a pass of so many `layers`. A map is counted once, by the first layer that takes it alone.
    pub(crate) fn count(
        &self,
        layer: usize,
        layers: usize,
        map: &[u8],
        scratch: &Scratch,
        counts: &mut Statistics,
    ) {
        let kernel = &self.kernels[layer];
        kernel.count(map, scratch, &mut counts.layers[layer]);
        if let [producer] = kernel.inbound[..]
            && self.counted_by[producer] == Some(layer)
        {
            counts.layers[producer].output_events = counts.layers[layer].input_events;
        }
        if self.counted_by[layer].is_none_or(|reader| reader >= layers) {
            counts.layers[layer].output_events = kernel.output_events(scratch, &scratch.levels[layer]);
        }
    }

    /// Concatenates maps of equal width and height along channels.
    pub(crate) fn join(&self, inbound: &[usize], levels: &[Vec<u8>], map: &mut Vec<u8>) {
        let channels = |producer: &usize| self.kernels[*producer].output.channels as usize;
        let positions = inbound.first().map_or(0, |producer| levels[*producer].len() / channels(producer));
        map.clear();
        for position in 0..positions {
            for producer in inbound {
                let channels = channels(producer);
                map.extend_from_slice(&levels[*producer][position * channels..][..channels]);
            }
        }
    }

    /// Computes samples on all cores, a sample that is alone layer by layer; results in their order; of several errors the first sample's is reported.
    pub(crate) fn each_sample<T: Send>(
        &self,
        samples: Range<usize>,
        compute: impl Fn(usize, &mut Scratch) -> Result<T, Error> + Sync,
    ) -> Result<Vec<T>, Vec<Error>> {
        let results: Vec<Result<T, Error>> = if samples.len() <= 1 {
            let scratch = &mut self.scratch.lease().scratch;
            scratch.cores = rayon::current_num_threads() > 1;
            let results = if scratch.cores {
                awake(|| samples.map(|n| compute(n, scratch)).collect())
            } else {
                samples.map(|n| compute(n, scratch)).collect()
            };
            scratch.cores = false;
            results
        } else {
            let lease = || self.scratch.lease();
            samples.into_par_iter().map_init(lease, |lease, n| compute(n, &mut lease.scratch)).collect()
        };
        results.into_iter().collect::<Result<_, _>>().map_err(|error| vec![error])
    }

    /// The last layer's map of the sample in `scratch`.
    pub(crate) fn last_map(&self, sample: usize, scratch: &Scratch) -> Result<SampleOutput, Error> {
        let last = self.kernels.len() - 1;
        if self.has_levels() {
            Ok(SampleOutput::of_levels(&scratch.levels[last], self.output_dims(), sample))
        } else {
            Ok(SampleOutput::Potentials(self.raw_potentials(last, sample, scratch)?))
        }
    }

    /// Potentials of the layer that ran last, in 32 bits; none for an `InputData`.
    pub(crate) fn raw_potentials(
        &self,
        layer: usize,
        sample: usize,
        scratch: &Scratch,
    ) -> Result<Vec<i32>, Error> {
        let kernel = &self.kernels[layer];
        let wide = match kernel.potentials(scratch) {
            Potentials::None => return Ok(Vec::new()),
            Potentials::Narrow(potentials) => return Ok(potentials.to_vec()),
            Potentials::Wide(potentials) => potentials,
        };
        let (height, neurons) = (kernel.output.height as usize, kernel.output.channels as usize);
        let narrow = |(index, &potential): (usize, &i64)| {
            i32::try_from(potential).map_err(|_| Error::PotentialRange {
                layer: kernel.name.clone(),
                neuron: index % neurons,
                sample,
                x: index / neurons / height,
                y: index / neurons % height,
                potential,
            })
        };
        wide.iter().enumerate().map(narrow).collect()
    }

    pub(crate) fn has_levels(&self) -> bool {
        self.kernels.last().is_some_and(LayerKernel::has_levels)
    }

    pub(crate) fn last_name(&self) -> String {
        self.kernels.last().map(|kernel| kernel.name.clone()).unwrap_or_default()
    }

    pub(crate) fn output(&self, samples: Vec<SampleOutput>) -> Output {
        Output::new(self.output_dims(), self.has_levels(), samples)
    }
}

/// Runs `work` on a thread of the pool, while the others look for parts of it: between two layers is less time than it takes to wake a thread. On a thread of
/// the pool it runs as it is: the others may have work of their own.
fn awake<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    if rayon::current_thread_index().is_some() {
        return work();
    }
    let is_done = AtomicBool::new(false);
    rayon::scope(|scope| {
        for _ in 1..rayon::current_num_threads() {
            scope.spawn(|_| {
                while !is_done.load(Ordering::Acquire) {
                    if rayon::yield_now() != Some(rayon::Yield::Executed) {
                        std::thread::yield_now();
                    }
                }
            });
        }
        // Also if it panics.
        let _done = Done(&is_done);
        work()
    })
}

/// Says that there is no more work.
struct Done<'a>(&'a AtomicBool);

impl Drop for Done<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}
