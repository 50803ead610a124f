"""Observers and statistics."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest

import spikemesh as akida


@pytest.mark.covers('Model.register_observer')
@pytest.mark.parametrize('which', ['layer', 'name', 'index'])
def test_observers_see_every_sample_once_in_order(event_model, events, which):
    layer = {'layer': event_model.get_layer('conv'), 'name': 'conv', 'index': 1}[which]
    seen = []
    handle = event_model.register_observer(layer, lambda *arguments: seen.append(arguments))
    assert isinstance(handle, int)
    event_model.forward(events)
    assert [source_id for _, source_id, _, _ in seen] == [0, 1, 2, 3]
    for layer, _, spikes, potentials in seen:
        assert layer == event_model.get_layer('conv')
        assert isinstance(spikes, akida.Sparse) and spikes.shape == (5, 4, 7)
        assert potentials.shape == (5, 4, 7) and potentials.dtype == np.int32
        fires = potentials > layer.get_variable('threshold_fire')
        np.testing.assert_array_equal(spikes.to_numpy() > 0, fires)


@pytest.mark.covers('Model.register_observer')
def test_observers_of_input_layers_and_of_potentials(event_model, image_model, events, images):
    seen = {}
    event_model.register_observer(0, lambda _, n, spikes, potentials: seen.update({n: (spikes, potentials)}))
    event_model.forward(events)
    np.testing.assert_array_equal(np.stack([spikes.to_numpy() for spikes, _ in seen.values()]), events.to_numpy())
    assert all(potentials.shape == (5, 4, 3) for _, potentials in seen.values())
    heads = []
    image_model.register_observer('head', lambda _layer, _n, spikes, potentials: heads.append((spikes, potentials)))
    output = image_model.forward(images)
    np.testing.assert_array_equal(np.stack([potentials for _, potentials in heads]), output)
    assert all(spikes.nnz == 0 for spikes, _ in heads)


@pytest.mark.covers('Model.unregister_observer')
def test_unregistered_observers_are_not_called(event_model, events):
    calls = []
    first = event_model.register_observer(observer=lambda *_: calls.append('first'), layer='conv')
    second = event_model.register_observer('conv', lambda *_: calls.append('second'))
    event_model.forward(events)
    assert calls == ['first', 'second'] * 4
    assert event_model.unregister_observer(first) is None
    event_model.predict(events)
    assert calls[8:] == ['second'] * 4
    for unknown in (first, second + 1, -1):
        with pytest.raises(ValueError, match='no observer'):
            event_model.unregister_observer(observer_id=unknown)


@pytest.mark.covers('Model.register_observer')
def test_what_an_observer_raises_ends_the_call(event_model, events):
    class Enough(Exception):
        pass

    calls = []

    def observer(_layer, source_id, _spikes, _potentials):
        calls.append(source_id)
        if source_id == 1:
            raise Enough

    handle = event_model.register_observer('head', observer)
    with pytest.raises(Enough):
        event_model.forward(events)
    assert calls == [0, 1]
    assert event_model.get_statistics()['head'].samples == 0, 'nothing is counted'
    event_model.unregister_observer(handle)
    event_model.forward(events)


@pytest.mark.covers('Model.register_observer')
def test_observers_may_use_the_model(event_model, events):
    calls = []

    def observer(layer, *_):
        calls.append(event_model.get_layer('head').get_variable('weights').shape)
        if len(calls) == 1:
            event_model.forward(events)

    event_model.register_observer('conv', observer)
    event_model.forward(events)
    assert len(calls) == 8


@pytest.mark.covers('Model.register_observer')
def test_bad_observers(event_model, image_model):
    with pytest.raises(TypeError, match='cannot be called'):
        event_model.register_observer('conv', 7)
    with pytest.raises(ValueError):
        event_model.register_observer('nothing', print)
    with pytest.raises(IndexError):
        event_model.register_observer(7, print)
    with pytest.raises(ValueError, match='not in this model'):
        event_model.register_observer(image_model.get_layer(0), print)


@pytest.mark.covers('Observer', 'Observer.spikes', 'Observer.potentials', 'Observer.clear', 'Model.get_observer')
def test_observer_keeps_what_it_saw(event_model, events):
    layer = event_model.get_layer('head')
    observer = akida.Observer(event_model, layer)
    assert (observer.spikes, observer.potentials) == ({}, {})
    output = event_model.forward(events)
    assert list(observer.spikes) == list(observer.potentials) == [0, 1, 2, 3]
    for n, spikes in observer.spikes.items():
        np.testing.assert_array_equal(spikes.to_numpy(), output.to_numpy()[n])
        assert observer.potentials[n].shape == (1, 1, 6)
    assert event_model.get_observer(layer) is observer
    event_model.forward(events.slice([0, -1, -1, -1]))
    assert list(observer.spikes) == [0, 1, 2, 3], 'a later call overwrites'
    observer.clear()
    assert (observer.spikes, observer.potentials) == ({}, {})
    fresh = event_model.get_observer(event_model.get_layer('conv'))
    event_model.forward(events)
    assert list(fresh.spikes) == [0, 1, 2, 3]
    assert event_model.get_observer(event_model.get_layer('conv')) is fresh


def test_an_observer_does_not_keep_the_model_alive(event_model, events):
    copy = akida.Model(layers=event_model.layers)
    copy.get_observer(copy.get_layer('head'))
    copy.forward(events)
    gone = weakref.ref(copy)
    del copy
    gc.collect()
    assert gone() is None


@pytest.mark.covers(
    'LayerStatistics', 'LayerStatistics.layer_name', 'LayerStatistics.input_sparsity', 'LayerStatistics.output_sparsity',
    'LayerStatistics.ops', 'LayerStatistics.possible_spikes', 'LayerStatistics.row_sparsity', 'Model.get_layer_statistics',
    'Model.get_statistics',
)  # fmt: skip
def test_statistics_count_since_the_model_was_made(event_model, events):
    conv, head = event_model.get_layer('conv'), event_model.get_layer('head')
    statistics = event_model.get_layer_statistics(conv)
    assert isinstance(statistics, akida.LayerStatistics) and statistics.layer_name == 'conv'
    assert statistics.samples == 0 and repr(statistics) == "<spikemesh.LayerStatistics 'conv': no samples>"
    assert np.isnan([statistics.input_sparsity, statistics.output_sparsity, statistics.ops]).all()
    assert statistics.possible_spikes == 5 * 4 * 7 and isinstance(statistics.possible_spikes, int)
    weights = conv.get_variable('weights')
    assert statistics.row_sparsity == pytest.approx(1 - weights.any(axis=0).mean())
    assert np.isnan(event_model.get_layer_statistics(event_model.get_layer('events')).row_sparsity), 'it has no weights'

    observer = event_model.get_observer(conv)
    event_model.forward(events)
    sent = sum(spikes.nnz for spikes in observer.spikes.values())
    # The same object has gone on counting.
    assert statistics.samples == 4 and f'{statistics.ops} operations' in repr(statistics)
    assert statistics.input_sparsity == pytest.approx(events.sparsity)
    assert statistics.output_sparsity == pytest.approx(1 - sent / (4 * 5 * 4 * 7))
    x, y = events.coords[:, 1], events.coords[:, 2]
    reached = (1 + (x > 0) + (x < 4)) * (1 + (y > 0) + (y < 3)) * 7
    assert statistics.ops == int(reached.sum() / 4 + 0.5) and isinstance(statistics.ops, int)
    assert event_model.get_layer_statistics(head).ops == int(sent * 6 / 4 + 0.5)

    first = statistics.output_sparsity
    event_model.predict(events)
    assert statistics.output_sparsity == first, 'the same samples again'
    assert list(event_model.get_statistics()) == ['events', 'conv', 'head']
    assert akida.LayerStatistics(event_model, conv, prev_layer=event_model.layers[0]).ops == statistics.ops
    conv.set_variable('weights', np.zeros_like(weights))
    assert (statistics.row_sparsity, statistics.output_sparsity) == (1, first)


def test_statistics_of_foreign_layers(event_model, image_model):
    with pytest.raises(ValueError, match='not in this model'):
        event_model.get_layer_statistics(image_model.layers[0])
    statistics = event_model.get_layer_statistics(event_model.get_layer('head'))
    event_model.pop_layer()
    with pytest.raises(ValueError, match='not in this model'):
        statistics.ops  # noqa: B018
