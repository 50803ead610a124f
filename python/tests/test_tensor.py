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
