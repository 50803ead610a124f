"""Classifies real images with a trained network: Fashion-MNIST, 4-bit weights and activations.

    python python/examples/classify.py
"""

from pathlib import Path

import numpy as np

import spikemesh as akida

FOLDER = Path(__file__).parents[2] / 'traces' / 'fashion-mnist'
CLOTHES = ['T-shirt', 'trouser', 'pullover', 'dress', 'coat', 'sandal', 'shirt', 'sneaker', 'bag', 'ankle boot']


def main() -> float:
    model = akida.Model(FOLDER / 'model.fbz')
    images, labels = np.load(FOLDER / 'images.npy'), np.load(FOLDER / 'labels.npy')
    model.summary()

    # The head has no activation: `evaluate` honours its thresholds, which carry the biases.
    scores = model.evaluate(images)[:, 0, 0]
    predicted = scores.argmax(axis=1)
    for n in range(5):
        print(f'image {n}: {CLOTHES[predicted[n]]}, labelled {CLOTHES[labels[n]]}')
    accuracy = float((predicted == labels).mean())
    print(f'{100 * accuracy:.2f} % of {len(images)} images are classified as they are labelled')
    return accuracy


if __name__ == '__main__':
    main()
