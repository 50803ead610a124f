//! Learning on labelled binary features: accuracies by the number of neurons per class, and what new classes cost the old ones.

use rand_core::{Rng, SeedableRng};
use rand_pcg::Pcg64Mcg;
use spikemesh::engine::{Engine, Hooks, Input, Output};
use spikemesh::model::{
    ActivationParameters, ConvolutionMode, ConvolutionParameters, Dims, FullyConnected, InputConvolutional,
    InputData, Learning, Model, Parameters, PoolingParameters,
};
use spikemesh::tensor::{Dense, Event, Sparse};

/// Classes of the data.
pub const CLASSES: i64 = 10;
/// Classes that come later.
pub const NEW: i64 = 2;
/// Neurons per class that are tried.
pub const PER_CLASS: [u32; 4] = [1, 5, 20, 50];
/// Seeds 0 to this: of the split, the features, the classes that come later, and learning.
pub const SEEDS: u64 = 5;
/// Share of the samples that are learned from; the others are for tests.
const TRAIN: f64 = 0.7;
/// Random features per image.
const FEATURES: u32 = 1024;
/// Share of the training images that a random feature answers to.
const ACTIVE: f64 = 0.2;

/// A random order of `0..count`.
pub fn shuffled(count: usize, seed: u64) -> Vec<usize> {
    let mut random = Pcg64Mcg::seed_from_u64(seed);
    let mut order: Vec<usize> = (0..count).collect();
    for i in (1..count).rev() {
        order.swap(i, random.next_u64() as usize % (i + 1));
    }
    order
}

/// Training and test samples of one seed.
pub fn split(count: usize, seed: u64) -> (Vec<usize>, Vec<usize>) {
    let mut train = shuffled(count, seed);
    let test = train.split_off((count as f64 * TRAIN) as usize);
    (train, test)
}

/// Binary features of every image: random sums, each compared with the value that a fifth of the training images exceed. The sums are of pixels, or
/// of what `base` makes of them.
pub fn random_features(images: &Dense<u8>, base: Option<&Model>, train: &[usize], seed: u64) -> Sparse {
    let [_, height, width, channels] = images.shape.map(|side| side as u32);
    let image = Dims { width, height, channels };
    let mut model = extractor(base, image, false);
    let layer = model.output().expect("there is a layer");
    let mut random = Pcg64Mcg::seed_from_u64(seed ^ 0xFEA7);
    let count = model.layer(layer).variables.weights.len();
    let weights: Vec<i8> = (0..count).map(|_| ((random.next_u64() % 255) as i16 - 127) as i8).collect();
    model.set_variable(layer, "weights", &weights).expect("they fit");

    let input = Input::Images(images.clone());
    let Output::Potentials(sums) = Engine::new(&model).and_then(|e| e.forward(&input)).expect("it fits")
    else {
        unreachable!("the layer has no activation")
    };
    let features = FEATURES as usize;
    let thresholds: Vec<i32> = (0..features)
        .map(|feature| {
            let mut seen: Vec<i32> = train.iter().map(|&n| sums.data[n * features + feature]).collect();
            seen.sort_unstable();
            seen[((1.0 - ACTIVE) * seen.len() as f64) as usize]
        })
        .collect();
    let mut model = extractor(base, image, true);
    model.set_variable(layer, "weights", &weights).expect("they fit");
    model.set_variable(layer, "threshold_fire", &thresholds).expect("they fit");
    match Engine::new(&model).and_then(|engine| engine.forward(&input)).expect("it fits") {
        Output::Levels(levels) => levels,
        Output::Potentials(_) => unreachable!("the layer has an activation"),
    }
}

/// A layer of which every neuron sees the whole image, or all that `base` makes of it.
fn extractor(base: Option<&Model>, input: Dims, activations_enabled: bool) -> Model {
    let activation = ActivationParameters { activations_enabled, ..Default::default() };
    if let Some(base) = base {
        let mut model = base.clone();
        let layer = FullyConnected { num_neurons: FEATURES, weights_bits: 8, activation };
        model.add("random features", Parameters::FullyConnected(layer), &[]).expect("it fits");
        return model;
    }
    let mut model = Model::new("random features");
    let layer = InputConvolutional {
        input,
        convolution: ConvolutionParameters {
            kernel_width: input.width,
            kernel_height: input.height,
            num_neurons: FEATURES,
            convolution_mode: ConvolutionMode::Valid,
            stride_x: 1,
            stride_y: 1,
            weights_bits: 8,
        },
        pooling: PoolingParameters::default(),
        activation,
        padding_value: 0,
    };
    model.add("features", Parameters::InputConvolutional(layer), &[]).expect("it fits");
    model
}

/// Labelled events, (n, w, h, c).
#[derive(Clone)]
pub struct Samples {
    pub events: Sparse,
    pub labels: Vec<i64>,
}

