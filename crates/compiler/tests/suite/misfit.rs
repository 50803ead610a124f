//! What does not fit, and what would: every size that is named maps, and the next larger one does not.

use miette::Diagnostic;
use spikemesh_compiler::misfit::{Misfit, Nearest, Size};
use spikemesh_compiler::{Mode, Resources, compile};
use spikemesh_device::Device;
use spikemesh_model::*;

/// A layer behind a map of some bits.
#[derive(Clone, Copy, Debug)]
struct Single {
    input: Dims,
    bits: u8,
    layer: Parameters,
}

impl Single {
    /// The model: the input gives four bits, fewer come from a layer between that fits wherever the map does.
    fn model(&self) -> Model {
        let mut model = Model::new("single");
        model.add("in", Parameters::InputData(InputData { input: self.input }), &[]).unwrap();
        if self.bits < 4 {
            model.add("levels", convolution(1, self.input.channels, 1, PLAIN, self.bits), &[]).unwrap();
        }
        model.add("layer", self.layer, &[]).unwrap();
        model
    }

    fn with(&self, size: Size, value: u32) -> Single {
        let mut changed = *self;
        match size {
            Size::Columns => changed.input.width = value,
            Size::Rows => changed.input.height = value,
            Size::Channels => changed.input.channels = value,
            Size::ActivationBits => changed.bits = value as u8,
            Size::WeightBits => *changed.layer.weights_bits_mut().unwrap() = value as u8,
            Size::Filters => match &mut changed.layer {
                Parameters::FullyConnected(fc) => fc.num_neurons = value,
                layer => layer.convolution_mut().unwrap().num_neurons = value,
            },
            Size::Kernel => {
                let convolution = changed.layer.convolution_mut().unwrap();
                (convolution.kernel_width, convolution.kernel_height) = (value, value);
            }
        }
        changed
    }
}

const PLAIN: (PoolingType, i32) = (PoolingType::NoPooling, -1);

fn convolution(kernel: u32, filters: u32, weights: u8, pooling: (PoolingType, i32), bits: u8) -> Parameters {
    Parameters::Convolutional(Convolutional {
        convolution: ConvolutionParameters {
            kernel_width: kernel,
            kernel_height: kernel,
            num_neurons: filters,
            convolution_mode: ConvolutionMode::Same,
            stride_x: 1,
            stride_y: 1,
            weights_bits: weights,
        },
        pooling: PoolingParameters {
            pooling_width: pooling.1,
            pooling_height: pooling.1,
            pooling_type: pooling.0,
            ..Default::default()
        },
        activation: ActivationParameters { threshold_fire_bits: bits, ..Default::default() },
    })
}

fn separable(kernel: u32, filters: u32) -> Parameters {
    let Parameters::Convolutional(Convolutional { convolution, pooling, activation }) =
        convolution(kernel, filters, 4, PLAIN, 4)
    else {
        unreachable!()
    };
    Parameters::SeparableConvolutional(SeparableConvolutional { convolution, pooling, activation })
}

fn head(units: u32) -> Parameters {
    let activation = ActivationParameters::default();
    Parameters::FullyConnected(FullyConnected { num_neurons: units, weights_bits: 4, activation })
}

/// The only reason why a model does not fit.
fn misfit(single: &Single, device: &Device) -> Misfit {
    let model = single.model();
    let errors = compile(&model, device, &Mode::Minimal.into()).unwrap_err();
    let misfits: Vec<Misfit> =
        errors.iter().filter_map(|error| Misfit::of(&model, &Resources::from(device), error)).collect();
    assert_eq!((errors.len(), misfits.len()), (1, 1), "{single:?}: {errors:?}");
    misfits.into_iter().next().unwrap()
}

/// True if the layer itself is not refused; the layer before it may be.
fn maps(single: &Single, device: &Device) -> bool {
    match compile(&single.model(), device, &Mode::Minimal.into()) {
        Ok(_) => true,
        Err(errors) => {
            let of_layer = |text: &str| text.contains("`layer`");
            assert!(errors.iter().any(|error| of_layer(&error.to_string())), "{single:?}: {errors:?}");
            false
        }
    }
}

