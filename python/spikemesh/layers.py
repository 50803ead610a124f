"""Layers. A layer is made from its parameters; it has shapes and variables once it is in a model."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from enum import Enum
from typing import Any, NoReturn
from weakref import WeakValueDictionary

import numpy as np
from numpy.typing import ArrayLike

from . import _core
from .closed import Closed
from .enums import ConvolutionMode, LearningType, PoolingType
from .parameters import Parameters

Dims = tuple[int, int, int]

_ENUMS: dict[str, type[Enum]] = {'convolution_mode': ConvolutionMode, 'pooling_type': PoolingType}


class Variables(Closed, MutableMapping):
    """The variables of a layer by name; each can be read as an attribute as well. Reading copies, and the copy cannot be written to; assigning
    sets."""

    def __init__(self, layer: Layer):
        self._layer = layer

    def __getitem__(self, name: str) -> np.ndarray:
        if name not in self._layer.get_variable_names():
            raise KeyError(name)
        values = self._layer.get_variable(name)
        values.flags.writeable = False
        return values

    def __setitem__(self, name: str, values: ArrayLike) -> None:
        self._layer.set_variable(name, values)

    def __delitem__(self, name: str) -> None:
        raise TypeError('variables cannot be deleted')

    def __getattr__(self, name: str) -> np.ndarray:
        if name.startswith('_'):
            raise AttributeError(name)
        try:
            return self[name]
        except KeyError:
            raise AttributeError(self._unknown(name)) from None

    def _how_to_set(self, name: str) -> str:
        return f'assign to layer.variables[{name!r}]' if name in self else self._unknown(name)

    def _unknown(self, name: str) -> str:
        return f'there is no variable {name!r}; there are {", ".join(self) or "none"}'

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self]

    def _ipython_key_completions_(self) -> list[str]:
        return list(self)

    def __iter__(self) -> Iterator[str]:
        return iter(self._layer.get_variable_names())

    def __len__(self) -> int:
        return len(self._layer.get_variable_names())

    def __repr__(self) -> str:
        return '{' + ', '.join(f'{name}: {values.dtype} {values.shape}' for name, values in self.items()) + '}'


# The model of every layer that is pickled together with it must be the same object.
_MODELS: WeakValueDictionary[int, _core.Model] = WeakValueDictionary()


def register(core: _core.Model) -> None:
    """Makes a model known as the one that its layers are pickled with."""
    _MODELS[core.identity()] = core


class Layer(Closed):
    """A layer; made by one of its subclasses. Two are equal if they are the same layer of the same model.

    A copy or a pickle of a layer in a model holds the whole model; of one in no model its parameters.
    """

    _core: _core.Layer

    def __init__(self) -> None:
        raise TypeError(f'make one of its subclasses: {", ".join(_CLASSES)}')

    @property
    def name(self) -> str:
        """The name. An empty one becomes ``<type>_<index>`` when the layer is added to a model."""
        return self._core.name

    @property
    def parameters(self) -> Parameters:
        """The constructor's arguments, and ``layer_type``: a mapping whose keys are attributes as well."""
        values = {'layer_type': self._core.layer_type, 'name': self.name} | self._core.parameters
        values = {key: _ENUMS[key](value) if key in _ENUMS else value for key, value in values.items()}
        kind = self._core.layer_type
        return Parameters(values, f'parameters are the arguments of a new layer: model.add({kind}(...)). Thresholds: see layer.variables')

    @property
    def input_dims(self) -> Dims | None:
        """(width, height, channels) of the input; None before the layer is in a model, except for input layers."""
        return self._core.input_dims

    @property
    def output_dims(self) -> Dims | None:
        """(width, height, features) of the output; None before the layer is in a model."""
        return self._core.output_dims

    @property
    def learning(self) -> Parameters:
        """``learning_type``, and for a compiled layer the arguments of `Model.compile`."""
        values = self._core.learning
        kind = LearningType.NoLearning if values is None else LearningType.AkidaUnsupervised
        return Parameters({'learning_type': kind} | (values or {}), 'they are the arguments of model.compile(...)')

    @property
    def variables(self) -> Variables:
        """The layer's variables: a mapping from name to array. Empty before the layer is in a model."""
        return Variables(self)

    def get_variable_names(self) -> list[str]:
        """Names of the layer's variables. Empty before the layer is in a model."""
        return self._core.variable_names()

    def get_variable(self, name: str) -> np.ndarray:
        """A copy of a variable.

        Args:
            name: ``weights`` int8 (kernel width, kernel height, channels, neurons), of a separable layer (.., .., channels, 1), of a fully
                connected one (1, 1, inputs, neurons); ``weights_pw`` int8 (1, 1, channels, neurons) of a separable layer;
                ``threshold_fire`` int32 (neurons); ``threshold_fire_step`` float32 (neurons); ``threshold_learning`` int32 (neurons)
                of a compiled layer.

        Raises:
            ValueError: the layer is in no model, or has no such variable.
        """
        return self._core.variable(name)

    def set_variable(self, name: str, values: ArrayLike) -> None:
        """Replaces a variable.

        Args:
            name: the variable's name, see `get_variable`.
            values: integers of any type, or numbers for ``threshold_fire_step``; of the variable's shape, or of that shape
                reversed: (neurons, channels, height, width). An array is taken by index, whatever its memory order.

        Raises:
            ValueError: no such variable, another shape, another kind of numbers, a value out of range: weights of b bits are
                -(2^(b-1) - 1) to 2^(b-1) - 1, of one bit 0 or 1. Nothing is changed then.
            TypeError: not numbers.
        """
        array = np.asarray(values)
        shape = tuple(self._core.variable_shape(name))
        if array.shape != shape and array.shape != shape[::-1]:
            raise ValueError(f'layer `{self.name}`: {name} has the shape {shape}, the values have {array.shape}')
        if array.shape != shape:
            array = array.T
        flat = np.ascontiguousarray(array).reshape(-1)
        if flat.dtype.kind in 'iub':
            if flat.dtype == np.uint64 and flat.size and flat.max() > np.iinfo(np.int64).max:
                raise ValueError(f'layer `{self.name}`: {name} is {flat.max()}, which is out of range')
            self._core.set_integers(name, flat.astype(np.int64))
        elif flat.dtype.kind == 'f':
            self._core.set_numbers(name, flat.astype(np.float64))
        else:
            raise TypeError(f'layer `{self.name}`: {name} takes numbers, not {flat.dtype}')

    def get_learning_histogram(self) -> np.ndarray:
        """How far the neurons have learned: rows of (percentage, neurons), ascending, without empty ones; (k, 2) int64.

        Raises:
            RuntimeError: the layer is not compiled.
        """
        return np.array(self._core.learning_histogram(), dtype=np.int64).reshape(-1, 2)

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith('_'):
            raise AttributeError(name)
        if name in self.get_variable_names():
            raise AttributeError(f'{name!r} is a variable: layer.get_variable({name!r})')
        if name in self.parameters:
            raise AttributeError(f'{name!r} is a parameter: layer.parameters.{name}')
        raise AttributeError(f'{type(self).__name__} has no attribute {name!r}')

    def _how_to_set(self, name: str) -> str:
        if name in self.get_variable_names():
            return f'use layer.set_variable({name!r}, values), or assign to layer.variables[{name!r}]'
        if name in self.parameters:
            return self.parameters._how_to_set(name)
        if hasattr(type(self), name):
            return f'it is only read; see layer.set_variable and the arguments of {type(self).__name__}'
        variables = ', '.join(self.get_variable_names()) or 'none, as it is in no model'
        return f'there is no such parameter or variable. Variables are {variables}; parameters are {", ".join(self.parameters)}'

    def __reduce__(self) -> tuple:
        index = self._core.index()
        if index is None:
            return _free_layer, (self._core.layer_type, self.name, self._core.parameters)
        model = _MODELS.get(self._core.identity()[0]) or _core.Model.of_layer(self._core)
        register(model)
        return _layer_of, (model, index)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Layer):
            return NotImplemented
        return self._core.identity() == other._core.identity()

    def __hash__(self) -> int:
        return hash(self._core.identity())

    def __repr__(self) -> str:
        return f'<spikemesh.{type(self).__name__} {self.name!r}, output {self.output_dims}>'


