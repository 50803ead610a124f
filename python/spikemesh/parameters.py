"""Named values that are read by key or by attribute."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .closed import Closed


class Parameters(Closed, Mapping):
    """Named values that cannot be changed; each is an attribute as well."""

    def __init__(self, values: dict[str, Any], how_to_set: str):
        self._values = values
        self._instead = how_to_set

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def __setitem__(self, name: str, value: Any) -> None:
        raise TypeError(f'the parameter {name!r} cannot be set: {self._how_to_set(name)}')

    def __getattr__(self, name: str) -> Any:
        if name.startswith('_'):
            raise AttributeError(name)
        try:
            return self._values[name]
        except KeyError:
            raise AttributeError(self._unknown(name)) from None

    def _how_to_set(self, name: str) -> str:
        return self._instead if name in self._values else self._unknown(name)

    def _unknown(self, name: str) -> str:
        return f'there is no parameter {name!r}; there are {", ".join(self._values)}'

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self._values]

    def _ipython_key_completions_(self) -> list[str]:
        return list(self._values)

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return '{' + ', '.join(f'{name}: {value!r}' for name, value in self._values.items()) + '}'
