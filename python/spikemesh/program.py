"""Programs: models mapped onto a device."""

from __future__ import annotations

import html
import json
import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from . import _core
from .closed import Closed
from .device import Device, settings
from .explanation import Explanation
from .run import Run
from .table import html_table
from .tensor import Sparse
from .progress import Progress, watching
from .words import plural

if TYPE_CHECKING:
    from .model import Model


class Program(Closed):
    """A model mapped onto a device. Made by `Model.map`."""

    def __init__(self, core: _core.Program):
        self._core = core

    @classmethod
    def load(cls, path: str | os.PathLike, device: Device | str, model: Model | None = None) -> Program:
        """A program of a file.

        Args:
            path: a program file (.npx).
            device: the device that it was compiled for.
            model: the model that it was compiled from; every run is compared with it.

        Raises:
            ValueError: the file is damaged. OSError: it cannot be read.
        """
        golden = None if model is None else model._core
        return cls(_core.Program.load(os.fspath(path), Device.of(device)._core, golden))

    def save(self, path: str | os.PathLike) -> None:
        """Writes the program file (.npx).

        Raises:
            OSError: it cannot be written.
        """
        self._core.save(os.fspath(path))

    @property
    def device(self) -> Device:
        """The device."""
        return Device(self._core.device)

    @property
    def passes(self) -> int:
        """Number of passes; each has its own load."""
        return self._core.passes

    @property
    def plan(self) -> dict[str, Any] | None:
        """The whole mapping, as ``spikemesh map --format json`` prints it; None for a program from a file."""
        plan = self._core.plan
        return None if plan is None else json.loads(plan)

    @property
    def rules(self) -> dict[str, Any] | None:
        """The limits that the model has to keep on the device, as ``run.json`` holds them: ``profile``, ``profile_from``, and ``broken``, the rules
        that it breaks. None for a program from a file."""
        rules = self._core.rules
        return None if rules is None else json.loads(rules)

    @property
    def nps(self) -> int | None:
        """Neural processors in use; None for a program from a file."""
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
        waves: str | os.PathLike | Sequence[str | os.PathLike] = (),
        trace: str | os.PathLike | None = None,
        events: bool = False,
        check: bool = True,
        max_cycles: int = 1 << 40,
        order: str | None = None,
        progress: Progress = None,
        set: Mapping[str, Any] | None = None,
        wave_scope: Sequence[str] = (),
        wave_window: Sequence[str] = (),
        wave_when: str | None = None,
        wave_before: int = 1000,
        wave_after: int = 1000,
        wave_last: int | None = None,
        wave_limit: int | None = None,
        wave_all: bool = False,
        wave_routers: bool = False,
        wave_strict: bool = False,
        wave_time: str = 'true',
    ) -> Run:
        """Simulates, clock by clock, on all cores.

        Args:
            inputs: as for `Model.forward`.
            batch: frames that enter the device one after another, without a reset in between.
            waves: a file for the waves of the first batch, or several (.vcd, .fst).
            trace: a file for the packets of the first batch (.spt): ``spikemesh replay TRACE -d DEVICE`` replays them.
            events: keep every event with its cycle, see `Run.events`.
            check: compare every value of every layer with the engine, see `Run.differences`.
            max_cycles: a batch that exceeds this cycle ends with an error.
            order, progress: as for `Model.forward`.
            set: other constants of time, energy and network for this run, as for `Device.replace`.
            wave_scope, wave_window, wave_when, wave_before, wave_after, wave_last, wave_limit, wave_all, wave_routers, wave_strict, wave_time: the part of the
                waves that is written, and how: as the options of ``spikemesh run`` with these names. `wave_limit` is in bytes.

        Raises:
            TypeError, ValueError: as for `Model.forward`; a constant in `set` that the mapping read; waves that cannot be chosen.
            OSError: waves or packets cannot be written.
            RuntimeError: a hang, no unit and no flit can move.
            KeyboardInterrupt: Ctrl-C.
        """
        trace = None if trace is None else os.fspath(trace)
        waves = [waves] if isinstance(waves, (str, os.PathLike)) else list(waves)
        options = {
            'files': [os.fspath(path) for path in waves],
            'scope': list(wave_scope),
            'window': list(wave_window),
            'when': wave_when,
            'before': wave_before,
            'after': wave_after,
            'last': wave_last,
            'limit': wave_limit,
            'all': wave_all,
            'routers': wave_routers,
            'strict': wave_strict,
            'time': wave_time,
        }
        core = self._with(set)
        with watching(progress):
            run = core.run(inputs, batch, options if waves else None, trace, events, check, max_cycles, order)
        first = inputs[:batch].copy() if isinstance(inputs, np.ndarray) else inputs
        return Run(run, (core, first, batch, max_cycles, order))

    def explain(
        self,
        inputs: Sparse | np.ndarray,
        *,
        batch: int = 1,
        max_cycles: int = 1 << 40,
        order: str | None = None,
        progress: Progress = None,
        set: Mapping[str, Any] | None = None,
    ) -> Explanation:
        """Simulates the first batch with every wait recorded: where its time goes, what sets the time from frame to frame, and what would help.

        Args:
            inputs, batch, max_cycles, order, progress, set: as for `run`.

        Raises:
            As `run`; RuntimeError if no frame ends.
        """
        with watching(progress):
            return Explanation._of(self._with(set), inputs, batch, max_cycles, order)

    def _with(self, settings_: Mapping[str, Any] | None) -> _core.Program:
        """The program on its device, with other constants."""
        if not settings_:
            return self._core
        return self._core.on(self._core.device.replace(settings(settings_), 'set in Python', for_program=True))

    def __repr__(self) -> str:
        return f'<spikemesh.Program {self._core.name!r} on {self.device.name}, {plural(self.passes, "pass", "passes")}>'

    def _repr_html_(self) -> str:
        plan = self.plan
        if plan is None:
            return html.escape(repr(self))
        columns = {'name': 'layer', 'type': 'type', 'pass': 'pass', 'nps': 'NPs', 'spatial_splits': 'spatial splits'}
        columns |= {'filter_splits': 'filter splits', 'total_bytes': 'bytes of memory'}
        return html_table(f'{plural(plan["total_nps"], "NP", "NPs")} of {plan["device_nps"]} of {plan["device"]}', columns, plan['layers'])
