"""Results of simulations."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from . import _core
from .closed import Closed
from .explanation import Explanation
from .plot import Plots
from .records import Table, records
from .table import html_table
from .tensor import Sparse
from .words import plural

EVENT = np.dtype(
    [('frame', 'u4'), ('cycle', 'u8'), ('layer', 'u2'), ('x', 'u2'), ('y', 'u2'), ('c', 'u2'), ('value', 'i4')]
)
"""An event of a run: frame, cycle since the start of its batch, index of its layer in `Run.layers`, coordinates, value."""

_CLAIM = '_claim'
"""End of the keys of a layer's claims, which are no counters."""

_FIGURES = (
    'latency_frames', 'latency_clocks', 'latency_clocks_min', 'latency_clocks_max', 'latency_ms',
    'throughput_of', 'throughput_interval_clocks', 'throughput_interval_ms', 'throughput_fps',
)
"""Figures of a summary that are those of ``stats.json``."""

_PARTS = {'energy_mj': 'total', 'energy_floor_mj': 'floor', 'energy_work_mj': 'dynamic'}
"""Energies of a summary, and the sums that they are of."""

_COLUMNS = {
    'name': 'layer',
    'units': 'units',
    'clocks': 'clocks of the slowest unit',
    'emitted': 'events emitted',
    'received': 'events received',
    'compute': 'unit clocks, computing',
    'wait_input': 'waiting for input',
    'wait_map': 'waiting for a map',
    'wait_fifo': 'waiting for room',
    'drain': 'draining',
    'dynamic_pj': 'dynamic energy, pJ',
}
"""Columns of a run's table, all summed over frames."""


