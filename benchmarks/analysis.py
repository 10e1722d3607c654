"""Random candidates through the whole analysis, without plots: `python -m benchmarks.analysis`.

Counts exceptions and warnings, and tells the time of each call of `analyse` and of `screen`
in milliseconds of processor time: the lower of two calls, with what was imported left out of
Python's garbage collection, whose pauses are not the analysis's. The candidates are ramped
random trees that hold both variables, of either operator set, and pairs of them; the screen's
reasons are counted.
"""

from __future__ import annotations

import gc
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from random import Random

import click
import numpy as np

from lossgp.analysis import analyse, screen
from lossgp.expressions import Y_PRED, Y_REAL, Loss, LossPair
from lossgp.expressions.tree import holds
from lossgp.search.random_trees import Grammar, ramped
from lossgp.search.settings import SearchSettings


def candidates(number: int, operators: str, seed: int = 0) -> Iterator[Loss | LossPair]:
    """Yield losses, every fifth one a pair."""
    grammar = Grammar.of(SearchSettings(operators=operators))
    rng = Random(seed)
    last: Loss | None = None
    made = 0
    slot = 0
    while made < number:
        slot += 1
        tree = ramped(rng, grammar, range(2, 7), slot)
        if not (holds(tree, Y_PRED) and holds(tree, Y_REAL)):
            continue
        loss = Loss(tree)
        yield LossPair(loss, last) if last is not None and made % 5 == 4 else loss
        last = loss
        made += 1


def milliseconds(function, candidate):
    """Return the time of a call, the lower of two, and what came out."""
    spent = []
    for _ in range(2):
        started = time.process_time()
        out = function(candidate)
        spent.append(1e3 * (time.process_time() - started))
    return min(spent), out


@click.command()
@click.option("--number", default=1000, show_default=True, help="Candidates of each operator set.")
def main(number: int) -> None:
    """Analyse and screen random candidates."""
    warnings.simplefilter("error")
    gc.collect()
    gc.freeze()
    for operators in ("paper", "extended"):
        analysed, screened, reasons = [], [], Counter()
        failed = 0
        for candidate in candidates(number, operators):
            try:
                spent, _ = milliseconds(analyse, candidate)
                analysed.append(spent)
                spent, reason = milliseconds(screen, candidate)
                screened.append(spent)
            except Exception as error:  # whatever a candidate does is what is measured here
                failed += 1
                click.echo(f"{type(error).__name__}: {error}: {candidate.text()[:200]}")
                continue
            reasons[reason or "accepted"] += 1
        for name, times in (("analyse", analysed), ("screen", screened)):
            figures = np.quantile(times, [0.5, 0.9, 0.99, 1.0])
            shown = ", ".join(f"{v:.1f}" for v in figures)
            over = np.mean(np.array(times) >= 20)
            click.echo(
                f"{operators} {name}: median, 90 %, 99 %, largest {shown} ms; "
                f"20 ms or more: {over:.1%}"
            )
        click.echo(f"{operators}: {failed} of {number} failed")
        for reason, count in _grouped(reasons).most_common():
            click.echo(f"  {count / number:6.1%}  {reason}")


def _grouped(reasons: Counter[str]) -> Counter[str]:
    grouped: Counter[str] = Counter()
    for reason, count in reasons.items():
        constant = reason.startswith("the optimal discriminator says")
        grouped["the optimal discriminator is constant" if constant else reason] += count
    return grouped


if __name__ == "__main__":
    main()