def wrap(core: _core.Layer) -> Layer:
    """The layer of a core layer, of the class of its type."""
    layer = object.__new__(_CLASSES[core.layer_type])
    layer._core = core
    return layer


def _free_layer(layer_type: str, name: str, parameters: dict[str, Any]) -> Layer:
    """A layer in no model from its pickle."""
    return wrap(_core.Layer(layer_type, name, parameters))


def _layer_of(model: _core.Model, index: int) -> Layer:
    """A layer of a model from its pickle."""
    register(model)
    return wrap(model.layer_at(index))


def _core_layer(layer_type: str, arguments: dict[str, Any]) -> _core.Layer:
    """A free layer of a constructor's arguments."""
    values = {name: value for name, value in arguments.items() if name not in ('self', 'name')}
    for name, kind in _ENUMS.items():
        if name in values:
            if not isinstance(values[name], kind):
                raise TypeError(f'{name} is {values[name]!r}, and must be a {kind.__name__}')
            values[name] = values[name].value
    name = arguments['name']
    if not isinstance(name, str):
        raise TypeError(f'name is {name!r}, and must be a str')
    return _core.Layer(layer_type, name, values)


class InputData(Layer):
    """The input layer of events, or of small images with values up to 15."""

    def __init__(self, input_width: int, input_height: int, input_channels: int, name: str = ''):
        """
        Args:
            input_width: columns, 1 to 65535.
            input_height: rows, 1 to 65535.
            input_channels: channels, 1 to 65535.
            name: unique in its model; empty for ``inputdata_<index>``.

        Raises:
            ValueError: a size out of range. TypeError: not an integer.
        """
        self._core = _core_layer('InputData', locals())


