"""The simulated hardware: devices, programs, runs."""

from __future__ import annotations

import html
import json
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from . import _core
from .tensor import Sparse

if TYPE_CHECKING:
    from .model import Model

EVENT = np.dtype(
    [('frame', 'u4'), ('cycle', 'u8'), ('layer', 'u2'), ('x', 'u2'), ('y', 'u2'), ('c', 'u2'), ('value', 'i4')]
)
"""An event of a run: its frame, the cycle since its batch began, the index of its layer in `Run.layers`, where, and which value."""


class Constant(NamedTuple):
    """A number of a device."""

    value: Any
    basis: str
    """``documented``, ``measured``, ``fitted`` or ``assumed``."""
    source: str
    """Where it comes from."""


class Device:
    """A device: its size, how long its units take, what their work costs, its network."""

    def __init__(self, name_or_path: str | os.PathLike | _core.Device):
        """
        Args:
            name_or_path: ``akd1000``, ``akd1500``, ``two-nodes``, or the path of a device file (.ron).

        Raises:
            ValueError: an unknown name, a file that cannot be read, constants that make no sense.
        """
        if not isinstance(name_or_path, _core.Device):
            name_or_path = _core.Device(os.fspath(name_or_path))
        self._core = name_or_path

    @classmethod
    def of(cls, device: Device | str | os.PathLike) -> Device:
        """A device as it is, or by name or path."""
        return device if isinstance(device, Device) else cls(device)

    @classmethod
    def parse(cls, text: str) -> Device:
        """A device of the text of a device file."""
        return cls(_core.Device.parse(text))

    @staticmethod
    def names() -> list[str]:
        """Names of the devices that come with the simulator."""
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
        """Neural processors in all."""
        return self._core.nps

    @property
    def clock_hz(self) -> int:
        """Clock in Hz."""
        return self._core.clock_hz

    @property
    def constants(self) -> dict[str, Constant]:
        """Every constant by its path, such as ``np.weight_bytes``."""
        found: dict[str, Constant] = {}

        def walk(place: str, value: Any) -> None:
            if isinstance(value, dict) and value.keys() == {'value', 'basis', 'source'}:
                found[place] = Constant(**value)
            elif isinstance(value, (dict, list)):
                items = value.items() if isinstance(value, dict) else enumerate(value)
                for key, part in items:
                    walk(f'{place}.{key}' if place else str(key), part)

        walk('', json.loads(self._core.json()))
        return found

    def replace(self, constants: Mapping[str, Any], name: str | None = None, source: str = 'set in Python') -> Device:
        """A device with other constants.

        >>> Device('akd1500').replace({'rows': 4}).nps
        64

        Args:
            constants: new values by path, see `constants`. Their basis becomes ``assumed``.
            name: name of the new device; the old one's otherwise.
            source: where the values come from.

        Raises:
            ValueError: an unknown path, values that make no sense.
        """
        device = json.loads(self._core.json())
        known = self.constants
        for place, value in constants.items():
            if place not in known:
                raise ValueError(f'there is no constant {place!r}; the constants are: {", ".join(known)}')
            part = device
            for key in place.split('.'):
                part = part[int(key) if isinstance(part, list) else key]
            part.update(value=value, basis='assumed', source=source)
        if name is not None:
            device['name'] = name
        return Device(_core.Device.from_json(json.dumps(device)))

    def __reduce__(self) -> tuple:
        return _device_of, (self._core.json(),)

    def __repr__(self) -> str:
        return f'<spikemesh.Device {self.name!r}: {self.nps} NPs at {self.clock_hz / 1e6:g} MHz>'


def _device_of(text: str) -> Device:
    """A device of what a pickle holds."""
    return Device(_core.Device.from_json(text))


