//! AkidaNet with width 0.5 on square images, the network that speed is measured on.

use spikemesh::engine::Input;
use spikemesh::model::{
    ActivationParameters, ConvolutionMode, ConvolutionParameters, Convolutional, Dims, FullyConnected,
    InputConvolutional, Model, Parameters, PoolingParameters, PoolingType, SeparableConvolutional,
};
use spikemesh::tensor::Dense;

/// (neurons, stride) of the 3x3 convolutions; the first takes the image.
const CONVOLUTIONS: [(u32, u32); 4] = [(16, 2), (32, 1), (64, 2), (64, 1)];
/// (neurons, stride) of the 3x3 separable convolutions; the last is followed by global average pooling.
const SEPARABLE: [(u32, u32); 10] =
    [(128, 2), (128, 1), (256, 2), (256, 1), (256, 1), (256, 1), (256, 1), (256, 1), (512, 2), (512, 1)];
/// Classes of the head.
const CLASSES: u32 = 1000;

/// The network for images of a side, with random weights and thresholds that keep about half of the events.
pub fn akidanet(side: u32) -> Model {
    let mut model = Model::new(format!("akidanet-0.5-{side}"));
    let activation = ActivationParameters { threshold_fire_bits: 4, ..Default::default() };
    let convolution = |(num_neurons, stride), weights_bits| ConvolutionParameters {
        kernel_width: 3,
        kernel_height: 3,
        num_neurons,
        convolution_mode: ConvolutionMode::Same,
        stride_x: stride,
        stride_y: stride,
        weights_bits,
    };
    let mut add = |parameters| model.add("", parameters, &[]).expect("the network is valid");
    for (index, layer) in CONVOLUTIONS.into_iter().enumerate() {
        let pooling = PoolingParameters::default();
        add(if index == 0 {
            Parameters::InputConvolutional(InputConvolutional {
                input: Dims { width: side, height: side, channels: 3 },
                convolution: convolution(layer, 8),
                pooling,
                activation,
                padding_value: 0,
            })
        } else {
            Parameters::Convolutional(Convolutional {
                convolution: convolution(layer, 4),
                pooling,
                activation,
            })
        });
    }
    for (index, layer) in SEPARABLE.into_iter().enumerate() {
        let last = index + 1 == SEPARABLE.len();
        let pooling_type = if last { PoolingType::Average } else { PoolingType::NoPooling };
        let pooling = PoolingParameters { pooling_type, ..Default::default() };
        let convolution = convolution(layer, 4);
        add(Parameters::SeparableConvolutional(SeparableConvolutional { convolution, pooling, activation }));
    }
    add(Parameters::FullyConnected(FullyConnected {
        num_neurons: CLASSES,
        weights_bits: 4,
        activation: ActivationParameters { activations_enabled: false, ..activation },
    }));
    model.randomise(1);
    model
}

/// Images of noise.
pub fn images(side: u32, count: usize) -> Input {
    let shape = [count, side as usize, side as usize, 3];
    let mut state = 1u32;
    let mut byte = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    Input::Images(Dense { shape, data: (0..shape.iter().product()).map(|_| byte()).collect() })
}
