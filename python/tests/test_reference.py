"""The package has every name of the reference, with its arguments and defaults, and a test for each."""

from __future__ import annotations

import inspect
from functools import reduce

import pytest
from conftest import TABLE
from reference import NAMES

import spikemesh as akida

ENUMERATIONS = {
    name: getattr(akida, name)
    for name in ('BackendType', 'ConvolutionMode', 'LearningType', 'NsocVersion', 'PoolingType')
}


def find(name: str) -> object:
    return reduce(getattr, name.split('.'), akida)


def expected_arguments(signature: str) -> list[tuple[str, object]]:
    function = eval(f'lambda {signature}: None', dict(ENUMERATIONS))
    return [(p.name, p.default) for p in inspect.signature(function).parameters.values()]


@pytest.mark.parametrize('name', NAMES)
def test_name_is_there_and_documented(name):
    found = find(name)
    assert name == '__version__' or isinstance(found, tuple(ENUMERATIONS.values())) or inspect.getdoc(found)


@pytest.mark.parametrize('name', [name for name, signature in NAMES.items() if signature is not None])
def test_arguments_and_defaults_are_those_of_the_reference(name):
    found = find(name)
    parameters = [p for p in inspect.signature(found).parameters.values() if p.name != 'self']
    # What goes beyond the reference comes behind, by keyword only.
    ours = [(p.name, p.default) for p in parameters if p.kind is not inspect.Parameter.KEYWORD_ONLY]
    assert ours == expected_arguments(NAMES[name])


def test_every_layer_is_a_layer():
    for name in ('InputData', 'InputConvolutional', 'FullyConnected', 'Convolutional', 'SeparableConvolutional'):
        assert issubclass(getattr(akida, name), akida.Layer)


def test_every_name_has_a_test_and_the_table_is_current(covered, request):
    assert [name for name, tests in covered.items() if not tests] == []
    rows = [f'| `{name}` | {", ".join(f"`{test}`" for test in tests)} |' for name, tests in covered.items()]
    head = (
        '# The reference API in Python, name by name\n\n'
        'Which tests of `python/tests` cover which name of the Akida Execution Engine API. Written by\n'
        '`python -m pytest --write-table`; a test fails when it is not current. Arguments and defaults of every name are compared\n'
        'with the reference in `test_reference.py`.\n\n| name | tests |\n|---|---|\n'
    )
    text = head + '\n'.join(rows) + '\n'
    if request.config.getoption('--write-table'):
        TABLE.write_text(text)
    assert TABLE.read_text() == text


@pytest.mark.covers('__version__')
def test_version_is_the_packages():
    from importlib.metadata import version

    assert akida.__version__ == version('spikemesh')


@pytest.mark.covers(
    'BackendType', 'BackendType.Hardware', 'BackendType.Software', 'ConvolutionMode', 'ConvolutionMode.Full',
    'ConvolutionMode.Same', 'ConvolutionMode.Valid', 'PoolingType', 'PoolingType.Average', 'PoolingType.Max',
    'PoolingType.NoPooling', 'LearningType', 'LearningType.AkidaUnsupervised', 'LearningType.NoLearning', 'NsocVersion',
    'NsocVersion.Unknown', 'NsocVersion.v1',
)  # fmt: skip
def test_enumerations_have_the_members_of_the_reference_and_ours():
    members = {name: set(kind.__members__) for name, kind in ENUMERATIONS.items()}
    assert members == {
        'BackendType': {'Software', 'Hardware'},
        'ConvolutionMode': {'Valid', 'Same', 'Full'},
        'PoolingType': {'NoPooling', 'Max', 'Average'},
        'LearningType': {'NoLearning', 'AkidaUnsupervised'},
        'NsocVersion': {'Unknown', 'v1', 'v2', 'current'},
    }


@pytest.mark.covers('backends', 'has_backend')
def test_both_backends_are_there():
    backends = akida.backends()
    assert set(backends) == set(akida.BackendType)
    for kind, backend in backends.items():
        assert (backend.type, backend.version) == (kind, akida.__version__)
        assert akida.has_backend(kind) is True
    with pytest.raises(TypeError, match='not a BackendType'):
        akida.has_backend('Hardware')
