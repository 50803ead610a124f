"""Programs of the reference API run unchanged: under `python -m spikemesh`, and after `install_as`."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAMS = sorted((Path(__file__).parent / 'programs').glob('*.py'))


def python(*arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *map(str, arguments)], cwd=cwd, capture_output=True, text=True, check=False)


def test_there_are_twelve_and_none_knows_of_this_package():
    assert len(PROGRAMS) == 12
    for program in PROGRAMS:
        text = program.read_text()
        assert re.search(r'^(from akida import|import akida)', text, re.MULTILINE), program
        assert 'spikemesh' not in text.lower(), program


@pytest.mark.parametrize('program', PROGRAMS, ids=lambda program: program.stem)
def test_program_runs_unchanged(program, tmp_path):
    done = python('-m', 'spikemesh', program, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout and not done.stderr
    assert not list(tmp_path.iterdir()), 'it leaves no files'


def test_statistics_that_are_printed_too_early_say_so(tmp_path):
    program = next(program for program in PROGRAMS if program.stem == 'layer_statistics')
    lines = python('-m', 'spikemesh', program, cwd=tmp_path).stdout.splitlines()
    assert [line for line in lines if 'no samples' in line] == lines[:3]


def test_arguments_and_the_exit_status_are_the_programs(tmp_path):
    program = tmp_path / 'program.py'
    (tmp_path / 'helper.py').write_text('import akida\nVERSION = akida.__version__\n')
    program.write_text(
        'import sys\nfrom akida.compatibility import create_from_model\nimport akida.compatibility, helper\n'
        'print(__name__, sys.argv[0] == __file__, sys.argv[1:], helper.VERSION == akida.__version__)\nsys.exit(7)\n'
    )
    done = python('-m', 'spikemesh', program, '-b', '4', cwd=tmp_path.parent)
    assert (done.returncode, done.stdout.strip(), done.stderr) == (7, "__main__ True ['-b', '4'] True", '')
    program.write_text('from akida import nothing\n')
    done = python('-m', 'spikemesh', program, cwd=tmp_path)
    assert done.returncode == 1 and 'ImportError' in done.stderr
    for arguments, message in (((), 'no program is given'), (('missing.py',), "there is no file 'missing.py'")):
        done = python('-m', 'spikemesh', *arguments, cwd=tmp_path)
        assert done.returncode == 2 and message in done.stderr and 'usage:' in done.stderr


def test_install_as_gives_this_package_and_imports_no_other(tmp_path):
    # A package of the name that must not be touched.
    (tmp_path / 'akida.py').write_text('raise SystemExit("the other package was imported")\n')
    done = python(
        '-c',
        'import spikemesh; spikemesh.install_as("akida"); spikemesh.install_as()\n'
        'import akida, akida.compatibility, akida.model, sys\n'
        'from akida import Model\nfrom akida.compatibility import create_from_model\n'
        'assert akida is spikemesh and Model is spikemesh.Model and akida.model.Model is Model\n'
        'assert not [name for name in sys.modules if name.startswith("akida") and "spikemesh" not in sys.modules[name].__name__]\n'
        'print("ours")',
        cwd=tmp_path,
    )
    assert (done.stdout.strip(), done.stderr) == ('ours', '')


@pytest.mark.parametrize('imported', ['akida', 'akida.part'])
def test_install_as_refuses_when_another_package_is_imported(tmp_path, imported):
    (tmp_path / 'akida').mkdir()
    for name in ('__init__', 'part'):
        (tmp_path / 'akida' / f'{name}.py').write_text('')
    done = python('-c', f'import {imported}, spikemesh; spikemesh.install_as("akida")', cwd=tmp_path)
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith('RuntimeError: akida is imported already, from ') and 'akida/__init__.py' in last
    assert 'python -m spikemesh program.py' in last


@pytest.mark.parametrize('name', ['', 'a.b', 'a-b', 7, None])
def test_names_that_are_no_package(name):
    import spikemesh

    with pytest.raises(ValueError, match='not the name of a package'):
        spikemesh.install_as(name)
