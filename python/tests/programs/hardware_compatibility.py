"""A model that breaks a limit of the chip, the list of what it breaks, and one that is made compatible."""

import numpy as np
from akida import Convolutional, FullyConnected, InputData, Model, NsocVersion
from akida.compatibility import create_from_model, model_hardware_incompatibilities

model = Model()
model.add(InputData(10, 10, 2, name='events'))
model.add(Convolutional(2, 2, 8, name='even', weights_bits=2))
model.add(FullyConnected(4, name='head', weights_bits=2))

problems = model_hardware_incompatibilities(model)
for problem in problems:
    print('-', problem)
assert any('even' in problem for problem in problems)

# The next one keeps every limit.
fixed = Model()
fixed.add(InputData(10, 10, 2, name='events'))
fixed.add(Convolutional(3, 3, 8, name='odd', weights_bits=2))
fixed.add(FullyConnected(4, name='head', weights_bits=2))
assert model_hardware_incompatibilities(fixed) == []

rng = np.random.default_rng(5)
for candidate in (model, fixed):
    for layer in candidate.layers[1:]:
        layer.set_variable('weights', rng.integers(-1, 2, layer.get_variable('weights').shape))
converted = create_from_model(model, nsoc_version=NsocVersion.v1)
left = model_hardware_incompatibilities(converted, NsocVersion.v1)
print(f'{len(problems)} problems before, {len(left)} after the conversion')
assert isinstance(converted, Model) and converted.get_layer_count() >= model.get_layer_count()
