"""Statistics of layers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from .closed import Closed

if TYPE_CHECKING:
    from .layers import Layer
    from .model import Model


class LayerStatistics(Closed):
    """A live view of the counters of a layer since its model was made. Before the first sample, sparsities of events and operations are nan."""

    def __init__(self, model: Model, layer: Layer, prev_layer: Layer | None = None):
        """
        Args:
            model: the model.
            layer: one of its layers.
            prev_layer: ignored: the model knows what comes before a layer.

        Raises:
            ValueError: the layer is not in the model. TypeError: not a layer.
        """
        self._model = model
        self._layer = model._layer(layer)
        self._values()

    def _values(self) -> tuple[int, float | None, float | None, int | None, int, float | None]:
        return self._model._core.statistics(self._layer._core)

    def _counted(self, index: int) -> float:
        """A figure that is nan where there is none."""
        value = self._values()[index]
        return math.nan if value is None else value

    @property
    def samples(self) -> int:
        """Samples that were counted."""
        return self._values()[0]

    @property
    def layer_name(self) -> str:
        """Name of the layer."""
        return self._layer.name

    @property
    def input_sparsity(self) -> float:
        """Share of zeros among the values that came in; nan before the first sample."""
        return self._counted(1)

    @property
    def output_sparsity(self) -> float:
        """Share of zeros among the values that left; nan before the first sample."""
        return self._counted(2)

    @property
    def ops(self) -> int | float:
        """Synaptic operations per sample, rounded: one per input event and synapse that it reaches, whatever the weight; nan before the first
        sample."""
        return self._counted(3)

    @property
    def possible_spikes(self) -> int:
        """Neurons times positions: the most events that can leave the layer per sample."""
        return self._values()[4]

    @property
    def row_sparsity(self) -> float:
        """Share of kernel rows that are all zero: the weights in x of one y, channel and filter; nan for a layer without weights."""
        return self._counted(5)

    def __repr__(self) -> str:
        samples, inputs, outputs, operations, *_ = self._values()
        counted = 'no samples'
        if samples:
            counted = f'input sparsity {inputs:.3f}, output sparsity {outputs:.3f}, {operations} operations'
        return f'<spikemesh.LayerStatistics {self.layer_name!r}: {counted}>'