class InputConvolutional(Layer):
    """The input layer of images: a dense correlation of 8-bit pixels, (n, h, w, 1 or 3)."""

    def __init__(
        self,
        input_width: int,
        input_height: int,
        input_channels: int,
        kernel_width: int,
        kernel_height: int,
        num_neurons: int,
        name: str = '',
        convolution_mode: ConvolutionMode = ConvolutionMode.Same,
        stride_x: int = 1,
        stride_y: int = 1,
        weights_bits: int = 1,
        pooling_width: int = -1,
        pooling_height: int = -1,
        pooling_type: PoolingType = PoolingType.NoPooling,
        pooling_stride_x: int = -1,
        pooling_stride_y: int = -1,
        activations_enabled: bool = True,
        threshold_fire: int = 0,
        threshold_fire_step: float = 1,
        threshold_fire_bits: int = 1,
        padding_value: int = 0,
    ):
        """
        Args:
            input_width: columns of the image.
            input_height: rows of the image.
            input_channels: 1 or 3.
            kernel_width: columns of the kernel.
            kernel_height: rows of the kernel.
            num_neurons: filters.
            name: unique in its model; empty for ``inputconvolutional_<index>``.
            convolution_mode: padding.
            stride_x: step in x.
            stride_y: step in y.
            weights_bits: bits of a weight, 1 to 8.
            pooling_width: columns of the pooling window; -1 is the whole map.
            pooling_height: rows of it; -1 is the whole map.
            pooling_type: NoPooling ignores all of ``pooling_*``.
            pooling_stride_x: step of the window in x; -1 is its width.
            pooling_stride_y: step of the window in y; -1 is its height.
            activations_enabled: True: the layer outputs levels; False: raw potentials.
            threshold_fire: a neuron fires above it; the start value of the variable.
            threshold_fire_step: length of a level's interval at 4 bits, above 0; the start value of the variable.
            threshold_fire_bits: bits of a level, 1 to 4.
            padding_value: pixel outside the image, 0 to 255.

        Raises:
            ValueError: a value out of range. TypeError: a value of another type.
        """
        self._core = _core_layer('InputConvolutional', locals())


class FullyConnected(Layer):
    """Every neuron sees every input. The output map is 1 x 1."""

    def __init__(
        self,
        num_neurons: int,
        name: str = '',
        weights_bits: int = 1,
        activations_enabled: bool = True,
        threshold_fire: int = 0,
        threshold_fire_step: float = 1,
        threshold_fire_bits: int = 1,
    ):
        """
        Args:
            num_neurons: neurons.
            name: unique in its model; empty for ``fullyconnected_<index>``.
            weights_bits: bits of a weight, 1 to 8.
            activations_enabled: True: the layer outputs levels; False: raw potentials.
            threshold_fire: a neuron fires above it; the start value of the variable.
            threshold_fire_step: length of a level's interval at 4 bits, above 0; the start value of the variable.
            threshold_fire_bits: bits of a level, 1 to 4.

        Raises:
            ValueError: a value out of range. TypeError: a value of another type.
        """
        self._core = _core_layer('FullyConnected', locals())


