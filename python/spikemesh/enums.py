"""Enumerations of the reference API."""

from __future__ import annotations

from enum import Enum


class BackendType(Enum):
    """What computes a model."""

    Software = 'Software'
    """The functional engine."""
    Hardware = 'Hardware'
    """The simulated mesh, clock by clock."""


class ConvolutionMode(Enum):
    """The effective padding of a convolution's input."""

    Valid = 'Valid'
    """No padding."""
    Same = 'Same'
    """The output's size is the input's, divided by the stride and rounded up."""
    Full = 'Full'
    """Every point of overlap."""


class PoolingType(Enum):
    """What becomes of the potentials of a window."""

    NoPooling = 'NoPooling'
    """They pass as they are."""
    Max = 'Max'
    """The largest."""
    Average = 'Average'
    """Their sum, over the whole map only: thresholds and steps carry the division."""


class LearningType(Enum):
    """How a layer learns."""

    NoLearning = 'NoLearning'
    """It does not."""
    AkidaUnsupervised = 'AkidaUnsupervised'
    """By the native rule, see `Model.compile` and `Model.fit`."""


class NsocVersion(Enum):
    """A generation of the hardware, whose limits hold."""

    Unknown = 'Unknown'
    """None in particular: the newest public limits, as `current`."""
    v1 = 'v1'
    """The pre-production part."""
    v2 = 'v2'
    """The production part, AKD1000."""
    current = 'current'
    """The newest public limits."""
