"""Spikemesh: a cycle-accurate simulator of Akida-class neuromorphic processors.

The package offers the whole API of the Akida Execution Engine, so that programs written against it run with
``import spikemesh as akida``, and beyond it the simulated hardware: `Model.map` compiles a model for a `Device`, and
`Program.run` simulates it clock by clock.

>>> import numpy as np
>>> import spikemesh as akida
>>> model = akida.Model(layers=[
...     akida.InputConvolutional(8, 8, 1, kernel_width=3, kernel_height=3, num_neurons=4, name='pixels', weights_bits=4),
...     akida.FullyConnected(num_neurons=10, name='head', weights_bits=4, activations_enabled=False),
... ])
>>> rng = np.random.default_rng(1)
>>> for layer in model.layers:
...     shape = layer.get_variable('weights').shape
...     layer.set_variable('weights', rng.integers(-7, 8, shape))
>>> images = rng.integers(0, 256, (2, 8, 8, 1), dtype=np.uint8)
>>> model.forward(images).shape
(2, 1, 1, 10)
>>> run = model.map('two-nodes').run(images)
>>> bool((run.outputs == model.forward(images)).all()), run.differences
(True, [])

Shapes: images are (n, h, w, c) uint8 arrays, events and outputs (n, w, h, c).
"""

from . import compatibility
from ._core import __version__
from .backend import Backend, backends, has_backend
from .device import Constant, Device
from .diff import Diff, diff
from .enums import BackendType, ConvolutionMode, LearningType, NsocVersion, PoolingType
from .explanation import Explanation
from .install import install_as
from .layers import Convolutional, FullyConnected, InputConvolutional, InputData, Layer, SeparableConvolutional
from .model import Model
from .observer import Observer
from .program import Program
from .run import Run
from .statistics import LayerStatistics
from .study import study
from .sweep import Sweep, sweep
from .tensor import Dense, Sparse, coords_to_sparse, dense_to_sparse, packetize

__all__ = [
    'Backend',
    'BackendType',
    'Constant',
    'Convolutional',
    'ConvolutionMode',
    'Dense',
    'Device',
    'Diff',
    'Explanation',
    'FullyConnected',
    'InputConvolutional',
    'InputData',
    'Layer',
    'LayerStatistics',
    'LearningType',
    'Model',
    'NsocVersion',
    'Observer',
    'PoolingType',
    'Program',
    'Run',
    'SeparableConvolutional',
    'Sparse',
    'Sweep',
    '__version__',
    'backends',
    'compatibility',
    'coords_to_sparse',
    'dense_to_sparse',
    'diff',
    'has_backend',
    'install_as',
    'packetize',
    'study',
    'sweep',
]
