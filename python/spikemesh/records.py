"""Rows of JSON as structured arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np


def records(rows: Sequence[dict[str, Any]], text: Sequence[str] = ()) -> np.ndarray:
    """Rows of equal keys as a structured array: a typed column for each key.

    Integers, numbers, truth values and text are columns of their type, objects are columns of columns, lists of numbers of one length are columns of
    that width; null is nan in a column of numbers and empty in a column of text.

    Args:
        rows: the rows.
        text: columns of text, whatever they hold.
    """
    columns = {key: _column([row[key] for row in rows], key in text) for key in (rows[0] if rows else {})}
    table = np.empty(len(rows), [(key, column.dtype, column.shape[1:]) for key, column in columns.items()])
    for key, column in columns.items():
        table[key] = column
    return table


def _column(values: list[Any], text: bool) -> np.ndarray:
    known = [value for value in values if value is not None]
    if text or (known and all(isinstance(value, str) for value in known)):
        return np.array(['' if value is None else str(value) for value in values], np.str_)
    if known and all(isinstance(value, dict) for value in known):
        keys = known[0].keys()
        return records([value or dict.fromkeys(keys) for value in values])
    if len(known) == len(values):
        for kind, dtype in ((bool, np.bool_), (int, np.int64)):
            if all(type(value) is kind for value in known):
                return np.array(values, dtype)
    if all(type(value) in (int, float) for value in known):
        return np.array([np.nan if value is None else value for value in values], np.float64)
    if known and len(known) == len(values) and all(isinstance(value, list) for value in known):
        numbers = all(type(item) in (int, float) for value in known for item in value)
        if numbers and len({len(value) for value in known}) == 1:
            return np.array(values)
    column = np.empty(len(values), object)
    column[:] = values
    return column
