"""Edge learning: a trained extractor loses its head, and a new one learns from one image after the other."""

import numpy as np
from akida import FullyConnected, InputConvolutional, LearningType, Model

rng = np.random.default_rng(0)
CLASSES, NEURONS = 4, 3
prototypes = rng.integers(0, 256, (CLASSES, 16, 16, 1))


def shot(label):
    noisy = prototypes[label] + rng.normal(0, 12, (16, 16, 1))
    return np.clip(noisy, 0, 255).astype(np.uint8)


# The extractor: random filters stand for trained ones.
model = Model()
model.add(InputConvolutional(16, 16, 1, 3, 3, 16, name='extractor', weights_bits=4, stride_x=2, stride_y=2))
model.add(FullyConnected(10, name='old_head', weights_bits=4, activations_enabled=False))
extractor = model.get_layer('extractor')
kernels = rng.integers(-7, 8, extractor.get_variable('weights').shape)
extractor.set_variable('weights', kernels)
extractor.set_variable('threshold_fire', np.full(16, 900, dtype=np.int32))

model.pop_layer()
model.add(FullyConnected(CLASSES * NEURONS, name='edge', activations_enabled=False))
model.compile(num_weights=250, num_classes=CLASSES, initial_plasticity=1, learning_competition=0.1)
assert model.get_layer('edge').learning.learning_type == LearningType.AkidaUnsupervised

for _ in range(NEURONS):
    for label in range(CLASSES):
        image = np.expand_dims(shot(label), axis=0)
        model.fit(image, label)

tests = np.stack([shot(label) for label in range(CLASSES) for _ in range(25)])
labels = np.repeat(np.arange(CLASSES), 25)
accuracy = (model.predict(tests, num_classes=CLASSES) == labels).mean()
print(f'accuracy after {NEURONS} shots of each class: {accuracy:.2f}')
assert accuracy > 0.9
