"""The losses with which a search starts, from the words of a command line."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

_RANKED = re.compile(r"[A-Za-z0-9][\w.-]*#\d+", re.ASCII)


def seed_losses(written: str, runs_dir: Path) -> Any:
    """Return what stands for `search.seed_losses`: RUN#RANK becomes its formula.

    Raises:
        RunsError: the run or the rank does not exist.
    """
    from lossgp.search.seed_losses import parts

    from .losses import resolve

    given = parts(written)
    if not any(_RANKED.fullmatch(part) for part in given):
        return written
    return [
        {"name": part, "formula": resolve(part, runs_dir).loss.text()}
        if _RANKED.fullmatch(part)
        else part
        for part in given
    ]
