"""Waves: what Python asks for, read by other people's readers."""

from __future__ import annotations

import pytest
import pywellen
from vcd.reader import TokenKind, tokenize
from vcdvcd import VCDVCD


def changes_of(path):
    """By name: (time, bits) of a strict VCD file, as pyvcd reads it."""
    names, changes, scopes, time = {}, {}, [], 0
    with open(path, 'rb') as file:
        for token in tokenize(file):
            if token.kind is TokenKind.SCOPE:
                scopes.append(token.scope.ident)
            elif token.kind is TokenKind.UPSCOPE:
                scopes.pop()
            elif token.kind is TokenKind.VAR:
                names.setdefault(token.var.id_code, []).append('.'.join([*scopes, token.var.reference]))
            elif token.kind is TokenKind.CHANGE_TIME:
                assert token.time_change > time or not changes
                time = token.time_change
            elif token.kind is TokenKind.CHANGE_SCALAR:
                changes.setdefault(token.scalar_change.id_code, []).append((time, token.scalar_change.value))
            elif token.kind is TokenKind.CHANGE_VECTOR:
                changes.setdefault(token.vector_change.id_code, []).append((time, token.vector_change.value))
            else:
                assert token.kind is not TokenKind.CHANGE_STRING
    return {name: [(time, number(value)) for time, value in changes[code]] for code, own in names.items() for name in own}


def number(value):
    return value if isinstance(value, int) else int(value, 2)


def test_strict_waves_are_taken_by_readers_of_ieee_1364(tmp_path, image_model, images):
    program = image_model.map('two-nodes')
    path = tmp_path / 'waves.vcd'
    program.run(images, batch=2, waves=path, wave_strict=True)
    expected = changes_of(path)
    assert len(expected) > 50 and sum(map(len, expected.values())) > 500

    read = VCDVCD(str(path))
    signals = {name.split('[')[0]: read[name] for name in read.references_to_ids}
    variables = {variable.full_name: variable for variable in pywellen.Waveform(str(path)).all_vars()}
    assert signals.keys() == expected.keys() == variables.keys()
    for name, changes in expected.items():
        assert [(time, number(value)) for time, value in signals[name].tv] == changes, name
        assert [(time, number(value)) for time, value in variables[name].tv] == changes, name


def test_a_part_of_the_waves_is_chosen(tmp_path, image_model, images):
    program = image_model.map('two-nodes')
    names = ['waves.vcd', 'waves.fst']
    files = [tmp_path / name for name in names]
    program.run(
        images,
        waves=files,
        wave_scope=['layers.features', '*.links', '*.outputs'],
        wave_window=['100..5k', 'frame:0'],
        wave_when='layers.features.state == scan',
        wave_before=10,
        wave_after=20,
        wave_last=100_000,
        wave_limit=1_000_000,
        wave_routers=True,
        wave_time='clocks',
    )
    text = files[0].read_text()
    assert 'fifo' in text and 'buffers' not in text
    times = [int(line[1:]) for line in text.splitlines() if line.startswith('#')]
    assert times and min(times) >= 100 and max(times) <= 5000
    assert all((tmp_path / f'{name}.gtkw').exists() for name in names)
    assert (tmp_path / 'waves.fst.state.map').read_text().splitlines()[2] == '0 idle'


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        ({'waves': 'waves.txt'}, r'ends in \.vcd or \.fst'),
        ({'wave_scope': ['layers.featurs']}, 'did you mean `layers.features`'),
        ({'wave_scope': ['*.outputs']}, '`wave_routers=True` adds'),
        ({'wave_window': ['frame:9']}, 'raise `batch`'),
        ({'wave_window': ['9..3']}, 'is no window'),
        ({'wave_window': ['layer:featurs']}, 'did you mean `features`'),
        ({'wave_when': 'layers.features.state == scam'}, 'did you mean `scan`'),
        ({'wave_when': 'layers.features.state =='}, 'is expected at character'),
        ({'wave_last': 0}, 'at least 1'),
        ({'wave_time': 'ns'}, "'true' or 'clocks'"),
    ],
)
def test_a_choice_that_cannot_be_made_is_refused(tmp_path, image_model, images, options, message):
    program = image_model.map('two-nodes')
    waves = tmp_path / options.get('waves', 'waves.vcd')
    with pytest.raises(ValueError, match=message):
        program.run(images, **{**options, 'waves': waves})
    assert not waves.exists()