class Convolutional(Layer):
    """A convolution over events. Kernels are stored flipped."""

    def __init__(
        self,
        kernel_width: int,
        kernel_height: int,
        num_neurons: int,
        name: str = '',
        convolution_mode: ConvolutionMode = ConvolutionMode.Same,
        stride_x: int = 1,
        stride_y: int = 1,
        weights_bits: int = 1,
        pooling_width: int = -1,
        pooling_height: int = -1,
        pooling_type: PoolingType = PoolingType.NoPooling,
        pooling_stride_x: int = -1,
        pooling_stride_y: int = -1,
        activations_enabled: bool = True,
        threshold_fire: int = 0,
        threshold_fire_step: float = 1,
        threshold_fire_bits: int = 1,
    ):
        """
        Args:
            kernel_width: columns of the kernel.
            kernel_height: rows of the kernel.
            num_neurons: filters.
            name: unique in its model; empty for ``convolutional_<index>``.
            convolution_mode: padding.
            stride_x: step in x.
            stride_y: step in y.
            weights_bits: bits of a weight, 1 to 8.
            pooling_width: columns of the pooling window; -1 is the whole map.
            pooling_height: rows of it; -1 is the whole map.
            pooling_type: NoPooling ignores all of ``pooling_*``.
            pooling_stride_x: step of the window in x; -1 is its width.
            pooling_stride_y: step of the window in y; -1 is its height.
            activations_enabled: True: the layer outputs levels; False: raw potentials.
            threshold_fire: a neuron fires above it; the start value of the variable.
            threshold_fire_step: length of a level's interval at 4 bits, above 0; the start value of the variable.
            threshold_fire_bits: bits of a level, 1 to 4.

        Raises:
            ValueError: a value out of range. TypeError: a value of another type.
        """
        self._core = _core_layer('Convolutional', locals())


class SeparableConvolutional(Layer):
    """A depthwise convolution, then a pointwise one over its sums. Depthwise kernels are stored flipped."""

    def __init__(
        self,
        kernel_width: int,
        kernel_height: int,
        num_neurons: int,
        name: str = '',
        convolution_mode: ConvolutionMode = ConvolutionMode.Same,
        stride_x: int = 1,
        stride_y: int = 1,
        weights_bits: int = 2,
        pooling_width: int = -1,
        pooling_height: int = -1,
        pooling_type: PoolingType = PoolingType.NoPooling,
        pooling_stride_x: int = -1,
        pooling_stride_y: int = -1,
        activations_enabled: bool = True,
        threshold_fire: int = 0,
        threshold_fire_step: float = 1,
        threshold_fire_bits: int = 1,
    ):
        """
        Args:
            kernel_width: columns of the depthwise kernel.
            kernel_height: rows of the depthwise kernel.
            num_neurons: pointwise filters.
            name: unique in its model; empty for ``separableconvolutional_<index>``.
            convolution_mode: padding.
            stride_x: step in x.
            stride_y: step in y.
            weights_bits: bits of a weight, 1 to 8.
            pooling_width: columns of the pooling window; -1 is the whole map.
            pooling_height: rows of it; -1 is the whole map.
            pooling_type: NoPooling ignores all of ``pooling_*``.
            pooling_stride_x: step of the window in x; -1 is its width.
            pooling_stride_y: step of the window in y; -1 is its height.
            activations_enabled: True: the layer outputs levels; False: raw potentials.
            threshold_fire: a neuron fires above it; the start value of the variable.
            threshold_fire_step: length of a level's interval at 4 bits, above 0; the start value of the variable.
            threshold_fire_bits: bits of a level, 1 to 4.

        Raises:
            ValueError: a value out of range. TypeError: a value of another type.
        """
        self._core = _core_layer('SeparableConvolutional', locals())


_CLASSES: dict[str, type[Layer]] = {kind.__name__: kind for kind in Layer.__subclasses__()}
