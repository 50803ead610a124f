"""Counts in sentences."""

from __future__ import annotations


def plural(count: int, one: str, many: str) -> str:
    """``1 frame``, ``2 frames``: a count with its noun."""
    return f'{count} {one if count == 1 else many}'
