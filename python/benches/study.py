"""How many points a search needs: the share of a whole grid's front that `spikemesh.study` finds, with chance beside it.

    python python/benches/study.py [FOLDER]

The grid has 4,096 points of the demo network: meshes, mappings, buffers. The measure is the hypervolume of latency and neural processors of the device, which is 100 % for
the whole grid. A search is good if it comes to 99 % with 400 different points, for four of five seeds.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import optuna

import spikemesh

DEMO = Path(__file__).parents[2] / 'traces/fashion-mnist'
SPACE = {
    'model': DEMO / 'model.fbz',
    'input': DEMO / 'images.npy',
    'frames': 1,
    'columns': '1..8',
    'rows': '1..8',
    'nps_per_node': [1, 2, 4, 8],
    'mode': ['minimal', 'all-nps'],
    'network.depth': '2..9',
}
OBJECTIVES = ('latency_ms', 'device_nps')
POINTS, SHARE, SEEDS = 400, 0.99, range(1, 6)


def hypervolume(points: list[tuple[float, float]], worst: tuple[float, float]) -> float:
    """The area between points of two objectives that are to be small and a worst point."""
    area, height = 0.0, worst[1]
    for x, y in sorted(set(points)):
        if y < height:
            area += (worst[0] - x) * (height - y)
            height = y
    return area


def needed(study: optuna.Study, whole: float, worst: tuple[float, float]) -> tuple[int, float]:
    """Different points until the share is reached, 0 if it is not, and the share at the end."""
    found: list[tuple[float, float]] = []
    seen: set[str] = set()
    first = 0
    for trial in study.trials:
        seen.add(trial.user_attrs['point'])
        if trial.values:
            found.append((trial.values[0], trial.values[1]))
        if not first and hypervolume(found, worst) >= SHARE * whole:
            first = len(seen)
    return first, hypervolume(found, worst) / whole


def main(folder: Path) -> bool:
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    sweep = spikemesh.sweep(SPACE, folder)
    frame = sweep.frame
    done = frame[frame['status'] == 'complete']
    points = list(zip(done[OBJECTIVES[0]], done[OBJECTIVES[1]].astype(float)))
    worst = (max(x for x, _ in points), max(y for _, y in points))
    whole = hypervolume(points, worst)
    print(f'{sweep.points} points, {len(done)} with results, {sweep.simulated} simulated')
    good = 0
    for seed in SEEDS:
        line = [f'seed {seed}']
        for name, sampler in (('study', None), ('chance', optuna.samplers.RandomSampler(seed=seed))):
            study = spikemesh.study(SPACE, OBJECTIVES, folder, points=POINTS, seed=seed, sampler=sampler, name=f'{name}-{seed}')
            first, share = needed(study, whole, worst)
            good += name == 'study' and first > 0
            line.append(f'{name}: {f"{first} points" if first else "not reached"}, {share:.2%} at the end')
        print('; '.join(line))
    print(f'{good} of {len(SEEDS)} seeds come to {SHARE:.0%} with at most {POINTS} points')
    return good >= 4


if __name__ == '__main__':
    with tempfile.TemporaryDirectory() as temporary:
        sys.exit(not main(Path(sys.argv[1] if len(sys.argv) > 1 else temporary)))
