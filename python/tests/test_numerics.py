"""Every layer's numbers against an independent implementation: sums by SciPy, integers exact.

Images and maps are (x, y, channel) here. What the layers compute is in docs/numerics.md.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import signal

import spikemesh as akida
from spikemesh import ConvolutionMode, PoolingType

SEEDS = range(60)


def pads(size: int, kernel: int, stride: int, mode: ConvolutionMode) -> tuple[int, int]:
    """Positions outside the map, before it and behind it."""
    if mode is ConvolutionMode.Valid:
        return 0, 0
    if mode is ConvolutionMode.Full:
        return kernel - 1, kernel - 1
    total = max((math.ceil(size / stride) - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2


def padded(maps: np.ndarray, kernel: tuple[int, int], strides: tuple[int, int], mode: ConvolutionMode, value: int) -> np.ndarray:
    x, y = (pads(maps.shape[axis], kernel[axis], strides[axis], mode) for axis in (0, 1))
    return np.pad(maps, (x, y, (0, 0)), constant_values=value)


def correlate(maps: np.ndarray, weights: np.ndarray, parameters, value: int = 0, flipped: bool = True) -> np.ndarray:
    """(x, y, c) with kernels (x, y, c, n): sums (x, y, n)."""
    strides = parameters.stride_x, parameters.stride_y
    wide = padded(maps.astype(np.int64), weights.shape[:2], strides, parameters.convolution_mode, value)
    kernels = weights[::-1, ::-1] if flipped else weights
    sums = [
        sum(signal.correlate(wide[..., c], kernels[..., c, n].astype(np.int64), 'valid', 'direct') for c in range(wide.shape[2]))
        for n in range(weights.shape[3])
    ]
    return np.stack(sums, axis=2)[:: strides[0], :: strides[1]]


def pool(potentials: np.ndarray, parameters) -> np.ndarray:
    if parameters.pooling_type is PoolingType.NoPooling:
        return potentials
    if parameters.pooling_type is PoolingType.Average:
        return potentials.sum(axis=(0, 1), keepdims=True)
    given = ((parameters.pooling_width, parameters.pooling_stride_x), (parameters.pooling_height, parameters.pooling_stride_y))
    windows = [size if size != -1 else potentials.shape[axis] for axis, (size, _) in enumerate(given)]
    # The whole axis is one window, whatever the stride.
    strides = [stride if stride != -1 and size != -1 else window for (size, stride), window in zip(given, windows)]
    modes = [ConvolutionMode.Valid if size == -1 else parameters.convolution_mode for size, _ in given]
    x, y = (pads(potentials.shape[axis], windows[axis], strides[axis], modes[axis]) for axis in (0, 1))
    wide = np.pad(potentials, (x, y, (0, 0)), constant_values=np.iinfo(np.int64).min)
    views = np.lib.stride_tricks.sliding_window_view(wide, windows, axis=(0, 1))
    return views.max(axis=(3, 4))[:: strides[0], :: strides[1]]


def activate(potentials: np.ndarray, layer: akida.Layer) -> np.ndarray:
    bits = layer.parameters.threshold_fire_bits
    steps = layer.get_variable('threshold_fire_step').astype(np.float64)
    thresholds = layer.get_variable('threshold_fire').astype(np.int64)
    levels = np.zeros_like(potentials)
    for j in range(1, 1 << bits):
        levels += potentials >= thresholds + np.floor((j - 1) * steps * 2 ** (4 - bits)).astype(np.int64) + 1
    return levels


def expected(layer: akida.Layer, maps: np.ndarray) -> np.ndarray:
    """Potentials after pooling of one layer."""
    parameters = layer.parameters
    weights = layer.get_variable('weights')
    if isinstance(layer, akida.FullyConnected):
        # x is the fastest, the channel the slowest.
        flat = maps.transpose(2, 1, 0).reshape(-1).astype(np.int64)
        return (flat @ weights[0, 0]).reshape(1, 1, -1)
    if isinstance(layer, akida.InputConvolutional):
        return pool(correlate(maps, weights, parameters, parameters.padding_value, flipped=False), parameters)
    if isinstance(layer, akida.SeparableConvolutional):
        channels = [correlate(maps[..., c : c + 1], weights[:, :, c : c + 1], parameters) for c in range(maps.shape[2])]
        depthwise = np.concatenate(channels, axis=2)
        return pool(depthwise @ layer.get_variable('weights_pw')[0, 0].astype(np.int64), parameters)
    return pool(correlate(maps, weights, parameters), parameters)


def filters(rng: np.random.Generator, kinds: list) -> dict:
    pooling = rng.choice([PoolingType.NoPooling, PoolingType.Max, PoolingType.Average])
    size = lambda low, high: int(rng.integers(low, high))  # noqa: E731
    arguments = {
        'kernel_width': size(1, 5),
        'kernel_height': size(1, 5),
        'num_neurons': size(1, 6),
        'convolution_mode': rng.choice(kinds),
        'stride_x': size(1, 4),
        'stride_y': size(1, 4),
        'weights_bits': size(1, 9),
        'pooling_type': pooling,
    }
    if pooling is PoolingType.Max:
        arguments |= {name: int(rng.choice([-1, 1, 2, 3])) for name in ('pooling_width', 'pooling_height')}
        arguments |= {name: int(rng.choice([-1, 1, 2])) for name in ('pooling_stride_x', 'pooling_stride_y')}
    return arguments


def random_layer(rng: np.random.Generator, kind: type, dims: tuple[int, int, int], last: bool) -> akida.Layer:
    activation = {
        'activations_enabled': not last,
        'threshold_fire_bits': int(rng.choice([1, 2, 4])),
    }
    if kind is akida.FullyConnected:
        return kind(int(rng.integers(1, 9)), weights_bits=int(rng.integers(1, 9)), **activation)
    arguments = filters(rng, list(ConvolutionMode)) | activation
    if kind is akida.InputConvolutional:
        arguments |= dict(zip(('input_width', 'input_height', 'input_channels'), dims), padding_value=int(rng.integers(0, 256)))
    return kind(**arguments)


def random_network(seed: int) -> tuple[akida.Model, np.ndarray | akida.Sparse, np.ndarray]:
    """A model of up to three layers, an input for it, and the same as maps (n, x, y, c)."""
    rng = np.random.default_rng(seed)
    model = akida.Model()
    images = rng.random() < 0.5
    w, h, c = int(rng.integers(3, 14)), int(rng.integers(3, 14)), int(rng.choice([1, 3])) if images else int(rng.integers(1, 6))
    depth = int(rng.integers(1, 4))
    if not images:
        model.add(akida.InputData(w, h, c))
    while model.get_layer_count() < depth + (not images):
        first = model.get_layer_count() == 0
        kinds = [akida.InputConvolutional] if first else [akida.Convolutional, akida.SeparableConvolutional, akida.FullyConnected]
        last = model.get_layer_count() + 1 == depth + (not images)
        try:
            model.add(random_layer(rng, kinds[rng.integers(len(kinds))], (w, h, c), last))
        except ValueError:
            continue  # A window without a place: another one.
    for layer in model.layers:
        for name in layer.get_variable_names():
            shape = layer.get_variable(name).shape
            largest = max((1 << (layer.parameters.weights_bits - 1)) - 1, 1)
            lowest = 0 if layer.parameters.weights_bits == 1 else -largest
            ranges = {'threshold_fire': lambda: rng.integers(-50, 500, shape), 'threshold_fire_step': lambda: rng.uniform(0.3, 90, shape)}
            layer.set_variable(name, ranges.get(name, lambda: rng.integers(lowest, largest + 1, shape))())
    if images:
        given = rng.integers(0, 256, (3, h, w, c), dtype=np.uint8)
        return model, given, given.transpose(0, 2, 1, 3)
    maps = rng.integers(1, 16, (3, w, h, c)) * (rng.random((3, w, h, c)) < 0.5)
    return model, akida.dense_to_sparse(maps), maps


@pytest.mark.covers('Model.forward', 'ConvolutionMode.Valid', 'ConvolutionMode.Same', 'ConvolutionMode.Full', 'PoolingType.Max',
                    'PoolingType.Average', 'InputConvolutional', 'Convolutional', 'SeparableConvolutional', 'FullyConnected')  # fmt: skip
@pytest.mark.parametrize('seed', SEEDS)
def test_every_layer_of_random_networks_is_exact(seed):
    model, given, maps = random_network(seed)
    observers = {layer.name: model.get_observer(layer) for layer in model.layers}
    output = model.forward(given)
    for n, sample in enumerate(maps):
        for layer in model.layers:
            if isinstance(layer, akida.InputData):
                continue
            potentials = expected(layer, sample)
            np.testing.assert_array_equal(observers[layer.name].potentials[n], potentials, err_msg=repr(layer))
            if layer.parameters.activations_enabled:
                sample = activate(potentials, layer)
                np.testing.assert_array_equal(observers[layer.name].spikes[n].to_numpy(), sample, err_msg=repr(layer))
        np.testing.assert_array_equal(output[n] if isinstance(output, np.ndarray) else output.to_numpy()[n], potentials)


def test_the_random_networks_have_everything():
    networks = [random_network(seed) for seed in SEEDS]
    layers = [layer for model, _, _ in networks for layer in model.layers]
    kinds = {type(layer) for layer in layers}
    assert len(kinds) == 5
    filters = [layer.parameters for layer in layers if 'convolution_mode' in layer.parameters]
    combinations = {(p.convolution_mode, p.pooling_type) for p in filters}
    assert len(combinations) == 9
    assert {p.weights_bits for p in filters} == set(range(1, 9))
    levels = [model.forward(given) for model, given, _ in networks]
    assert sum(bool(np.asarray(output).any()) for output in levels) > len(SEEDS) * 0.7


def test_a_wrong_expectation_is_seen():
    model, given, maps = random_network(0)
    layer = next(layer for layer in model.layers if not isinstance(layer, akida.InputData))
    observer = model.get_observer(layer)
    model.forward(given)
    weights = layer.get_variable('weights')
    changed = np.unravel_index(np.argmax(np.abs(weights)), weights.shape)
    weights[changed] -= np.sign(weights[changed])
    layer.set_variable('weights', weights)
    different = [not np.array_equal(observer.potentials[n], expected(layer, sample)) for n, sample in enumerate(maps)]
    assert any(different)
