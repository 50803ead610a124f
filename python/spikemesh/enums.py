"""Enumerations of the reference API."""

from __future__ import annotations

from enum import Enum


class BackendType(Enum):
    """The backend of a model."""

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
    """How the potentials of a pooling window are combined."""

    NoPooling = 'NoPooling'
    """No pooling."""
    Max = 'Max'
    """The largest."""
    Average = 'Average'
    """Their sum, over the whole map only: thresholds and steps include the division."""


class LearningType(Enum):
    """How a layer learns."""

    NoLearning = 'NoLearning'
    """No learning."""
    AkidaUnsupervised = 'AkidaUnsupervised'
    """The native rule, see `Model.compile` and `Model.fit`."""


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
