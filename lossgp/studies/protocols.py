"""Protocols as people ask for them: by name, with options, on a device."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from lossgp.config import ConfigError
from lossgp.trainers import OptionError, UnknownTrainerError, trainer

if TYPE_CHECKING:
    from lossgp.trainers import Trainer


def prepared_trainer(protocol: str, options: Mapping[str, Any] | None, device: str) -> Trainer:
    """Return a trainer whose options were checked; nothing is loaded or trained yet.

    Raises:
        ConfigError: there is no such protocol, or an option is wrong.
        TrainerError: there is no such device, or no such data.
    """
    try:
        return trainer(protocol, options, device)
    except (OptionError, UnknownTrainerError) as error:
        raise ConfigError(str(error)) from None
