"""Objects that refuse attributes which they do not have."""

from __future__ import annotations

from typing import Any


class Closed:
    """Its objects have no attributes but their own: a value that is given to another would be lost.

    Attributes of a class that a user derives are free.
    """

    def __setattr__(self, name: str, value: Any) -> None:
        if not name.startswith('_') and type(self).__module__.partition('.')[0] == __package__:
            raise AttributeError(f'{type(self).__name__}.{name} cannot be set: {self._how_to_set(name)}')
        super().__setattr__(name, value)

    def _how_to_set(self, name: str) -> str:
        """What to do instead of setting an attribute."""
        return 'it is only read' if hasattr(type(self), name) else f'there is no attribute {name!r}'
