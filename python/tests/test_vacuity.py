"""Nothing that compares can pass without having looked: each call that compares has a case for each way to fail.

The table of the command line is tests/suite/vacuity.rs. A new call that compares adds its row here.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import spikemesh as akida
from spikemesh import compatibility

WAYS = ('no frames', 'ends early', 'hang', 'wrong reference', 'empty reference')


class Bench:
    """A model with its program in a file, another model of the same shapes, and inputs."""

    def __init__(self, folder: Path, model: akida.Model, events: akida.Sparse):
        self.model, self.events, self.nothing = model, events, events.to_dense()[:0]
        self.program = model.map('two-nodes')
        self.path = folder / 'program.npx'
        self.program.save(self.path)
        self.other = akida.Model(layers=model.layers)
        head = self.other.layers[-1]
        head.set_variable('threshold_fire', head.get_variable('threshold_fire') - 3)

    def load(self, model: akida.Model | None) -> akida.Program:
        return akida.Program.load(self.path, 'two-nodes', model=model)

    def on_mesh(self) -> akida.Model:
        path = self.path.with_name('model.fbz')
        self.model.save(path)
        return akida.Model(path, device='two-nodes')


def raises(match: str, call: Callable[[], object]) -> None:
    with pytest.raises((ValueError, TypeError, AttributeError, RuntimeError), match=match):
        call()


def finds_the_difference(run: akida.Run) -> None:
    assert run.compared and len(run.differences) > 0 and 'differs' in repr(run)


def says_that_it_did_not_compare(run: akida.Run) -> None:
    assert not run.compared and 'not compared' in repr(run)


def gives_no_frame(array: np.ndarray) -> None:
    assert array.shape[0] == 0


# A text says why it cannot happen, or where it is tested.
HANG = 'no program that loads hangs; tests/suite/vacuity.rs looks at the answer of the library'
TABLE: dict[str, dict[str, Callable[[Bench], None] | str]] = {
    'Program.run': {
        'no frames': lambda bench: raises('run::no_frames', lambda: bench.program.run(bench.nothing, order='events')),
        'ends early': lambda bench: raises('simulate::cycle_limit', lambda: bench.program.run(bench.events, max_cycles=10)),
        'hang': HANG,
        'wrong reference': lambda bench: finds_the_difference(bench.load(bench.other).run(bench.events)),
        'empty reference': lambda bench: says_that_it_did_not_compare(bench.load(None).run(bench.events)),
    },
    'Program.run(check=False)': {
        'no frames': lambda bench: raises('run::no_frames', lambda: bench.program.run(bench.nothing, check=False, order='events')),
        'ends early': lambda bench: raises(
            'simulate::cycle_limit', lambda: bench.program.run(bench.events, max_cycles=10, check=False)
        ),
        'hang': HANG,
        'wrong reference': lambda bench: says_that_it_did_not_compare(bench.load(bench.other).run(bench.events, check=False)),
        'empty reference': lambda bench: says_that_it_did_not_compare(bench.program.run(bench.events, check=False)),
    },
    'Model.forward on a device': {
        'no frames': lambda bench: gives_no_frame(bench.on_mesh().forward(bench.nothing, order='events')),
        'ends early': 'it has no limit; a simulation that fails raises, see `Program.run`',
        'hang': HANG,
        'wrong reference': 'the reference is the model itself; `Run.require_agreement` is what `Program.run` counts',
        'empty reference': 'the reference is the model itself',
    },
    'compatibility.model_hardware_incompatibilities': {
        'no frames': lambda _: raises('no layers', lambda: compatibility.model_hardware_incompatibilities(akida.Model())),
        'ends early': 'it simulates nothing',
        'hang': 'it simulates nothing',
        'wrong reference': lambda bench: raises(
            'NsocVersion', lambda: compatibility.model_hardware_incompatibilities(bench.model, 'v9')
        ),
        'empty reference': 'its rules are in the library',
    },
    'compatibility.create_from_model': {
        'no frames': lambda _: raises('no layers', lambda: compatibility.create_from_model(akida.Model())),
        'ends early': 'it simulates nothing',
        'hang': 'it simulates nothing',
        'wrong reference': lambda bench: raises('NsocVersion', lambda: compatibility.create_from_model(bench.model, 'v9')),
        'empty reference': 'its rules are in the library',
    },
}


@pytest.mark.parametrize('call', TABLE)
@pytest.mark.parametrize('way', WAYS)
def test_nothing_passes_without_having_looked(call: str, way: str, tmp_path, event_model, events) -> None:
    case = TABLE[call][way]
    if not isinstance(case, str):
        case(Bench(tmp_path, event_model, events))


def test_every_way_has_its_case() -> None:
    assert all(tuple(ways) == WAYS for ways in TABLE.values())
