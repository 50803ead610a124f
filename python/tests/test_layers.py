"""Layers: parameters, dimensions, variables."""

from __future__ import annotations

import inspect

import numpy as np
import pytest
from conftest import randomise

import spikemesh as akida
from spikemesh import ConvolutionMode, LearningType, PoolingType, _core

KERNEL = {'kernel_width': 3, 'kernel_height': 5, 'num_neurons': 7}
FILTERS = KERNEL | {
    'name': 'filters',
    'convolution_mode': ConvolutionMode.Valid,
    'stride_x': 2,
    'stride_y': 1,
    'weights_bits': 4,
    'pooling_width': 2,
    'pooling_height': 3,
    'pooling_type': PoolingType.Max,
    'pooling_stride_x': 1,
    'pooling_stride_y': 2,
}
ACTIVATION = {'activations_enabled': False, 'threshold_fire': -5, 'threshold_fire_step': 2.5, 'threshold_fire_bits': 4}
INPUT = {'input_width': 20, 'input_height': 18, 'input_channels': 3}
ALL = {
    akida.InputData: INPUT | {'name': 'events'},
    akida.InputConvolutional: INPUT | FILTERS | ACTIVATION | {'padding_value': 17},
    akida.FullyConnected: {'num_neurons': 7, 'name': 'head', 'weights_bits': 3} | ACTIVATION,
    akida.Convolutional: FILTERS | ACTIVATION,
    akida.SeparableConvolutional: FILTERS | ACTIVATION,
}
REQUIRED = {
    akida.InputData: INPUT,
    akida.InputConvolutional: INPUT | KERNEL,
    akida.FullyConnected: {'num_neurons': 7},
    akida.Convolutional: KERNEL,
    akida.SeparableConvolutional: KERNEL,
}


@pytest.mark.covers(
    'Layer', 'Layer.name', 'Layer.parameters', 'InputData', 'InputConvolutional', 'FullyConnected', 'Convolutional',
    'SeparableConvolutional',
)  # fmt: skip
@pytest.mark.parametrize('kind', ALL, ids=lambda kind: kind.__name__)
def test_parameters_are_what_was_given(kind):
    layer = kind(**ALL[kind])
    assert layer.name == ALL[kind]['name']
    assert dict(layer.parameters) == ALL[kind] | {'layer_type': kind.__name__}
    assert layer.parameters.layer_type == kind.__name__
    with pytest.raises(AttributeError, match='there is no parameter'):
        layer.parameters.nothing  # noqa: B018
    # All arguments may be given by position, in the order of the reference.
    assert dict(kind(*ALL[kind].values()).parameters) == dict(layer.parameters)


@pytest.mark.parametrize('kind', REQUIRED, ids=lambda kind: kind.__name__)
def test_defaults(kind):
    parameters = dict(kind(**REQUIRED[kind]).parameters)
    defaults = {
        'name': '',
        'convolution_mode': ConvolutionMode.Same,
        'stride_x': 1,
        'stride_y': 1,
        'weights_bits': 2 if kind is akida.SeparableConvolutional else 1,
        'pooling_width': -1,
        'pooling_height': -1,
        'pooling_type': PoolingType.NoPooling,
        'pooling_stride_x': -1,
        'pooling_stride_y': -1,
        'activations_enabled': True,
        'threshold_fire': 0,
        'threshold_fire_step': 1,
        'threshold_fire_bits': 1,
        'padding_value': 0,
        'layer_type': kind.__name__,
    }
    assert parameters == REQUIRED[kind] | {name: value for name, value in defaults.items() if name in ALL[kind] or name == 'layer_type'}


@pytest.mark.parametrize('kind', ALL, ids=lambda kind: kind.__name__)
def test_signatures_are_those_of_the_table(kind):
    signature = inspect.signature(kind).parameters
    assert [name for name in signature if name != 'name'] == [name for name, _ in _core.layer_parameters(kind.__name__)]
    for name, default in _core.layer_parameters(kind.__name__):
        given = signature[name].default
        given = None if given is inspect.Parameter.empty else getattr(given, 'value', given)
        assert given == default and type(given) in (type(default), int), name
        assert f'\n            {name}: ' in kind.__init__.__doc__, name


def test_every_layer_type_has_a_class():
    assert sorted(kind.__name__ for kind in akida.Layer.__subclasses__()) == sorted(_core.layer_types())


