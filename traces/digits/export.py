"""Writes scikit-learn's copy of the UCI digits as images.npy and labels.npy.

    pip install numpy==2.4.6 scikit-learn==1.9.1
    python export.py
"""

from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

folder = Path(__file__).parent
digits = load_digits()
images = digits.images.astype(np.uint8).reshape(-1, 8, 8, 1)
assert images.shape == (1797, 8, 8, 1) and images.max() == 16
np.save(folder / "images.npy", images)
np.save(folder / "labels.npy", digits.target.astype(np.int32))
