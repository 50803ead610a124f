"""Every object of the package can be pickled and copied, and nothing of it is lost."""

from __future__ import annotations

import copy
import inspect
import pickle

import numpy as np
import pytest

import spikemesh as akida


def pickled(value):
    return pickle.loads(pickle.dumps(value))


COPIES = [pickled, copy.deepcopy]


@pytest.fixture
def objects(event_model, image_model, events, images):
    """One object of every public class."""
    event_model.forward(events)
    repaired = akida.compatibility.create_from_model(event_model)
    hardware = akida.Model(layers=event_model.layers, backend=akida.BackendType.Hardware, device='two-nodes')
    program = image_model.map('two-nodes')
    observer = event_model.get_observer(event_model.get_layer('conv'))
    event_model.forward(events)
    sparse = akida.dense_to_sparse(events.to_numpy())
    sparse.sort([3, 2, 1, 0])
    device = akida.Device('two-nodes').replace({'clock_hz': 100_000_000}, name='slow')
    return [
        event_model, repaired, hardware, *event_model.layers, *image_model.layers, akida.FullyConnected(3, 'free'),
        event_model.get_statistics()['conv'], observer, program, program.run(images, events=True, batch=2),
        event_model.map('two-nodes').run(events, check=False), program.explain(images), device, device.constants, device.constants['rows'], sparse,
        sparse.chip(0, 0), akida.Dense(np.arange(6)), *akida.backends().values(), *akida.BackendType, *akida.NsocVersion,
        *akida.PoolingType, *akida.LearningType, *akida.ConvolutionMode, event_model.layers, event_model.layers[1].parameters,
        event_model.layers[1].variables, event_model.layers[1].learning, akida.Sweep('swept', points=2, simulated=1),
        akida.diff('akd1000', 'two-nodes'),
    ]  # fmt: skip


def test_every_public_class_is_among_the_objects(objects):
    classes = {kind for kind in map(akida.__dict__.get, akida.__all__) if inspect.isclass(kind)}
    assert not [kind.__name__ for kind in classes if not any(isinstance(value, kind) for value in objects)]


def attributes(value) -> dict[str, object]:
    """Public attributes that hold values."""
    names = [name for name in dir(value) if not name.startswith('_') and (type(value), name) not in LEFT_OUT]
    found = {}
    for name in names:
        try:
            attribute = getattr(value, name)
        except ValueError as error:
            attribute = str(error)
        if not callable(attribute):
            found[name] = attribute
    return found


LEFT_OUT = {(akida.Model, 'last_run'), (akida.Sweep, 'frame')}
"""What the documentation says is not copied, and what is read from a file."""


def same(one, other) -> bool:
    """Equal in type and content, as far as both show it."""
    if type(one) is not type(other):
        return False
    if isinstance(one, np.ndarray):
        if one.dtype != other.dtype or one.shape != other.shape:
            return False
        if one.dtype.hasobject:
            return one.tolist() == other.tolist()
        return one.tobytes() == other.tobytes() if one.dtype.names is None else all(same(one[name], other[name]) for name in one.dtype.names)
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, (str, bytes, int, float, type(None), np.dtype, akida.BackendType)) or type(one).__module__ == 'builtins':
        return one == other or one != one and other != other
    if isinstance(one, akida.Layer):
        return one.name == other.name and same(dict(one.variables), dict(other.variables)) and dict(one.parameters) == dict(other.parameters)
    if type(one).__module__.startswith('spikemesh') and type(one).__eq__ is object.__eq__:
        return same(attributes(one), attributes(other))
    return one == other if not hasattr(one, 'items') else same(dict(one), dict(other))


@pytest.mark.parametrize('copied', COPIES)
def test_nothing_is_lost(objects, copied):
    for value in objects:
        again = copied(value)
        assert type(again) is type(value)
        assert same(value, again), value
        mine, other = attributes(value), attributes(again)
        assert list(mine) == list(other)
        for name in mine:
            assert same(mine[name], other[name]), f'{type(value).__name__}.{name}'
        assert repr(again) == repr(value) and ' at 0x' not in repr(value)


def test_a_lost_value_is_seen(objects):
    run = next(value for value in objects if isinstance(value, akida.Run))
    other = copy.deepcopy(run)
    make, (state,) = other._core.__reduce__()
    other._core = make(state | {'differences': ['one']})
    assert not same(run, other)


@pytest.mark.parametrize('copied', COPIES)
def test_a_layer_is_copied_with_its_model(event_model, events, copied):
    model, layer, other = copied((event_model, event_model.layers[1], event_model.layers[2]))
    assert (layer, other) == (model.layers[1], model.layers[2]) and layer != event_model.layers[1]
    before = event_model.forward(events)
    layer.set_variable('threshold_fire', layer.get_variable('threshold_fire') + 9)
    assert model.forward(events) != before == event_model.forward(events)
    # Of a model that no variable holds any more.
    alone = copied(akida.Model(layers=event_model.layers).layers[1])
    assert (alone.variables['weights'] == event_model.layers[1].variables['weights']).all()
    assert copy.copy(event_model.layers[1]) == event_model.layers[1]


@pytest.mark.parametrize('copied', COPIES)
def test_a_free_layer_can_be_added_to_a_model(copied):
    layer = copied(akida.Convolutional(3, 3, 4, 'free', akida.ConvolutionMode.Valid, weights_bits=4))
    assert layer.parameters == akida.Convolutional(3, 3, 4, 'free', akida.ConvolutionMode.Valid, weights_bits=4).parameters
    model = akida.Model()
    model.add(akida.InputData(5, 4, 3))
    model.add(layer)
    assert layer.output_dims == (3, 2, 4)
    model.pop_layer()
    assert copied(layer).parameters == layer.parameters


@pytest.mark.parametrize('copied', COPIES)
def test_copies_go_on_working(event_model, events, copied):
    event_model.forward(events)
    statistics = copied(event_model.get_statistics()['conv'])
    assert statistics.samples == 4 and statistics.ops == event_model.get_statistics()['conv'].ops
    program = copied(event_model.map('two-nodes'))
    run = program.run(events)
    assert run.compared and run.differences == [] and run.outputs == event_model.forward(events)
    model = copied(event_model)
    assert model.get_statistics()['head'].samples == 8
    model.forward(events)
    assert (model.get_statistics()['head'].samples, event_model.get_statistics()['head'].samples) == (12, 8)
