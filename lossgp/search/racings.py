"""Racings by name."""

from __future__ import annotations

import importlib

from .racing import Racing
from .settings import SearchSettings

# Imported when it is asked for: SciPy takes its time.
_WHERE = {
    "fixed": ("racing", "FixedRacing"),
    "posterior": ("posterior_racing", "PosteriorRacing"),
}


def racing(settings: SearchSettings, seeds: int, seed: int) -> Racing:
    """Return the racing that the settings name.

    Args:
        settings: its name, and what it is to do.
        seeds: how many trainings a candidate gets at most.
        seed: of the search.
    """
    module, name = _WHERE[settings.racing]
    made: Racing = getattr(importlib.import_module(f".{module}", __package__), name)(
        settings, seeds, seed
    )
    return made
