"""What `Model.forward` adds to the engine: arrays in and out, statistics, and a look for Ctrl-C.

    python python/benches/forward.py
"""

from __future__ import annotations

import statistics
import time
from pathlib import Path

import numpy as np

import spikemesh as akida

TRACES = Path(__file__).parents[2] / 'traces'
ROUNDS = 15


def demo() -> tuple[akida.Model, np.ndarray]:
    return akida.Model(TRACES / 'fashion-mnist' / 'model.fbz'), np.load(TRACES / 'fashion-mnist' / 'images.npy')


def akidanet() -> tuple[akida.Model, np.ndarray]:
    """AkidaNet 0.5 at 224 pixels, random weights."""
    model = akida.Model(TRACES.parent / 'tests' / 'models' / 'an.5-224.yaml')
    rng = np.random.default_rng(0)
    for layer in model.layers:
        for name in layer.get_variable_names():
            if name.startswith('weights'):
                largest = (1 << (layer.parameters.weights_bits - 1)) - 1
                layer.set_variable(name, rng.integers(-largest, largest + 1, layer.get_variable(name).shape))
    width, height, channels = model.layers[0].input_dims
    return model, rng.integers(0, 256, (16, height, width, channels), dtype=np.uint8)


def main() -> None:
    for name, (model, images) in {'demo': demo(), 'AkidaNet 0.5 @224': akidanet()}.items():
        ours, alone = [], []
        model.forward(images)
        for _ in range(ROUNDS):
            # Turn by turn, so that whatever else the machine does meets both.
            alone.append(model._core.engine_seconds(images))
            begin = time.perf_counter()
            model.forward(images)
            ours.append(time.perf_counter() - begin)
        added = statistics.median(mine / engine - 1 for mine, engine in zip(ours, alone))
        per_image = 1e3 / len(images)
        print(
            f'{name}: {len(images)} images, engine {statistics.median(alone) * per_image:.3f} ms an image, '
            f'forward {statistics.median(ours) * per_image:.3f} ms, {added:+.1%}'
        )


if __name__ == '__main__':
    main()
