"""Packages that only some functions need."""

from __future__ import annotations

import importlib
from types import ModuleType

_EXTRAS = {'pandas': 'pandas', 'pyarrow': 'arrow', 'matplotlib': 'plot', 'optuna': 'study'}


def require(module: str) -> ModuleType:
    """A module of such a package.

    Raises:
        ImportError: it is not installed, with the command that installs it.
    """
    package = module.partition('.')[0]
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        raise ImportError(f'{package} is not installed: pip install "spikemesh[{_EXTRAS[package]}]"', name=package) from error
