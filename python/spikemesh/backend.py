"""Backends: the engine and the simulated mesh."""

from __future__ import annotations

from typing import NamedTuple

from ._core import __version__
from .enums import BackendType


class Backend(NamedTuple):
    """A backend with its version."""

    type: BackendType
    version: str
    """Version of Spikemesh, which contains both."""


def backends() -> dict[BackendType, Backend]:
    """The available backends by type: the functional engine and the simulated mesh, always."""
    return {kind: Backend(kind, __version__) for kind in BackendType}


def has_backend(backend: BackendType) -> bool:
    """True if a backend of this type is available.

    Raises:
        TypeError: not a `BackendType`.
    """
    if not isinstance(backend, BackendType):
        raise TypeError(f'{backend!r} is not a BackendType')
    return backend in backends()
