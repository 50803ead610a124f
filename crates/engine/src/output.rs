//! What comes out of the engine.

use crate::class::{ClassBy, Score};
use spikemesh_model::Dims;
use spikemesh_model::tensor::Event;
use spikemesh_model::tensor::{Dense, Sparse};

/// Results of a batch, (n, w, h, c).
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// Levels of a last layer with an activation, ascending by (n, x, y, c).
    Levels(Sparse),
    /// Raw potentials of one without.
    Potentials(Dense<i32>),
}

/// The last layer's map of one sample.
pub enum SampleOutput {
    /// Its events.
    Levels(Vec<Event>),
    /// Raw potentials (w, h, c).
    Potentials(Vec<i32>),
}

impl SampleOutput {
    /// The events of a map of levels (w, h, c).
    pub(crate) fn of_levels(map: &[u8], dims: Dims, sample: usize) -> SampleOutput {
        let rows = [dims.height as usize, dims.channels as usize];
        SampleOutput::Levels(Event::of_map(map, rows, sample as u32))
    }
}

/// The neuron with the largest score, the lowest of equals; none without any value.
fn winner(values: impl Iterator<Item = (usize, i64)>, by: ClassBy<'_>) -> Option<usize> {
    let best = values.fold(None, |best: Option<(Score, usize)>, (neuron, value)| {
        let score = by.score(neuron, value);
        match best {
            Some((most, first)) if most.cmp(&score).then(neuron.cmp(&first)).is_ge() => Some((most, first)),
            _ => Some((score, neuron)),
        }
    });
    best.map(|(_, neuron)| neuron)
}

impl Output {
    /// The class of each sample, neurons being dealt to `classes` groups in order: the group of the neuron that is largest `by` its value;
    /// the lowest neuron wins a tie; -1 for a sample without any event. `classes` divides the number of neurons.
    pub fn classes(&self, classes: usize, by: ClassBy<'_>) -> Vec<i32> {
        let (Output::Levels(Sparse { shape, .. }) | Output::Potentials(Dense { shape, .. })) = self;
        let [samples, _, _, neurons] = *shape;
        let class = |winner: Option<usize>| winner.map_or(-1, |neuron| (neuron / (neurons / classes)) as i32);
        match self {
            Output::Levels(Sparse { events, .. }) => {
                let mut rest = &events[..];
                let of_sample = |n| {
                    let (sample, others) = rest.split_at(rest.partition_point(|event| event.n as usize <= n));
                    rest = others;
                    class(winner(sample.iter().map(|event| (event.c as usize, event.value.into())), by))
                };
                (0..samples).map(of_sample).collect()
            }
            Output::Potentials(dense) => {
                let of_sample = |n| {
                    let values = dense.sample(n).iter().enumerate();
                    class(winner(values.map(|(index, &value)| (index % neurons, value.into())), by))
                };
                (0..samples).map(of_sample).collect()
            }
        }
    }

    /// Puts samples together.
    pub(crate) fn new(dims: Dims, levels: bool, samples: Vec<SampleOutput>) -> Output {
        let shape = [samples.len(), dims.width as usize, dims.height as usize, dims.channels as usize];
        let mut events = Vec::new();
        let mut data = Vec::new();
        for sample in samples {
            match sample {
                SampleOutput::Levels(more) => events.extend(more),
                SampleOutput::Potentials(more) => data.extend(more),
            }
        }
        if levels {
            Output::Levels(Sparse { shape, events })
        } else {
            Output::Potentials(Dense { shape, data })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn potentials(data: Vec<i32>) -> Output {
        Output::Potentials(Dense { shape: [1, 1, 1, data.len()], data })
    }

    #[test]
    fn neurons_that_f32_cannot_tell_apart_are_no_tie() {
        let output = potentials(vec![1 << 24, (1 << 24) + 1, 7, 7]);
        let scaled = ClassBy::Scaled { thresholds: &[0; 4], steps: &[1.0; 4] };
        assert_eq!([ClassBy::Value, scaled].map(|by| output.classes(4, by)), [[1], [1]]);
        assert_eq!(output.classes(2, ClassBy::Value), [0]);
        // The threshold decides, and the lowest neuron wins a tie.
        let scaled = ClassBy::Scaled { thresholds: &[1 << 24, 1 << 24, -1, -1], steps: &[1.0; 4] };
        assert_eq!([4, 2].map(|classes| output.classes(classes, scaled)), [[2], [1]]);
    }

    #[test]
    fn a_sample_without_events_has_no_class() {
        let event = Event { n: 1, x: 0, y: 0, c: 3, value: 1 };
        let output = Output::Levels(Sparse { shape: [3, 1, 1, 4], events: vec![event] });
        assert_eq!(output.classes(2, ClassBy::Value), [-1, 1, -1]);
    }
}
