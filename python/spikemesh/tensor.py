"""Tensors, and functions that build them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from . import _core
from ._core import Sparse
from .closed import Closed
from .words import plural

__all__ = ['Dense', 'Sparse', 'coords_to_sparse', 'dense_to_sparse', 'packetize']


class Dense(Closed):
    """A dense tensor: a read-only view of an array."""

    def __init__(self, array: ArrayLike):
        """
        Args:
            array: the values.
        """
        view = np.asarray(array).view()
        view.flags.writeable = False
        self._array = view

    @property
    def shape(self) -> tuple[int, ...]:
        """Sizes of the dimensions."""
        return self._array.shape

    @property
    def size(self) -> int:
        """Product of the sizes."""
        return self._array.size

    @property
    def type(self) -> np.dtype:
        """Type of a value."""
        return self._array.dtype

    def to_numpy(self) -> np.ndarray:
        """The values as an array of their own."""
        return self._array.copy()

    def __array__(self, dtype: np.dtype | None = None, copy: bool | None = None) -> np.ndarray:
        array = self._array if dtype is None else self._array.astype(dtype, copy=False)
        if copy is False and array is not self._array:
            raise ValueError(f'{self.type} cannot be had as {np.dtype(dtype)} without a copy')
        return array.copy() if copy else array

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Dense):
            return NotImplemented
        return self.type == other.type and np.array_equal(self._array, other._array)

    __hash__ = None

    def __reduce__(self) -> tuple:
        return type(self), (self.to_numpy(),)

    def __repr__(self) -> str:
        return f'<spikemesh.Dense {self.type} {self.shape}>'


def _rows(coords: ArrayLike, name: str) -> np.ndarray:
    """Rows of integer coordinates as int64."""
    rows = np.asarray(coords)
    if rows.dtype.kind not in 'iu':
        raise ValueError(f'{name} are of {rows.dtype}, and must be integers')
    if rows.ndim != 2:
        raise ValueError(f'{name} have {plural(rows.ndim, "dimension", "dimensions")}, and must have 2: one row of coordinates per event')
    if rows.dtype == np.uint64 and rows.size and rows.max() > np.iinfo(np.int64).max:
        raise ValueError(f'{name} hold {rows.max()}, which is out of range')
    return rows.astype(np.int64)


def _sizes(shape: Sequence[int]) -> list[int]:
    sizes = [int(np.asarray(size).__index__()) for size in shape]
    if any(size < 0 for size in sizes):
        raise ValueError(f'the shape {tuple(sizes)} has a negative size')
    return sizes


def coords_to_sparse(coords: ArrayLike, shape: Sequence[int]) -> Sparse:
    """Events of value 1 at coordinates.

    Args:
        coords: integers (m, 3), rows of (x, y, c), or (m, 4), rows of (n, x, y, c). Duplicates are one event.
        shape: (w, h, c) for three coordinates, (n, w, h, c) for four.

    Returns:
        The events, (n, w, h, c), with n = 1 for three coordinates.

    Raises:
        ValueError: coordinates out of the shape, of another type or rank, or that do not go with the shape.
    """
    return _core.coords_to_sparse(_rows(coords, 'coordinates'), _sizes(shape))


def dense_to_sparse(in_array: ArrayLike) -> Sparse:
    """Events at the values of an array that are not zero.

    Args:
        in_array: (w, h, c) or (n, w, h, c), not the order of images; integers 0 to 255, or bool.

    Returns:
        The events with their values, (n, w, h, c), with n = 1 for three dimensions.

    Raises:
        ValueError: another rank or type, a value out of range.
    """
    array = np.asarray(in_array)
    if array.dtype.kind not in 'iub':
        raise ValueError(f'the array is of {array.dtype}, and must be of integers or bool')
    if array.ndim not in (3, 4):
        raise ValueError(f'the array has {plural(array.ndim, "dimension", "dimensions")}, and must have 3 (w, h, c) or 4 (n, w, h, c)')
    if array.size and (array.min() < 0 or array.max() > 255):
        wrong = array.min() if array.min() < 0 else array.max()
        raise ValueError(f'the array holds {wrong}, and values are 0 to 255')
    if array.ndim == 3:
        array = array[np.newaxis]
    return _core.dense_to_sparse(array.astype(np.uint8))


def packetize(events: ArrayLike, shape: Sequence[int], packet_size: int) -> Sparse:
    """Events of value 1 at coordinates, divided into samples in their order.

    Args:
        events: integers (m, 3), rows of (x, y, c). Duplicates count towards `packet_size`; within a sample they are one event.
        shape: (w, h, c).
        packet_size: rows per sample, at least 1; the last sample has the remaining rows.

    Returns:
        The events, (n, w, h, c), with n = m / packet_size, rounded up.

    Raises:
        ValueError: coordinates out of the shape, of another type or rank, a packet size below 1.
    """
    sizes = _sizes(shape)
    if len(sizes) != 3:
        raise ValueError(f'the shape {tuple(sizes)} has {len(sizes)} sizes, and must have 3: (w, h, c)')
    if packet_size < 1:
        raise ValueError(f'packet_size is {packet_size}, and must be at least 1')
    return _core.packetize(_rows(events, 'events'), sizes, packet_size)
