"""What differs: the same facts as the command."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest

import spikemesh

ROOT = Path(__file__).parents[2]
COMMAND = ROOT / 'target' / 'debug' / 'spikemesh'


def command(*arguments, codes=(0,)):
    done = subprocess.run([COMMAND, *map(str, arguments)], capture_output=True, text=True)
    assert done.returncode in codes, done.stderr
    return done.stdout


def of_command(a, b, *options):
    return json.loads(command('diff', a, b, '--format', 'json', *options, codes=(0, 4)))


@pytest.fixture
def runs(tmp_path, image_model, images):
    """Three runs: two that are equal, and one on a device with a slower input unit."""
    image_model.save(tmp_path / 'model.fbz')
    np.save(tmp_path / 'images.npy', images[:2])
    run = ['run', tmp_path / 'model.fbz', '-i', tmp_path / 'images.npy', '-d', 'two-nodes']
    command(*run, '-o', tmp_path / 'a')
    command(*run, '-o', tmp_path / 'again')
    command(*run, '-o', tmp_path / 'b', '--set', 'timing.hrc.position=60')
    return tmp_path


def test_runs(runs):
    difference = spikemesh.diff(runs / 'a', runs / 'b')
    assert difference.facts == of_command(runs / 'a', runs / 'b')
    assert difference.different and difference.of == 'runs'
    assert difference.first_event['differs'] == 'time' and difference.first_event_unknown is None
    (constant,) = difference.constants
    assert constant['name'] == 'timing.hrc.position' and constant['b'].startswith('60')
    assert len(difference.frames) == 2 and (difference.frames['delta'] > 0).all()
    assert difference.outputs == [] and len(difference.program) == 0
    table = difference.layers.to_pandas()
    assert {'of', 'name', 'a', 'b', 'delta', 'share'} == set(table.columns)
    assert len(table) == len(difference.facts['layers'])
    assert 'first event in frame 0 of' in repr(difference)


def test_runs_without_events_and_equal_runs(runs):
    short = spikemesh.diff(str(runs / 'a'), str(runs / 'b'), events=False)
    assert short.facts == of_command(runs / 'a', runs / 'b', '--no-events')
    assert short.different and short.first_event is None
    same = spikemesh.diff(runs / 'a', runs / 'again')
    assert not same.different and repr(same) == '<spikemesh.Diff: no difference between these runs>'


def test_programs_and_devices(tmp_path, image_model):
    image_model.map('two-nodes').save(tmp_path / 'a.npx')
    weights = image_model.get_layer('head').get_variable('weights')
    weights[0, 0, 0, 0] ^= 1
    image_model.get_layer('head').set_variable('weights', weights)
    image_model.map('two-nodes').save(tmp_path / 'b.npx')
    programs = spikemesh.diff(tmp_path / 'a.npx', tmp_path / 'b.npx')
    assert programs.facts == of_command(tmp_path / 'a.npx', tmp_path / 'b.npx')
    assert [(row['layer'], row['name'], row['differing']) for row in programs.program] == [('head', 'weights', 1)]

    devices = spikemesh.diff('akd1000', 'akd1500')
    assert devices.facts == of_command('akd1000', 'akd1500')
    assert devices.different and len(devices.constants) == len(devices.facts['constants']) > 0


def test_what_cannot_be_compared(tmp_path, image_model):
    image_model.map('two-nodes').save(tmp_path / 'a.npx')
    with pytest.raises(ValueError, match='give two of a kind'):
        spikemesh.diff(tmp_path / 'a.npx', 'akd1000')
    with pytest.raises(ValueError, match='no such folder|is no run directory'):
        spikemesh.diff(tmp_path, tmp_path)
    with pytest.raises((ValueError, OSError), match='nowhere'):
        spikemesh.diff('nowhere.ron', 'akd1000')
