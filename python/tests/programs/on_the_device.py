"""The same model in software and on the device, if there is one."""

import os
import tempfile

import numpy as np
from akida import BackendType, FullyConnected, InputConvolutional, Model, backends, has_backend

rng = np.random.default_rng(10)
model = Model()
model.add(InputConvolutional(8, 8, 1, 3, 3, 4, name='pixels', weights_bits=4, threshold_fire=500))
model.add(FullyConnected(3, name='head', weights_bits=4, activations_enabled=False))
for layer in model.layers:
    layer.set_variable('weights', rng.integers(-7, 8, layer.get_variable('weights').shape))
images = rng.integers(0, 256, (3, 8, 8, 1), dtype=np.uint8)
expected = model.forward(images)

for kind, backend in backends().items():
    print(kind.name, backend)
if not has_backend(BackendType.Hardware):
    raise SystemExit('no device')
with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, 'model.fbz')
    model.save(path)
    device = Model(path, backend=BackendType.Hardware)
assert device.backend == BackendType.Hardware and model.backend == BackendType.Software
device.summary()
outputs = device.forward(images)
assert (outputs == expected).all()
assert (device.predict(images) == model.predict(images)).all()
print('the device gives what the software gives')
