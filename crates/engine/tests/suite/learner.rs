//! Models that learn, samples for them, and a view of what they have learned.

use miette::Diagnostic;
use spikemesh_engine::{Engine, Hooks, Input, Output};
use spikemesh_model::tensor::{Event, Sparse};
use spikemesh_model::{
    ActivationParameters, ConvolutionMode, ConvolutionParameters, Convolutional, Dims, FullyConnected,
    InputData, Model, Parameters, PoolingParameters,
};

pub const RAW: ActivationParameters = ActivationParameters {
    activations_enabled: false,
    threshold_fire: 0,
    threshold_fire_step: 1.0,
    threshold_fire_bits: 1,
};

pub fn head(num_neurons: u32, activation: ActivationParameters) -> Parameters {
    Parameters::FullyConnected(FullyConnected { num_neurons, weights_bits: 1, activation })
}

/// An InputData and a head that is not compiled yet.
pub fn plain(input: Dims, neurons: u32, activation: ActivationParameters) -> Model {
    let mut model = Model::new("learner");
    model.add("events", Parameters::InputData(InputData { input }), &[]).unwrap();
    model.add("head", head(neurons, activation), &[]).unwrap();
    model
}

pub fn flat(channels: u32) -> Dims {
    Dims { width: 1, height: 1, channels }
}

/// Samples by flat index x + w * (y + h * c), as events.
pub fn events(input: Dims, samples: &[Vec<bool>]) -> Input {
    let (w, h) = (input.width, input.height);
    let shape = [samples.len(), w as usize, h as usize, input.channels as usize];
    let mut events = Vec::new();
    for (n, sample) in samples.iter().enumerate() {
        for flat in (0..sample.len() as u32).filter(|&i| sample[i as usize]) {
            events.push(Event { n: n as u32, x: flat % w, y: flat / w % h, c: flat / w / h, value: 1 });
        }
    }
    Input::Events(Sparse { shape, events })
}

pub fn active(inputs: usize, on: &[usize]) -> Vec<bool> {
    (0..inputs).map(|i| on.contains(&i)).collect()
}

pub fn fit(model: &mut Model, input: &Input, labels: Option<&[i64]>) -> Output {
    Engine::new(model).unwrap().fit(model, input, labels, Hooks::default()).unwrap()
}

pub fn potentials(output: Output) -> Vec<i32> {
    match output {
        Output::Potentials(potentials) => potentials.data,
        Output::Levels(_) => panic!("the head has an activation"),
    }
}

/// Inputs where the neuron has a one, ascending.
pub fn ones(model: &Model, neuron: usize) -> Vec<usize> {
    let layer = model.layers().last().unwrap();
    let neurons = layer.shape.output.channels as usize;
    let weights = &layer.variables.weights;
    (0..weights.len() / neurons).filter(|input| weights[input * neurons + neuron] == 1).collect()
}

pub fn thresholds(model: &Model) -> &[i32] {
    &model.layers().last().unwrap().variables.threshold_learning
}

pub fn steps(model: &Model) -> &[u32] {
    model.learning().unwrap().steps()
}

pub fn codes<T: std::fmt::Debug, E: Diagnostic>(result: Result<T, Vec<E>>) -> Vec<String> {
    result.unwrap_err().iter().map(|error| error.code().unwrap().to_string()).collect()
}

/// A convolution of binary levels, a pooled branch parallel to it, and a head that sees both.
pub fn branched() -> (Model, Dims) {
    let input = Dims { width: 6, height: 5, channels: 3 };
    let mut model = Model::new("branched");
    model.add("events", Parameters::InputData(InputData { input }), &[]).unwrap();
    let convolution = |num_neurons, kernel| {
        Parameters::Convolutional(Convolutional {
            convolution: ConvolutionParameters {
                kernel_width: kernel,
                kernel_height: kernel,
                num_neurons,
                convolution_mode: ConvolutionMode::Same,
                stride_x: 1,
                stride_y: 1,
                weights_bits: 2,
            },
            pooling: PoolingParameters::default(),
            activation: ActivationParameters::default(),
        })
    };
    let events = model.input().unwrap();
    let left = model.add("left", convolution(5, 3), &[events]).unwrap();
    let right = model.add("right", convolution(4, 1), &[events]).unwrap();
    model.randomise(5);
    model.add("head", head(6, RAW), &[right, left]).unwrap();
    (model, input)
}

pub fn noise(inputs: usize, samples: usize) -> Vec<Vec<bool>> {
    let on = |i: usize| (i as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 62 == 0;
    (0..samples).map(|n| (0..inputs).map(|i| on(n * inputs + i)).collect()).collect()
}
