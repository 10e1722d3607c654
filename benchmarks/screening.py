"""How often screening rung (e) is wrong: `python -m benchmarks.screening --each 20`.

Trains random candidates that the cheaper rungs let through: as many that the rung on
calibration rejects as it accepts, with the digits protocol. A rejected candidate that trains
as well as BCE's worst seed is a mistake of the rung, and is printed.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator

import click

from benchmarks.analysis import candidates
from lossgp.analysis import screen as calibrated
from lossgp.expressions import Loss, LossPair, zoo
from lossgp.search.screening import screen as cheap
from lossgp.search.settings import SearchSettings
from lossgp.trainers import Criterion, trainer


def sorted_out(each: int, seed: int) -> Iterator[tuple[Loss, str | None]]:
    """Yield `each` accepted and `each` rejected candidates, as they come."""
    wanted = {True: each, False: each}
    settings = SearchSettings()
    for loss in candidates(100_000, "paper", seed):
        if isinstance(loss, LossPair) or cheap(loss.expr, settings) is not None:
            continue
        reason = calibrated(loss)
        if wanted[reason is None]:
            wanted[reason is None] -= 1
            yield loss, reason
        if not any(wanted.values()):
            return


@click.command()
@click.option("--each", default=20, show_default=True, help="Accepted, and rejected candidates.")
@click.option("--seeds", default=2, show_default=True)
@click.option("--seed", default=0, show_default=True, help="Of the candidates.")
@click.option("--device", default="cpu", show_default=True)
@click.option("--set", "options", multiple=True, help="A protocol option, e.g. iterations=1500.")
def main(each: int, seeds: int, seed: int, device: str, options: tuple[str, ...]) -> None:
    """Train what the rung accepts and what it rejects; count its mistakes."""
    chosen = trainer("digits", dict(option.split("=", 1) for option in options), device)
    chosen.prepare()
    click.echo(chosen.protocol.describe())
    ceiling = chosen.reference()["fid_ceiling"]

    def fid(loss: Loss | LossPair) -> list[float]:
        criterion = Criterion(*LossPair.of(loss).criterion_functions())
        return [chosen.train(criterion, s).metrics.get("fid", ceiling) for s in range(seeds)]

    bar = max(fid(zoo.entry("bce").loss))
    click.echo(f"BCE's worst seed has FID {bar:.1f}")
    scores: dict[bool, list[float]] = {True: [], False: []}
    for loss, reason in sorted_out(each, seed):
        score = statistics.mean(fid(loss))
        scores[reason is None].append(score)
        if reason is not None and score <= bar:
            click.echo(f"wrongly rejected: FID {score:.1f}, {reason}: {loss.text()[:120]}")
    for accepted, name in ((True, "accepted"), (False, "rejected")):
        found = scores[accepted]
        good = sum(score <= bar for score in found)
        click.echo(
            f"{name}: {good} of {len(found)} as good as BCE's worst seed; FID median "
            f"{statistics.median(found):.1f}, best {min(found):.1f}"
        )


if __name__ == "__main__":
    main()
