"""Devices and their constants."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any, NamedTuple, NoReturn

from . import _core
from .closed import Closed
from .words import plural


class Constant(NamedTuple):
    """A number of a device."""

    value: Any
    basis: str
    """``documented``, ``measured``, ``fitted`` or ``assumed``."""
    source: str
    """Where it comes from."""


class Constants(dict):
    """Constants by path. They cannot be changed here."""

    def _refused(self, *_: Any, **__: Any) -> NoReturn:
        raise TypeError('a change of these would not change the device: use device.replace({path: value})')

    def __reduce__(self) -> tuple:
        return type(self), (dict(self),)

    __setitem__ = __delitem__ = __ior__ = clear = pop = popitem = setdefault = update = _refused


def settings(constants: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Paths and values as device files write them."""

    def text(value: Any) -> str:
        value = value.item() if hasattr(value, 'item') else value
        return value if isinstance(value, str) else json.dumps(value)

    return [(path, text(value)) for path, value in constants.items()]


class Device(Closed):
    """A device: its size, the timing and energy of its units, its network."""

    def __init__(self, name_or_path: str | os.PathLike | _core.Device, set: Mapping[str, Any] | None = None):
        """
        Args:
            name_or_path: ``akd1000``, ``akd1500``, ``two-nodes``, or the path of a device file (.ron).
            set: other constants by path, as for `replace`.

        Raises:
            ValueError: an unknown name, invalid constants. OSError: the file cannot be read.
        """
        if not isinstance(name_or_path, _core.Device):
            name_or_path = _core.Device(os.fspath(name_or_path))
        self._core = name_or_path if not set else name_or_path.replace(settings(set), 'set in Python')

    @classmethod
    def of(cls, device: Device | str | os.PathLike, set: Mapping[str, Any] | None = None) -> Device:
        """The argument itself if it is a device, otherwise the device of this name or path; with other constants if some are `set`."""
        device = device if isinstance(device, Device) else cls(device)
        return device.replace(set) if set else device

    @classmethod
    def parse(cls, text: str) -> Device:
        """A device from the text of a device file."""
        return cls(_core.Device.parse(text))

    @staticmethod
    def names() -> list[str]:
        """Names of the built-in devices."""
        return _core.Device.names()

    @property
    def name(self) -> str:
        """Its name."""
        return self._core.name

    @property
    def description(self) -> str:
        """One line about it."""
        return self._core.description

    @property
    def nps(self) -> int:
        """Number of neural processors."""
        return self._core.nps

    @property
    def clock_hz(self) -> int:
        """Clock in Hz."""
        return self._core.clock_hz

    @property
    def canonical_text(self) -> str:
        """Every value that results depend on, sorted: a line ``path=value basis`` each. Names, sources and comments are no part of it."""
        return self._core.canonical_text()

    @property
    def sha256(self) -> str:
        """SHA-256 of `canonical_text`: it differs if any value or basis does."""
        return self._core.sha256()

    @property
    def constants(self) -> dict[str, Constant]:
        """Every constant by its path, such as ``np.weight_bytes`` or ``timing.np.accumulate[1].clocks``. The mapping cannot be changed, see
        `replace`."""
        found: dict[str, Constant] = {}

        def walk(place: str, value: Any) -> None:
            if isinstance(value, dict) and value.keys() == {'value', 'basis', 'source'}:
                found[place] = Constant(**value)
            elif isinstance(value, (dict, list)):
                for key, part in value.items() if isinstance(value, dict) else enumerate(value):
                    here = f'{place}.{key}' if isinstance(value, dict) else f'{place}[{key}]'
                    walk(here.removeprefix('.'), part)

        walk('', json.loads(self._core.json()))
        return Constants(found)

    def replace(self, constants: Mapping[str, Any], name: str | None = None, source: str = 'set in Python') -> Device:
        """A device with other constants.

        >>> Device('akd1500').replace({'rows': 4}).nps
        64
        >>> slow = Device('akd1500').replace({'overrides.n1_0.np0.clock_scale': 2})
        >>> slow.constants['overrides.n1_0.np0.clock_scale'].value
        2.0

        Args:
            constants: new values by path, see `constants`, or of single parts, such as ``overrides.n1_0.east.delay``. Their basis becomes ``assumed``,
                and so does that of every result that reads them; after an override that of every result.
            name: name of the new device; the old one's otherwise.
            source: where the values come from.

        Raises:
            ValueError: an unknown path, invalid values.
        """
        return Device(self._core.replace(settings(constants), source, name))

    def __repr__(self) -> str:
        return f'<spikemesh.Device {self.name!r}: {plural(self.nps, "NP", "NPs")} at {self.clock_hz / 1e6:g} MHz>'
