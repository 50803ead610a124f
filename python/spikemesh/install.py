"""The package under the name that programs of the reference API import."""

from __future__ import annotations

import sys


def install_as(name: str = 'akida') -> None:
    """Makes the package importable under another name, with all its modules: ``import akida`` and ``from akida.compatibility import ...`` then give
    this package. No other package is imported or looked for.

    Call it before the first such import, or run a program by ``python -m spikemesh program.py``.

    Args:
        name: the name.

    Raises:
        RuntimeError: another package of this name is imported already.
        ValueError: not the name of a package.
    """
    if not isinstance(name, str) or not name.isidentifier():
        raise ValueError(f'{name!r} is not the name of a package')
    modules = {
        name + module.removeprefix(__package__): found
        for module, found in list(sys.modules.items())
        if module == __package__ or module.startswith(f'{__package__}.')
    }
    for alias, found in list(sys.modules.items()):
        if (alias == name or alias.startswith(f'{name}.')) and found is not modules.get(alias):
            place = getattr(found, '__file__', None) or 'no file'
            raise RuntimeError(
                f'{alias} is imported already, from {place}: call spikemesh.install_as({name!r}) before anything imports {name}, '
                'or run the program by `python -m spikemesh program.py`'
            )
    sys.modules.update(modules)
