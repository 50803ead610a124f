//! Running samples: outputs, with statistics and observers where they are wanted, and the maps of one sample.

use std::time::{Duration, Instant};

use crate::engine::{Engine, Pass};
use crate::error::Error;
use crate::hooks::{Hooks, Observation, Observer};
use crate::input::{CheckedInput, Input};
use crate::layer_map::{LayerMap, MapValues};
use crate::output::Output;
use crate::statistics::Statistics;
use spikemesh_model::LayerId;
use spikemesh_stop::Stop;

/// Observed samples are computed this many at a time, so that their maps need not all be kept; others twice as many at first.
const AT_ONCE: usize = 64;
/// As long as a batch takes less, the next one is twice as large: cores wait for each other at the end of a batch.
const SHORT: Duration = Duration::from_millis(50);

impl Engine {
    /// Runs all samples: levels of the last layer, or its raw potentials if it has no activation.
    ///
    /// # Errors
    /// An input that the model does not take, before anything is computed; a raw potential that does not fit 32 bits.
    pub fn forward(&self, input: &Input) -> Result<Output, Vec<Error>> {
        let input = CheckedInput::new(&self.input, input)?;
        let samples = self.each_sample(0..input.samples(), |n, scratch| {
            let all = Pass { layers: self.kernels.len(), observed: &[], stop: &Stop::NEVER };
            self.run(all, &input, n, scratch, &mut |_, _, _| {})?;
            self.last_map(n, scratch)
        })?;
        Ok(self.output(samples))
    }

    /// [`forward`](Self::forward), and adds what passed to `statistics`.
    ///
    /// # Errors
    /// Those of `forward`; then nothing is added.
    pub fn forward_counting(&self, input: &Input, statistics: &mut Statistics) -> Result<Output, Vec<Error>> {
        self.forward_with(input, Hooks { statistics: Some(statistics), ..Hooks::default() })
    }

    /// [`forward`](Self::forward), calling `observer` for each of the `observed` layers, see [`Hooks`].
    ///
    /// # Errors
    /// Those of [`forward_with`](Self::forward_with).
    pub fn forward_observed(
        &self,
        input: &Input,
        observed: &[LayerId],
        observer: &mut Observer<'_>,
    ) -> Result<Output, Vec<Error>> {
        self.forward_with(input, Hooks { layers: observed, observer: Some(observer), ..Hooks::default() })
    }

    /// [`forward`](Self::forward), and calls what `hooks` has. The whole input is checked before anything is computed.
    ///
    /// # Errors
    /// Those of `forward`; an observed layer that does not exist; a potential of an observed layer that does not fit 32 bits; the
    /// stop flag was set, or the observer or `progress` broke off. Then nothing is added to the statistics.
    pub fn forward_with(&self, input: &Input, hooks: Hooks<'_>) -> Result<Output, Vec<Error>> {
        let Hooks { statistics, layers: observed, mut observer, mut progress, stop } = hooks;
        let mut errors: Vec<Error> = self.unknown_layers(observed).collect();
        let input = match CheckedInput::new(&self.input, input) {
            Ok(input) if errors.is_empty() => input,
            Ok(_) => return Err(errors),
            Err(more) => {
                errors.extend(more);
                return Err(errors);
            }
        };
        let mut counted = 0;
        let mut total = self.statistics();
        let mut maps = Vec::with_capacity(input.samples());
        stop.progress().expect(input.samples() as u64);
        let mut at_once = if observed.is_empty() { 2 * AT_ONCE } else { AT_ONCE };
        while maps.len() < input.samples() {
            let begin = Instant::now();
            let batch = maps.len()..(maps.len() + at_once).min(input.samples());
            let computed = self.each_sample(batch.clone(), |n, scratch| {
                let mut seen = Vec::with_capacity(observed.len());
                let mut counts = statistics.is_some().then(|| self.counts());
                let mut failed = None;
                let pass = Pass { layers: self.kernels.len(), observed, stop: &stop };
                self.run(pass, &input, n, scratch, &mut |layer, map, scratch| {
                    if let Some(counts) = &mut counts {
                        self.count(layer, self.kernels.len(), map, scratch, counts);
                    }
                    if failed.is_none() && observed.contains(&LayerId(layer)) {
                        match self.raw_potentials(layer, n, scratch) {
                            Ok(potentials) => seen.push((layer, scratch.levels[layer].clone(), potentials)),
                            Err(error) => failed = Some(error),
                        }
                    }
                })?;
                failed.map_or(Ok(()), Err)?;
                Ok((seen, counts, self.last_map(n, scratch)?))
            })?;
            for (sample, (seen, counts, map)) in batch.zip(computed) {
                for (layer, levels, potentials) in seen {
                    let kernel = &self.kernels[layer];
                    let observation = Observation {
                        layer: LayerId(layer),
                        sample,
                        dims: kernel.output,
                        levels: kernel.has_levels().then_some(&levels[..]),
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
            if observed.is_empty() && begin.elapsed() < SHORT {
                at_once *= 2;
            }
            stop.progress().add(maps.len() as u64 - counted);
            counted = maps.len() as u64;
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

    /// The map that leaves every layer, in the model's order, for sample `sample` of `input`.
    ///
    /// # Errors
    /// A sample that the input does not have; those of [`forward`](Self::forward).
    pub fn trace(&self, input: &Input, sample: usize) -> Result<Vec<LayerMap>, Vec<Error>> {
        let input = CheckedInput::new(&self.input, input)?;
        if sample >= input.samples() {
            return Err(vec![Error::Sample { sample, samples: input.samples() }]);
        }
        let scratch = &mut self.scratch.lease().scratch;
        let mut maps = Vec::with_capacity(self.kernels.len());
        let all = Pass { layers: self.kernels.len(), observed: &[], stop: &Stop::NEVER };
        let run = self.run(all, &input, sample, scratch, &mut |layer, _, scratch| {
            let kernel = &self.kernels[layer];
            let values = if kernel.has_levels() {
                Ok(MapValues::Levels(scratch.levels[layer].clone()))
            } else {
                self.raw_potentials(layer, sample, scratch).map(MapValues::Potentials)
            };
            maps.push(values.map(|values| LayerMap { layer: LayerId(layer), dims: kernel.output, values }));
        });
        run.map_err(|error| vec![error])?;
        maps.into_iter().collect::<Result<_, _>>().map_err(|error| vec![error])
    }
}
