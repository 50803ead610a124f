"""Rows of JSON as tables: structured arrays that pandas and Arrow take."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .optional import require


class Table(np.ndarray):
    """A structured array, a row for each thing and a typed column for each of its figures, that becomes a DataFrame or an Arrow table."""

    __slots__ = ()

    def __getitem__(self, key):
        found = super().__getitem__(key)
        return found.view(np.ndarray) if isinstance(found, Table) and found.dtype.names is None else found

    def columns(self) -> dict[str, np.ndarray]:
        """Its columns. A column of columns is several: ``claim.basis`` is ``basis`` of ``claim``."""
        return dict(_flat('', np.asarray(self)))

    def to_pandas(self):
        """The table as a ``pandas.DataFrame``. Needs pandas."""
        return require('pandas').DataFrame({name: _one_dimensional(column) for name, column in self.columns().items()})

    def to_arrow(self):
        """The table as a ``pyarrow.Table``, which polars and DuckDB take as well. Needs pyarrow."""
        arrow = require('pyarrow')
        return arrow.table({name: arrow.array(_one_dimensional(column)) for name, column in self.columns().items()})


def _flat(name: str, column: np.ndarray):
    if column.dtype.names is None:
        yield name, column
    else:
        for key in column.dtype.names:
            yield from _flat(f'{name}.{key}' if name else key, column[key])


def _one_dimensional(column: np.ndarray) -> np.ndarray | list:
    return column if column.ndim == 1 else list(column)


def records(rows: Sequence[dict[str, Any]], text: Sequence[str] = ()) -> Table:
    """Rows of equal keys as a table: a typed column for each key.

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
    return table.view(Table)


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
