"""Trainers: train a GAN with a candidate loss, and measure what it generates.

`import lossgp.trainers` is cheap: torch is imported only when a trainer prepares or trains.
"""

from .criterion import Criterion
from .errors import DeviceError, OptionError, TrainerError, UnknownTrainerError
from .meanings import meaning
from .option_values import option_value
from .outcome import Outcome, Status
from .protocol import Protocol
from .registry import (
    DEFAULT_PROTOCOL,
    names,
    protocol_fields,
    resolve_device,
    trainer,
    trainer_type,
)
from .trainer import Trainer

__all__ = [
    "DEFAULT_PROTOCOL",
    "Criterion",
    "DeviceError",
    "OptionError",
    "Outcome",
    "Protocol",
    "Status",
    "Trainer",
    "TrainerError",
    "UnknownTrainerError",
    "meaning",
    "names",
    "option_value",
    "protocol_fields",
    "resolve_device",
    "trainer",
    "trainer_type",
]
