"""Ctrl-C ends long calls soon, with a KeyboardInterrupt, and the model goes on working."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

import pytest

PREPARE = """
import signal
import numpy as np, spikemesh as akida

def made():
    model = akida.Model(layers=[
        akida.InputConvolutional(96, 96, 3, 3, 3, 16, 'pixels', weights_bits=4, threshold_fire_bits=1),
        akida.Convolutional(3, 3, 32, 'conv', weights_bits=2, threshold_fire_bits=1),
        akida.FullyConnected(4, 'head', weights_bits=1, activations_enabled=False),
    ])
    for layer in model.layers:
        shape = layer.get_variable('weights').shape
        layer.set_variable('weights', np.random.default_rng(0).integers(0, 2, shape))
    model.compile(num_weights=10)
    return model

model = made()
images = np.random.default_rng(0).integers(0, 256, (1000, 96, 96, 3), dtype=np.uint8)
program = model.map()
"""

CALL = """
try:
    print('ready', flush=True)
    while True:
        {call}
except {exception}:
    model.forward(images[:2])
    print('interrupted', flush=True)
"""

CALLS = [
    'model.forward(images)',
    'model.fit(images)',
    'model.evaluate(images)',
    'model.predict(images)',
    'program.run(images)',
    'program.run(images, batch=1000)',
]


def interrupt(code: str, after: float) -> None:
    """Runs Python that says when it is ready, and sends it INT after a while."""
    # The time limit is for a machine under load.
    process = subprocess.Popen([sys.executable, '-c', code], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout.readline() == 'ready\n'
        time.sleep(after)
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=60)[0] == 'interrupted\n'
        assert process.returncode == 0
    finally:
        process.kill()


@pytest.mark.parametrize('call', CALLS)
def test_ctrl_c(call):
    interrupt(PREPARE + CALL.format(call=call, exception='KeyboardInterrupt'), 0.1)


@pytest.mark.parametrize('after', [0.0, 0.03, 0.3])
def test_ctrl_c_at_several_moments(after):
    interrupt(PREPARE + CALL.format(call='model.forward(images)', exception='KeyboardInterrupt'), after)


HANDLER = """
class Enough(Exception):
    pass

def enough(*_):
    raise Enough

signal.signal(signal.SIGINT, enough)
"""


def test_an_exception_of_any_handler_ends_a_call():
    interrupt(PREPARE + HANDLER + CALL.format(call='model.forward(images)', exception='Enough'), 0.1)


LEARN = """
try:
    print('ready', flush=True)
    model.fit(images)
except KeyboardInterrupt:
    weights = model.get_layer('head').get_variable('weights')
    other, learned = made(), 0
    while not np.array_equal(other.get_layer('head').get_variable('weights'), weights):
        other.fit(images[learned:learned + 1])
        learned += 1
    assert learned < 1000
    print('interrupted', flush=True)
"""


def test_what_is_learned_before_ctrl_c_is_learned_from_whole_samples():
    interrupt(PREPARE + LEARN, 0.3)
