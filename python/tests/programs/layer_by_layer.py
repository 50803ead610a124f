"""A model that is built layer by layer, looked at, and changed."""

import numpy as np
from akida import Convolutional, ConvolutionMode, FullyConnected, InputConvolutional, Model, PoolingType, SeparableConvolutional

model = Model()
model.add(
    InputConvolutional(
        input_width=32, input_height=24, input_channels=3, kernel_width=3, kernel_height=3, num_neurons=16, name='stem',
        convolution_mode=ConvolutionMode.Same, stride_x=2, stride_y=2, weights_bits=8, threshold_fire_bits=4, padding_value=128,
    )
)  # fmt: skip
model.add(Convolutional(3, 3, 32, name='block_1', weights_bits=4, pooling_width=2, pooling_height=2, pooling_type=PoolingType.Max))
model.add(SeparableConvolutional(3, 3, 64, name='block_2', weights_bits=4, pooling_type=PoolingType.Average))
model.add(FullyConnected(num_neurons=10, name='head', weights_bits=4, activations_enabled=False))

model.summary()
assert model.get_layer_count() == len(model.layers) == 4
dims = {layer.name: (layer.input_dims, layer.output_dims) for layer in model.layers}
assert dims == {
    'stem': ((32, 24, 3), (16, 12, 16)),
    'block_1': ((16, 12, 16), (8, 6, 32)),
    'block_2': ((8, 6, 32), (1, 1, 64)),
    'head': ((1, 1, 64), (1, 1, 10)),
}
assert model.output_dims == (1, 1, 10)

stem = model.get_layer(0)
assert stem.name == 'stem' and stem.parameters.padding_value == 128
assert stem.get_variable('weights').shape == (3, 3, 3, 16)
for layer in model.layers:
    for name in layer.get_variable_names():
        print(f'{layer.name:8} {name:20} {layer.get_variable(name).shape}')

# The neurons last, or first as other tools keep them.
kernels = np.random.default_rng(7).integers(-127, 128, (16, 3, 3, 3))
stem.set_variable('weights', kernels)
assert (stem.get_variable('weights') == kernels.transpose(3, 2, 1, 0)).all()
variables = {name: stem.variables[name].dtype for name in stem.variables}
assert variables['threshold_fire'] == np.int32

model.pop_layer()
model.add(FullyConnected(2, name='two_classes', weights_bits=2, activations_enabled=False))
assert model.layers[-1].name == 'two_classes' and model.output_dims == (1, 1, 2)
copied = Model(layers=model.layers[:-1])
assert copied.get_layer_count() == 3 and (copied.get_layer('stem').get_variable('weights') == stem.get_variable('weights')).all()
