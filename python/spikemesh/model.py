"""Models."""

from __future__ import annotations

import html
import operator
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from . import _core
from .closed import Closed
from .device import Device
from .enums import BackendType, NsocVersion
from .layer_list import LayerList
from .layers import InputConvolutional, InputData, Layer, register, wrap
from .observer import Observer
from .program import Program
from .run import Run
from .statistics import LayerStatistics
from .tensor import Sparse
from .progress import Progress, watching
from .words import plural


class Repairs(NamedTuple):
    """What `compatibility.create_from_model` has done."""

    done: list[str]
    """A sentence for each change."""
    remaining: list[str]
    """Violations that are left, each with the reason why it could not be repaired."""


_HOW_TO_SET = {
    'backend': 'make a new model: Model(layers=model.layers, backend=...)',
    'layers': 'use model.add(layer) and model.pop_layer(), or make a new model: Model(layers=[...])',
}
"""What to do instead of setting a property of a model."""

ObserverFunction = Callable[[Layer, int, Sparse, np.ndarray], Any]


class Model(Closed):
    """A graph of layers: the first is the input layer, the last one's output is the model's.

    A copy or a pickle holds layers, variables, what was learned and the counts of the statistics; neither observers nor the last run.
    """

    def __init__(
        self,
        filename: str | os.PathLike | None = None,
        layers: Sequence[Layer] | None = None,
        backend: BackendType = BackendType.Software,
        *,
        device: Device | str = 'akd1000',
        mode: str = 'minimal',
    ):
        """An empty model, one of a file, or one of copied layers.

        Args:
            filename: a YAML template, or a model file (.fb, .fbz); recognised by content.
            layers: layers that are copied, those of a model with their variables. If the first is no input layer, an `InputData` of its
                ``input_dims`` is put in front.
            backend: what computes: the engine, or the simulated mesh.
            device: for the simulated mesh: a device, its name, or the path of a device file.
            mode: for the simulated mesh: ``minimal``, ``all-nps`` or ``hw-pr``.

        Raises:
            ValueError: filename and layers together; a damaged file; layers that do not go together.
            OSError: the file cannot be read.
            TypeError: arguments of another type.
        """
        if not isinstance(backend, BackendType):
            raise TypeError(f'backend is {backend!r}, and must be a BackendType')
        if filename is not None and layers is not None:
            raise ValueError('filename and layers are both given: a model comes from one of them')
        self._backend = backend
        self._mode = mode
        hardware = Device.of(device)._core if backend is BackendType.Hardware else None
        self._adopt(_core.Model(None if filename is None else os.fspath(filename), hardware, mode))
        self._repairs: Repairs | None = None
        if layers is not None:
            self._copy(list(layers))

    def _adopt(self, core: _core.Model) -> None:
        """Becomes a model without observers."""
        register(core)
        self._core = core
        self._observers: dict[Layer, Observer] = {}

    def _repaired(self, data: bytes, repairs: Repairs) -> Model:
        """The model of a file's bytes, on the same backend."""
        model = object.__new__(type(self))
        model._backend, model._mode, model._repairs = self._backend, self._mode, repairs
        model._adopt(_core.Model.decode(data, self._core.device, self._mode))
        return model

    def _copy(self, layers: list[Layer]) -> None:
        for layer in layers:
            if not isinstance(layer, Layer):
                raise TypeError(f'{layer!r} is not a Layer')
        if layers and not isinstance(layers[0], (InputData, InputConvolutional)):
            dims = layers[0].input_dims
            if dims is None:
                raise ValueError(
                    f'the first layer {layers[0].name!r} is no input layer, and its input dimensions are not known: '
                    'put an InputData or an InputConvolutional in front'
                )
            self.add(InputData(*dims))
        copies: dict[Layer, Layer] = {}
        for layer in layers:
            # The inbound layers of the original if all of them were copied, otherwise the last layer.
            originals = [wrap(core) for core in layer._core.inbound()]
            known = bool(originals) and all(original in copies for original in originals)
            inbound = [copies[original]._core for original in originals] if known else []
            self._core.add_copy(layer._core, inbound)
            copies[layer] = self.layers[-1]

    def _layer(self, layer: Layer | str | int) -> Layer:
        """A layer of this model by itself, by name or by index."""
        if isinstance(layer, Layer):
            if not self._core.contains(layer._core):
                raise ValueError(f'layer {layer.name!r} is not in this model')
            return layer
        return self.get_layer(layer)

    @property
    def backend(self) -> BackendType:
        """What computes the model."""
        return self._backend

    @property
    def repairs(self) -> Repairs | None:
        """What was done to make it compatible, of a model of `compatibility.create_from_model`."""
        return self._repairs

    @property
    def layers(self) -> list[Layer]:
        """The layers, in the order in which they were added. The list cannot be changed, see `add` and `pop_layer`."""
        return LayerList(wrap(self._core.layer_at(index)) for index in range(self._core.layer_count()))

    @property
    def output_dims(self) -> tuple[int, int, int] | None:
        """(width, height, features) of the output; None of a model without layers."""
        return self._core.output_dims

    def add(self, layer: Layer, inbound_layers: Sequence[Layer] = []) -> None:
        """Adds a layer, which becomes a view of the layer in the model.

        Args:
            layer: a layer that is in no model.
            inbound_layers: layers of this model whose outputs are its input, concatenated along their features in this order. Empty: the last
                layer.

        Raises:
            ValueError: the layer is in a model already, does not fit its inputs, or its name is taken.
            TypeError: not a layer.
        """
        for each in (layer, *inbound_layers):
            if not isinstance(each, Layer):
                raise TypeError(f'{each!r} is not a Layer')
        self._core.add(layer._core, [inbound._core for inbound in inbound_layers])

    def pop_layer(self) -> None:
        """Removes the last layer.

        Raises:
            ValueError: there is none.
        """
        last = self.layers[-1:]
        self._core.pop()
        for layer in last:
            self._observers.pop(layer, None)

    def get_layer_count(self) -> int:
        """The number of layers."""
        return self._core.layer_count()

    def get_layer(self, *args: str | int, **kwargs: str | int) -> Layer:
        """A layer by name or by index: ``get_layer(layer_name)`` or ``get_layer(layer_index)``.

        Raises:
            ValueError: no layer has this name.
            IndexError: no layer has this index; indices count from 0.
            TypeError: neither a str nor an int.
        """
        given = [*args, *kwargs.values()]
        if len(given) != 1 or not kwargs.keys() <= {'layer_name', 'layer_index'}:
            raise TypeError('get_layer takes one argument: layer_name or layer_index')
        (which,) = given
        if isinstance(which, str):
            return wrap(self._core.layer_named(which))
        try:
            index = operator.index(which)
        except TypeError:
            raise TypeError(f'{which!r} is neither the name (str) nor the index (int) of a layer') from None
        return wrap(self._core.layer_at(index))

    def forward(self, input: Sparse | np.ndarray, *, order: str | None = None, progress: Progress = None) -> Sparse | np.ndarray:
        """Runs images or events.

        Args:
            input: `Sparse` (n, w, h, c), or a uint8 array: images (n, h, w, c) if it has 1 or 3 channels, otherwise events (n, w, h, c);
                into an `InputData` values are at most 15.
            order: ``images`` or ``events``: the order of the array, whatever its number of channels.
            progress: True prints how far the call is, with the time left, in terminals and notebooks; a function is called with what is done and
                what there is to do in all.

        Returns:
            `Sparse` (n, w, h, c) of the last layer's levels; without an activation int32 (n, w, h, c) of its potentials.

        Raises:
            TypeError: neither `Sparse` nor numpy.ndarray.
            ValueError: another shape, dtype or range of values; layers without weights. Nothing is computed then.
        """
        with watching(progress):
            return self._core.forward(input, order)

    def evaluate(self, input: Sparse | np.ndarray, *, order: str | None = None, progress: Progress = None) -> np.ndarray:
        """Runs images or events, and gives the last layer's potentials less thresholds, in units of the steps.

        Args:
            input, order, progress: as for `forward`.

        Returns:
            float32 (n, w, h, c).

        Raises:
            TypeError, ValueError: as for `forward`; ValueError if the model is only an `InputData`.
            RuntimeError: the last layer has an activation.
        """
        with watching(progress):
            return self._core.evaluate(input, order)

    def predict(
        self,
        input: Sparse | np.ndarray,
        num_classes: int | None = None,
        *,
        order: str | None = None,
        progress: Progress = None,
    ) -> np.ndarray:
        """Runs images or events, and gives the class of the neuron with the largest value.

        Args:
            input, order, progress: as for `forward`.
            num_classes: the neurons are divided, in order, into this number of equal groups; by default one neuron per class.

        Returns:
            int32 (n); the lowest class wins a tie; -1 without any event.

        Raises:
            TypeError, ValueError: as for `forward`; ValueError if num_classes does not divide the neurons.
        """
        with watching(progress):
            return self._core.predict(input, num_classes, order)

    def compile(
        self,
        num_weights: int,
        num_classes: int = 1,
        initial_plasticity: float = 1.0,
        learning_competition: float = 0.0,
        min_plasticity: float = 0.10000000149011612,
        plasticity_decay: float = 0.25,
        *,
        seed: int = 0,
    ) -> None:
        """Prepares the last layer for learning: a `FullyConnected` with 1-bit weights behind 1-bit inputs. What it learned before is lost.

        Args:
            num_weights: number of ones in the weights of every neuron; learning does not change it.
            num_classes: classes that the neurons are divided into, in contiguous groups of equal size.
            initial_plasticity: how easily weights change at first, 0 to 1.
            learning_competition: how close a neuron must come to the best neuron that has learned, in order to learn too, 0 to 1; 0 is no
                competition.
            min_plasticity: where plasticity stops falling, 0 to 1.
            plasticity_decay: share of the initial plasticity that is lost with every learning step, 0 to 1.
            seed: seed of all random draws.

        Raises:
            ValueError: a layer that cannot learn, values out of range.
            RuntimeError: the model has no layers.
        """
        self._core.compile(
            operator.index(num_weights),
            operator.index(num_classes),
            initial_plasticity,
            learning_competition,
            min_plasticity,
            plasticity_decay,
            seed,
        )

    def add_classes(self, num_add_classes: int) -> None:
        """Adds classes to the last layer: new neurons after the others, as many per class as before. The other neurons keep what they have
        learned.

        Raises:
            RuntimeError: the last layer is not compiled.
            ValueError: below 1, or more neurons than a layer may have.
        """
        self._core.add_classes(operator.index(num_add_classes))

    def fit(
        self,
        input: Sparse | np.ndarray,
        input_labels: int | Sequence[int] | np.ndarray | None = None,
        *,
        order: str | None = None,
        progress: Progress = None,
    ) -> Sparse | np.ndarray:
        """Lets the last layer learn from images or events, one after the other. It computes on the engine, whatever the backend.

        Args:
            input, order, progress: as for `forward`.
            input_labels: one class per sample, or one for all; None: every neuron may learn from every sample. A sample of a class that
                the model does not have is forwarded, and nothing is learned.

        Returns:
            What `forward` would have given, row i before the model learned from sample i.

        Raises:
            RuntimeError: the last layer is not compiled.
            TypeError, ValueError: as for `forward`; ValueError for negative labels, or another number of them.
        """
        labels = None
        if input_labels is not None:
            array = np.asarray(input_labels)
            if array.dtype.kind not in 'iu' and array.size:
                raise ValueError(f'labels are of {array.dtype}, and must be integers')
            if array.ndim > 1:
                raise ValueError(f'labels have the shape {array.shape}, and must be one integer or a list')
            labels = [int(label) for label in array.reshape(-1)]
        with watching(progress):
            return self._core.fit(input, labels, order)

    def get_layer_statistics(self, layer: Layer) -> LayerStatistics:
        """The statistics of a layer, a live view.

        Raises:
            ValueError: the layer is not in the model.
        """
        return LayerStatistics(self, layer)

    def get_statistics(self) -> dict[str, LayerStatistics]:
        """The statistics of every layer, by its name."""
        return {layer.name: LayerStatistics(self, layer) for layer in self.layers}

    def get_observer(self, layer: Layer) -> Observer:
        """The observer that is attached to a layer; if there is none, one that starts now.

        Raises:
            ValueError: the layer is not in the model.
        """
        layer = self._layer(layer)
        return self._observers.get(layer) or Observer(self, layer)

    def register_observer(self, layer: Layer | str | int, observer: ObserverFunction) -> int:
        """Calls a function for every sample that passes a layer.

        Args:
            layer: a layer of this model, its name or its index.
            observer: called as ``observer(layer, source_id, spikes, potentials)``, samples ascending, on the thread that computes;
                source_id is the index of the sample within the call, spikes `Sparse` (w, h, c), potentials int32 (w, h, c) after
                pooling. What it raises ends the call, and is raised there.

        Returns:
            A handle for `unregister_observer`.

        Raises:
            ValueError, IndexError: no such layer. TypeError: not callable.
        """
        if not callable(observer):
            raise TypeError(f'{observer!r} cannot be called')

        def call(core: _core.Layer, source_id: int, spikes: Sparse, potentials: np.ndarray) -> None:
            observer(wrap(core), source_id, spikes, potentials)

        return self._core.register_observer(self._layer(layer)._core, call)

    def unregister_observer(self, observer_id: int) -> None:
        """Stops calling a function.

        Args:
            observer_id: what `register_observer` returned.

        Raises:
            ValueError: there is no such observer.
        """
        self._core.unregister_observer(observer_id)

    def save(self, model_file: str | os.PathLike) -> None:
        """Saves everything: layers, weights, thresholds, what was learned.

        Args:
            model_file: the path; it is compressed if it ends in ``.fbz``. The file is whole or as it was before.

        Raises:
            OSError, ValueError: it cannot be written.
        """
        self._core.save(os.fspath(model_file))

    def summary(self) -> None:
        """Prints the model: input shape, backend, and for every layer its name, type, output and kernel shape; for a learning layer
        its connections and weights per neuron."""
        print(self._core.summary(self._backend.name))

    def map(
        self,
        device: Device | str = 'akd1000',
        mode: str = 'minimal',
        profile: NsocVersion | str | None = None,
        set: Mapping[str, Any] | None = None,
        *,
        placer: str | None = None,
        objective: str | None = None,
        effort: int | None = None,
        seed: int | None = None,
        place: str | os.PathLike | None = None,
    ) -> Program:
        """Compiles the model for a device. A model that breaks rules of the device is warned of and compiled all the same; `Program.rules` lists them.

        Args:
            device: a device, its name, or the path of a device file.
            mode: ``minimal``: as few neural processors as possible; ``all-nps``: as many as its passes have room for; ``hw-pr``: as many as
                five passes have room for.
            profile: whose limits the model has to keep; None are those that the device names, otherwise the newest ones.
            set: other constants of the device by path, as for `Device.replace`.
            placer: how slices are given to neural processors: ``best``, ``snake``, ``greedy``, ``random`` or ``annealed``. None is ``best``, or
                ``annealed`` with an objective or an effort. `Program.plan['placement']` says how good the placement is.
            objective: what annealing makes small: ``flit-hops``, ``busiest-link`` or ``cycles``; None is ``flit-hops``.
            effort: how long annealing tries, in hundreds of tries for each slice; None is 20.
            seed: where the random numbers of ``random`` and ``annealed`` begin; None is 0.
            place: a placement file (.ron) whose slices are pinned.

        Raises:
            ValueError: every reason why the model does not fit, or a pin that is impossible.
        """
        request = {
            'placer': placer,
            'objective': objective,
            'effort': effort,
            'seed': seed,
            'place': None if place is None else os.fspath(place),
        }
        asked = None if profile in (None, NsocVersion.Unknown) else NsocVersion(profile).value
        return Program(_core.Program.compile(self._core, Device.of(device, set)._core, mode, asked, request))

    @property
    def last_run(self) -> Run | None:
        """With `BackendType.Hardware`, the simulated run behind the last call: its cycles, stalls and energy."""
        core = self._core.last_run
        return None if core is None else Run(core)

    def _how_to_set(self, name: str) -> str:
        return _HOW_TO_SET.get(name) or super()._how_to_set(name)

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {'_observers': {}}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        register(self._core)

    def __repr__(self) -> str:
        return f'<spikemesh.Model of {plural(self.get_layer_count(), "layer", "layers")}, output {self.output_dims}>'

    def _repr_html_(self) -> str:
        def size(shape: Sequence[int] | None) -> str:
            return '' if shape is None else ' × '.join(map(str, shape))

        rows = []
        for layer in self.layers:
            kernels = [layer.variables[name].shape for name in layer.variables if name.startswith('weights')]
            cells = [layer.name, type(layer).__name__, size(layer.output_dims), ', '.join(map(size, kernels))]
            rows.append('<tr>' + ''.join(f'<td>{html.escape(cell)}</td>' for cell in cells) + '</tr>')
        head = ''.join(f'<th>{name}</th>' for name in ('layer', 'type', 'output shape', 'kernel shape'))
        dims = self.layers[0].input_dims if self.layers else None
        caption = f'input {size(dims)}, {self._backend.name}, spikemesh {_core.__version__}'
        return f'<table><caption>{caption}</caption><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table>'
