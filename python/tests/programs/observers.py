"""What passes through the layers, seen by observers of both kinds."""

import numpy as np
from akida import Convolutional, InputConvolutional, Model, Observer, Sparse

rng = np.random.default_rng(3)
model = Model()
model.add(InputConvolutional(12, 10, 3, 3, 3, 8, 'colours', weights_bits=4, threshold_fire=200))
model.add(Convolutional(3, 3, 6, 'shapes', weights_bits=2, threshold_fire_bits=2))
for layer in model.layers:
    bound = 2 ** (layer.parameters.weights_bits - 1) - 1
    shape = layer.get_variable('weights').shape
    layer.set_variable('weights', rng.integers(-bound, bound + 1, shape))
images = rng.integers(0, 256, (4, 10, 12, 3), dtype=np.uint8)

# An object that keeps everything.
observer = model.get_observer(model.get_layer('colours'))
assert isinstance(observer, Observer)

# A function that is called for every image.
counts = {}


def count(layer, source_id, spikes, potentials):
    assert layer.name == 'shapes' and isinstance(spikes, Sparse)
    assert potentials.shape == spikes.shape
    counts[source_id] = spikes.nnz


handle = model.register_observer('shapes', count)
outputs = model.forward(images)
assert sum(counts.values()) == outputs.nnz
for source_id, spikes in observer.spikes.items():
    dense = spikes.to_dense()
    busiest = dense.sum(axis=(0, 1)).argmax()
    print(f'image {source_id}: {spikes.nnz} spikes, most of filter {busiest}; highest potential {observer.potentials[source_id].max()}')
assert sorted(observer.spikes) == [0, 1, 2, 3]

model.unregister_observer(handle)
observer.clear()
counts.clear()
model.forward(images[:1])
assert counts == {} and list(observer.spikes) == [0]
