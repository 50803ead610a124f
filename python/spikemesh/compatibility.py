"""Checks and repairs of models against the limits of the hardware."""

from __future__ import annotations

from . import _core
from .enums import NsocVersion
from .model import Model, Repairs


def _profile(nsoc_version: NsocVersion | None) -> str:
    if nsoc_version is None or nsoc_version is NsocVersion.Unknown:
        return NsocVersion.current.value
    if not isinstance(nsoc_version, NsocVersion):
        raise TypeError(f'{nsoc_version!r} is not an NsocVersion')
    return nsoc_version.value


def model_hardware_incompatibilities(model: Model, nsoc_version: NsocVersion | None = None) -> list[str]:
    """Every limit of the hardware that a model breaks.

    Args:
        model: the model.
        nsoc_version: whose limits; None and Unknown are the newest public ones.

    Returns:
        One line per limit: layer, what it has, what is allowed, and a suggestion. Empty if the model is compatible.

    Raises:
        RuntimeError: the model has no layers: there is nothing to judge.
    """
    if not isinstance(model, Model):
        raise TypeError(f'{model!r} is not a Model')
    return _core.violations(model._core, _profile(nsoc_version))


def create_from_model(model: Model, nsoc_version: NsocVersion | None = None) -> Model:
    """A model that computes the same and breaks fewer limits of the hardware.

    A repair is made only where it is exact. `Model.repairs` of the new model lists the repairs, and the violations that are left with the reason.

    Args:
        model: the model; it stays as it is.
        nsoc_version: whose limits; None and Unknown are the newest public ones.

    Raises:
        RuntimeError: the model has no layers.
    """
    if not isinstance(model, Model):
        raise TypeError(f'{model!r} is not a Model')
    data, done, remaining = _core.repair(model._core, _profile(nsoc_version))
    return model._repaired(data, Repairs(done, remaining))
