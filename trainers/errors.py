"""What can be wrong with a request for a training (not with a candidate: that is an `Outcome`)."""

from __future__ import annotations


class TrainerError(Exception):
    """A trainer cannot be set up; the message is one line for people."""


class UnknownTrainerError(TrainerError, LookupError):
    """No trainer is registered under the name that was asked for."""


class OptionError(TrainerError, ValueError):
    """Options of a protocol are wrong; the message names every mistake, one a line."""


class DeviceError(TrainerError, ValueError):
    """The device's name is wrong, or the device is not there."""
