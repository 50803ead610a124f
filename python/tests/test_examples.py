"""The examples run, and say what they claim."""

from __future__ import annotations

import doctest
import importlib.util

import pytest
from conftest import ROOT

import spikemesh as akida
import spikemesh.device

EXAMPLES = ROOT / 'python' / 'examples'


def run(name: str):
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f'{name}.py')
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.main()


def test_classify(capsys):
    assert run('classify') == pytest.approx(0.9133, abs=5e-5)
    assert 'ankle boot, labelled ankle boot' in capsys.readouterr().out


def test_edge_learning(capsys):
    result = run('edge_learning')
    assert result['old classes before'] > 0.7
    assert result['old classes after'] > result['old classes before'] - 0.03
    assert result['new classes'] > 0.75


def test_sparsity(capsys):
    result = run('sparsity')
    assert list(result) == ['c0', 'c1', 's2', 's3', 'f'] and all(value > 0.5 for name, value in result.items() if name != 'f')


def test_software_and_hardware(capsys):
    runs = run('software_and_hardware')
    assert all(run.compared and run.differences == [] for run in runs.values())
    assert runs['akd1000 all-nps'].cycles.sum() < runs['akd1000 minimal'].cycles.sum()


def test_every_example_is_a_test():
    names = {path.stem for path in EXAMPLES.glob('*.py')}
    assert names == {name.removeprefix('test_') for name in globals() if name.startswith('test_')} - {'every_example_is_a_test', 'docstrings'}


@pytest.mark.parametrize('module', [akida, spikemesh.device], ids=lambda module: module.__name__)
def test_docstrings(module):
    result = doctest.testmod(module)
    assert result.attempted > 0 and result.failed == 0
