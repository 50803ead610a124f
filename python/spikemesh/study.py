"""Search in a space with Optuna: points are those of sweeps, and cost a simulation once."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import _core
from .optional import require
from .sweep import Space, _values, space_text

if TYPE_CHECKING:
    import optuna

def study(
    space: Space,
    objectives: Sequence[str] | Mapping[str, str],
    output: str | os.PathLike[str],
    *,
    points: int = 100,
    sampler: optuna.samplers.BaseSampler | None = None,
    seed: int = 0,
    name: str = 'study',
    most_trials: int | None = None,
) -> optuna.Study:
    """Searches a space for the best of one or several metrics, until so many different points are known. It goes on where an earlier call ended.

    Every point is that of a sweep of the same folder: what a sweep or another study has simulated costs nothing. The trials are in the journal
    ``NAME.journal`` of the folder, as Optuna keeps it, with the searcher and its seed as attributes of the study.

    >>> import spikemesh
    >>> study = spikemesh.study(
    ...     {'model': 'model.fbz', 'input': 'images.npy', 'network.depth': [2, 4, 8], 'np.fifo_events': '64..512:64'},
    ...     ['latency_ms', 'energy_mj'], 'sweep/', points=50,
    ... )                                                # doctest: +SKIP
    >>> [trial.params for trial in study.best_trials]    # doctest: +SKIP

    Args:
        space: values by axis. Axes of numbers are searched in their order, others as names.
        objectives: metrics, as columns of the table; ``fps`` and ``accuracy`` are made larger, others smaller. A mapping says which: ``{'fps': 'maximize'}``.
        output: the folder of points.
        points: different points of the study that are known at the end.
        sampler: of Optuna; by default ``TPESampler`` with `seed`.
        seed: of the sampler.
        name: of the study and its journal.
        most_trials: trials of this call at most, those that repeat a point included; by default 10 times `points`.

    Raises:
        ImportError: Optuna is not installed.
        ValueError: the space or an objective is wrong.
    """
    optuna = require('optuna')
    metrics = dict(_core.sweep_metrics())
    unknown = [one for one in objectives if one not in metrics]
    if unknown or not objectives:
        raise ValueError(f'objectives are columns of the table with an order, such as latency_ms and energy_mj, not {unknown}')
    named = {one: 'maximize' if metrics[one] else 'minimize' for one in objectives}
    directions = dict(objectives) if isinstance(objectives, Mapping) else named
    axes = {axis: _expanded(axis, values) for axis, values in space.items()}
    folder = Path(os.path.abspath(output))
    folder.joinpath('points').mkdir(parents=True, exist_ok=True)
    backend = require('optuna.storages.journal').JournalFileBackend(str(folder / f'{name}.journal'))
    search = optuna.create_study(
        study_name=name,
        storage=optuna.storages.JournalStorage(backend),
        sampler=sampler or optuna.samplers.TPESampler(seed=seed, multivariate=True, n_startup_trials=24),
        directions=list(directions.values()),
        load_if_exists=True,
    )
    before = len(search.trials)
    # A sampler that goes on would draw its first numbers again.
    if sampler is None and before:
        search.sampler = optuna.samplers.TPESampler(seed=seed + before, multivariate=True, n_startup_trials=24)
    search.set_user_attr('searcher', type(search.sampler).__name__)
    search.set_user_attr('seed', seed)
    search.set_user_attr('objectives', list(directions))
    known = {trial.user_attrs.get('point') for trial in search.trials} - {None}
    for _ in range(most_trials or 10 * points):
        if len(known) >= points:
            break
        trial = search.ask()
        chosen = {axis: _suggested(trial, axis, values) for axis, values in axes.items()}
        record, simulated = _core.sweep_point(space_text(chosen), str(folder))
        record = json.loads(record)
        # Of a point without results its values of the axes are what is known.
        digest = json.dumps(chosen, sort_keys=True)
        known.add(digest)
        trial.set_user_attr('point', digest)
        trial.set_user_attr('simulated', simulated)
        values = [record['values'].get(metric) for metric in directions]
        if record['status'] != 'complete':
            trial.set_user_attr('code', record['code'])
            search.tell(trial, state=optuna.trial.TrialState.FAIL)
        elif any(value is None for value in values):
            # Without labels there is no accuracy.
            search.tell(trial, state=optuna.trial.TrialState.FAIL)
            raise ValueError(f'points have no {[metric for metric, value in zip(directions, values) if value is None]}')
        else:
            search.tell(trial, values)
    return search


def _expanded(axis: str, values: Any) -> list[str]:
    """All values of an axis, ranges written out."""
    return _core.sweep_axis(f'{axis}={",".join(_values(axis, values))}')


def _suggested(trial: optuna.Trial, axis: str, values: list[str]) -> str:
    if len(values) == 1:
        return values[0]
    if all(_is_number(value) for value in values):
        return values[trial.suggest_int(axis, 0, len(values) - 1)]
    return trial.suggest_categorical(axis, values)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