@pytest.mark.parametrize(
    ('change', 'error'),
    [
        ({'kernel_width': 0}, ValueError),
        ({'kernel_width': -3}, ValueError),
        ({'kernel_width': 1 << 70}, ValueError),
        ({'kernel_width': 2.5}, TypeError),
        ({'kernel_width': '3'}, TypeError),
        ({'kernel_width': None}, TypeError),
        ({'num_neurons': 65536}, ValueError),
        ({'weights_bits': 9}, ValueError),
        ({'weights_bits': 0}, ValueError),
        ({'weights_bits': 300}, ValueError),
        ({'stride_x': 0}, ValueError),
        ({'pooling_width': 0}, ValueError),
        ({'pooling_stride_y': -2}, ValueError),
        ({'threshold_fire': 1 << 31}, ValueError),
        ({'threshold_fire': 1.5}, TypeError),
        ({'threshold_fire_step': 0}, ValueError),
        ({'threshold_fire_step': float('nan')}, ValueError),
        ({'threshold_fire_step': 'x'}, TypeError),
        ({'threshold_fire_bits': 5}, ValueError),
        ({'activations_enabled': 'yes'}, TypeError),
        ({'convolution_mode': 'Same'}, TypeError),
        ({'pooling_type': PoolingType}, TypeError),
        ({'name': 7}, TypeError),
        ({'name': 'a\nb'}, ValueError),
    ],
)
def test_bad_parameters_are_refused(change, error):
    (name,) = change
    with pytest.raises(error, match=name):
        akida.Convolutional(**(FILTERS | ACTIVATION | change))


def test_numpy_integers_are_integers():
    layer = akida.Convolutional(np.int64(3), np.uint8(3), np.int32(8), threshold_fire_step=np.float32(2))
    assert layer.parameters.kernel_width == 3 and layer.parameters.threshold_fire_step == 2


def test_layer_itself_cannot_be_made():
    with pytest.raises(TypeError, match='InputData'):
        akida.Layer()


@pytest.mark.covers('Layer.input_dims', 'Layer.output_dims')
def test_dimensions():
    model = akida.Model()
    pixels = akida.InputConvolutional(20, 18, 3, 5, 3, 8, stride_x=2, pooling_type=PoolingType.Max, pooling_width=2, pooling_height=2)
    assert pixels.input_dims == (20, 18, 3) and pixels.output_dims is None
    head = akida.FullyConnected(10)
    assert head.input_dims is None and head.output_dims is None
    model.add(pixels)
    model.add(head)
    assert pixels.input_dims == (20, 18, 3) and pixels.output_dims == (5, 9, 8)
    assert head.input_dims == (5, 9, 8) and head.output_dims == (1, 1, 10)
    assert (pixels.name, head.name) == ('inputconvolutional_0', 'fullyconnected_1')


@pytest.mark.covers('Layer.get_variable', 'Layer.get_variable_names', 'Layer.variables')
def test_variables_start_from_the_parameters(event_model):
    model = akida.Model()
    model.add(akida.InputData(5, 4, 3))
    assert model.layers[0].get_variable_names() == [] and len(model.layers[0].variables) == 0
    model.add(akida.SeparableConvolutional(3, 3, 7, threshold_fire=4, threshold_fire_step=1.5, threshold_fire_bits=2))
    layer = model.layers[1]
    shapes = {name: (values.shape, values.dtype) for name, values in layer.variables.items()}
    assert shapes == {
        'weights': ((3, 3, 3, 1), np.int8),
        'weights_pw': ((1, 1, 3, 7), np.int8),
        'threshold_fire': ((7,), np.int32),
        'threshold_fire_step': ((7,), np.float32),
    }
    assert layer.get_variable_names() == list(shapes)
    assert not layer.get_variable('weights').any()
    assert (layer.get_variable('threshold_fire') == 4).all() and (layer.get_variable('threshold_fire_step') == 1.5).all()
    copied = layer.get_variable('threshold_fire')
    copied[:] = 9
    assert (layer.variables['threshold_fire'] == 4).all(), 'a copy'
    assert event_model.get_layer('head').get_variable('weights').shape == (1, 1, 5 * 4 * 7, 6)


