"""What a search varies: one tree that serves both D and G, or a tree for each."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import sympy

from lossgp.expressions import Level, Loss, LossPair, Seen
from lossgp.expressions.rules import at_label

from .genome_settings import GenomeKind
from .randomness import chance

Genome = tuple[sympy.Expr, ...]
"""The tree of both players' loss, or D's tree and G's."""

_PLAYERS = ("D", "G")


def genome_of(loss: Loss | LossPair, kind: GenomeKind) -> Genome:
    """Return the trees of a loss: one, or D's and G's, equal where one loss serves both."""
    pair = LossPair.of(loss)
    if kind == "single":
        return (pair.discriminator.expr,)
    return pair.discriminator.expr, pair.generator.expr


def loss_of(genome: Genome) -> Loss | LossPair:
    """Return the loss that trees are; a single one where D's and G's are equal."""
    pair = LossPair(Loss(genome[0]), Loss(genome[-1]))
    return pair.discriminator if pair.is_single else pair


def with_one_changed(
    rng: Random, genome: Genome, change: Callable[[sympy.Expr], sympy.Expr]
) -> tuple[Genome, str]:
    """Return the trees with one of them changed, and words for which: " of G".

    Which one is drawn; of a single tree nothing is drawn, and there are no words. Where the
    change leaves the tree as it is, the genome itself comes back.
    """
    index = _drawn(rng, genome)
    return _replaced(genome, index, change(genome[index])), _of(genome, index)


def with_one_crossed(
    rng: Random,
    genome: Genome,
    mate: Genome,
    cross: Callable[[sympy.Expr, sympy.Expr], sympy.Expr],
    between: float = 0.0,
) -> tuple[Genome, str]:
    """Return the trees with one of them crossed, and words for which: " of G with D".

    Args:
        rng: what is drawn from; nothing is drawn for single trees.
        genome, mate: of one length.
        cross: makes the new tree of one of the genome and one of the mate.
        between: chance that the mate's tree is the other player's.
    """
    index = _drawn(rng, genome)
    other = 1 - index if len(genome) > 1 and chance(rng, between) else index
    words = _of(genome, index)
    if other != index:
        words += f" with {_PLAYERS[other]}"
    return _replaced(genome, index, cross(genome[index], mate[other])), words


def _drawn(rng: Random, genome: Genome) -> int:
    return int(rng.random() * len(genome)) if len(genome) > 1 else 0


def _of(genome: Genome, index: int) -> str:
    return f" of {_PLAYERS[index]}" if len(genome) > 1 else ""


def _replaced(genome: Genome, index: int, tree: sympy.Expr) -> Genome:
    if tree is genome[index]:
        return genome
    return (*genome[:index], tree, *genome[index + 1 :])


class SeenGenomes:
    """The genomes met so far, up to equivalence; see `Seen`.

    Pairs are equal where D's losses are and G's are, each up to a factor of its own: the two
    players have an optimiser each. G's loss is compared as it is met, under the label 1.

    Example:
        >>> seen = SeenGenomes()
        >>> pair = LossPair.parse("D: y_real*y_pred; G: log(y_pred)")
        >>> seen.add(genome_of(pair, "pair"), "first")
        >>> twice = LossPair.parse("D: 2*y_real*y_pred; G: 3*log(y_pred)")
        >>> seen.find(genome_of(twice, "pair"))
        'first'
    """

    def __init__(self, level: Level = "gradient") -> None:
        self._first, self._second = Seen(level), Seen(level)
        self._pairs: dict[tuple[str, str], str] = {}
        self._last: tuple[sympy.Expr, sympy.Expr] | None = None

    def find(self, genome: Genome) -> str | None:
        """Return the name of an earlier genome equal to this one, or None."""
        first = self._first.find(genome[0])
        if first is None or len(genome) == 1:
            return first
        second = self._second.find(self._met(genome[1]))
        return None if second is None else self._pairs.get((first, second))

    def add(self, genome: Genome, name: str) -> None:
        """Remember a genome under a name."""
        if len(genome) == 1:
            self._first.add(genome[0], name)
            return
        classes = []
        for seen, tree in ((self._first, genome[0]), (self._second, self._met(genome[1]))):
            known = seen.find(tree)
            if known is None:
                seen.add(tree, name)
            classes.append(known or name)
        self._pairs.setdefault((classes[0], classes[1]), name)

    def _met(self, tree: sympy.Expr) -> sympy.Expr:
        """Return G's loss under the label 1; of the last tree it is kept."""
        if self._last is None or self._last[0] is not tree:
            self._last = tree, at_label(tree, 1)
        return self._last[1]
