"""Sparse tensors: made from arrays and from coordinates, cut, sorted, and taken by NumPy."""

import numpy as np
from akida import Convolutional, InputData, Model, Sparse, coords_to_sparse, dense_to_sparse

rng = np.random.default_rng(9)
array = (rng.random((3, 6, 5, 2)) < 0.2).astype(np.uint8)
sparse = dense_to_sparse(array)
assert isinstance(sparse, Sparse)
print(f'shape {sparse.shape}, {sparse.nnz} of {sparse.size} values, sparsity {sparse.sparsity:.3f}, type {sparse.type}')
assert (sparse.to_dense() == array).all() and (sparse.to_numpy() == array).all()

coords = np.argwhere(array)
assert coords_to_sparse(coords, array.shape) == sparse
one = coords_to_sparse(coords[coords[:, 0] == 0][:, 1:], (6, 5, 2))
assert one.shape == (1, 6, 5, 2) and one.nnz == np.count_nonzero(array[0])

sample = sparse.chip(0, 1)
assert sample.shape == (6, 5, 2) and (sample.to_numpy() == array[1]).all()
channel = sparse.slice([-1, -1, -1, 0])
assert channel.shape == sparse.shape and channel.nnz == np.count_nonzero(array[..., 0])
sparse.sort([3, 2, 1, 0])
assert (sparse.to_numpy() == array).all()

assert np.sum(sparse) == array.sum() and np.array_equal(sparse, sparse.to_dense())
assert np.count_nonzero(sparse) == sparse.nnz

model = Model()
model.add(InputData(6, 5, 2))
model.add(Convolutional(3, 3, 4, weights_bits=2))
convolution = model.get_layer(1)
convolution.set_variable('weights', rng.integers(-1, 2, (3, 3, 2, 4)))
spikes = model.forward(sparse)
assert spikes == model.forward(dense_to_sparse(array)), 'the order of events does not matter'
print(f'{spikes.nnz} events leave {convolution.name}')
