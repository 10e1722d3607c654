"""The rows of a study of anomaly detection: which loss stands in which network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lossgp.config import ConfigError
from lossgp.expressions import LossPair

from .compare import AnyLoss, entrants, known

if TYPE_CHECKING:
    from lossgp.results.comparison import Compared

DEFAULT_BASE = "wasserstein"
ENCODER = "encoder_loss"
"""The option of the protocol that says what the encoder learns with."""
ROWS = ("D", "G", "E", "DG", "DE", "GE", "DGE")
"""The networks that train with a loss, row by row of Table I of the GANetic paper."""


@dataclass(frozen=True)
class Entrant:
    """A loss in some of the networks: its row, what is trained, and under which options."""

    name: str
    pair: LossPair
    replaced: str = ""
    note: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)


def rows(
    losses: Sequence[AnyLoss] | Mapping[str, AnyLoss], *, ablate: bool = False
) -> list[Entrant]:
    """Return what is trained, in the order of the table.

    With `ablate` the first loss (`wasserstein` where there is one alone) is the base, and each
    other one has the seven rows of Table I.

    Raises:
        ConfigError: there is none, or two have one name.
        FormulaError: a formula cannot be read.
    """
    chosen: list[Compared] = entrants(losses)
    if not ablate:
        return [Entrant(c.name, c.pair, note=c.note) for c in chosen]
    if len(chosen) == 1:
        if chosen[0].name == DEFAULT_BASE:
            raise ConfigError(f"--ablate puts a loss into {DEFAULT_BASE}'s place; give another one")
        chosen.insert(0, known(DEFAULT_BASE, DEFAULT_BASE))
    base, *others = chosen
    found = [Entrant(base.name, base.pair, note=base.note)]
    for other in others:
        for where in ROWS:
            d, g = ((other if network in where else base).pair for network in ("D", "G"))
            pair = LossPair(d.discriminator, g.generator)
            options = {ENCODER: other.pair.discriminator.text()} if "E" in where else {}
            found.append(Entrant(f"{other.name} ({where})", pair, where, other.note, options))
    return found


def groups(chosen: Sequence[Entrant]) -> list[tuple[Mapping[str, Any], list[Entrant]]]:
    """Return the entrants by their options: each kind is a protocol of its own."""
    found: dict[str, tuple[Mapping[str, Any], list[Entrant]]] = {}
    for entrant in chosen:
        key = repr(sorted(entrant.options.items()))
        found.setdefault(key, (entrant.options, []))[1].append(entrant)
    return list(found.values())
