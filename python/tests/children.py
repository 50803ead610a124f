"""Computes in child processes, after the parent has computed: `python children.py METHOD`. Prints `equal` if every child gives what the parent gave.

A data loader works like `load`: workers that stay, take indices from a queue, and compute samples while the parent computes too.
"""

from __future__ import annotations

import multiprocessing
import multiprocessing.pool
import sys

import numpy as np

import spikemesh as akida

PATIENCE = 120
"""Seconds; a child that never returns is what this is about."""


def images(index: int) -> np.ndarray:
    return np.random.default_rng(index).integers(0, 256, (6, 16, 16, 3), dtype=np.uint8)


def model() -> akida.Model:
    layers = [
        akida.InputConvolutional(16, 16, 3, 3, 3, 8, 'pixels', weights_bits=4, threshold_fire_bits=1),
        akida.Convolutional(3, 3, 8, 'conv', weights_bits=2, threshold_fire_bits=1),
        akida.FullyConnected(4, 'head', weights_bits=1, activations_enabled=False),
    ]
    model = akida.Model(layers=layers)
    for layer in model.layers:
        shape = layer.get_variable('weights').shape
        layer.set_variable('weights', np.random.default_rng(0).integers(0, 2, shape))
    model.compile(num_weights=10)
    return model


def compute(index: int) -> list[np.ndarray]:
    """Everything that runs on several threads."""
    made = model()
    program = made.map()
    inputs = images(index)
    return [
        made.forward(inputs),
        program.run(inputs).outputs,
        made.fit(inputs),
        made.forward(inputs),
        made.predict(inputs),
    ]


SHARED = model()
"""Made before a fork, and used by parent and children."""


def shared(index: int) -> np.ndarray:
    return SHARED.forward(images(index))


def grandchild(index: int) -> list[np.ndarray]:
    """Computes in a child of this child."""
    compute(index)
    with multiprocessing.get_context('fork').Pool(1) as pool:
        return pool.apply_async(compute, (index,)).get(PATIENCE)


def load(indices: multiprocessing.Queue, batches: multiprocessing.Queue) -> None:
    while (index := indices.get()) is not None:
        batches.put((index, shared(index)))


def check(left: list[np.ndarray], right: list[np.ndarray]) -> None:
    for a, b in zip(left, right, strict=True):
        np.testing.assert_array_equal(np.asarray(a), np.asarray(b))


def main(method: str) -> None:
    context = multiprocessing.get_context(method)
    expected = [compute(index) for index in range(4)]
    seen = [shared(index) for index in range(8)]

    with context.Pool(2) as pool:
        for index, found in enumerate(pool.map_async(compute, range(4)).get(PATIENCE)):
            check(found, expected[index])
        check(pool.map_async(shared, range(8)).get(PATIENCE), seen)
    if method == 'fork':
        with multiprocessing.pool.Pool(1, context=NoDaemon()) as pool:
            check(pool.apply_async(grandchild, (1,)).get(PATIENCE), expected[1])

    indices, batches = context.Queue(), context.Queue()
    workers = [context.Process(target=load, args=(indices, batches)) for _ in range(3)]
    for worker in workers:
        worker.start()
    for index in range(8):
        indices.put(index)
    for _ in range(8):
        index, found = batches.get(timeout=PATIENCE)
        check([found], [seen[index]])
        check([shared(index)], [seen[index]])
    for _ in workers:
        indices.put(None)
    for worker in workers:
        worker.join(PATIENCE)
        assert worker.exitcode == 0
    print('equal')


class NoDaemonProcess(multiprocessing.get_context('fork').Process):
    """A worker that may have children."""

    daemon = property(lambda self: False, lambda self, value: None)


class NoDaemon(type(multiprocessing.get_context('fork'))):
    Process = NoDaemonProcess


if __name__ == '__main__':
    main(sys.argv[1])
