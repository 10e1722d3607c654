"""How often screening rung (e) is wrong: `python -m benchmarks.screening --each 50`.

Trains random candidates that the cheaper rungs let through, as many that the rung on
calibration rejects as it accepts, with the digits protocol. A rejected one that trains is a
mistake of the rung: its mean FID is no worse than the median of the accepted ones that live,
and clearly below what a dead generator gets. Finished trainings are remembered in the runs
directory: stop it with Ctrl-C, and the same command goes on.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from pathlib import Path

import click

from benchmarks.analysis import candidates
from lossgp.analysis import screen as calibrated
from lossgp.expressions import Loss, LossPair
from lossgp.runs import LocalEngine, Store
from lossgp.runs.trials import Trials
from lossgp.search.screening import screen as cheap
from lossgp.search.settings import SearchSettings
from lossgp.trainers import Outcome, trainer

CLEARLY = 0.75
"""A generator lives if its mean FID is below this share of the ceiling."""


def sorted_out(each: int, seed: int) -> Iterator[tuple[Loss, str | None]]:
    """Yield `each` accepted and `each` rejected candidates in turn, no two of them alike."""
    waiting: dict[bool, list[tuple[Loss, str | None]]] = {True: [], False: []}
    settings, seen, given = SearchSettings(), set(), 0
    for loss in candidates(1_000_000, "paper", seed):
        if isinstance(loss, LossPair) or cheap(loss.expr, settings) is not None:
            continue
        key = loss.key()
        if key in seen:
            continue
        seen.add(key)
        reason = calibrated(loss)
        waiting[reason is None].append((loss, reason))
        while given < each and waiting[True] and waiting[False]:
            yield waiting[True].pop(0)
            yield waiting[False].pop(0)
            given += 1
        if given == each:
            return


@click.command()
@click.option("--each", default=50, show_default=True, help="Accepted, and rejected candidates.")
@click.option("--seeds", default=1, show_default=True, help="Trainings of each candidate.")
@click.option("--seed", default=0, show_default=True, help="Of the candidates.")
@click.option("--device", default="cpu", show_default=True)
@click.option("--workers", default=2, show_default=True)
@click.option("--runs-dir", default="build/screening", show_default=True, type=Path)
@click.option("--set", "options", multiple=True, help="A protocol option, e.g. iterations=1500.")
def main(
    each: int, seeds: int, seed: int, device: str, workers: int, runs_dir: Path,
    options: tuple[str, ...],
) -> None:  # fmt: skip
    """Train what the rung accepts and what it rejects; count its mistakes."""
    settings = dict(option.split("=", 1) for option in options)
    chosen = trainer("digits", settings, device)
    chosen.prepare()
    ceiling = chosen.reference()["fid_ceiling"]
    click.echo(f"{chosen.protocol.describe()}; FID of a dead generator about {ceiling:.0f}")
    chosen_ones = list(sorted_out(each, seed))
    click.echo(f"{len(chosen_ones)} candidates, {seeds} training(s) each", err=True)

    def told(outcome: Outcome, left: int) -> None:
        fid = outcome.metrics.get("fid", ceiling)
        click.echo(
            f"{outcome.status}, FID {fid:.0f}, {outcome.seconds:.0f} s; {left} to go", err=True
        )

    runs_dir.mkdir(parents=True, exist_ok=True)
    engine = LocalEngine("digits", settings, device=device, workers=workers)
    with Store.open(runs_dir) as store, engine:
        trials = Trials(
            store, engine, chosen.protocol.hash(), device, metric=chosen.metric, scope="screening"
        )
        losses = [LossPair.of(loss) for loss, _ in chosen_ones]
        outcomes = trials.run(losses, range(seeds), on_outcome=told)
    scores: dict[bool, list[float]] = {True: [], False: []}
    rejected: list[tuple[float, str, Loss]] = []
    for (loss, reason), own in zip(chosen_ones, outcomes, strict=True):
        score = statistics.fmean(o.metrics.get("fid", ceiling) for o in own)
        scores[reason is None].append(score)
        if reason is not None:
            rejected.append((score, reason, loss))
    report(scores, rejected, CLEARLY * ceiling)


def report(
    scores: dict[bool, list[float]], rejected: list[tuple[float, str, Loss]], alive: float
) -> None:
    """Print the mistakes one by one, and the verdict in two lines."""
    living = [score for score in scores[True] if score < alive]
    bar = statistics.median(living) if living else alive
    wrong = [row for row in rejected if row[0] <= bar]
    for score, reason, loss in sorted(wrong, key=lambda row: row[0]):
        click.echo(f"wrongly rejected: FID {score:.1f}, {reason}: {loss.text()[:120]}")
    for accepted, name in ((True, "accepted"), (False, "rejected")):
        found = scores[accepted]
        good = sum(score <= bar for score in found)
        click.echo(
            f"{name}: {sum(s < alive for s in found)} of {len(found)} train at all, {good} with "
            f"FID at most {bar:.0f} (the accepted living ones' median); FID median "
            f"{statistics.median(found):.0f}, best {min(found):.0f}"
            + ("" if accepted else f"; wrong in {len(wrong)} of {len(found)}")
        )


if __name__ == "__main__":
    main()
