"""Sweeps: many devices, mappings and inputs, each point simulated once, on this machine or wherever an executor leads."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import _core
from .closed import Closed
from .optional import require

if TYPE_CHECKING:
    import pandas
    from matplotlib.axes import Axes

Space = Mapping[str, Any]
"""What varies: values by the name of an axis, as `spikemesh sweep` takes them. A value is a single one, or a list of them, or a range as text."""


def sweep(
    space: Space,
    output: str | os.PathLike[str],
    *,
    where: str | Sequence[str] = (),
    sobol: int | None = None,
    random: int | None = None,
    seed: int = 0,
    check: bool = False,
    most: int | None = None,
    executor: Any = None,
    chunk: int | None = None,
) -> Sweep:
    """Simulates the points of a space that `output` does not hold yet, and writes the table of all.

    >>> import spikemesh
    >>> sweep = spikemesh.sweep(
    ...     {'model': 'model.fbz', 'input': 'images.npy', 'network.depth': [2, 4, 8], 'mode': ['minimal', 'all-nps']},
    ...     'sweep/',
    ... )                                                                           # doctest: +SKIP
    >>> sweep.frame[['network.depth', 'mode', 'latency_ms', 'latency_ms_error']]    # doctest: +SKIP

    Args:
        space: values by axis; ``model`` and ``input`` are needed. Paths are relative to the current folder.
        output: the folder of points and results. Any number of processes may share it.
        where: conditions over axes and constants that every point keeps, such as ``'network.vcs * network.depth <= 32'``.
        sobol: so many points, spread evenly over the grid, instead of all.
        random: so many points by chance.
        seed: of `sobol` and `random`.
        check: compare every layer with the engine at every point, otherwise at one of each program.
        most: refuse a space with more points; 100,000 by default.
        executor: a ``dask.distributed.Client`` or any ``concurrent.futures.Executor``: whatever has ``submit(function, *arguments)`` that gives a
            future with ``result()``. Its workers must see the folder and the files by the same paths. Without one, all cores of this process work.
        chunk: points of one call of the executor; by default such that there are a few hundred calls, at most 64.

    Raises:
        ValueError: the space, a file or a condition is wrong.
        OSError: a file cannot be read or written; points that are finished are kept.
    """
    text = space_text(space, where=where, sobol=sobol, random=random, seed=seed, check=check)
    folder = os.path.abspath(output)
    points, cached, left = _core.sweep_plan(text, folder, most)
    simulated = 0
    if executor is None:
        if left:
            simulated = _core.sweep_run(text, folder, left, most)
    else:
        size = chunk or max(1, min(64, len(left) // 256))
        parts = [left[begin : begin + size] for begin in range(0, len(left), size)]
        simulated = sum(_results(executor, [(text, folder, part, most) for part in parts]))
    _core.sweep_collect(text, folder, most)
    return Sweep(folder, points=points, cached=cached, simulated=simulated)


def run_points(space: str, folder: str, points: list[int], most: int | None = None) -> int:
    """The unit of work of an executor: simulates points of a space by their numbers, and writes them into the folder. It may run in any process, any
    number of times. Returns how many were simulated."""
    return _core.sweep_run(space, folder, points, most)


def _results(executor: Any, calls: list[tuple[Any, ...]]) -> Iterable[int]:
    # A Dask client would take equal calls for one: each has other points, and what it gives depends on the folder.
    options = {'pure': False} if type(executor).__module__.partition('.')[0] == 'distributed' else {}
    futures = [executor.submit(run_points, *call, **options) for call in calls]
    try:
        return [future.result() for future in futures]
    except BaseException:
        for future in futures:
            future.cancel()
        raise


def space_text(
    space: Space,
    *,
    where: str | Sequence[str] = (),
    sobol: int | None = None,
    random: int | None = None,
    seed: int = 0,
    check: bool = False,
) -> str:
    """A space as JSON, as the library reads it, with absolute paths: workers may be in other folders."""
    if sobol is not None and random is not None:
        raise ValueError('give sobol or random')
    axes = [f'{name}={",".join(_values(name, values))}' for name, values in space.items()]
    sampling: Any = 'grid'
    if sobol is not None:
        sampling = {'sobol': {'points': sobol, 'seed': seed}}
    if random is not None:
        sampling = {'random': {'points': random, 'seed': seed}}
    conditions = [where] if isinstance(where, str) else list(where)
    return json.dumps({'axes': axes, 'where': conditions, 'sampling': sampling, 'check': check})


_FILES = ('model', 'input', 'labels')


def _values(name: str, values: Any) -> list[str]:
    if isinstance(values, (str, bytes, os.PathLike)) or not isinstance(values, Iterable):
        values = str(values).split(',') if isinstance(values, str) else [values]
    texts = [_text(value) for value in values]
    if name in _FILES:
        return [os.path.abspath(text) for text in texts]
    return [os.path.abspath(text) if name == 'device' and text.endswith('.ron') else text for text in texts]


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return os.fspath(value) if isinstance(value, os.PathLike) else str(value)


class Sweep(Closed):
    """The results of a sweep in its folder."""

    def __init__(self, folder: str | os.PathLike[str], *, points: int = 0, cached: int = 0, simulated: int = 0):
        self._folder = Path(folder)
        self._counts = {'points': points, 'cached': cached, 'simulated': simulated}

    def __repr__(self) -> str:
        counts = self._counts
        return f"<spikemesh.Sweep '{self._folder}', {counts['points']} points, {counts['cached']} cached, {counts['simulated']} simulated>"

    @property
    def folder(self) -> Path:
        """The folder."""
        return self._folder

    @property
    def points(self) -> int:
        """All points of the space."""
        return self._counts['points']

    @property
    def cached(self) -> int:
        """Points whose results were there before."""
        return self._counts['cached']

    @property
    def simulated(self) -> int:
        """Points that were simulated."""
        return self._counts['simulated']

    @property
    def parquet(self) -> Path:
        """The table for pandas, polars and DuckDB."""
        return self._folder / 'results.parquet'

    @property
    def csv(self) -> Path:
        """The table as text."""
        return self._folder / 'results.csv'

    @property
    def frame(self) -> pandas.DataFrame:
        """The table, a row for each point. It needs pandas and pyarrow."""
        require('pyarrow')
        return require('pandas').read_parquet(self.parquet)

    def report(self, *metrics: str, base: int | None = None) -> dict[str, Any]:
        """The front of two or three metrics with ties by error, and the effect of each axis, as ``sweep report --format json`` has them.

        Args:
            metrics: ``latency_ms`` and ``energy_mj`` by default.
            base: the row that others are compared with; by default the first with results.
        """
        return json.loads(_core.sweep_report(os.fspath(self._folder), list(metrics), base)[0])

    def html(self, *metrics: str, base: int | None = None) -> str:
        """The same as one page that needs no network."""
        return _core.sweep_report(os.fspath(self._folder), list(metrics), base)[1]

    def plot(self, *metrics: str, ax: Axes | None = None) -> Axes:
        """The front of the first two metrics with error bars, ties and all other points. It needs matplotlib and pandas."""
        report, frame = self.report(*metrics), self.frame
        x, y = report['metrics'][:2]
        if ax is None:
            _, ax = require('matplotlib.pyplot').subplots(figsize=(8, 5), layout='constrained')
        done = frame[frame['status'] == 'complete']
        ax.scatter(done[x], done[y], s=8, color='#9aa3ad', label='other points')
        for rows, label, colour in ((report['ties'], 'tied: within the error', '#d9822b'), (report['front'], 'front', '#1f6fb5')):
            figures = [row['figures'] for row in rows]
            at = [[figure[axis]['value'] for figure in figures] for axis in (0, 1)]
            bars = [[(figure[axis]['error'] or 0) * abs(figure[axis]['value']) for figure in figures] for axis in (0, 1)]
            ax.errorbar(*at, xerr=bars[0], yerr=bars[1], fmt='D', markersize=5, color=colour, elinewidth=0.6, label=label)
        ax.set(xlabel=x, ylabel=y, title=f'{report["complete"]} points, {len(report["front"])} on the front')
        ax.legend(fontsize='small')
        return ax
