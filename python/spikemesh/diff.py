"""What differs between two runs, two programs, or two devices."""

from __future__ import annotations

import json
import os
from typing import Any

from . import _core
from .closed import Closed
from .records import Table, records

_TEXT = ('of', 'name', 'layer', 'unit')
_CHANGES = ('configuration', 'constants', 'totals', 'frames', 'layers', 'links')


def diff(a: str | os.PathLike[str], b: str | os.PathLike[str], *, events: bool = True) -> Diff:
    """What differs between two runs, two programs, or two devices: what ``spikemesh diff A B`` says.

    >>> import spikemesh
    >>> difference = spikemesh.diff('akd1000', 'akd1500')
    >>> difference.different
    True
    >>> difference.constants.to_pandas()                 # doctest: +SKIP

    Args:
        a: a run directory, a program (``.npx``), or a device (a name, or a ``.ron`` file).
        b: another of the same kind.
        events: simulate two runs again for the first event that differs.

    Raises:
        ValueError: they are not of a kind, or one is broken, has ended early, or was changed.
        OSError: one cannot be read.
    """
    return Diff(json.loads(_core.differences(os.fspath(a), os.fspath(b), events)))


class Diff(Closed):
    """What differs between ``a`` and ``b``: made by `diff`. All names are those of ``spikemesh diff --format json``.

    In tables of changes a row has ``of`` (a layer, a link, a frame; empty of a whole), ``name``, the values ``a`` and ``b``, ``delta`` = b - a, and
    ``share`` = delta / a. Where one side has no value it is None, or nan among numbers.
    """

    def __init__(self, facts: dict[str, Any]):
        self._facts = facts

    @property
    def facts(self) -> dict[str, Any]:
        """Everything, as ``spikemesh diff --format json`` prints it."""
        return self._facts

    @property
    def different(self) -> bool:
        """Whether something differs."""
        return self._facts['different']

    @property
    def of(self) -> str:
        """``runs``, ``programs`` or ``devices``."""
        return self._facts['of']

    @property
    def configuration(self) -> Table:
        """What the runs are: fields of ``run.json``."""
        return self._changes('configuration')

    @property
    def constants(self) -> Table:
        """Constants of the devices, by path."""
        return self._changes('constants')

    @property
    def totals(self) -> Table:
        """Sums over the runs."""
        return self._changes('totals')

    @property
    def frames(self) -> Table:
        """Clocks of frames."""
        return self._changes('frames')

    @property
    def layers(self) -> Table:
        """Counters of layers."""
        return self._changes('layers')

    @property
    def links(self) -> Table:
        """Counters of links."""
        return self._changes('links')

    @property
    def program(self) -> Table:
        """Records of the programs, and weights and thresholds in them: ``layer``, ``pass``, ``unit``, ``name``, ``offset`` of the first value that
        differs, ``differing`` values, ``a``, ``b``."""
        return records(self._facts['program'], _TEXT)

    @property
    def outputs(self) -> list[dict[str, Any]]:
        """The first value of each output that differs."""
        return self._facts['outputs']

    @property
    def first_event(self) -> dict[str, Any] | None:
        """The first event that differs: values before times; None if none does, or if it is not known."""
        return self._facts['first_event']

    @property
    def first_event_unknown(self) -> dict[str, Any] | None:
        """Why the first event is not known; None if it is, or was not asked for."""
        return self._facts['first_event_unknown']

    def _changes(self, name: str) -> Table:
        return records(self._facts[name], _TEXT)

    def __repr__(self) -> str:
        if not self.different:
            return f'<spikemesh.Diff: no difference between these {self.of}>'
        counts = {name: len(self._facts[name]) for name in (*_CHANGES, 'program', 'outputs')}
        parts = [f'{name} {count:,}' for name, count in counts.items() if count]
        event = self.first_event
        if event:
            parts.insert(0, f'first event in frame {event["frame"]} of {event["layer"]} ({event["differs"]})')
        return f'<spikemesh.Diff of two {self.of}: {", ".join(parts)}>'
