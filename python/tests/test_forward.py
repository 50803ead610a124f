"""What goes in and what comes out: shapes, dtypes, refusals."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import warnings

import numpy as np
import pytest
from conftest import ROOT

import spikemesh as akida

CALLS = ['forward', 'evaluate', 'predict']


@pytest.mark.covers('Model.forward')
def test_levels_are_sparse(event_model, events):
    output = event_model.forward(events)
    assert isinstance(output, akida.Sparse)
    assert output.shape == (4, 1, 1, 6) and output.type == np.uint8
    assert 1 <= output.values.min() and output.values.max() <= 15


@pytest.mark.covers('Model.forward')
def test_potentials_are_int32(image_model, images):
    output = image_model.forward(images)
    assert isinstance(output, np.ndarray)
    assert output.shape == (5, 1, 1, 10) and output.dtype == np.int32


@pytest.mark.covers('Model.forward')
def test_images_are_height_first_and_events_width_first(image_model, images):
    # An image (n, h, w, c) and its pixels as events (n, w, h, c) are the same input.
    as_events = akida.dense_to_sparse(images.transpose(0, 2, 1, 3))
    np.testing.assert_array_equal(image_model.forward(images), image_model.forward(as_events))
    model = akida.Model(layers=[akida.InputData(5, 4, 1)])
    small = np.random.default_rng(0).integers(0, 16, (2, 4, 5, 1), dtype=np.uint8)
    np.testing.assert_array_equal(model.forward(small).to_numpy(), small.transpose(0, 2, 1, 3))


@pytest.mark.covers('Model.forward')
def test_outputs_are_width_first():
    model = akida.Model(layers=[akida.InputData(5, 4, 1), akida.Convolutional(1, 1, 1, activations_enabled=False)])
    model.layers[1].set_variable('weights', np.ones((1, 1, 1, 1), int))
    small = np.arange(20, dtype=np.uint8).reshape(1, 4, 5, 1) % 16
    np.testing.assert_array_equal(model.forward(small), small.transpose(0, 2, 1, 3))


@pytest.mark.covers('Model.forward', 'Model.evaluate')
def test_memory_order_does_not_matter(image_model, images):
    expected = image_model.forward(images)
    for same in (np.asfortranarray(images), np.repeat(images, 2, axis=0)[::2], images[::-1][::-1]):
        np.testing.assert_array_equal(image_model.forward(same), expected)
    readonly = images.copy()
    readonly.flags.writeable = False
    np.testing.assert_array_equal(image_model.forward(readonly), expected)


@pytest.mark.covers('Model.evaluate')
def test_evaluate_shifts_and_scales(image_model, images):
    potentials = image_model.forward(images).astype(np.int64)
    head = image_model.get_layer('head')
    expected = (potentials - head.get_variable('threshold_fire')) / head.get_variable('threshold_fire_step').astype(np.float64)
    output = image_model.evaluate(images)
    assert output.dtype == np.float32 and output.shape == (5, 1, 1, 10)
    np.testing.assert_array_equal(output, expected.astype(np.float32))


@pytest.mark.covers('Model.evaluate')
def test_evaluate_wants_potentials(event_model, events):
    with pytest.raises(RuntimeError, match='has an activation'):
        event_model.evaluate(events)
    only_input = akida.Model(layers=[akida.InputData(5, 4, 3)])
    with pytest.raises(ValueError, match='only an InputData'):
        only_input.evaluate(events)


@pytest.mark.covers('Model.predict')
def test_predict_takes_the_largest_of_each_group(image_model, event_model, images, events):
    potentials = image_model.forward(images)[:, 0, 0]
    predicted = image_model.predict(images)
    assert predicted.dtype == np.int32 and predicted.shape == (5,)
    np.testing.assert_array_equal(predicted, potentials.argmax(axis=1))
    np.testing.assert_array_equal(image_model.predict(images, num_classes=5), potentials.argmax(axis=1) // 2)
    levels = event_model.forward(events).to_numpy()[:, 0, 0]
    np.testing.assert_array_equal(event_model.predict(events), np.where(levels.any(axis=1), levels.argmax(axis=1), -1))
    event_model.get_layer('head').set_variable('threshold_fire', np.full(6, 10**6))
    np.testing.assert_array_equal(event_model.predict(events), [-1] * 4)
    for wrong in (0, -1, 3, 20):
        with pytest.raises(ValueError, match='10 neurons'):
            image_model.predict(images, wrong)


@pytest.mark.covers('Model.forward', 'Model.evaluate', 'Model.predict')
@pytest.mark.parametrize('call', CALLS)
@pytest.mark.parametrize('wrong', [None, 7, [[1]], 'image', b'image', object()], ids=repr)
def test_neither_sparse_nor_array_is_a_type_error(image_model, call, wrong):
    with pytest.raises(TypeError, match='must be a Sparse'):
        getattr(image_model, call)(wrong)


@pytest.mark.covers('Model.forward', 'Model.evaluate', 'Model.predict')
@pytest.mark.parametrize('call', CALLS)
@pytest.mark.parametrize(
    ('wrong', 'message'),
    [
        (np.zeros((5, 8, 12, 1)), 'float64'),
        (np.zeros((5, 8, 12, 1), np.int8), 'int8'),
        (np.zeros((5, 8, 12, 1), bool), 'bool'),
        (np.zeros((5, 8, 12, 1), object), 'object'),
        (np.zeros((8, 12, 1), np.uint8), '3 dimensions'),
        (np.zeros((1, 5, 8, 12, 1), np.uint8), '5 dimensions'),
        (np.zeros((5, 12, 8, 1), np.uint8), "order='events'"),
        (np.zeros((5, 8, 13, 1), np.uint8), '12x8x1'),
        (np.zeros((5, 8, 12, 2), np.uint8), '12x8x1'),
        (np.zeros((5, 8, 12, 3), np.uint8), '12x8x1'),
        (akida.dense_to_sparse(np.zeros((5, 8, 12, 1), int)), '12x8x1'),
        (akida.dense_to_sparse(np.zeros((5, 12, 8, 1), int)).chip(0, 0), '3 dimensions'),
    ],
    ids=lambda value: value if isinstance(value, str) else '',
)
def test_wrong_tensors_are_value_errors(image_model, call, wrong, message):
    with pytest.raises(ValueError, match=message):
        getattr(image_model, call)(wrong)


@pytest.mark.covers('Model.forward')
def test_values_out_of_range_reject_the_whole_call(event_model, events):
    too_large = akida.dense_to_sparse(np.full((2, 5, 4, 3), 16))
    calls = []
    event_model.register_observer('conv', lambda *_: calls.append(1))
    with pytest.raises(ValueError, match='16 in sample 0 at x 0, y 0, channel 0.*1..=15'):
        event_model.forward(too_large)
    assert calls == [] and event_model.get_statistics()['conv'].samples == 0
    images = akida.Model(layers=[akida.InputData(5, 4, 1)])
    with pytest.raises(ValueError, match='0..=15'):
        images.forward(np.full((1, 4, 5, 1), 16, np.uint8))


@pytest.mark.covers('Model.forward', 'Model.evaluate', 'Model.predict')
def test_no_samples_give_no_results(image_model, event_model, images, events):
    assert image_model.forward(images[:0]).shape == (0, 1, 1, 10)
    assert image_model.evaluate(images[:0]).shape == (0, 1, 1, 10)
    assert image_model.predict(images[:0]).shape == (0,)
    assert event_model.forward(akida.dense_to_sparse(np.zeros((0, 5, 4, 3), int))).shape == (0, 1, 1, 6)


@pytest.mark.covers('Model.forward')
@pytest.mark.parametrize('call', CALLS)
def test_models_without_weights_name_their_layers(call):
    model = akida.Model(layers=[akida.InputData(5, 4, 3), akida.Convolutional(3, 3, 7, 'one'), akida.FullyConnected(6, 'two')])
    with pytest.raises(ValueError, match='one, two'):
        getattr(model, call)(akida.dense_to_sparse(np.zeros((1, 5, 4, 3), int)))
    with pytest.raises(ValueError, match='no layers'):
        getattr(akida.Model(), call)(akida.dense_to_sparse(np.zeros((1, 5, 4, 3), int)))


def test_a_potential_beyond_32_bits_names_the_neuron():
    model = akida.Model(
        layers=[
            akida.InputConvolutional(400, 400, 3, 7, 7, 1, 'wide', weights_bits=8, activations_enabled=False,
                                     pooling_type=akida.PoolingType.Average),
        ]
    )  # fmt: skip
    model.layers[0].set_variable('weights', np.full((7, 7, 3, 1), 127))
    with pytest.raises(ValueError, match='`wide`, neuron 0'):
        model.forward(np.full((1, 400, 400, 3), 255, np.uint8))


def test_the_interpreter_is_released(image_model):
    batch = np.random.default_rng(0).integers(0, 256, (20_000, 8, 12, 1), dtype=np.uint8)
    results = []
    worker = threading.Thread(target=lambda: results.append(image_model.forward(batch)))
    worker.start()
    turns = 0
    while worker.is_alive():
        turns += 1
    worker.join()
    # Without the release this thread would get a turn only after the whole call.
    assert turns > 100
    np.testing.assert_array_equal(results[0][:5], image_model.forward(batch[:5]))


def test_threads_may_share_a_model(image_model, images):
    expected = image_model.forward(images)
    results = []
    threads = [threading.Thread(target=lambda: results.extend(image_model.forward(images) for _ in range(20))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 80 and all((result == expected).all() for result in results)
    assert image_model.get_statistics()['head'].possible_spikes == 10


def run_python(code: str, threads: int) -> str:
    environment = os.environ | {'RAYON_NUM_THREADS': str(threads)}
    return subprocess.run([sys.executable, '-c', code], env=environment, check=True, capture_output=True, text=True).stdout


def test_the_number_of_threads_does_not_matter():
    code = f"""
