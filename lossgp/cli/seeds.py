"""The losses with which a search starts, from the words of a command line."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lossgp.expressions import Loss, LossPair

    from .losses import Named

_OF_RUN = re.compile(r"[A-Za-z0-9][\w.-]*(#\d+|@\w+)", re.ASCII)


def seed_losses(written: str, runs_dir: Path) -> Any:
    """Return what stands for `search.seed_losses`: RUN#RANK and RUN@AIM become formulas.

    Of a normalised search, that of the loss as it was evolved.

    Raises:
        RunsError: the run, the rank or the aim does not exist.
    """
    from lossgp.search.seed_losses import parts

    from .losses import resolve

    given = parts(written)
    if not any(_OF_RUN.fullmatch(part) for part in given):
        return written
    return [
        {"name": part, "formula": _evolved(resolve(part, runs_dir)).text()}
        if _OF_RUN.fullmatch(part)
        else part
        for part in given
    ]


def _evolved(named: Named) -> Loss | LossPair:
    return named.loss if named.evolved is None else named.evolved
