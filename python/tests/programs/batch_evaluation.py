"""Accuracy over a data set, batch after batch, by `predict` and by `evaluate`."""

import argparse

import numpy as np
from akida import FullyConnected, InputConvolutional, Model

parser = argparse.ArgumentParser()
parser.add_argument('-b', '--batch-size', type=int, default=16)
arguments = parser.parse_args()

rng = np.random.default_rng(6)
CLASSES = 5
patterns = rng.integers(0, 2, (CLASSES, 8, 8, 1)) * 255
labels = rng.integers(0, CLASSES, 90)
images = np.clip(patterns[labels] + rng.normal(0, 40, (90, 8, 8, 1)), 0, 255).astype(np.uint8)

# The head sees the pixels, row after row; its weights are the patterns themselves.
model = Model()
model.add(InputConvolutional(8, 8, 1, 1, 1, 1, name='pixels', weights_bits=2, threshold_fire=127))
model.add(FullyConnected(CLASSES, name='head', weights_bits=2, activations_enabled=False))
model.get_layer('pixels').set_variable('weights', np.ones((1, 1, 1, 1), dtype=np.int8))
weights = np.where(patterns[..., 0] > 0, 1, -1).transpose(1, 2, 0).reshape(1, 1, 64, CLASSES)
model.get_layer('head').set_variable('weights', weights)
model.get_layer('head').set_variable('threshold_fire_step', np.full(CLASSES, 4, dtype=np.float32))

predicted, scores = [], []
for start in range(0, len(images), arguments.batch_size):
    batch = images[start : start + arguments.batch_size]
    predicted.append(model.predict(batch, num_classes=CLASSES))
    scores.append(model.evaluate(batch))
predicted, scores = np.concatenate(predicted), np.concatenate(scores)
assert scores.shape == (90, 1, 1, CLASSES) and scores.dtype == np.float32
assert (scores.squeeze().argmax(axis=1) == predicted).all()
accuracy = (predicted == labels).mean()
print(f'batches of {arguments.batch_size}: accuracy {accuracy:.3f}')
assert accuracy > 0.95
