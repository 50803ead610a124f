"""Where the time of a batch goes."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from . import _core
from .closed import Closed
from .records import Table, records
from .words import plural

_TEXT = ('unit', 'layer', 'reason', 'target', 'resource')


class Explanation(Closed):
    """The first batch of a run, explained: made by `Program.explain`. All names are those of ``spikemesh explain --format json``."""

    def __init__(self, facts: dict[str, Any], times: dict[str, list]):
        self._facts = facts
        self._times = times

    @classmethod
    def _of(cls, program: _core.Program, inputs: Any, batch: int, max_cycles: int, order: str | None) -> Explanation:
        facts, times = program.explain(inputs, batch, max_cycles, order)
        return cls(json.loads(facts), times)

    @property
    def facts(self) -> dict[str, Any]:
        """Everything, as ``spikemesh explain --format json`` prints it."""
        return self._facts

    @property
    def critical_path(self) -> Table:
        """The chain of last arrivals from the end of the last frame backwards, part after part from cycle 0 on: ``resource``, ``unit``, ``layer``,
        ``reason``, ``target``, ``frame`` (nan of a load), ``start``, ``end``, ``zero_load`` and ``wait`` of a packet. Each part begins where the one before
        it ends."""
        return records(self._facts['path'], _TEXT)

    @property
    def merged(self) -> Table:
        """The critical path by unit and reason, the longest first: ``parts``, ``clocks``, ``share``."""
        return records(self._facts['merged'], _TEXT)

    @property
    def period(self) -> dict[str, Any] | None:
        """What sets the time from frame to frame; None for one frame."""
        return self._facts['period']

    @property
    def causes(self) -> list[dict[str, Any]]:
        """What would help: the causes that cost most, each with what is predicted without it, and what the same run says again."""
        return self._facts['causes']

    @property
    def times(self) -> Table:
        """What units did when: ``pass``, ``unit``, ``layer``, ``frame`` (nan after a unit's last), ``reason``, ``start``, and ``end``, the cycle after the
        last. The rows of a unit tile each of its passes."""
        columns = {
            'pass': np.array(self._times['pass'], np.int64),
            'unit': np.array(self._times['unit'], np.str_),
            'layer': np.array([layer or '' for layer in self._times['layer']], np.str_),
            'frame': np.array([np.nan if frame is None else frame for frame in self._times['frame']], np.float64),
            'reason': np.array(self._times['reason'], np.str_),
            'start': np.array(self._times['start'], np.int64),
            'end': np.array(self._times['end'], np.int64),
        }
        table = np.empty(len(columns['pass']), [(name, column.dtype) for name, column in columns.items()])
        for name, column in columns.items():
            table[name] = column
        return table.view(Table)

    def __repr__(self) -> str:
        frame, end = self._facts['frame'], self._facts['end']
        longest = self._facts['merged'][0]
        where = ' '.join(str(longest[key]) for key in ('unit', 'reason') if longest[key]) or longest['resource']
        clocks = plural(end, 'clock', 'clocks')
        return f'<spikemesh.Explanation of frame {frame}, {clocks}, {longest["share"]:.0%} of them {where}>'
