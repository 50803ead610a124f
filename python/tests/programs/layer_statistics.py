"""Sparsity and operations of every layer, before and after images have passed."""

import numpy as np
from akida import FullyConnected, InputConvolutional, LayerStatistics, Model, SeparableConvolutional

rng = np.random.default_rng(4)
model = Model()
model.add(InputConvolutional(16, 16, 1, 3, 3, 8, name='first', weights_bits=4, threshold_fire=300))
model.add(SeparableConvolutional(3, 3, 12, name='second', weights_bits=2, threshold_fire=1))
model.add(FullyConnected(10, name='head', weights_bits=2, activations_enabled=False))
for layer in model.layers:
    for name in layer.get_variable_names():
        if name.startswith('weights'):
            bound = 2 ** (layer.parameters.weights_bits - 1) - 1
            layer.set_variable(name, rng.integers(-bound, bound + 1, layer.get_variable(name).shape))

for statistics in model.get_statistics().values():
    print(statistics)

images = rng.integers(0, 256, (6, 16, 16, 1), dtype=np.uint8)
model.forward(images)
for name, statistics in model.get_statistics().items():
    print(f'{name:8} in {statistics.input_sparsity:.3f} out {statistics.output_sparsity:.3f} ops {statistics.ops:8d}')
    print(f'         of {statistics.possible_spikes} spikes; rows of zeros {statistics.row_sparsity:.3f}')

second = model.get_layer('second')
one = model.get_layer_statistics(second)
same = LayerStatistics(model, second, model.get_layer('first'))
assert one.layer_name == 'second' and one.ops == same.ops > 0
assert one.possible_spikes == 16 * 16 * 12
