"""Observers that keep spikes and potentials."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .closed import Closed
from .tensor import Sparse
from .words import plural

if TYPE_CHECKING:
    from .layers import Layer
    from .model import Model


class Observer(Closed):
    """Keeps the spikes and potentials of a layer of every sample that passes it. A copy keeps what was seen, and observes nothing."""

    def __init__(self, model: Model, layer: Layer):
        """
        Args:
            model: the model.
            layer: one of its layers.

        Raises:
            ValueError: the layer is not in the model. TypeError: not a layer.
        """
        spikes: dict[int, Sparse] = {}
        potentials: dict[int, np.ndarray] = {}

        # The callback holds the dictionaries, not the observer: a reference cycle would keep the model alive.
        def keep(_layer: Layer, source_id: int, layer_spikes: Sparse, layer_potentials: np.ndarray) -> None:
            spikes[source_id] = layer_spikes
            potentials[source_id] = layer_potentials

        model.register_observer(layer, keep)
        model._observers.setdefault(model.get_layer(layer.name), self)
        self._spikes = spikes
        self._potentials = potentials

    @property
    def spikes(self) -> dict[int, Sparse]:
        """`Sparse` (w, h, c) by source id: the index of the sample within its call. A later call overwrites."""
        return self._spikes

    @property
    def potentials(self) -> dict[int, np.ndarray]:
        """int32 (w, h, c) after pooling, by source id: the index of the sample within its call. A later call overwrites."""
        return self._potentials

    def __repr__(self) -> str:
        count = plural(len(self._spikes), 'sample', 'samples')
        return f'<spikemesh.Observer of {count}>'

    def clear(self) -> None:
        """Forgets everything."""
        self._spikes.clear()
        self._potentials.clear()
