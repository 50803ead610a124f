"""Calls work in child processes, however they are started and whatever the parent has computed before."""

from __future__ import annotations

import multiprocessing
import os
import pathlib
import subprocess
import sys

import pytest

CHILDREN = pathlib.Path(__file__).parent / 'children.py'


@pytest.mark.parametrize('method', multiprocessing.get_all_start_methods())
def test_children_compute_what_the_parent_computes(method):
    process = subprocess.run(
        [sys.executable, '-W', 'ignore::DeprecationWarning', str(CHILDREN), method],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert (process.stdout, process.returncode) == ('equal\n', 0), process.stderr


COUNT = """
import numpy as np, spikemesh as akida
model = akida.Model(layers=[akida.InputData(4, 4, 1, 'in'), akida.FullyConnected(2, 'head', weights_bits=1)])
model.layers[1].set_variable('weights', np.ones(model.layers[1].get_variable('weights').shape, dtype=np.int8))
print(model.forward(np.ones((70, 4, 4, 1), dtype=np.uint8), order='events').shape)
"""


NESTED = COUNT + """
other, seen = model.map(), []
inputs = np.ones((3, 4, 4, 1), dtype=np.uint8)
model.register_observer(1, lambda *_: seen.append(other.run(inputs, order='events').outputs.shape))
model.forward(inputs, order='events')
print(len(seen))
"""


def threads(number: str, limit: str = '', code: str = COUNT) -> subprocess.CompletedProcess[str]:
    """Runs Python with a number of threads; `limit` is a command of the shell that comes before."""
    command = f'{limit} exec "$0" -c "$1"'
    environment = os.environ | {'RAYON_NUM_THREADS': number, 'OPENBLAS_NUM_THREADS': '1'}
    return subprocess.run(
        ['sh', '-c', command, sys.executable, code], env=environment, capture_output=True, text=True, timeout=300, check=False
    )


@pytest.mark.parametrize('number', ['0', 'two', '1000000'])
def test_another_number_of_threads_than_is_possible_is_replaced_with_a_warning(number):
    process = threads(number)
    assert process.returncode == 0, process.stderr
    assert f'RuntimeWarning: RAYON_NUM_THREADS is `{number}`' in process.stderr
    assert '[threads::count]' in process.stderr


def test_a_number_of_threads_is_taken_without_a_word():
    process = threads('3')
    assert (process.returncode, process.stderr) == (0, '')


# Limits of address space are those of Linux.
if sys.platform == 'linux':

    def test_a_host_without_threads_is_an_error_and_no_panic():
        # 256 stacks do not fit. Python's subclass of `OSError` for what the system has no more of is `BlockingIOError`.
        process = threads('256', limit='ulimit -v 1500000;')
        assert process.returncode == 1
        assert 'BlockingIOError' in process.stderr and 'cannot start 256 threads' in process.stderr
        assert 'panicked' not in process.stderr


def test_an_observer_may_compute_on_the_only_thread():
    process = threads('1', code=NESTED)
    assert (process.returncode, process.stdout.splitlines()[-1:]) == (0, ['3']), process.stderr