import hashlib, numpy as np, spikemesh as akida
folder = {str(ROOT / 'traces' / 'fashion-mnist')!r}
model = akida.Model(folder + '/model.fbz')
images = np.load(folder + '/images.npy')
output = model.evaluate(images)
statistics = [(s.input_sparsity, s.output_sparsity, s.ops) for s in model.get_statistics().values()]
print(hashlib.sha256(output.tobytes()).hexdigest(), statistics)
"""
    assert run_python(code, 1) == run_python(code, 2) == run_python(code, 5)


@pytest.mark.covers('Model.forward')
def test_the_order_of_an_array_follows_its_channels_unless_it_is_named():
    model = akida.Model(layers=[akida.InputData(5, 4, 2), akida.FullyConnected(3, weights_bits=4, activations_enabled=False)])
    model.layers[1].set_variable('weights', np.arange(120).reshape(model.layers[1].get_variable('weights').shape) % 7 - 3)
    events = np.random.default_rng(0).integers(0, 16, (2, 5, 4, 2), dtype=np.uint8)
    expected = model.forward(akida.dense_to_sparse(events))
    np.testing.assert_array_equal(model.forward(events), expected)
    pictures = events.transpose(0, 2, 1, 3)
    with pytest.raises(ValueError, match="order='images'") as refused:
        model.forward(pictures)
    assert '--' not in str(refused.value) and '[2, 4, 5, 2]' in str(refused.value)
    np.testing.assert_array_equal(model.forward(pictures, order='images'), expected)
    program = model.map('two-nodes')
    np.testing.assert_array_equal(program.run(events).outputs, expected)
    np.testing.assert_array_equal(program.run(pictures, order='images').outputs, expected)
    for wrong in ('pictures', ''):
        with pytest.raises(ValueError, match='is not an order'):
            model.forward(events, order=wrong)


@pytest.mark.covers('Model.forward')
def test_events_of_one_channel_and_equal_sides_are_warned_of():
    model = akida.Model(layers=[akida.InputData(4, 4, 1)])
    square = np.arange(16, dtype=np.uint8).reshape(1, 4, 4, 1)
    with pytest.warns(UserWarning, match="order='events'"):
        model.forward(square)
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        events = model.forward(square, order='events').to_numpy()
        pictures = model.forward(square, order='images').to_numpy()
    np.testing.assert_array_equal(events, square)
    np.testing.assert_array_equal(pictures, square.transpose(0, 2, 1, 3))


@pytest.mark.covers('Model.forward')
def test_advice_for_another_type_looks_at_the_values(image_model):
    with pytest.raises(ValueError, match=r'array \* 255'):
        image_model.forward(np.full((1, 8, 12, 1), 0.5))
    with pytest.raises(ValueError, match='every value fits'):
        image_model.forward(np.full((1, 8, 12, 1), 200))