class Run(Closed):
    """The results of a simulation. Made by `Program.run`."""

    def __init__(self, core: _core.Run, first: tuple | None = None):
        self._core = core
        self._first = first
        self._explanation: Explanation | None = None

    @property
    def outputs(self) -> Sparse | np.ndarray:
        """The outputs of the last layer, as `Model.forward` returns them."""
        return self._core.outputs

    @property
    def output_names(self) -> list[str]:
        """Names of all layers whose outputs leave the device, in the order of layers: every layer that no layer reads."""
        return self._core.output_names

    def outputs_of(self, name: str) -> Sparse | np.ndarray:
        """The outputs of one of `output_names`, as `outputs` gives those of the last layer. Another name raises ValueError."""
        return self._core.outputs_of(name)

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
    def latency_clocks(self) -> float:
        """Clocks of a frame that enters an empty mesh, mean: with a batch, of the first frame of each. `cycles` has every frame."""
        return self.stats['latency_clocks']

    @property
    def latency_ms(self) -> float:
        """The same in milliseconds of the device."""
        return self.stats['latency_ms']

    @property
    def throughput_fps(self) -> float:
        """Frames per second. With a batch that is steady state: one frame in the mean time between the ends of two frames that follow one another.
        Without one, frames enter one after another, and it is 1000 / `latency_ms`. `throughput_of` says which."""
        return self.stats['throughput_fps']

    @property
    def throughput_of(self) -> str:
        """What `throughput_fps` is that of: ``steady_state`` or ``one_after_another``."""
        return self.stats['throughput_of']

    @property
    def stats(self) -> dict[str, Any]:
        """All counters, as ``stats.json`` of a run directory holds them."""
        return json.loads(self._core.stats)

    @property
    def frames(self) -> Table:
        """Figures of every frame: a structured array with ``start`` and ``end``, cycles of its batch, and ``dynamic_pj``."""
        return records(self.stats['frames'])

    @property
    def layers(self) -> Table:
        """Counters of every layer, all summed over frames: a structured array with ``name``, ``units``, ``clocks`` of the slowest unit, ``emitted``,
        ``received``, ``load_bytes``, ``load_clocks``, ``dynamic_pj``, and the clocks of its units by reason: ``compute``, ``wait_input``,
        ``wait_map``, ``wait_fifo``, ``drain``, ``load``, ``unused``; of each action that costs energy how often it was done and what that took, such as
        ``link_count`` and ``link_pj``. `claims` says how exact they are."""
        return records([_counters(layer) for layer in self.stats['layers']])

    @property
    def main_reasons(self) -> dict[str, dict[str, float]]:
        """The largest reasons of every layer, each with its share of the clocks in which the layer's units were in use."""
        return {layer['name']: {row['reason']: row['share'] for row in layer['main_reasons']} for layer in self.stats['layers']}

    @property
    def claims(self) -> Table:
        """What may be claimed for the figures of every layer: a structured array with ``name``, and for clocks and energy ``clocks_basis``,
        ``clocks_median`` and ``clocks_worst`` error of the measured layers of its kind, ``clocks_reasons`` why no error is claimed, and so on. nan
        and empty where there is none."""
        rows = [{'name': layer['name']} | _claims(layer) for layer in self.stats['layers']]
        keys = {key: None for row in rows for key in row}
        return records([keys | row for row in rows], text=[key for key in keys if key.endswith(('_basis', '_reasons'))])

    @property
    def activity(self) -> Table:
        """Which neurons of every layer send events: a structured array with ``name``, ``neurons``, ``silent_neurons`` without an event in any frame,
        ``values`` of its maps in all frames, and ``top_values``, those at the top level. A neuron is a filter at all of its positions."""
        return records(self.stats['activity'])

    @property
    def notes(self) -> list[dict[str, Any]]:
        """Lines about layers that are silent or saturated, neurons that are dead (from 32 frames on), and times that do not depend on events although few
        inputs have one: ``kind``, ``layers`` and ``message``. Empty if there is nothing to say."""
        return self.stats['notes']

    @property
    def units(self) -> Table:
        """Counters of every unit, summed over frames: a structured array as `layers`, with ``pass`` and ``layer``. Its reasons add up to `span_clocks`;
        ``unpack``, ``fetch``, ``accumulate``, ``scan``, ``walk``, ``convolve``, ``inject`` add up to ``compute``."""
        return records([_counters(unit) for unit in self.stats['units']])

    @property
    def links(self) -> Table:
        """Links that flits passed, all frames: ``name``, ``flits``, ``share`` of the cycles, and ``peak``, the most flits that lay at its end in one
        virtual channel."""
        return records(self.stats['links'])

    @property
    def span_clocks(self) -> int:
        """Clocks of all batches: what the reasons of every unit add up to."""
        return self.stats['span_clocks']

    @property
    def blame(self) -> Table:
        """Whom units waited for: a structured array with ``pass``, ``name`` of the unit, ``reason`` (``wait_input``, ``wait_map``, ``wait_fifo``), ``unit``
        that it waited for, and ``clocks``."""
        rows = [
            {'pass': unit['pass'], 'name': unit['name'], **blame} for unit in self.stats['units'] for blame in unit['blame']
        ]
        return records(rows)

    @property
    def stalls(self) -> dict[str, int]:
        """Stall cycles by layer, waiting for room in a FIFO or for a consumer, summed over units and frames."""
        return {layer['name']: layer['wait_fifo'] + layer['wait_map'] for layer in self.stats['layers']}

    @property
    def energy(self) -> dict[str, Any]:
        """Energy of all frames in picojoules: ``dynamic_pj`` of the work, ``floor_pj`` that the device takes regardless of work, and ``total_pj`` of
        both. The work is the sum of ``np_pj``, ``hrc_pj``, ``memory_pj``, ``load_pj`` and ``network_pj``; ``actions`` has it action by action.
        ``network_share_at_most`` is the most that measurements allow ``network_share`` to be, nothing is the least. ``claim``, ``floor_claim`` and ``total_claim`` say what they rest on, as in `cycles_claim`."""
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

    def summary(self) -> dict[str, Any]:
        """The figures of a frame: latency, throughput and energy, each with what it rests on; whether every value agrees with the engine. Names are those
        of ``stats.json`` and of ``spikemesh run --format json``."""
        stats, energy = self.stats, self.energy
        frames = len(stats['frames'])
        mj = {key: energy[f'{part}_pj'] / 1e9 / frames if frames else 0.0 for key, part in _PARTS.items()}
        return {key: stats[key] for key in _FIGURES} | mj | {
            'cycles_claim': stats['cycles_claim'],
            'throughput_claim': stats['throughput_claim'],
            'energy_claim': energy['total_claim'],
            'energy_work_claim': energy['claim'],
            'frames': frames,
            'compared': self.compared,
            'frames_different': len(self.differences),
        }

    @property
    def explanation(self) -> Explanation:
        """Where the time of the first batch went. It is simulated again for that, once; `Program.explain` does the same without a run.

        Raises:
            ValueError: the run is one of `Model.forward`.
        """
        if self._explanation is None:
            if self._first is None:
                raise ValueError('only runs of Program.run can be explained: map the model with Model.map, and run the program')
            self._explanation = Explanation._of(*self._first)
        return self._explanation

    @property
    def critical_path(self) -> Table:
        """The chain of last arrivals of the first batch, see `Explanation.critical_path`."""
        return self.explanation.critical_path

    @property
    def plot(self) -> Plots:
        """Pictures, drawn with matplotlib: ``run.plot.timeline()``, ``layers()``, ``energy()``, ``floorplan()``, ``raster()``."""
        return Plots(self)

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
        frames = len(self.cycles)
        count = plural(frames, 'frame', 'frames')
        mean = f'{self.latency_clocks:,.0f} clocks a frame, ' if frames else ''
        notes = ''.join(f', {note["message"]}' for note in self.notes)
        verdict = 'not compared' if not self.compared else 'differs' if self.differences else 'agrees with the engine'
        return f'<spikemesh.Run of {count}, {mean}{verdict}{notes}>'

    def _repr_html_(self) -> str:
        caption = repr(self).strip('<>').removeprefix('spikemesh.') + '; counters are summed over all frames'
        return html_table(caption, _COLUMNS, self.stats['layers'])


def _counters(row: dict[str, Any]) -> dict[str, Any]:
    """The numbers and names of a row: what is a column of its own."""
    return {key: value for key, value in row.items() if not key.endswith(_CLAIM) and not isinstance(value, list)}


def _claims(layer: dict[str, Any]) -> dict[str, Any]:
    """The claims of a layer as columns: ``clocks_basis`` is the basis in ``clocks_claim``."""
    claims = {key.removesuffix(_CLAIM): claim or {} for key, claim in layer.items() if key.endswith(_CLAIM)}
    columns = {f'{figure}_{key}': value for figure, claim in claims.items() for key, value in claim.items()}
    return {key: '; '.join(value) if isinstance(value, list) else value for key, value in columns.items()}