fn cases() -> Vec<(&'static str, &'static str, Single)> {
    let of = |(width, height, channels): (u32, u32, u32), layer| Single {
        input: Dims { width, height, channels },
        bits: 4,
        layer,
    };
    let max = (PoolingType::Max, 249);
    let average = (PoolingType::Average, -1);
    vec![
        ("compiler::input_too_large", "np.input_bytes", of((512, 8, 64), convolution(3, 8, 4, PLAIN, 4))),
        ("compiler::input_too_large", "np.input_bytes", of((256, 256, 2), head(4))),
        ("compiler::weights_too_large", "np.weight_bytes", of((1, 1, 2048), convolution(7, 8, 4, PLAIN, 4))),
        ("compiler::weights_too_large", "np.weight_bytes", of((2, 2, 9000), separable(3, 16))),
        ("compiler::global_pooling_cut", "np.own_rows", of((8, 33, 4), convolution(3, 8, 4, average, 4))),
        (
            "compiler::global_pooling_cut",
            "np.input_bytes",
            of((14, 14, 440), convolution(1, 8, 4, average, 4)),
        ),
        ("compiler::layer_too_large", "NPs", of((200, 90, 140), convolution(3, 8, 4, PLAIN, 4))),
        // 125 slices of 8 filters.
        ("compiler::layer_too_large", "NPs", of((1, 1, 1000), convolution(3, 1000, 4, PLAIN, 4))),
        ("compiler::memory_exceeded", "np.memory_bytes", of((8, 250, 100), convolution(3, 8, 4, max, 4))),
        ("compiler::map_too_wide", "4096", of((4100, 1, 1), convolution(1, 4, 4, PLAIN, 4))),
        ("compiler::kernel_unknown", "7x7", of((8, 8, 4), convolution(9, 4, 4, PLAIN, 4))),
    ]
}

#[test]
fn every_size_that_is_named_maps_and_the_next_does_not() {
    let device = Device::load("akd1000").unwrap();
    let mut sizes: Vec<Size> = Vec::new();
    for (code, limit, single) in cases() {
        let errors = compile(&single.model(), &device, &Mode::Minimal.into()).unwrap_err();
        assert_eq!(errors[0].code().unwrap().to_string(), code, "{single:?}");
        let misfit = misfit(&single, &device);
        assert!(misfit.inequality.contains(limit), "{}", misfit.inequality);
        assert!(!misfit.nearest.is_empty(), "{single:?} has no way");
        for &Nearest { size, value, asked } in &misfit.nearest {
            assert!(value < asked);
            assert!(maps(&single.with(size, value), &device), "{code}: {size:?} {value}");
            // Bits of what comes in may be four at most here.
            if value + 1 < asked || size != Size::ActivationBits {
                assert!(!maps(&single.with(size, value + 1), &device), "{code}: {size:?} {}", value + 1);
            }
            sizes.push(size);
        }
    }
    assert!(Size::ALL.iter().all(|size| sizes.contains(size)), "{sizes:?}");
}

#[test]
fn the_advice_is_a_sentence() {
    let device = Device::load("akd1000").unwrap();
    let (.., single) = cases()[0];
    let misfit = misfit(&single, &device);
    assert_eq!(
        misfit.inequality,
        "3 rows x 512 columns x 64 channels x 4 bits / 8 = 49152 bytes of input map > 43008 (np.input_bytes)"
    );
    assert_eq!(
        misfit.advice().unwrap(),
        "layer `layer` fits with at most 56 input channels, or 448 columns, or 3-bit activations, or a 1x1 kernel, or 2 rows"
    );
}

/// Potentials depend on the weights that the layer has.
#[test]
fn potentials_fit_with_fewer_bits() {
    let device = Device::load("akd1000").unwrap();
    let mut resources = Resources::from(&device);
    resources.np.potential_bytes = 1;
    let single = Single { input: Dims { width: 1, height: 1, channels: 4 }, bits: 4, layer: head(2) };
    let mut model = single.model();
    let id = model.layer_by_name("layer").unwrap();
    let ones = vec![3i8; model.variable(id, "weights").unwrap().len()];
    model.set_variable(id, "weights", &ones[..]).unwrap();
    let errors = compile(&model, resources.clone(), &Mode::Minimal.into()).unwrap_err();
    let misfit = Misfit::of(&model, &resources, &errors[0]).unwrap();
    assert_eq!(misfit.inequality, "180 > 127 (a potential of 1 byte)");
    let bits = misfit.nearest.iter().find(|nearest| nearest.size == Size::ActivationBits).unwrap();
    // 4 inputs x 3 x 7 is 84.
    assert_eq!(bits.value, 3);
}
