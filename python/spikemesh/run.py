"""Results of simulations."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from . import _core
from .table import html_table
from .tensor import Sparse

EVENT = np.dtype(
    [('frame', 'u4'), ('cycle', 'u8'), ('layer', 'u2'), ('x', 'u2'), ('y', 'u2'), ('c', 'u2'), ('value', 'i4')]
)
"""An event of a run: frame, cycle since the start of its batch, index of its layer in `Run.layers`, coordinates, value."""


class Run:
    """The results of a simulation. Made by `Program.run`."""

    def __init__(self, core: _core.Run):
        self._core = core

    @property
    def outputs(self) -> Sparse | np.ndarray:
        """The outputs, as `Model.forward` returns them."""
        return self._core.outputs

    @property
    def cycles(self) -> np.ndarray:
        """Clocks of every frame, uint64 (n): from the first value taken in to the last output at the event DMA. `cycles_claim` says what they
        rest on."""
        return self._core.cycles

    @property
    def seconds(self) -> np.ndarray:
        """Simulated time of every frame, float64 (n)."""
        return self._core.cycles / self._core.clock_hz

    @property
    def stats(self) -> dict[str, Any]:
        """All counters, as ``stats.json`` of a run directory holds them."""
        return json.loads(self._core.stats)

    @property
    def layers(self) -> np.ndarray:
        """Counters of every layer, summed over frames: a structured array with ``name``, ``units``, ``clocks`` of the slowest unit, ``emitted``,
        ``received``, ``stall_fifo``, ``stall_token``, ``load_bytes``, ``load_clocks``, ``dynamic_pj``."""
        return _records(self.stats['layers'])

    @property
    def units(self) -> np.ndarray:
        """Counters of every unit, summed over frames: a structured array as `layers`, with ``pass`` and ``layer``."""
        return _records(self.stats['units'])

    @property
    def stalls(self) -> dict[str, int]:
        """Stall cycles by layer, waiting for room in a FIFO or for a consumer, summed over units and frames."""
        return {layer['name']: layer['stall_fifo'] + layer['stall_token'] for layer in self.stats['layers']}

    @property
    def energy(self) -> dict[str, Any]:
        """Energy of all frames in picojoules: ``dynamic_pj`` and its parts, ``floor_pj``, which is not a part of it, and ``claim``, what the
        energy of the work rests on, as in `cycles_claim`."""
        return self.stats['energy']

    @property
    def cycles_claim(self) -> dict[str, Any] | None:
        """What `cycles` rest on, the weakest of all layers: ``basis`` (``calibrated``, ``extrapolated`` or ``assumed``), ``worst`` error of the
        layers' clocks as a fraction (None unless calibrated), ``reasons`` why no error is claimed. None without frames."""
        return self.stats['cycles_claim']

    @property
    def throughput_claim(self) -> dict[str, Any] | None:
        """The same of `seconds` and of frames per second, which rest on the device's clock too."""
        return self.stats['throughput_claim']

    @property
    def events(self) -> np.ndarray:
        """Every event with its cycle, by frame, then in the order of emission: an array of `EVENT`.

        Raises:
            ValueError: they were not kept; run with ``events=True``.
        """
        columns = self._core.events()
        if columns is None:
            raise ValueError('the events were not kept: run with events=True')
        events = np.empty(len(columns['frame']), EVENT)
        for name, column in columns.items():
            events[name] = column
        return events

    @property
    def differences(self) -> list[str]:
        """For every frame that differs from the engine, the first value that does. Empty if all agree, or nothing was compared."""
        return self._core.differences

    @property
    def compared(self) -> bool:
        """True if every value of every layer was compared with the engine."""
        return self._core.compared

    @property
    def host_seconds(self) -> float:
        """Wall-clock seconds of the simulation on this host."""
        return self._core.host_seconds

    def __repr__(self) -> str:
        mean = self.cycles.mean() if len(self.cycles) else 0
        verdict = 'not compared' if not self.compared else 'differs' if self.differences else 'agrees with the engine'
        return f'<spikemesh.Run of {len(self.cycles)} frames, {mean:.0f} cycles a frame, {verdict}>'

    def _repr_html_(self) -> str:
        keys = ('name', 'units', 'clocks', 'emitted', 'received', 'stall_fifo', 'stall_token', 'dynamic_pj')
        return html_table(repr(self).strip('<>').removeprefix('spikemesh.'), keys, self.stats['layers'])


def _records(rows: list[dict[str, Any]]) -> np.ndarray:
    """Rows of equal keys as a structured array."""
    if not rows:
        return np.empty(0)
    columns = {}
    for key, value in rows[0].items():
        values = [row[key] for row in rows]
        if all(isinstance(value, int) for value in values):
            columns[key] = np.array(values, np.int64)
        elif all(isinstance(value, (int, float)) for value in values):
            columns[key] = np.array(values, np.float64)
        else:
            columns[key] = np.array(['' if value is None else str(value) for value in values])
    records = np.empty(len(rows), [(key, column.dtype) for key, column in columns.items()])
    for key, column in columns.items():
        records[key] = column
    return records
