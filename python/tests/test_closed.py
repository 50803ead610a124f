"""What would be accepted and lost is refused, and the message says what to do."""

from __future__ import annotations

import numpy as np
import pytest

import spikemesh as akida


@pytest.fixture
def learner():
    model = akida.Model(layers=[akida.InputData(1, 1, 16), akida.FullyConnected(4, 'head')])
    model.compile(3, num_classes=2)
    return model


def test_layers_refuse_lost_values(event_model, learner):
    conv, head = event_model.get_layer('conv'), learner.get_layer('head')
    cases = [
        (conv.parameters, 'weights_bits', r'arguments of a new layer.*Convolutional\('),
        (conv.parameters, 'nothing', "no parameter 'nothing'; there are .*weights_bits"),
        (head.learning, 'num_weights', r'model\.compile\('),
        (head.learning, 'x', "no parameter 'x'; there are .*num_classes"),
        (conv, 'weights', r"layer\.set_variable\('weights', values\)"),
        (conv, 'weights_bits', 'arguments of a new layer'),
        (conv, 'name', 'arguments'),
        (conv, 'input_dims', 'only read'),
        (conv, 'x', 'Variables are weights, threshold_fire, threshold_fire_step; parameters are .*stride_x'),
        (akida.FullyConnected(2), 'weights', 'Variables are none'),
        (conv.variables, 'weights', r"layer\.variables\['weights'\]"),
        (conv.variables, 'x', "no variable 'x'; there are weights"),
    ]
    for owner, name, message in cases:
        with pytest.raises(AttributeError, match=message):
            setattr(owner, name, 3)
    with pytest.raises(TypeError, match='arguments of a new layer'):
        conv.parameters['weights_bits'] = 2
    assert conv.parameters.weights_bits == 2 and head.learning.num_weights == 3


def test_copies_of_variables_that_would_lose_a_value_are_read_only(event_model):
    conv = event_model.get_layer('conv')
    before = conv.get_variable('weights')
    for values in (conv.variables['weights'], conv.variables.weights):
        with pytest.raises(ValueError, match='read-only'):
            values[:] = 0
    values = conv.get_variable('weights')
    values[:] = 1
    np.testing.assert_array_equal(conv.get_variable('weights'), before)
    conv.variables['weights'] = values
    np.testing.assert_array_equal(conv.variables.weights, values)


def test_every_class_refuses_unknown_attributes(event_model, events):
    program = event_model.map('two-nodes')
    run = program.run(events)
    layer = event_model.layers[1]
    observer, statistics = event_model.get_observer(layer), event_model.get_layer_statistics(layer)
    device = akida.Device('two-nodes')
    for value in (event_model, layer, statistics, observer, program, run, device, events, akida.Dense([1]), akida.backends()):
        with pytest.raises(AttributeError):
            value.nothing_of_this_name = 3
    for value, name, message in (
        (event_model, 'backend', r'Model\(layers=model\.layers, backend='),
        (event_model, 'layers', r'model\.add\(layer\)'),
        (event_model, 'repairs', 'only read'),
        (run, 'outputs', 'only read'),
    ):
        with pytest.raises(AttributeError, match=message):
            setattr(value, name, 3)


def test_classes_that_a_user_derives_are_open():
    class Mine(akida.Model):
        pass

    model = Mine()
    model.mine = 3
    assert model.mine == 3


def test_lists_and_mappings_that_are_copies_refuse_changes(event_model):
    layers = event_model.layers
    free = akida.FullyConnected(3)
    for change in (
        lambda: layers.append(free),
        lambda: layers.insert(0, free),
        lambda: layers.extend([free]),
        lambda: layers.pop(),
        lambda: layers.remove(layers[0]),
        lambda: layers.clear(),
        lambda: layers.reverse(),
        lambda: layers.__setitem__(0, free),
        lambda: layers.__delitem__(-1),
        lambda: layers.__iadd__([free]),
    ):
        with pytest.raises(TypeError, match=r'model\.add\(layer\)'):
            change()
    assert isinstance(layers, list) and type(layers[:-1]) is list and len(layers[:-1] + [free]) == 3
    constants = akida.Device('two-nodes').constants
    for change in (lambda: constants.__setitem__('rows', 3), lambda: constants.update(rows=3), lambda: constants.pop('rows')):
        with pytest.raises(TypeError, match=r'device\.replace'):
            change()


def test_names_are_listed_for_completion(event_model, learner):
    conv = event_model.get_layer('conv')
    assert {'weights_bits', 'layer_type', 'stride_x', 'keys'} <= set(dir(conv.parameters))
    assert {'learning_type', 'num_weights'} <= set(dir(learner.layers[1].learning))
    assert {'weights', 'threshold_fire', 'items'} <= set(dir(conv.variables))
    assert conv.parameters._ipython_key_completions_() == list(conv.parameters)
    assert conv.variables._ipython_key_completions_() == conv.get_variable_names()
    for owner in (conv.parameters, conv.variables):
        assert all(hasattr(owner, name) for name in dir(owner))
    with pytest.raises(AttributeError, match=r"layer\.get_variable\('weights'\)"):
        conv.weights  # noqa: B018
    with pytest.raises(AttributeError, match=r'layer\.parameters\.stride_x'):
        conv.stride_x  # noqa: B018
