"""Protocols as people ask for them: by name, with options, on a device."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from lossgp.config import ConfigError
from lossgp.trainers import OptionError, UnknownTrainerError, trainer

if TYPE_CHECKING:
    from lossgp.trainers import Trainer


def prepared_trainer(
    protocol: str, options: Mapping[str, Any] | None, device: str, *, trains: bool = True
) -> Trainer:
    """Return a trainer whose options were checked; nothing is trained yet.

    Args:
        protocol, options, device: as they were given.
        trains: whether it is to train, and a training has to fit into memory.

    Raises:
        ConfigError: there is no such protocol, or an option is wrong.
        TrainerError: there is no such device, no such data, or not the memory.
    """
    try:
        made = trainer(protocol, options, device)
    except (OptionError, UnknownTrainerError) as error:
        raise ConfigError(str(error)) from None
    if trains:
        made.check_memory()
    return made
