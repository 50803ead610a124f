"""Looks at what passes through a network: sparsity, operations, and where the events are.

    python python/examples/sparsity.py
"""

from pathlib import Path

import numpy as np

import spikemesh as akida

FOLDER = Path(__file__).parents[2] / 'traces' / 'fashion-mnist'


def main() -> dict[str, float]:
    model = akida.Model(FOLDER / 'model.fbz')
    images = np.load(FOLDER / 'images.npy')[:100]
    first = model.layers[0]
    observer = model.get_observer(first)
    model.forward(images)

    print(f'{"layer":12} {"in":>6} {"out":>6} {"operations":>11} {"of dense":>9}')
    for name, statistics in model.get_statistics().items():
        # Events are all that costs anything: the share of operations that is left of a dense computation.
        left = 1 - statistics.input_sparsity
        print(f'{name:12} {statistics.input_sparsity:6.1%} {statistics.output_sparsity:6.1%} {statistics.ops:11} {left:9.1%}')

    # Events per column and row of the first layer's map, over all images: the clothes, as the network sees them.
    events = sum(np.count_nonzero(spikes.to_numpy(), axis=2) for spikes in observer.spikes.values())
    shades = ' .:-=+*#%@'
    for row in events.T[::2]:
        print(''.join(shades[min(9, int(10 * value / (events.max() + 1)))] * 2 for value in row))
    return {name: statistics.output_sparsity for name, statistics in model.get_statistics().items()}


if __name__ == '__main__':
    main()
