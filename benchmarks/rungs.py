"""What a part of a training says of its end: `python -m benchmarks.rungs`.

Every loss of the zoo is trained with a few seeds, and measured at parts of its length on the way
(which moves nothing: the whole is bit-equal to one that was never stopped). The table has
Spearman's rank correlation of the objective between each part and the end: for each seed alone,
which is what successive halving ranks by, and over the better half at the end, where ranks matter.
"""

from __future__ import annotations

import json
import math
import tempfile
import time
from pathlib import Path

import click
from scipy.stats import spearmanr

from lossgp.expressions import LossPair, zoo
from lossgp.trainers import Criterion, trainer


@click.command()
@click.option("--protocol", default="digits", help="Whose trainings.")
@click.option("--options", default="{}", help="Of the protocol, as JSON.")
@click.option("--seeds", default=2, help="Trainings of a loss.")
@click.option("--parts", default="0.125,0.25,0.5", help="Where they are measured.")
def main(protocol: str, options: str, seeds: int, parts: str) -> None:
    """Measure, and print the table."""
    made = trainer(protocol, json.loads(options))
    made.prepare()
    ceiling = made.objective.ceiling_of(made.reference())
    stops = [*map(float, parts.split(",")), 1.0]
    values: dict[tuple[str, int], list[float]] = {}
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        for name in zoo.names():
            pair = LossPair.of(zoo.entry(name).loss)
            criterion = Criterion(*pair.criterion_functions(), pair.text())
            for seed in range(seeds):
                state = Path(folder, f"{name}-{seed}")
                found = [made.train_part(criterion, seed, part, state) for part in stops]
                values[name, seed] = [o.metrics.get(made.metric, ceiling) for o in found]
                state.unlink(missing_ok=True)
                click.echo(f"{name:22} {seed}  {[round(v, 1) for v in values[name, seed]]}")
    click.echo(f"{made.protocol.describe()}; {time.perf_counter() - start:.0f} s")
    for index, part in enumerate(stops[:-1]):
        for seed in range(seeds):
            rows = [own for (_, s), own in values.items() if s == seed]
            best = sorted(rows, key=lambda own: own[-1])[: math.ceil(len(rows) / 2)]
            every, good = (_rank(some, index) for some in (rows, best))
            click.echo(f"part {part:g}, seed {seed}: {every:.2f} of {len(rows)} losses, "
                       f"{good:.2f} of the better half")  # fmt: skip
    if seeds > 1:
        ends = [[values[name, s][-1] for s in (0, 1)] for name in zoo.names()]
        click.echo(f"two seeds at the end: {_rank(ends, 0):.2f}")


def _rank(rows: list[list[float]], index: int) -> float:
    return float(spearmanr([own[index] for own in rows], [own[-1] for own in rows]).statistic)


if __name__ == "__main__":
    main()
