"""Sparse, Dense, and what makes them."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

import spikemesh as akida


@pytest.fixture
def array():
    rng = np.random.default_rng(7)
    return (rng.integers(1, 256, (3, 4, 5, 2)) * (rng.random((3, 4, 5, 2)) < 0.3)).astype(np.uint8)


@pytest.mark.covers('dense_to_sparse', 'Sparse', 'Sparse.to_numpy', 'Sparse.to_dense', 'Sparse.shape', 'Sparse.size', 'Sparse.nnz',
                    'Sparse.sparsity', 'Sparse.type')  # fmt: skip
def test_dense_and_back(array):
    sparse = akida.dense_to_sparse(array)
    assert isinstance(sparse, akida.Sparse)
    assert sparse.shape == array.shape and sparse.size == array.size
    assert sparse.nnz == np.count_nonzero(array) == len(sparse)
    assert sparse.sparsity == pytest.approx(1 - sparse.nnz / array.size, abs=0)
    assert sparse.type == np.uint8
    for dense in (sparse.to_numpy(), sparse.to_dense()):
        assert dense.dtype == np.uint8
        np.testing.assert_array_equal(dense, array)
    assert sparse.coords.dtype == np.int32
    np.testing.assert_array_equal(sparse.coords, np.argwhere(array))
    np.testing.assert_array_equal(sparse.values, array[tuple(sparse.coords.T)])


@pytest.mark.covers('dense_to_sparse')
@pytest.mark.parametrize('kind', [bool, np.int8, np.int64, np.uint16])
def test_dense_of_any_integers(kind):
    array = np.array([[[0, 1], [1, 0]]], kind)
    sparse = akida.dense_to_sparse(array)
    assert sparse.shape == (1, 1, 2, 2)
    np.testing.assert_array_equal(sparse.to_numpy()[0], array)
    strided = np.asfortranarray(np.arange(24).reshape(2, 3, 4))
    np.testing.assert_array_equal(akida.dense_to_sparse(strided).to_numpy()[0], strided)


@pytest.mark.covers('dense_to_sparse')
@pytest.mark.parametrize(
    ('array', 'message'),
    [
        (np.zeros((2, 2)), 'float64'),
        (np.zeros((2, 2), int), '2 dimensions'),
        (np.zeros((1, 1, 1, 1, 1), int), '5 dimensions'),
        (np.full((1, 1, 1), 256), '256'),
        (np.full((1, 1, 1), -1), '-1'),
    ],
)
def test_what_dense_to_sparse_refuses(array, message):
    with pytest.raises(ValueError, match=message):
        akida.dense_to_sparse(array)


@pytest.mark.covers('coords_to_sparse')
def test_coordinates_of_three_and_four():
    coords = np.array([[3, 1, 0], [0, 0, 1], [3, 1, 0]], np.uint16)
    sparse = akida.coords_to_sparse(coords, (4, 2, 2))
    assert sparse.shape == (1, 4, 2, 2)
    assert sparse.nnz == 2, 'duplicates are one event'
    np.testing.assert_array_equal(sparse.coords, [[0, 0, 0, 1], [0, 3, 1, 0]])
    np.testing.assert_array_equal(sparse.values, [1, 1])
    four = akida.coords_to_sparse(np.array([[1, 3, 1, 0]]), (2, 4, 2, 2))
    assert four.shape == (2, 4, 2, 2) and four.to_numpy()[1, 3, 1, 0] == 1


@pytest.mark.covers('coords_to_sparse')
@pytest.mark.parametrize(
    ('coords', 'shape'),
    [
        (np.zeros((1, 3), int), (1, 1, 1, 1)),
        (np.zeros((1, 4), int), (1, 1, 1)),
        (np.zeros((1, 2), int), (1, 1)),
        (np.zeros(3, int), (1, 1, 1)),
        (np.zeros((1, 3)), (1, 1, 1)),
        (np.array([[1, 0, 0]]), (1, 1, 1)),
        (np.array([[-1, 0, 0]]), (1, 1, 1)),
        (np.zeros((1, 3), int), (1, -1, 1)),
    ],
)
def test_what_coords_to_sparse_refuses(coords, shape):
    with pytest.raises(ValueError):
        akida.coords_to_sparse(coords, shape)


@pytest.mark.covers('packetize')
def test_packets_count_duplicates_before_they_collapse():
    events = np.array([[0, 0, 0], [0, 0, 0], [1, 1, 0], [2, 0, 1], [2, 1, 1]])
    sparse = akida.packetize(events, (3, 2, 2), 2)
    assert sparse.shape == (3, 3, 2, 2)
    np.testing.assert_array_equal(sparse.coords, [[0, 0, 0, 0], [1, 1, 1, 0], [1, 2, 0, 1], [2, 2, 1, 1]])
    assert akida.packetize(events[:0], (3, 2, 2), 2).shape == (0, 3, 2, 2)
    for wrong in (0, -1):
        with pytest.raises(ValueError, match='packet_size'):
            akida.packetize(events, (3, 2, 2), wrong)
    with pytest.raises(ValueError):
        akida.packetize(np.zeros((2, 4), int), (3, 2, 2), 2)
    with pytest.raises(ValueError):
        akida.packetize(events, (1, 3, 2, 2), 2)
    with pytest.raises(ValueError):
        akida.packetize(events, (2, 2, 2), 2)


@pytest.mark.covers('Sparse.chip')
def test_chip_drops_a_dimension(array):
    sparse = akida.dense_to_sparse(array)
    for dimension in range(4):
        for coord in range(array.shape[dimension]):
            chip = sparse.chip(dimension, coord)
            np.testing.assert_array_equal(chip.to_numpy(), array.take(coord, dimension))
    twice = sparse.chip(0, 1).chip(2, 0)
    assert twice.shape == (4, 5)
    np.testing.assert_array_equal(twice.to_numpy(), array[1, :, :, 0])
    for dimension, coord in ((4, 0), (-1, 0), (0, 3), (0, -1)):
        with pytest.raises(ValueError):
            sparse.chip(dimension, coord)


@pytest.mark.covers('Sparse.slice')
def test_slice_keeps_the_shape(array):
    sparse = akida.dense_to_sparse(array)
    kept = sparse.slice([-1, 2, -1, 1])
    expected = np.zeros_like(array)
    expected[:, 2, :, 1] = array[:, 2, :, 1]
    assert kept.shape == array.shape
    np.testing.assert_array_equal(kept.to_numpy(), expected)
    assert sparse.slice([-1] * 4) == sparse
    for mask in ([-1, -1, -1], [-2, -1, -1, -1], [3, -1, -1, -1]):
        with pytest.raises(ValueError):
            sparse.slice(mask)


@pytest.mark.covers('Sparse.sort')
def test_sort_is_in_place(array):
    sparse = akida.dense_to_sparse(array)
    assert sparse.sort([3, 2, 1, 0]) is None
    coords = sparse.coords
    np.testing.assert_array_equal(coords, coords[np.lexsort(coords.T)])
    np.testing.assert_array_equal(sparse.to_numpy(), array)
    for order in ([0, 1, 2], [0, 1, 2, 2], [0, 1, 2, 4], [0, 1, 2, -1]):
        with pytest.raises(ValueError):
            sparse.sort(order)
    chip = akida.dense_to_sparse(array).chip(0, 0)
    chip.sort([2, 0, 1])
    np.testing.assert_array_equal(chip.coords, chip.coords[np.lexsort(chip.coords[:, [1, 0, 2]].T)])


@pytest.mark.covers('Dense', 'Dense.shape', 'Dense.size', 'Dense.type', 'Dense.to_numpy')
def test_dense():
    array = np.arange(6, dtype=np.int32).reshape(1, 2, 3)
    dense = akida.Dense(array)
    assert (dense.shape, dense.size, dense.type) == ((1, 2, 3), 6, np.int32)
    copied = dense.to_numpy()
    np.testing.assert_array_equal(copied, array)
    copied[:] = 0
    np.testing.assert_array_equal(np.asarray(dense), array)


def test_copies_and_pickles(array):
    sparse = akida.dense_to_sparse(array)
    assert pickle.loads(pickle.dumps(sparse)) == sparse == copy.deepcopy(sparse)
    assert sparse != akida.dense_to_sparse(array[:, :, :, ::-1])


def test_numpy_takes_a_sparse_for_its_values(array):
    sparse = akida.dense_to_sparse(array)
    assert np.array_equal(sparse, sparse.to_dense()) and np.array_equal(sparse, array)
    assert not np.array_equal(sparse, array + 1)
    for reduction in (np.sum, np.mean, np.max, np.min, np.argmax, np.any, np.all, np.prod, np.std, np.var, np.count_nonzero, np.ptp):
        value = reduction(sparse)
        assert value == reduction(array) and not isinstance(value, akida.Sparse), reduction
    np.testing.assert_array_equal(np.sum(sparse, axis=(1, 2)), array.sum(axis=(1, 2)))
    assert (np.ndim(sparse), np.shape(sparse), np.size(sparse)) == (4, array.shape, array.size)
    for taken in (np.asarray(sparse), np.array(sparse), np.stack([sparse, sparse])[1], np.array([sparse, sparse])[0]):
        assert taken.dtype == np.uint8
        np.testing.assert_array_equal(taken, array)
    np.testing.assert_array_equal(np.asarray(sparse, dtype=np.float32), array.astype(np.float32))
    np.testing.assert_array_equal(sparse == array, np.full(array.shape, True))
    np.testing.assert_array_equal(array != sparse, np.full(array.shape, False))
    np.testing.assert_array_equal(np.add(sparse, 1), array + 1)
    np.testing.assert_array_equal(array + sparse, array + array)
    np.testing.assert_array_equal(np.asarray(sparse.chip(0, 1)), array[1])
    with pytest.raises(ValueError, match='without a copy'):
        sparse.__array__(copy=False)
    assert sparse.__array__(np.int64, copy=True).dtype == np.int64
    huge = akida.coords_to_sparse(np.zeros((1, 3), int), (60000, 60000, 60000))
    with pytest.raises(ValueError):
        np.sum(huge)


def test_equality_does_not_depend_on_the_order_of_events(array):
    sparse, other = akida.dense_to_sparse(array), akida.dense_to_sparse(array)
    other.sort([3, 2, 1, 0])
    assert not np.array_equal(sparse.coords, other.coords)
    assert sparse == other and other == sparse and not sparse != other
    for copied in (pickle.loads(pickle.dumps(other)), copy.deepcopy(other)):
        np.testing.assert_array_equal(copied.coords, other.coords)
        assert copied == sparse
    place = tuple(other.coords[0])
    changed = array.copy()
    changed[place] += 1 if changed[place] < 255 else -1
    assert other != akida.dense_to_sparse(changed)
    assert other != akida.dense_to_sparse(array[:2]) and other.chip(0, 0) != other and other != 'sparse'


def test_coordinates_and_values_of_a_sparse_cannot_be_written_to(array):
    sparse = akida.dense_to_sparse(array)
    for copied in (sparse.coords, sparse.values):
        with pytest.raises(ValueError, match='read-only'):
            copied[:] = 1
    sparse.to_numpy()[:] = 0
    np.testing.assert_array_equal(sparse.to_numpy(), array)


def test_dense_is_compared_and_taken_by_value():
    array = np.arange(6, dtype=np.int32).reshape(1, 2, 3)
    dense = akida.Dense(array)
    assert dense == akida.Dense(array.copy()) and dense != akida.Dense(array + 1) and dense != akida.Dense(array.astype(np.int64))
    assert np.sum(dense) == 15 and np.array_equal(dense, array)
    assert np.asarray(dense).flags.writeable is False and np.array(dense).flags.writeable
    with pytest.raises(ValueError, match='without a copy'):
        dense.__array__(np.float32, copy=False)
    assert pickle.loads(pickle.dumps(dense)) == dense
