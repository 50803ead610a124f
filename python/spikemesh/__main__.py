"""Runs a program of the reference API: ``python -m spikemesh program.py [args]``. In it, ``import akida`` gives this package."""

from __future__ import annotations

import os
import runpy
import sys

from . import install_as

USAGE = """\
usage: python -m spikemesh program.py [args]

Runs a Python program in which `import akida` gives Spikemesh.
Models and programs are simulated by the command `spikemesh`, see `spikemesh --help`."""


def main() -> None:
    """Runs the program that the arguments name."""
    program, arguments = (sys.argv[1], sys.argv[2:]) if len(sys.argv) > 1 else (None, [])
    if program in ('-h', '--help'):
        print(USAGE)
        return
    if program is None or not os.path.isfile(program):
        found = 'no program is given' if program is None else f'there is no file {program!r}'
        print(f'{found}\n\n{USAGE}', file=sys.stderr)
        sys.exit(2)
    install_as('akida')
    # As Python itself starts a program.
    sys.argv = [program, *arguments]
    sys.path[0] = os.path.dirname(os.path.abspath(program))
    runpy.run_path(program, run_name='__main__')


if __name__ == '__main__':
    main()
