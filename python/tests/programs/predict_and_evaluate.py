"""`forward`, `evaluate` and `predict` of one network, and what they refuse."""

import numpy as np
from akida import FullyConnected, InputData, Model, dense_to_sparse

model = Model(layers=[InputData(3, 2, 3, 'events'), FullyConnected(6, 'head', weights_bits=4, activations_enabled=False)])
head = model.get_layer('head')
rng = np.random.default_rng(11)
head.set_variable('weights', rng.integers(-7, 8, head.get_variable('weights').shape))
head.set_variable('threshold_fire', np.arange(6))
head.set_variable('threshold_fire_step', np.full(6, 2.0))

events = dense_to_sparse(rng.integers(0, 4, (5, 3, 2, 3)))
potentials = model.forward(events)
values = model.evaluate(events)
assert potentials.dtype == np.int32 and values.dtype == np.float32
assert potentials.shape == values.shape == (5, 1, 1, 6)
assert np.allclose(values, (potentials - np.arange(6)) / 2)
# Images are (n, h, w, c), events (n, w, h, c).
images = events.to_numpy().transpose(0, 2, 1, 3).copy()
assert (model.forward(images) == potentials).all()

largest = potentials.reshape(5, 6).argmax(axis=1)
assert (model.predict(events) == largest).all()
assert (model.predict(events, num_classes=3) == largest // 2).all()
print('classes', model.predict(events).tolist(), 'of three', model.predict(events, 3).tolist())

refused = []
for wrong in ('events', images[0], images.astype(np.float32), images[:, :1]):
    try:
        model.predict(wrong)
    except (TypeError, ValueError) as error:
        refused.append(type(error).__name__)
print('refused', refused)
assert refused == ['TypeError', 'ValueError', 'ValueError', 'ValueError']

levels = Model(layers=[InputData(3, 2, 3), FullyConnected(6, weights_bits=4)])
levels.layers[1].set_variable('weights', head.get_variable('weights'))
try:
    levels.evaluate(events)
except RuntimeError as error:
    print('refused:', str(error).split(';')[0])
else:
    raise AssertionError('values of a layer with an activation')
