"""Keyword spotting: words are learned on the device, and three more are added later with `add_classes`."""

import numpy as np
from akida import FullyConnected, InputConvolutional, Model

rng = np.random.default_rng(2)
FRAMES, BANDS, NEURONS = 20, 10, 4
WORDS, NEW_WORDS = 6, 3


def formants():
    """A word: two bands of energy that wander over time."""
    energy = np.zeros((FRAMES, BANDS))
    for band in rng.uniform(0, BANDS, 2):
        for frame in range(FRAMES):
            band = np.clip(band + rng.normal(0, 0.8), 0, BANDS - 1)
            energy[frame, int(band)] = 220
    return energy


words = [formants() for _ in range(WORDS + NEW_WORDS)]


def speak(word, times):
    noisy = words[word] + rng.normal(10, 8, (times, FRAMES, BANDS))
    return np.clip(noisy, 0, 255).astype(np.uint8)[..., np.newaxis]


def utterances(which, times):
    labels = np.repeat(list(which), times)
    order = rng.permutation(len(labels))
    return np.concatenate([speak(word, times) for word in which])[order], labels[order]


model = Model(layers=[
    InputConvolutional(BANDS, FRAMES, 1, 3, 3, 24, name='spectrum', weights_bits=4),
    FullyConnected(WORDS * NEURONS, name='words', activations_enabled=False),
])  # fmt: skip
spectrum = model.get_layer('spectrum')
spectrum.set_variable('weights', rng.integers(-7, 8, spectrum.get_variable('weights').shape))
spectrum.set_variable('threshold_fire', np.full(24, 1500))
model.compile(num_weights=400, num_classes=WORDS, initial_plasticity=1, learning_competition=0.1)

samples, labels = utterances(range(WORDS), 8)
model.fit(samples, labels)
tests, expected = utterances(range(WORDS), 10)
before = (model.predict(tests, WORDS) == expected).mean()

model.add_classes(NEW_WORDS)
assert model.get_layer('words').output_dims == (1, 1, (WORDS + NEW_WORDS) * NEURONS)
samples, labels = utterances(range(WORDS, WORDS + NEW_WORDS), 8)
model.fit(samples, input_labels=labels)
total = WORDS + NEW_WORDS
after = (model.predict(tests, total) == expected).mean()
tests, expected = utterances(range(WORDS, total), 10)
new = (model.predict(tests, total) == expected).mean()
print(f'old words {before:.2f}, then {after:.2f}; new words {new:.2f}')
assert before > 0.8 and after > before - 0.1 and new > 0.8
