"""Statistics of layers."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .layers import Layer
    from .model import Model


class LayerStatistics:
    """A live view of the counters of a layer since its model was made."""

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

    def _values(self) -> tuple[float, float, int, int, float]:
        return self._model._core.statistics(self._layer._core)

    @property
    def layer_name(self) -> str:
        """Name of the layer."""
        return self._layer.name

    @property
    def input_sparsity(self) -> float:
        """Share of zeros among the values that came in; 0 before the first sample."""
        return self._values()[0]

    @property
    def output_sparsity(self) -> float:
        """Share of zeros among the values that left; 0 before the first sample."""
        return self._values()[1]

    @property
    def ops(self) -> int:
        """Synaptic operations per sample, rounded: one per input event and synapse that it reaches, whatever the weight."""
        return self._values()[2]

    @property
    def possible_spikes(self) -> int:
        """Neurons times positions: the most events that can leave the layer per sample."""
        return self._values()[3]

    @property
    def row_sparsity(self) -> float:
        """Share of kernel rows that are all zero: the weights in x of one y, channel and filter."""
        return self._values()[4]

    def __repr__(self) -> str:
        return (
            f'<spikemesh.LayerStatistics {self.layer_name!r}: input sparsity {self.input_sparsity:.3f}, '
            f'output sparsity {self.output_sparsity:.3f}, {self.ops} operations>'
        )