@pytest.mark.covers('Layer.set_variable', 'Layer.variables')
def test_variables_are_set_by_index_whatever_the_order_and_type(event_model):
    conv = event_model.get_layer('conv')
    rng = np.random.default_rng(0)
    weights = rng.integers(-1, 2, (3, 3, 3, 7))
    for given in (
        weights,
        weights.astype(np.int8),
        np.asfortranarray(weights),
        weights.tolist(),
        # (neurons, channels, height, width): as the reference offers it, column-major or not.
        np.asfortranarray(weights.T),
        np.ascontiguousarray(weights.T),
    ):
        conv.set_variable('weights', np.zeros((3, 3, 3, 7), int))
        conv.set_variable('weights', given)
        np.testing.assert_array_equal(conv.get_variable('weights'), weights)
    conv.variables['threshold_fire'] = range(7)
    np.testing.assert_array_equal(conv.get_variable('threshold_fire'), range(7))
    conv.set_variable('threshold_fire_step', np.arange(1, 8, dtype=np.float64) / 3)
    np.testing.assert_array_equal(conv.get_variable('threshold_fire_step'), (np.arange(1, 8) / 3).astype(np.float32))


@pytest.mark.covers('Layer.set_variable', 'Layer.get_variable')
@pytest.mark.parametrize(
    ('name', 'values', 'error', 'message'),
    [
        ('weights', np.zeros((3, 3, 3, 6), int), ValueError, 'shape'),
        ('weights', np.zeros((3, 3, 3, 7)), ValueError, 'integers'),
        ('weights', np.full((3, 3, 3, 7), 2), ValueError, '-1 to 1'),
        ('weights', np.full((3, 3, 3, 7), 2**63, np.uint64), ValueError, 'out of range'),
        ('weights', np.full((3, 3, 3, 7), None), TypeError, 'numbers'),
        ('weights', 'word', ValueError, 'shape'),
        ('threshold_fire', np.full(7, 2**31), ValueError, 'allowed'),
        ('threshold_fire_step', np.zeros(7), ValueError, 'above 0'),
        ('threshold_fire_step', np.full(7, np.inf), ValueError, 'finite'),
        ('weights_pw', np.zeros((1, 1, 3, 7), int), ValueError, 'no variable'),
        ('bias', np.zeros(7, int), ValueError, 'no variable'),
    ],
)
def test_bad_values_change_nothing(event_model, name, values, error, message):
    conv = event_model.get_layer('conv')
    before = dict(conv.variables)
    with pytest.raises(error, match=message):
        conv.set_variable(name, values)
    for known, kept in before.items():
        np.testing.assert_array_equal(conv.get_variable(known), kept)


def test_a_free_layer_has_no_variables():
    layer = akida.FullyConnected(10, 'head')
    for work in (
        lambda: layer.get_variable('weights'),
        lambda: layer.set_variable('weights', np.zeros((1, 1, 4, 10), int)),
    ):
        with pytest.raises(ValueError, match='head.* is in no model'):
            work()
    with pytest.raises(ValueError, match='no variable'):
        model = akida.Model(layers=[akida.InputData(1, 1, 4), layer])
        model.layers[1].get_variable('bias')


@pytest.mark.covers('Layer.learning')
def test_learning_parameters():
    model = akida.Model(layers=[akida.InputData(1, 1, 16), akida.FullyConnected(4)])
    head = model.layers[1]
    assert dict(head.learning) == {'learning_type': LearningType.NoLearning}
    model.compile(3, num_classes=2, plasticity_decay=0.5)
    assert dict(head.learning) == {
        'learning_type': LearningType.AkidaUnsupervised,
        'num_weights': 3,
        'num_classes': 2,
        'initial_plasticity': 1.0,
        'learning_competition': 0.0,
        'min_plasticity': np.float32(0.1),
        'plasticity_decay': 0.5,
        'seed': 0,
    }
    assert head.learning.num_weights == 3


def test_equal_layers_are_the_same_layer_of_the_same_model(event_model):
    first, again = event_model.get_layer('conv'), event_model.get_layer(1)
    assert first == again and hash(first) == hash(again) and first is not again
    assert first != event_model.get_layer('head')
    other = randomise(akida.Model(layers=event_model.layers), 2)
    assert first != other.get_layer('conv')
    assert akida.FullyConnected(1) != akida.FullyConnected(1)
    assert first != 'conv'
