"""Sweeps from Python: the same bytes on every executor, tables for pandas, polars and DuckDB, fronts, and a search that shares the points."""

from __future__ import annotations

import concurrent.futures
import json
import multiprocessing
from pathlib import Path

import numpy as np
import pytest

import spikemesh
from spikemesh.sweep import Sweep

DEMO = Path(__file__).parents[2] / 'traces/fashion-mnist'
SPACE = {
    'model': DEMO / 'model.fbz',
    'input': DEMO / 'images.npy',
    'labels': str(DEMO / 'labels.npy'),
    'frames': 1,
    'network.depth': [2, 4, 8],
    'network.link_delay': '1..4',
    'mode': ['minimal', 'all-nps', 'hw-pr'],
}


@pytest.fixture(scope='module')
def swept(tmp_path_factory) -> Sweep:
    return spikemesh.sweep(SPACE, tmp_path_factory.mktemp('swept') / 'sweep')


def spawning(workers: int) -> concurrent.futures.ProcessPoolExecutor:
    return concurrent.futures.ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context('spawn'))


def test_a_sweep_counts_and_the_same_again_simulates_nothing(swept):
    assert (swept.points, swept.cached, swept.simulated) == (36, 0, 36)
    again = spikemesh.sweep(SPACE, swept.folder)
    assert (again.points, again.cached, again.simulated) == (36, 36, 0)
    assert '36 cached' in repr(again)


@pytest.mark.parametrize('make', [lambda: spawning(2), lambda: concurrent.futures.ThreadPoolExecutor(2)])
def test_every_executor_gives_the_same_bytes(swept, tmp_path, make):
    with make() as executor:
        sweep = spikemesh.sweep(SPACE, tmp_path, executor=executor, chunk=5)
    assert sweep.simulated == 36
    assert sweep.parquet.read_bytes() == swept.parquet.read_bytes()
    assert sweep.csv.read_bytes() == swept.csv.read_bytes()


def test_dask_with_two_worker_processes_gives_the_same_bytes(swept, tmp_path):
    distributed = pytest.importorskip('distributed')
    options = {'n_workers': 2, 'threads_per_worker': 1, 'dashboard_address': None}
    with distributed.LocalCluster(**options) as cluster, distributed.Client(cluster) as client:
        sweep = spikemesh.sweep(SPACE, tmp_path, executor=client, chunk=5)
        again = spikemesh.sweep(SPACE, tmp_path, executor=client)
    assert (sweep.simulated, again.simulated) == (36, 0)
    assert sweep.parquet.read_bytes() == swept.parquet.read_bytes()


def test_tables_are_read_in_one_line(swept):
    frame = swept.frame
    assert len(frame) == 36 and (frame['status'] == 'complete').sum() == 24
    assert frame['network.depth'].dtype == np.int64 and frame['latency_ms'].dtype == np.float64
    duckdb = pytest.importorskip('duckdb').sql(f"select count(*), max(latency_ms) from '{swept.parquet}'").fetchall()[0]
    assert duckdb == (36, frame['latency_ms'].max())
    text = pytest.importorskip('pandas').read_csv(swept.csv)
    assert list(text.columns) == list(frame.columns)
    assert text['energy_mj'].equals(frame['energy_mj'])


def test_polars_reads_the_same(swept):
    polars = pytest.importorskip('polars').read_parquet(swept.parquet)
    assert polars.shape == swept.frame.shape
    assert polars['latency_ms'].max() == swept.frame['latency_ms'].max()


def test_reports_and_pictures(swept):
    report = swept.report('latency_ms', 'nps')
    assert report['complete'] == 24 and report['metrics'] == ['latency_ms', 'nps']
    frame = swept.frame
    best = frame.loc[[row['row'] for row in report['front']], 'latency_ms']
    assert best.min() == frame['latency_ms'].min()
    assert '<svg' in swept.html('latency_ms', 'nps')
    matplotlib = pytest.importorskip('matplotlib')
    matplotlib.use('Agg')
    axes = swept.plot('latency_ms', 'nps')
    assert axes.get_xlabel() == 'latency_ms' and 'on the front' in axes.get_title()


def test_what_is_wrong_is_a_value_error_with_a_code(tmp_path):
    for space, options, code in [
        ({'input': 'x.npy'}, {}, 'sweep::missing'),
        (SPACE | {'mode': 'minmal'}, {}, 'sweep::axis'),
        (SPACE, {'where': 'mode >'}, 'sweep::condition'),
        (SPACE | {'network.dpth': 1}, {}, 'device::unknown_constant'),
        (SPACE, {'most': 5}, 'sweep::too_many'),
    ]:
        with pytest.raises(ValueError, match=code):
            spikemesh.sweep(space, tmp_path / 'none', **options)
    with pytest.raises((OSError, ValueError), match='none.npy'):
        spikemesh.sweep(SPACE | {'input': 'none.npy'}, tmp_path / 'none')
    with pytest.raises(ValueError, match='sobol or random'):
        spikemesh.sweep(SPACE, tmp_path / 'none', sobol=3, random=3)
    assert not (tmp_path / 'none').exists()


def test_samples_conditions_and_check(tmp_path):
    sweep = spikemesh.sweep(SPACE, tmp_path, sobol=6, where="mode != 'hw-pr'", check=True)
    assert sweep.points == 6 and (sweep.frame['status'] == 'complete').all()
    same = spikemesh.sweep(SPACE, tmp_path, sobol=6, where=["mode != 'hw-pr'"], check=True)
    assert same.simulated == 0
    assert spikemesh.sweep(SPACE, tmp_path, random=4, seed=3).points == 4


def test_a_study_shares_points_and_goes_on(swept):
    optuna = pytest.importorskip('optuna')
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    objectives = ['latency_ms', 'nps']
    study = spikemesh.study(SPACE, objectives, swept.folder, points=8)
    # A sweep has simulated all of them.
    assert not any(trial.user_attrs['simulated'] for trial in study.trials)
    points = {trial.user_attrs['point'] for trial in study.trials}
    assert len(points) == 8 and study.best_trials
    failed = [trial for trial in study.trials if trial.state == optuna.trial.TrialState.FAIL]
    assert {trial.user_attrs['code'] for trial in failed} <= {'compiler::mode_needs_multi_pass'}
    assert (study.user_attrs['searcher'], study.user_attrs['objectives']) == ('TPESampler', objectives)
    more = spikemesh.study(SPACE, objectives, swept.folder, points=12)
    assert len({trial.user_attrs['point'] for trial in more.trials}) == 12
    assert [trial.params for trial in more.trials[: len(study.trials)]] == [trial.params for trial in study.trials]
    with pytest.raises(ValueError, match='objectives are columns'):
        spikemesh.study(SPACE, ['latency'], swept.folder, name='wrong', points=2)


def test_a_space_of_a_file_and_of_python_is_the_same(swept):
    record = next(swept.folder.joinpath('points').glob('*/point.json'))
    point = json.loads(record.read_text())
    assert point['schema'] == 'spikemesh.point/2'
    assert record.parent.name in set(swept.frame['point'])
