"""Known losses and formulas that start in the first generation of a search."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

from lossgp.common.echo import quoted

if TYPE_CHECKING:
    from lossgp.expressions import Loss, LossPair

_SUFFIXES = (".txt", ".json", ".csv")


class SeedLoss(BaseModel):
    """One of them, as a run records it: whatever a name or a file says later, this was seeded."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = ""
    formula: str

    @property
    def origin(self) -> str:
        """What the candidate is made of."""
        return f"seed: {self.name}" if self.name else "seed"

    @property
    def loss(self) -> Loss | LossPair:
        """The loss itself."""
        from lossgp.expressions.pair import restored

        return restored(self.formula)


def seed_losses(written: object) -> tuple[SeedLoss, ...]:
    """Return the seeds that somebody asks for.

    Args:
        written: the path of a file of formulas (`formula_lists.read`); or known names and
            formulas, with commas between them in one text, or in a list. `name = formula` names
            one. Losses, pairs, and what a run has recorded stand in a list, too.

    Raises:
        ValueError: one of them is neither known nor a formula, or the file cannot be read.
    """
    if isinstance(written, str):
        if _is_file(written):
            from lossgp.expressions.formula_lists import read

            return tuple(SeedLoss(name=n, formula=x.text()) for n, x in read(Path(written)))
        return tuple(map(_one, parts(written)))
    if not isinstance(written, Sequence):
        written = [written]
    return tuple(map(_one, written))


def parts(written: str) -> list[str]:
    """Return what stands between the commas of a text, save those within brackets."""
    found, depth = [""], 0
    for sign in written:
        depth += (sign in "([{") - (sign in ")]}")
        if sign == "," and depth <= 0:
            found.append("")
        else:
            found[-1] += sign
    return [part.strip() for part in found if part.strip()]


def fitting(seeds: Sequence[SeedLoss], genome: str, population: int) -> None:
    """Check that losses can start a search of trees of this kind.

    Raises:
        ValueError: one takes raw scores, or is a pair where one loss is varied; or there are
            more than the first generation holds.
    """
    if len(seeds) > population:
        raise ValueError(
            f"there are {len(seeds)} seed losses, and the population is {population}: give fewer, "
            "or a larger population"
        )
    for seed in seeds:
        shown = quoted(seed.name or seed.formula, 80)
        players = seed.loss.by_player()
        if any(loss.link == "identity" for loss in players):
            raise ValueError(
                f"{shown} is a loss of raw scores, and a search varies losses of probabilities"
                f"{_instead(seed.name)}"
            )
        if len(players) > 1 and genome == "single":
            raise ValueError(
                f"{shown} is a pair, and one loss is varied for both D and G: set genome to "
                "'pair', or seed with one formula"
            )


def _instead(name: str) -> str:
    from lossgp.expressions import zoo

    others = [e.name for e in zoo.ENTRIES if e.best_form == name and e.form == "probabilities"]
    return f"; seed with {quoted(others[0])}, its form of probabilities" if others else ""


def _is_file(written: str) -> bool:
    if "\n" in written or len(written) > 4_000:
        return False
    return written.endswith(_SUFFIXES) or Path(written).is_file()


def _one(written: object) -> SeedLoss:
    from lossgp.expressions import FormulaError, Loss, LossPair, parse, zoo
    from lossgp.expressions.formula_lists import named

    if isinstance(written, SeedLoss):
        return written
    if isinstance(written, Mapping):
        return _recorded(written)
    if isinstance(written, Loss | LossPair):
        return _checked("", written)
    if not isinstance(written, str):
        raise ValueError(f"{quoted(written, 60)} is no seed loss; give a known name or a formula")
    if written in zoo.BY_NAME or written in zoo.ALIASES:
        entry = zoo.entry(written)
        return _checked(entry.name, entry.loss)
    name, formula = named(written)
    try:
        return _checked(name, parse(formula))
    except FormulaError as error:
        if re.fullmatch(r"[A-Za-z][\w.-]*", written, re.ASCII):
            raise ValueError(_unknown(written)) from None
        raise ValueError(f"{quoted(written, 60)}: {error}") from None


def _checked(name: str, loss: Loss | LossPair) -> SeedLoss:
    from lossgp.expressions import LossPair

    LossPair.of(loss)  # a discriminator's loss must hold y_real
    return SeedLoss(name=name, formula=loss.text())


def _recorded(data: Mapping[Any, Any]) -> SeedLoss:
    seed = SeedLoss.model_validate(data)
    _ = seed.loss  # it must be readable
    return seed


def _unknown(name: str) -> str:
    from lossgp.common.suggesting import did_you_mean
    from lossgp.expressions import zoo

    hint = did_you_mean(name, [*zoo.names(), *zoo.ALIASES])
    return (
        f"{quoted(name, 60)} is no known loss, no formula and no file{hint}; `lossgp zoo` lists "
        "the known losses"
    )
