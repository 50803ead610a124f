"""Models: building, files, copies, what they print."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
from conftest import ROOT, randomise

import spikemesh as akida


@pytest.mark.covers('Model', 'Model.add', 'Model.layers', 'Model.get_layer_count', 'Model.output_dims')
def test_layers_are_added_in_order():
    model = akida.Model()
    assert (model.layers, model.get_layer_count(), model.output_dims) == ([], 0, None)
    layers = [akida.InputData(5, 4, 3), akida.Convolutional(3, 3, 7), akida.FullyConnected(6)]
    for layer in layers:
        assert model.add(layer) is None
    assert model.layers == layers
    assert [type(layer) for layer in model.layers] == [akida.InputData, akida.Convolutional, akida.FullyConnected]
    assert (model.get_layer_count(), model.output_dims) == (3, (1, 1, 6))


@pytest.mark.covers('Model.add')
def test_several_inbound_layers_are_concatenated(events):
    model = akida.Model()
    model.add(akida.InputData(5, 4, 3, 'in'))
    left, right = akida.Convolutional(1, 1, 4, 'left', threshold_fire_bits=2), akida.Convolutional(3, 3, 2, 'right')
    model.add(left, [model.get_layer('in')])
    model.add(right, [model.get_layer('in')])
    join = akida.Convolutional(1, 1, 3, 'join', activations_enabled=False)
    model.add(join, [right, left])
    assert join.input_dims == (5, 4, 6)
    randomise(model, 9)
    output = model.forward(events)
    seen = {layer: model.get_observer(layer) for layer in (left, right)}
    model.forward(events)
    joined = np.concatenate([seen[right].spikes[2].to_numpy(), seen[left].spikes[2].to_numpy()], axis=2)
    weights = join.get_variable('weights')[0, 0].astype(int)
    np.testing.assert_array_equal(joined.astype(int) @ weights, output[2])
    # A copy keeps the graph.
    again = akida.Model(layers=model.layers)
    assert again.get_layer('join').input_dims == (5, 4, 6)
    np.testing.assert_array_equal(again.forward(events), output)


@pytest.mark.covers('Model.add')
@pytest.mark.parametrize(
    ('layer', 'error', 'message'),
    [
        (akida.InputData(5, 4, 3), ValueError, 'not the first layer'),
        (akida.Convolutional(3, 3, 7, 'conv'), ValueError, 'taken'),
        (akida.Convolutional(9, 9, 7, convolution_mode=akida.ConvolutionMode.Valid), ValueError, '9'),
        ('conv', TypeError, 'not a Layer'),
    ],
)
def test_what_cannot_be_added_leaves_the_model_as_it_was(event_model, events, layer, error, message):
    before = event_model.forward(events)
    with pytest.raises(error, match=message):
        event_model.add(layer)
    assert event_model.get_layer_count() == 3
    assert event_model.forward(events) == before


@pytest.mark.covers('Model.add')
def test_layers_of_other_models_and_added_layers_are_refused(event_model, image_model):
    with pytest.raises(ValueError, match='is in a model already'):
        event_model.add(image_model.get_layer('head'))
    with pytest.raises(ValueError, match='not in this model'):
        event_model.add(akida.FullyConnected(2), [image_model.get_layer('features')])
    with pytest.raises(ValueError, match='not in this model'):
        event_model.add(akida.FullyConnected(2), [akida.FullyConnected(2, 'free')])
    with pytest.raises(ValueError, match='no activation'):
        image_model.add(akida.FullyConnected(2))
    with pytest.raises(ValueError, match='not an input layer'):
        akida.Model().add(akida.FullyConnected(2))
    with pytest.raises(TypeError, match='not a Layer'):
        event_model.add(akida.FullyConnected(2), ['conv'])


@pytest.mark.covers('Model.pop_layer')
def test_pop_and_add_again(event_model, events):
    head = event_model.get_layer('head')
    calls = []
    event_model.register_observer(head, lambda *_: calls.append(1))
    event_model.pop_layer()
    assert event_model.output_dims == (5, 4, 7)
    assert event_model.forward(events).shape == (4, 5, 4, 7) and not calls
    assert head.output_dims is None
    event_model.add(head)
    assert head == event_model.layers[-1] and not head.get_variable('weights').any()
    event_model.pop_layer()
    event_model.add(akida.FullyConnected(3, 'head'))
    for _ in range(3):
        event_model.pop_layer()
    with pytest.raises(ValueError, match='no layers'):
        event_model.pop_layer()


@pytest.mark.covers('Model.get_layer')
def test_get_layer_by_name_and_index(event_model):
    assert event_model.get_layer('conv') == event_model.get_layer(1) == event_model.layers[1]
    assert event_model.get_layer(layer_name='conv') == event_model.get_layer(layer_index=np.int64(1))
    with pytest.raises(ValueError, match='nothing.*events, conv, head'):
        event_model.get_layer('nothing')
    for index in (3, -1, 1 << 40):
        with pytest.raises(IndexError, match='3 layers'):
            event_model.get_layer(index)
    for wrong in ((), (1.5,), (None,), (1, 2)):
        with pytest.raises(TypeError):
            event_model.get_layer(*wrong)
    with pytest.raises(TypeError):
        event_model.get_layer(name='conv')


@pytest.mark.covers('Model')
def test_layers_are_copied_with_their_variables(event_model, events):
    model = akida.Model(layers=event_model.layers)
    assert model.forward(events) == event_model.forward(events)
    before = event_model.get_layer('conv').get_variable('weights')
    model.get_layer('conv').set_variable('weights', np.zeros_like(before))
    np.testing.assert_array_equal(event_model.get_layer('conv').get_variable('weights'), before)


@pytest.mark.covers('Model')
def test_an_input_layer_is_put_in_front(event_model):
    model = akida.Model(layers=event_model.layers[1:])
    assert isinstance(model.layers[0], akida.InputData) and model.layers[0].output_dims == (5, 4, 3)
    np.testing.assert_array_equal(
        model.get_layer('head').get_variable('weights'), event_model.get_layer('head').get_variable('weights')
    )
    with pytest.raises(ValueError, match='input dimensions are not known'):
        akida.Model(layers=[akida.FullyConnected(3)])
    assert akida.Model(layers=[]).layers == []


@pytest.mark.covers('Model')
def test_bad_arguments_of_a_model(event_model):
    with pytest.raises(ValueError, match='both given'):
        akida.Model('model.fb', layers=event_model.layers)
    with pytest.raises(TypeError, match='BackendType'):
        akida.Model(backend='Software')
    with pytest.raises(TypeError):
        akida.Model(7)
    with pytest.raises(TypeError, match='not a Layer'):
        akida.Model(layers=['conv'])
    with pytest.raises(TypeError, match='not a Layer'):
        akida.Model(layers=[akida.InputData(1, 1, 1), None])


@pytest.mark.covers('Model', 'Model.save')
@pytest.mark.parametrize('ending', ['.fb', '.fbz'])
def test_saved_models_are_the_same(tmp_path, event_model, events, ending):
    path = tmp_path / f'model{ending}'
    event_model.save(path)
    event_model.save(str(path))
    loaded = akida.Model(path)
    assert [dict(layer.parameters) for layer in loaded.layers] == [dict(layer.parameters) for layer in event_model.layers]
    assert loaded.forward(events) == event_model.forward(events)
    # Decided by content, not by the ending.
    renamed = path.rename(tmp_path / 'model.yaml')
    assert akida.Model(filename=str(renamed)).forward(events) == event_model.forward(events)


@pytest.mark.covers('Model')
def test_templates_load():
    model = akida.Model(ROOT / 'traces' / 'fashion-mnist' / 'model.yaml')
    assert model.output_dims == (1, 1, 10)
    with pytest.raises(ValueError, match='weights are not set'):
        model.forward(np.zeros((1, 28, 28, 1), np.uint8))


@pytest.mark.covers('Model', 'Model.save')
def test_damaged_and_missing_files(tmp_path, event_model):
    path = tmp_path / 'model.fb'
    event_model.save(path)
    whole = path.read_bytes()
    for damaged in (whole[:-1], whole[: len(whole) // 2], whole[:100] + b'\xff' * 8 + whole[108:], b'', b'name: [', b'\x89NPX\0\0'):
        path.write_bytes(damaged)
        with pytest.raises(ValueError, match='model::|template::'):
            akida.Model(path)
    with pytest.raises(FileNotFoundError, match='missing.fb'):
        akida.Model(tmp_path / 'missing.fb')
    with pytest.raises((OSError, ValueError), match='missing'):
        event_model.save(tmp_path / 'missing' / 'model.fb')


def test_models_are_copied_and_pickled(event_model, events):
    expected = event_model.forward(events)
    for again in (copy.deepcopy(event_model), pickle.loads(pickle.dumps(event_model))):
        assert again.forward(events) == expected
        assert again.backend is akida.BackendType.Software


@pytest.mark.covers('Model.summary')
def test_summary_prints(capsys, event_model):
    assert event_model.summary() is None
    printed = capsys.readouterr().out
    for part in ('5x4x3', 'Software', akida.__version__, 'conv (Convolutional)', '5x4x7', '3x3x3x7', '1x1x140x6'):
        assert part in printed
    model = akida.Model(layers=[akida.InputData(1, 1, 16, 'in'), akida.FullyConnected(4, 'learner')])
    model.compile(3)
    model.summary()
    learning = capsys.readouterr().out
    assert [line for line in learning.splitlines() if 'learner' in line and '16' in line and '3' in line.split()]


@pytest.mark.covers('Model.backend')
def test_backend(event_model):
    assert event_model.backend is akida.BackendType.Software
    assert akida.Model(backend=akida.BackendType.Hardware).backend is akida.BackendType.Hardware


def test_html_escapes_names():
    model = akida.Model(layers=[akida.InputData(5, 4, 3, '<b>')])
    text = model._repr_html_()
    assert '&lt;b&gt;' in text and '<b>' not in text and '5 × 4 × 3' in text
    assert 'Model of 1 layer,' in repr(model)