class Program:
    """A model mapped onto a device. Made by `Model.map`."""

    def __init__(self, core: _core.Program):
        self._core = core

    @classmethod
    def load(cls, path: str | os.PathLike, device: Device | str, model: Model | None = None) -> Program:
        """A program of a file.

        Args:
            path: a program file (.npx).
            device: what it was compiled for.
            model: what it was compiled from: then every run is compared with it.

        Raises:
            ValueError: the file is damaged, or cannot be read.
        """
        golden = None if model is None else model._core
        return cls(_core.Program.load(os.fspath(path), Device.of(device)._core, golden))

    def save(self, path: str | os.PathLike) -> None:
        """Writes the program file (.npx)."""
        self._core.save(os.fspath(path))

    @property
    def device(self) -> Device:
        """The device."""
        return Device(self._core.device)

    @property
    def passes(self) -> int:
        """Passes, each with a load of its own."""
        return self._core.passes

    @property
    def plan(self) -> dict[str, Any] | None:
        """The whole mapping, as ``spikemesh map --format json`` prints it; None of a program from a file."""
        plan = self._core.plan
        return None if plan is None else json.loads(plan)

    @property
    def nps(self) -> int | None:
        """Neural processors taken; None of a program from a file."""
        plan = self.plan
        return None if plan is None else plan['total_nps']

    def disassemble(self) -> str:
        """The program as text."""
        return self._core.disassemble()

    def run(
        self,
        inputs: Sparse | np.ndarray,
        *,
        batch: int = 1,
        waves: str | os.PathLike | None = None,
        trace: str | os.PathLike | None = None,
        events: bool = False,
        check: bool = True,
        max_cycles: int = 1 << 40,
    ) -> Run:
        """Simulates, clock by clock, on all cores.

        Args:
            inputs: as for `Model.forward`.
            batch: frames that enter the device one behind the other.
            waves: a file for the waves of the first batch (.vcd).
            trace: a file for the packets of the first batch (.spt): ``spikemesh replay TRACE -d DEVICE`` sends them again.
            events: keep every event with its cycle, see `Run.events`.
            check: compare every value of every layer with the engine, see `Run.differences`.
            max_cycles: a batch ends with an error beyond this cycle.

        Raises:
            TypeError, ValueError: as for `Model.forward`.
            RuntimeError: nothing moves any more.
            KeyboardInterrupt: Ctrl-C.
        """
        waves, trace = (None if path is None else os.fspath(path) for path in (waves, trace))
        return Run(self._core.run(inputs, batch, waves, trace, events, check, max_cycles))

    def __repr__(self) -> str:
        return f'<spikemesh.Program {self._core.name!r} on {self.device.name}, {self.passes} passes>'

    def _repr_html_(self) -> str:
        plan = self.plan
        if plan is None:
            return html.escape(repr(self))
        keys = ('name', 'type', 'pass', 'nps', 'spatial_splits', 'filter_splits', 'total_bytes')
        return _table(f'{plan["total_nps"]} of {plan["device_nps"]} NPs of {plan["device"]}', keys, plan['layers'])


class Run:
    """What a simulation left. Made by `Program.run`."""

    def __init__(self, core: _core.Run):
        self._core = core

    @property
    def outputs(self) -> Sparse | np.ndarray:
        """What left the device, as `Model.forward` returns it."""
        return self._core.outputs

    @property
    def cycles(self) -> np.ndarray:
        """Clocks of every frame, uint64 (n): from the first value taken in to the last output at the event DMA. Calibrated."""
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
        """Cycles for which units of a layer waited for room or for a consumer, by layer, summed over units and frames."""
        return {layer['name']: layer['stall_fifo'] + layer['stall_token'] for layer in self.stats['layers']}

    @property
    def energy(self) -> dict[str, Any]:
        """Energy of all frames in picojoules, and what it rests on: ``dynamic_pj`` and its parts, ``floor_pj`` beside it."""
        return self.stats['energy']

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
        """How long the simulation took here."""
        return self._core.host_seconds

    def __repr__(self) -> str:
        mean = self.cycles.mean() if len(self.cycles) else 0
        verdict = 'not compared' if not self.compared else 'differs' if self.differences else 'agrees with the engine'
        return f'<spikemesh.Run of {len(self.cycles)} frames, {mean:.0f} cycles a frame, {verdict}>'

    def _repr_html_(self) -> str:
        keys = ('name', 'units', 'clocks', 'emitted', 'received', 'stall_fifo', 'stall_token', 'dynamic_pj')
        return _table(repr(self).strip('<>').removeprefix('spikemesh.'), keys, self.stats['layers'])


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


def _table(caption: str, keys: tuple[str, ...], rows: list[dict[str, Any]]) -> str:
    """Rows as an HTML table; numbers stand to the right."""

    def cell(value: Any) -> str:
        if isinstance(value, (int, float)):
            return f'<td style="text-align: right">{value:,.0f}</td>'
        return f'<td style="text-align: left">{html.escape(str(value))}</td>'

    head = ''.join(f'<th>{html.escape(key.replace("_", " "))}</th>' for key in keys)
    body = ''.join('<tr>' + ''.join(cell(row[key]) for key in keys) + '</tr>' for row in rows)
    return f'<table><caption>{html.escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
