"""Converts Fashion-MNIST's idx files to numpy arrays.

    export.py FOLDER [DATASET]

writes FOLDER/test-images.npy, uint8 (10000, 28, 28, 1), and FOLDER/test-labels.npy, int32 (10000).
"""

import argparse
import gzip
from pathlib import Path

import numpy as np

DATASET = "/usr/share/datasets/fashion-mnist"  # Debian package dataset-fashion-mnist


def load(part, dataset=DATASET):
    """Images, uint8 (n, 28, 28, 1), and labels, int32 (n), of "train" or "t10k"."""
    with gzip.open(Path(dataset) / f"{part}-images-idx3-ubyte.gz") as f:
        images = np.frombuffer(f.read(), np.uint8, offset=16).reshape(-1, 28, 28, 1)
    with gzip.open(Path(dataset) / f"{part}-labels-idx1-ubyte.gz") as f:
        labels = np.frombuffer(f.read(), np.uint8, offset=8).astype(np.int32)
    return images, labels


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("dataset", nargs="?", default=DATASET)
    args = parser.parse_args()
    images, labels = load("t10k", args.dataset)
    args.folder.mkdir(parents=True, exist_ok=True)
    np.save(args.folder / "test-images.npy", images)
    np.save(args.folder / "test-labels.npy", labels)
