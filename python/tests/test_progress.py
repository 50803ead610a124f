"""`progress`: functions that are called with what is done, and the line of text."""

import numpy as np
import pytest


def long_input(model):
    width, height, channels = model.layers[0].output_dims
    return np.ones((3000, width, height, channels), np.uint8)


def test_a_function_is_called_with_what_is_done(event_model):
    seen = []
    samples = long_input(event_model)
    outputs = event_model.forward(samples, order='events', progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (len(samples), len(samples))
    assert seen == sorted(seen)
    assert outputs == event_model.forward(samples, order='events')


def test_the_simulator_counts_frames(event_model):
    seen = []
    program = event_model.map('two-nodes')
    program.run(long_input(event_model)[:9], order='events', batch=4, progress=lambda *counts: seen.append(counts))
    assert seen[-1] == (9, 9)


def test_true_prints_a_line(event_model, capsys):
    event_model.predict(long_input(event_model), order='events', progress=True)
    written = capsys.readouterr().err
    assert written.split('\r')[-1].strip() == '3,000/3,000' and written.endswith('\n')


def test_an_exception_ends_the_call(event_model):
    def stop(done, total):
        raise KeyError('enough')

    with pytest.raises(KeyError, match='enough'):
        event_model.forward(long_input(event_model), order='events', progress=stop)
    event_model.forward(long_input(event_model)[:2], order='events')


@pytest.mark.parametrize('wrong', ['yes', 1])
def test_what_cannot_be_called_is_refused(event_model, wrong):
    with pytest.raises(TypeError, match='progress'):
        event_model.forward(long_input(event_model)[:2], order='events', progress=wrong)