impl Samples {
    /// Some of the samples, in this order.
    pub fn select(&self, order: &[usize]) -> Samples {
        let [_, w, h, c] = self.events.shape;
        let mut events = Vec::new();
        for (n, &sample) in order.iter().enumerate() {
            let first = self.events.events.partition_point(|event| (event.n as usize) < sample);
            let own = self.events.events[first..].iter().take_while(|event| event.n as usize == sample);
            events.extend(own.map(|event| Event { n: n as u32, ..*event }));
        }
        let labels = order.iter().map(|&sample| self.labels[sample]).collect();
        Samples { events: Sparse { shape: [order.len(), w, h, c], events }, labels }
    }

    /// Those of the classes that `keep` takes.
    pub fn of(&self, keep: impl Fn(i64) -> bool) -> Samples {
        let order: Vec<usize> = (0..self.labels.len()).filter(|&n| keep(self.labels[n])).collect();
        self.select(&order)
    }

    fn median_events(&self) -> f64 {
        let mut counts = vec![0u32; self.labels.len()];
        self.events.events.iter().for_each(|event| counts[event.n as usize] += 1);
        counts.sort_unstable();
        f64::from(counts[(counts.len() - 1) / 2] + counts[counts.len() / 2]) / 2.0
    }
}

/// A model that learns `classes` classes of events like `samples`.
pub fn learner(samples: &Samples, classes: i64, per_class: u32, seed: u64) -> Model {
    let [_, width, height, channels] = samples.events.shape.map(|side| side as u32);
    let mut model = Model::new("learner");
    let input = Dims { width, height, channels };
    model.add("events", Parameters::InputData(InputData { input }), &[]).expect("it fits");
    let activation = ActivationParameters { activations_enabled: false, ..Default::default() };
    let head = FullyConnected { num_neurons: classes as u32 * per_class, weights_bits: 1, activation };
    model.add("head", Parameters::FullyConnected(head), &[]).expect("it fits");
    let num_weights = (1.2 * samples.median_events()).round().min(input.len() as f64) as u32;
    let learning = Learning {
        num_classes: classes as u32,
        learning_competition: 0.1,
        seed,
        ..Learning::new(num_weights)
    };
    model.compile(&learning).expect("it fits");
    model
}

/// One epoch.
pub fn learn(model: &mut Model, samples: &Samples) {
    let mut engine = Engine::new(model).expect("it is compiled");
    let input = Input::Events(samples.events.clone());
    engine.fit(model, &input, Some(&samples.labels), Hooks::default()).expect("the samples are binary");
}

/// Share of the samples whose class is predicted, in percent.
pub fn accuracy(model: &Model, samples: &Samples) -> f64 {
    let classes = model.learning().expect("it is compiled").parameters().num_classes as usize;
    let engine = Engine::new(model).expect("it is compiled");
    let found = engine.predict(&Input::Events(samples.events.clone()), classes).expect("the samples fit");
    let right =
        found.iter().zip(&samples.labels).filter(|(found, label)| i64::from(**found) == **label).count();
    100.0 * right as f64 / found.len() as f64
}

/// What one seed gives for a number of neurons per class, in percent.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// All classes learned at once.
    pub accuracy: f64,
    /// The first classes, before the new ones were added.
    pub old_before: f64,
    /// The same afterwards.
    pub old_after: f64,
    /// The new classes.
    pub new: f64,
}

/// Learns everything at once, and once more without the last classes, which come later.
pub fn row(train: &Samples, test: &Samples, per_class: u32, seed: u64) -> Row {
    let mut all = learner(train, CLASSES, per_class, seed);
    learn(&mut all, train);

    let old = |class| class < CLASSES - NEW;
    let (first, later) = (train.of(old), train.of(|class| !old(class)));
    let (known, fresh) = (test.of(old), test.of(|class| !old(class)));
    let mut growing = learner(&first, CLASSES - NEW, per_class, seed);
    learn(&mut growing, &first);
    let old_before = accuracy(&growing, &known);
    growing.add_classes(NEW as u32).expect("there is room");
    learn(&mut growing, &later);
    Row {
        accuracy: accuracy(&all, test),
        old_before,
        old_after: accuracy(&growing, &known),
        new: accuracy(&growing, &fresh),
    }
}

/// Rows of five seeds for each number of neurons per class. `features` gives the binary features of all samples, from the training samples
/// and the seed.
pub fn table(labels: &[i32], features: impl Fn(&[usize], u64) -> Sparse) -> Vec<(u32, Vec<Row>)> {
    let mut table: Vec<(u32, Vec<Row>)> = PER_CLASS.map(|per_class| (per_class, Vec::new())).into();
    for seed in 0..SEEDS {
        let (train, test) = split(labels.len(), seed);
        let events = features(&train, seed);
        // Other classes come later with every seed.
        let labels = labels.iter().map(|&label| (i64::from(label) + NEW * seed as i64) % CLASSES).collect();
        let samples = Samples { events, labels };
        let (train, test) = (samples.select(&train), samples.select(&test));
        for (per_class, rows) in &mut table {
            rows.push(row(&train, &test, *per_class, seed));
        }
    }
    table
}

impl Row {
    /// What the new classes cost the old ones.
    pub fn cost(&self) -> f64 {
        self.old_before - self.old_after
    }
}

/// Mean of a column.
pub fn mean(rows: &[Row], column: impl Fn(&Row) -> f64) -> f64 {
    rows.iter().map(column).sum::<f64>() / rows.len() as f64
}
