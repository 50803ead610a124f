"""Pictures of a run, with matplotlib."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from .closed import Closed
from .optional import require

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from .run import Run

REASONS = {
    'compute': ('computing', '#2b6cb0'),
    'wait_input': ('waiting for input', '#cbd5e0'),
    'wait_map': ('waiting for a map', '#dd6b20'),
    'wait_fifo': ('waiting for room', '#c53030'),
    'drain': ('draining', '#38a169'),
    'load': ('loading', '#805ad5'),
    'unused': ('unused', '#f1f1ec'),
}
"""Reasons of a unit's clocks, with their label and colour, in the order in which they are stacked."""

_PLACE = re.compile(r'n(\d+)_(\d+)\.')
_DIRECTIONS = {'east': (1, 0), 'west': (-1, 0), 'south': (0, 1), 'north': (0, -1)}
_PJ_PER_MJ = 1e9


class Plots(Closed):
    """Pictures of a run: each draws into `ax`, or into a figure of its own, and returns the ``matplotlib.axes.Axes``."""

    def __init__(self, run: Run):
        self._run = run

    def timeline(self, ax: Axes | None = None) -> Axes:
        """What every unit did when, in the first batch, by reason; a line below each unit where it is on the critical path."""
        times, path = self._run.explanation.times, self._run.critical_path
        units = list(dict.fromkeys((int(row['pass']), str(row['unit']), str(row['layer'])) for row in times[['pass', 'unit', 'layer']]))
        rows = {unit[:2]: row for row, unit in enumerate(units)}
        is_own = ax is None
        ax = _axes(ax, width=10, height=1.6 + 0.22 * len(units))
        for reason, (label, colour) in REASONS.items():
            if reason == 'unused':
                continue
            some = times[times['reason'] == reason]
            left = some['start']
            at = [rows[int(row['pass']), str(row['unit'])] for row in some]
            ax.barh(at, some['end'] - left, left=left, height=0.8, color=colour, label=label, linewidth=0)
        on_path = path[path['resource'] == 'unit']
        at = np.array([rows[int(row['pass']), str(row['unit'])] for row in on_path], float)
        ax.hlines(at + 0.45, on_path['start'], on_path['end'], color='black', linewidth=1.5, label='critical path')
        ax.set_yticks(range(len(units)), [f'{unit}  {layer}'.strip() for _, unit, layer in units], fontsize='x-small')
        ax.set_ylim(len(units) - 0.5, -0.5)
        ax.set(xlabel='cycle of the batch', title='What units did')
        if is_own:
            ax.figure.legend(loc='outside lower center', ncols=7, fontsize='small', frameon=False)
        return ax

    def layers(self, ax: Axes | None = None) -> Axes:
        """Clocks of the units of every layer by reason, as shares of the time in which they were in use."""
        layers = self._run.layers
        is_own = ax is None
        ax = _axes(ax, height=1.5 + 0.3 * len(layers))
        names = [name for name in REASONS if name != 'unused']
        clocks = np.array([layers[name] for name in names], float).reshape(len(names), -1)
        shares = np.divide(clocks, clocks.sum(axis=0), out=np.zeros_like(clocks), where=clocks.sum(axis=0) > 0)
        left = np.zeros(len(layers))
        for name, share in zip(names, shares):
            label, colour = REASONS[name]
            ax.barh(np.arange(len(layers)), share, left=left, label=label, color=colour, edgecolor='white', linewidth=0.4)
            left += share
        ax.set_yticks(np.arange(len(layers)), layers['name'])
        ax.invert_yaxis()
        ax.set(xlim=(0, 1), xlabel='share of the clocks in which units were in use', title='Where the time of layers goes')
        if is_own:
            ax.figure.legend(loc='outside lower center', ncols=len(names), fontsize='small', frameon=False)
        else:
            ax.legend(fontsize='small')
        return ax

    def energy(self, ax: Axes | None = None) -> Axes:
        """Energy of a frame, mean, in mJ: the work of every layer, and the floor that the device takes regardless of work."""
        frames = max(len(self._run.cycles), 1)
        rows = [(layer['name'], layer['dynamic_pj']) for layer in self._run.layers]
        rows.append(('event DMA', self._run.energy['dma_pj']))
        rows.append(('floor', self._run.energy['floor_pj']))
        ax = _axes(ax, height=1.2 + 0.3 * len(rows))
        values = np.array([pj for _, pj in rows]) / frames / _PJ_PER_MJ
        colours = [REASONS['compute'][1]] * (len(rows) - 1) + [REASONS['wait_input'][1]]
        bars = ax.barh(np.arange(len(rows)), values, color=colours)
        ax.bar_label(bars, fmt='%.3g', padding=3, fontsize='small')
        ax.set_yticks(np.arange(len(rows)), [name for name, _ in rows])
        ax.invert_yaxis()
        claim = self._run.energy['total_claim'] or {}
        basis = f' [{claim["basis"]}]' if claim else ''
        ax.set(xlabel='mJ a frame', title=f'Energy of a frame: {values.sum():.3g} mJ{basis}')
        ax.margins(x=0.12)
        return ax

    def raster(self, ax: Axes | None = None, *, frame: int = 0) -> Axes:
        """Every event of a frame: its cycle, and its layer, by feature within it. The run has to keep events: ``Program.run(..., events=True)``."""
        events = self._run.events
        events = events[events['frame'] == frame]
        names = [str(name) for name in self._run.layers['name']]
        ax = _axes(ax, height=1.2 + 0.45 * max(len(names), 1))
        features = np.array([events['c'][events['layer'] == layer].max(initial=0) + 1 for layer in range(len(names))], float)
        height = events['layer'] + 0.9 * events['c'] / features[events['layer']] if len(events) else []
        ax.scatter(events['cycle'], height, s=1.5, c=events['layer'], cmap='tab10', linewidths=0, rasterized=True)
        ax.set_yticks(np.arange(len(names)) + 0.45, names)
        ax.set_ylim(len(names), -0.1)
        ax.set(xlabel='cycle of the batch', title=f'Events of frame {frame}')
        return ax

    def floorplan(self, ax: Axes | None = None) -> Axes:
        """The mesh: which layers compute at which node, and how busy the links between nodes were."""
        units, links = self._run.units, self._run.links
        named = [(str(unit['name']), str(unit['layer'])) for unit in units]
        at: dict[tuple[int, int], list[str]] = {}
        for name, layer in named:
            if place := _PLACE.match(name):
                here = at.setdefault((int(place[1]), int(place[2])), [])
                if layer and layer not in here:
                    here.append(layer)
        shares = {}
        for link in links:
            place, direction = _PLACE.match(str(link['name'])), str(link['name']).rpartition('.')[2]
            if place and direction in _DIRECTIONS:
                node = (int(place[1]), int(place[2]))
                shares[node, direction] = float(link['share'])
        nodes = list(at) + [node for node, _ in shares]
        columns = 1 + max((x for x, _ in nodes), default=0)
        rows = 1 + max((y for _, y in nodes), default=0)
        ax = _axes(ax, width=1.2 + 1.7 * columns, height=1.2 + 1.5 * rows)
        for x in range(columns):
            for y in range(rows):
                here = at.get((x, y), [])
                fill = '#e6eef7' if here else 'white'
                ax.add_patch(require('matplotlib.patches').Rectangle((x - 0.3, y - 0.3), 0.6, 0.6, facecolor=fill, edgecolor='#4a5568'))
                text = '\n'.join(here[:4] + ([f'and {len(here) - 4} more'] if len(here) > 4 else []))
                ax.text(x, y, text or f'n{x}_{y}', ha='center', va='center', fontsize=8, color='#1a202c' if here else '#a0aec0')
        top = max(shares.values(), default=0) or 1
        colours = require('matplotlib').colormaps['YlOrRd']
        for ((x, y), direction), share in shares.items():
            dx, dy = _DIRECTIONS[direction]
            aside = (0.07 * dy, -0.07 * dx)
            start = (x + 0.3 * dx + aside[0], y + 0.3 * dy + aside[1])
            end = (x + 0.7 * dx + aside[0], y + 0.7 * dy + aside[1])
            arrow = dict(arrowstyle='-|>', color=colours(0.2 + 0.8 * share / top), linewidth=1 + 2 * share / top, shrinkA=0, shrinkB=0)
            ax.annotate('', xy=end, xytext=start, arrowprops=arrow)
        ax.set(xlim=(-0.6, columns - 0.4), ylim=(rows - 0.4, -0.6), aspect='equal', xticks=range(columns), yticks=range(rows))
        busiest = max(shares.values(), default=0)
        ax.set(xlabel='column', ylabel='row', title=f'Busiest link between nodes: {busiest:.1%} of the cycles')
        return ax


def _axes(ax: Axes | None, *, width: float = 8, height: float = 4) -> Axes:
    if ax is not None:
        return ax
    _, ax = require('matplotlib.pyplot').subplots(figsize=(width, height), layout='constrained')
    return ax
