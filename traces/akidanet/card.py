"""Draws card.npy: one 160 x 160 colour test card of gradients, squares and seeded speckle.

    card.py FILE
"""

import sys

import numpy as np

y, x = np.mgrid[0:160, 0:160]
speckle = np.random.default_rng(7).integers(-20, 21, (160, 160, 3))
card = np.stack([x * 255 // 159, y * 255 // 159, (x // 8 + y // 8) % 2 * 200], -1) + speckle
np.save(sys.argv[1], card.clip(0, 255).astype(np.uint8)[None])
