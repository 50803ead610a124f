"""Ctrl-C ends long calls soon, with a KeyboardInterrupt, and the model goes on working."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

PREPARE = """
import numpy as np, spikemesh as akida
model = akida.Model(layers=[
    akida.InputConvolutional(96, 96, 3, 3, 3, 16, 'pixels', weights_bits=4, threshold_fire_bits=1),
    akida.Convolutional(3, 3, 32, 'conv', weights_bits=2, threshold_fire_bits=1),
    akida.FullyConnected(4, 'head', weights_bits=1, activations_enabled=False),
])
for layer in model.layers:
    shape = layer.get_variable('weights').shape
    layer.set_variable('weights', np.random.default_rng(0).integers(0, 2, shape))
model.compile(num_weights=10)
images = np.random.default_rng(0).integers(0, 256, (1000, 96, 96, 3), dtype=np.uint8)
program = model.map()
try:
    print('ready', flush=True)
    while True:
        {call}
except KeyboardInterrupt:
    model.forward(images[:2])
    print('interrupted', flush=True)
"""


@pytest.mark.parametrize('call', ['model.forward(images)', 'model.fit(images)', 'program.run(images)'])
def test_ctrl_c(call):
    # The time limit is for a machine under load.
    process = subprocess.Popen([sys.executable, '-c', PREPARE.format(call=call)], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout.readline() == 'ready\n'
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=60)[0] == 'interrupted\n'
        assert process.returncode == 0
    finally:
        process.kill()
