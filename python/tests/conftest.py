"""Models that tests share, and the table of which test covers which name of the reference."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from reference import NAMES

import spikemesh as akida

ROOT = Path(__file__).parents[2]
TABLE = ROOT / 'docs' / 'python-reference.md'
# They read what the command writes, which `cargo xtask test` has built.
collect_ignore = [] if (ROOT / 'target' / 'debug' / 'spikemesh').exists() else ['test_diff.py', 'test_perfetto.py']


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption('--write-table', action='store_true', help=f'write {TABLE.relative_to(ROOT)}')


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line('markers', 'covers(*names): names of the reference that a test is about')


COVERED = pytest.StashKey[dict[str, list[str]]]()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    covered: dict[str, list[str]] = {name: [] for name in NAMES}
    for item in items:
        for marker in item.iter_markers('covers'):
            for name in marker.args:
                test = f'{item.path.name}::{getattr(item, "originalname", None) or item.name}'
                if name not in covered:
                    raise pytest.UsageError(f'{test} covers {name}, which the reference does not have')
                if test not in covered[name]:
                    covered[name].append(test)
    config.stash[COVERED] = covered


@pytest.fixture
def covered(request: pytest.FixtureRequest) -> dict[str, list[str]]:
    """Tests by the name that they cover."""
    return request.config.stash[COVERED]


def randomise(model: akida.Model, seed: int) -> akida.Model:
    """Random weights of the whole range for every layer, thresholds and steps that let some neurons fire."""
    rng = np.random.default_rng(seed)
    for layer in model.layers:
        for name in layer.get_variable_names():
            shape = layer.get_variable(name).shape
            if name.startswith('weights'):
                largest = max((1 << (layer.parameters.weights_bits - 1)) - 1, 1)
                lowest = 0 if layer.parameters.weights_bits == 1 else -largest
                layer.set_variable(name, rng.integers(lowest, largest + 1, shape))
            elif name == 'threshold_fire':
                layer.set_variable(name, rng.integers(-10, 40, shape))
            else:
                layer.set_variable(name, rng.uniform(0.5, 20, shape))
    return model


@pytest.fixture
def image_model() -> akida.Model:
    """Images 12 x 8 (width x height) to 10 potentials, mappable."""
    model = akida.Model()
    model.add(akida.InputConvolutional(12, 8, 1, 3, 3, 8, 'pixels', weights_bits=8, threshold_fire_bits=4, threshold_fire_step=50))
    model.add(akida.SeparableConvolutional(3, 3, 16, 'features', weights_bits=4, threshold_fire_bits=4, threshold_fire_step=5))
    model.add(akida.FullyConnected(10, 'head', weights_bits=4, activations_enabled=False))
    return randomise(model, 1)


@pytest.fixture
def event_model() -> akida.Model:
    """Events 5 x 4 x 3 (width x height x channels) to 6 levels."""
    model = akida.Model()
    model.add(akida.InputData(5, 4, 3, 'events'))
    model.add(akida.Convolutional(3, 3, 7, 'conv', weights_bits=2, threshold_fire_bits=2, threshold_fire_step=2))
    model.add(akida.FullyConnected(6, 'head', weights_bits=4, threshold_fire_bits=4, threshold_fire_step=3))
    return randomise(model, 2)


@pytest.fixture
def images() -> np.ndarray:
    """Five images for `image_model`, (n, h, w, c)."""
    return np.random.default_rng(3).integers(0, 256, (5, 8, 12, 1), dtype=np.uint8)


@pytest.fixture
def events() -> akida.Sparse:
    """Four samples for `event_model`, (n, w, h, c)."""
    rng = np.random.default_rng(4)
    return akida.dense_to_sparse(rng.integers(1, 16, (4, 5, 4, 3)) * (rng.random((4, 5, 4, 3)) < 0.4))
