"""How far long calls are."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from . import _core

Progress = bool | Callable[[int, int], Any] | None
"""What long calls take as ``progress``: True prints a line with the time left, to terminals and notebooks; a function is called with what is done and
what there is to do in all, several times a second, on the thread of the call; None and False show nothing."""


class ProgressLine:
    """A line of text on standard error, written over itself: what is done, of how much, and the time left."""

    def __init__(self) -> None:
        self._begin = time.monotonic()
        self._width = 0

    def __call__(self, done: int, total: int) -> None:
        """Shows how far it is."""
        seconds = time.monotonic() - self._begin
        left = f', {seconds * (total - done) / done:.0f} s left' if 0 < done < total else ''
        text = f'{done:,}/{total:,}{left}'
        # Spaces cover what is left of a longer line.
        sys.stderr.write('\r' + text.ljust(self._width))
        sys.stderr.flush()
        self._width = len(text)

    def close(self) -> None:
        """Ends the line, if there is one."""
        if self._width:
            sys.stderr.write('\n')
            sys.stderr.flush()


@contextmanager
def watching(progress: Progress) -> Iterator[None]:
    """Shows how far the calls inside are.

    Raises:
        TypeError: `progress` is neither a truth value nor None nor callable.
    """
    if progress is None or progress is False:
        yield
        return
    watcher = ProgressLine() if progress is True else progress
    if not callable(watcher):
        raise TypeError(f'progress is a {type(progress).__name__}, and must be True, None or a function of what is done and of the total')
    before = _core.watch(watcher)
    try:
        yield
    finally:
        _core.watch(before)
        if isinstance(watcher, ProgressLine):
            watcher.close()
