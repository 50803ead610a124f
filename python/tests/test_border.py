"""Whatever is passed, what comes back is a result or an ordinary exception: no panic crosses the border."""

from __future__ import annotations

import inspect
import itertools

import numpy as np
import pytest
from reference import NAMES
from test_reference import find

import spikemesh as akida

GARBAGE = [
    None,
    -1,
    1 << 80,
    0.5,
    float('nan'),
    '',
    'conv',
    'no\0such',
    b'x',
    [],
    [1, 2, 3],
    [-1, 1 << 70],
    [[1], [2, 3]],
    {},
    object(),
    np.array(3),
    np.zeros((0, 3), int),
    np.zeros((2, 3, 4, 5, 6), np.uint8),
    np.full((1, 4, 5, 3), 255, np.uint8),
    np.array([[1, 2, 1 << 62]]),
    np.array(['a', None], object),
    np.array([1 + 2j]),
    np.ones((4, 4), bool)[:, ::-2],
    akida.BackendType.Software,
    akida.Sparse,
]


CALLS = [name for name, signature in NAMES.items() if signature is not None and name not in ('Model.register_observer', 'Model.summary')]


@pytest.mark.parametrize('name', CALLS)
def test_garbage_meets_ordinary_exceptions(name, event_model, events, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    owner = {
        'Model': event_model,
        'Layer': event_model.get_layer('conv'),
        'Sparse': events,
        'Dense': akida.Dense(np.zeros((2, 2))),
        'Observer': event_model.get_observer(event_model.get_layer('head')),
    }.get(name.split('.')[0])
    member = '.' in name and owner is not None
    function = getattr(owner, name.split('.')[1]) if member else find(name)
    required = [p for p in inspect.signature(find(name)).parameters.values()
                if p.name != 'self' and p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD]  # fmt: skip
    count = max(len(required), 1)
    good = [events, 1, 'head', event_model.get_layer('conv')]
    tried = list(itertools.product(GARBAGE + good, repeat=count)) if count <= 2 else [(g,) * count for g in GARBAGE + good]
    ordinary = 0
    for arguments in tried:
        try:
            function(*arguments)
        except Exception as error:  # A panic would be a BaseException, or this sentence.
            assert 'defect of Spikemesh' not in str(error), arguments
            ordinary += 1
    assert ordinary > 0 or count == 0 or name == 'Dense'


def test_random_bytes_are_no_model(tmp_path):
    rng = np.random.default_rng(0)
    model = akida.Model(layers=[akida.InputData(1, 1, 16), akida.FullyConnected(4)])
    model.compile(3)
    whole = bytearray(model._core.__reduce__()[1][0])
    path = tmp_path / 'model.fb'
    refused = 0
    for _ in range(300):
        damaged = bytearray(whole)
        for index in rng.integers(0, len(whole), rng.integers(1, 5)):
            damaged[index] = rng.integers(0, 256)
        path.write_bytes(damaged)
        try:
            loaded = akida.Model(path)
            loaded.forward(akida.dense_to_sparse(np.ones((1, 1, 1, 16), int)))
        except ValueError:
            refused += 1
    assert refused > 200
