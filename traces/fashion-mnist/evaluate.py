"""Integer-only reference of the demo network: weights.npz and Fashion-MNIST's test images.

    evaluate.py [DATASET]

prints accuracy and sparsity over all test images, and writes images.npy, labels.npy (the first 300) and
golden-evaluate.npy, their (P - T) / s. It shares nothing with train.py but the weights' file.
"""

import sys
from pathlib import Path

import numpy as np

from export import load

HERE = Path(__file__).parent
GOLDEN = 300


def taps(x, k):
    """For each tap (i, j) of a k x k window, stride 1, Same: the (n, w, h, c) inputs that it meets."""
    n, w, h, c = x.shape
    padded = np.zeros((n, w + k - 1, h + k - 1, c), np.int64)
    padded[:, k // 2 : k // 2 + w, k // 2 : k // 2 + h] = x
    for i in range(k):
        for j in range(k):
            yield i, j, padded[:, i : i + w, j : j + h]


def correlate(x, weights):
    return sum(tap @ weights[i, j] for i, j, tap in taps(x, len(weights)))


def convolve(x, weights):
    """Kernels are stored flipped in x and y."""
    return correlate(x, weights[::-1, ::-1])


def separable(x, weights, weights_pw):
    flipped = weights[::-1, ::-1]
    depthwise = sum(tap * flipped[i, j, :, 0] for i, j, tap in taps(x, len(weights)))
    return depthwise @ weights_pw[0, 0]


def max_pool(p):
    """2 x 2, stride 2."""
    n, w, h, c = p.shape
    return p.reshape(n, w // 2, 2, h // 2, 2, c).max((2, 4))


def activate(p, threshold, step):
    """4 bits: the number of comparison points c_j = T + floor((j - 1) * s) + 1 that P reaches."""
    levels = np.zeros(p.shape, np.int64)
    for j in range(1, 16):
        levels += p >= threshold + np.floor((j - 1) * step.astype(np.float64)).astype(np.int64) + 1
    return levels


def run(variables, images):
    """Evaluates images, uint8 (n, h, w, c); returns float32 (n, 10) and each layer's output levels."""
    v = {name: array if array.dtype == np.float32 else array.astype(np.int64) for name, array in variables.items()}
    fire = lambda name, p: activate(p, v[f"{name}.threshold_fire"], v[f"{name}.threshold_fire_step"])
    x = images.transpose(0, 2, 1, 3).astype(np.int64)
    levels = {}
    levels["c0"] = x = fire("c0", max_pool(correlate(x, v["c0.weights"])))
    levels["c1"] = x = fire("c1", max_pool(convolve(x, v["c1.weights"])))
    levels["s2"] = x = fire("s2", separable(x, v["s2.weights"], v["s2.weights_pw"]))
    p = separable(x, v["s3.weights"], v["s3.weights_pw"]).sum((1, 2), keepdims=True)
    levels["s3"] = x = fire("s3", p)
    flat = x.transpose(0, 3, 2, 1).reshape(len(x), -1)  # x fastest, channel slowest
    p = flat @ v["f.weights"][0, 0]
    evaluated = (p - v["f.threshold_fire"]).astype(np.float64) / v["f.threshold_fire_step"].astype(np.float64)
    return evaluated.astype(np.float32), levels


def run_all(variables, images, batch=500):
    """As run, in batches; returns the evaluated outputs and each layer's output shape and events per image."""
    outputs, shapes, events = [], {}, {}
    for i in range(0, len(images), batch):
        evaluated, levels = run(variables, images[i : i + batch])
        outputs.append(evaluated)
        for name, x in levels.items():
            shapes[name] = x.shape[1:]
            events[name] = events.get(name, 0) + np.count_nonzero(x) / len(images)
    return np.concatenate(outputs), shapes, events


if __name__ == "__main__":
    images, labels = load("t10k", *sys.argv[1:])
    evaluated, shapes, events = run_all(np.load(HERE / "weights.npz"), images)
    for count in (len(images), GOLDEN):
        correct = np.mean(evaluated[:count].argmax(1) == labels[:count])
        print(f"accuracy {100 * correct:.2f} % on the first {count} images")
    for name, shape in shapes.items():
        print(f"{name}: output {shape}, {events[name]:.1f} events per image, "
              f"sparsity {1 - events[name] / np.prod(shape):.3f}")
    np.save(HERE / "images.npy", images[:GOLDEN])
    np.save(HERE / "labels.npy", labels[:GOLDEN])
    np.save(HERE / "golden-evaluate.npy", evaluated[:GOLDEN])
