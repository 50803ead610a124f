"""Learns new classes on a device that already knows others: no gradients, no floats, a few images.

The layers of a trained network extract features; a layer that learns by itself sees them as 1-bit events. It first learns eight kinds of
clothes, then two more from six images of each, shifted about. What it knew before stays.

    python python/examples/edge_learning.py
"""

from pathlib import Path

import numpy as np

import spikemesh as akida

FOLDER = Path(__file__).parents[2] / 'traces' / 'fashion-mnist'
OLD, NEW = range(8), (8, 9)
NEURONS_PER_CLASS = 10
FEATURES = 512


def feature_layers(images: np.ndarray) -> list[akida.Layer]:
    """The trained layers but the head, then random sums of what they send, each 1 for the fifth of the images where it is largest."""
    trained = akida.Model(FOLDER / 'model.fbz')
    model = akida.Model(layers=trained.layers[:-1])
    model.add(akida.FullyConnected(FEATURES, 'features', weights_bits=8, activations_enabled=False))
    rng = np.random.default_rng(0)
    weights = rng.integers(-127, 128, model.layers[-1].get_variable('weights').shape)
    model.layers[-1].set_variable('weights', weights)
    thresholds = np.quantile(model.forward(images)[:, 0, 0], 0.8, axis=0, method='lower')

    model.pop_layer()
    model.add(akida.FullyConnected(FEATURES, 'features', weights_bits=8, threshold_fire_bits=1))
    model.layers[-1].set_variable('weights', weights)
    model.layers[-1].set_variable('threshold_fire', thresholds.astype(np.int64))
    return model.layers


def shifted(images: np.ndarray) -> np.ndarray:
    """Every image, and it again one pixel to each side."""
    return np.concatenate([np.roll(images, shift, axis) for shift, axis in ((0, 1), (1, 1), (-1, 1), (1, 2), (-1, 2))])


def main() -> dict[str, float]:
    images, labels = np.load(FOLDER / 'images.npy'), np.load(FOLDER / 'labels.npy')
    train, test = np.arange(len(images)) < 200, np.arange(len(images)) >= 200
    known = train & np.isin(labels, OLD)

    model = akida.Model(layers=feature_layers(images[known]))
    events = model.forward(images[known]).nnz / known.sum()
    model.add(akida.FullyConnected(len(OLD) * NEURONS_PER_CLASS, 'learner', activations_enabled=False))
    model.compile(num_weights=int(1.2 * events), num_classes=len(OLD), learning_competition=0.1)
    model.fit(images[known], labels[known])

    def accuracy(classes, count: int) -> float:
        chosen = test & np.isin(labels, classes)
        return float((model.predict(images[chosen], count) == labels[chosen]).mean())

    result = {'old classes before': accuracy(OLD, len(OLD))}

    model.add_classes(len(NEW))
    few = np.concatenate([np.flatnonzero(train & (labels == new))[:6] for new in NEW])
    more = shifted(images[few])
    order = np.random.default_rng(1).permutation(len(more))
    model.fit(more[order], np.tile(labels[few], 5)[order])
    result['old classes after'] = accuracy(OLD, len(OLD) + len(NEW))
    result['new classes'] = accuracy(NEW, len(OLD) + len(NEW))

    for name, value in result.items():
        print(f'{name:20} {100 * value:5.1f} %')
    print('learned, in percent: neurons', {int(p): int(n) for p, n in model.layers[-1].get_learning_histogram()})
    return result


if __name__ == '__main__':
    main()
