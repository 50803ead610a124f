"""Limits of the hardware, and repairs."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import randomise

import spikemesh as akida
from spikemesh import NsocVersion
from spikemesh.compatibility import create_from_model, model_hardware_incompatibilities


def even_kernel() -> akida.Model:
    layers = [
        akida.InputData(8, 8, 3, 'in'),
        akida.Convolutional(2, 2, 8, 'even', weights_bits=3, threshold_fire_bits=4, threshold_fire_step=4),
        akida.FullyConnected(5, 'head', weights_bits=4, activations_enabled=False),
    ]
    return randomise(akida.Model(layers=layers), 3)


@pytest.mark.covers('compatibility.model_hardware_incompatibilities', 'NsocVersion')
def test_incompatibilities_say_what_is_wrong(image_model):
    assert model_hardware_incompatibilities(image_model) == []
    found = model_hardware_incompatibilities(even_kernel(), NsocVersion.v2)
    assert len(found) == 2 and all(isinstance(line, str) for line in found)
    assert any('`even`: kernel 2x2, v2 allows 1x1, 3x3' in line for line in found)


@pytest.mark.covers('NsocVersion.Unknown', 'NsocVersion.v1', 'compatibility.model_hardware_incompatibilities')
def test_versions_differ_and_none_is_current(image_model):
    v1 = model_hardware_incompatibilities(image_model, NsocVersion.v1)
    assert any('InputConvolutional' in line or 'pixels' in line for line in v1)
    broken = even_kernel()
    expected = model_hardware_incompatibilities(broken, NsocVersion.current)
    assert expected == model_hardware_incompatibilities(broken) == model_hardware_incompatibilities(broken, nsoc_version=NsocVersion.Unknown)
    assert 'current allows' in expected[0]
    with pytest.raises(TypeError, match='NsocVersion'):
        model_hardware_incompatibilities(broken, 'v2')
    with pytest.raises(TypeError, match='not a Model'):
        model_hardware_incompatibilities(None)


@pytest.mark.covers('compatibility.create_from_model')
def test_repairs_are_exact(events):
    original = even_kernel()
    repaired = create_from_model(original, nsoc_version=NsocVersion.v2)
    assert isinstance(repaired, akida.Model)
    assert model_hardware_incompatibilities(repaired, NsocVersion.v2) == []
    assert len(repaired.repairs.done) == 2 and repaired.repairs.remaining == []
    assert repaired.get_layer('even').parameters.kernel_width == 3
    assert original.get_layer('even').parameters.kernel_width == 2 and original.repairs is None
    rng = np.random.default_rng(5)
    inputs = akida.dense_to_sparse(rng.integers(0, 16, (20, 8, 8, 3)))
    np.testing.assert_array_equal(repaired.forward(inputs), original.forward(inputs))
    assert repaired.map('two-nodes').run(inputs.slice([0, -1, -1, -1])).differences == []


@pytest.mark.covers('compatibility.create_from_model')
def test_what_cannot_be_repaired_stays_with_a_reason():
    layers = [akida.InputData(8, 8, 3), akida.Convolutional(3, 3, 8, 'valid', convolution_mode=akida.ConvolutionMode.Valid)]
    model = akida.Model(layers=layers)
    repaired = create_from_model(model)
    assert repaired.repairs.done == [] and 'not repaired' in repaired.repairs.remaining[0]
    assert len(model_hardware_incompatibilities(repaired)) == len(repaired.repairs.remaining)
    with pytest.raises(TypeError, match='not a Model'):
        create_from_model('model')
