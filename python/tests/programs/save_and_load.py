"""A model that is saved, loaded, and goes on learning where it stopped."""

import os
import tempfile

import akida
import numpy as np

rng = np.random.default_rng(8)
samples = akida.dense_to_sparse((rng.random((30, 1, 1, 64)) < 0.3).astype(np.uint8))
labels = rng.integers(0, 3, 30).tolist()

model = akida.Model()
model.add(akida.InputData(1, 1, 64, name='input'))
model.add(akida.FullyConnected(6, name='learner', activations_enabled=False))
model.compile(num_weights=12, num_classes=3)
model.fit(samples, labels)

with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, 'learner.fbz')
    model.save(path)
    loaded = akida.Model(path)
    plain = os.path.join(folder, 'learner.fb')
    loaded.save(plain)
    again = akida.Model(filename=plain)
    print(f'{os.path.getsize(path)} bytes compressed, {os.path.getsize(plain)} plain')
    missing = os.path.join(folder, 'missing.fbz')
    try:
        akida.Model(missing)
    except OSError as error:
        print('refused:', type(error).__name__)
    else:
        raise AssertionError('a file that is not there was loaded')

for other in (loaded, again):
    assert [layer.name for layer in other.layers] == ['input', 'learner']
    assert (other.forward(samples) == model.forward(samples)).all()
    assert dict(other.get_layer('learner').learning) == dict(model.get_layer('learner').learning)

model.fit(samples, labels)
loaded.fit(samples, labels)
learned = [each.get_layer('learner').get_variable('weights') for each in (model, loaded, again)]
assert (learned[0] == learned[1]).all()
print('version', akida.__version__)
