"""Parts of a search that an ablation switches off, one by one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

PARTS: Mapping[str, Mapping[str, Any]] = {
    "surrogate": {"surrogate": "none", "learn_from": []},
    "rungs": {"rungs": []},
    "racing": {"racing": "fixed"},
    "promotion": {"promoted": 1.0},
    "give-up": {"give_up_after": 0},
    "calibration": {"calibration": False},
    "deduplication": {"equivalence": "structure"},
    "adaptation": {"adaptation": "none"},
    "normalisation": {"normalise": False},
    "archive": {"archive_probability": 0.0, "archive_crossover": 0.0},
    "crossover": {"crossover": 0.0},
    "seed-losses": {"seed_losses": []},
    "limits": {"max_depth": None, "max_nesting": None},
}
"""What is set in `[search]` so that a part does nothing."""

WHOLE, BARE = "whole", "bare"
"""The arms of an ablation with every part, and without any of them."""


def without(part: str) -> str:
    """Return the name of the arm that lacks a part."""
    return f"no-{part}"
