"""The layers of a model as a list."""

from __future__ import annotations

from typing import Any, NoReturn


def _refused(self: LayerList, *_: Any, **__: Any) -> NoReturn:
    raise TypeError(
        'a change of this list would not change the model: use `model.add(layer)` and `model.pop_layer()`, or copy it by `list(model.layers)`'
    )


class LayerList(list):
    """A list that refuses changes. Slices and sums are plain lists."""

    append = extend = insert = pop = remove = clear = sort = reverse = _refused
    __setitem__ = __delitem__ = __iadd__ = __imul__ = _refused

    def __reduce__(self) -> tuple:
        return _layer_list, (list(self),)

    def __reduce_ex__(self, _protocol: Any) -> tuple:
        return self.__reduce__()


def _layer_list(layers: list) -> LayerList:
    """A list of layers from its pickle."""
    return LayerList(layers)
