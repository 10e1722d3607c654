"""How well the surrogate knows losses that were not trained: `python -m benchmarks.surrogate`.

Trains random formulas on digits with one seed each (those that DIRECTORY's store has are not
trained again), and a part of them with a second seed. Then: the rank correlation of measured and
predicted, each loss predicted by a forest that has not seen it, beside the same with the figures
shuffled, and beside that of one seed with another. Last, fresh formulas: those of best expected
improvement against the first ones that were drawn, all trained.
"""

from __future__ import annotations

from pathlib import Path

import click

from lossgp.expressions import LossPair
from lossgp.runs import Store
from lossgp.search import RandomSearch, SearchSettings
from lossgp.trainers import Criterion, Outcome, Trainer, registry


class Laboratory:
    """Trains losses on digits, each (loss, seed) once in the life of a store."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.trainer: Trainer = registry.trainer("digits", {})
        self.trainer.prepare()

    def outcome(self, loss: LossPair, seed: int) -> Outcome:
        at = (loss.key(), self.trainer.protocol.hash())
        known = self.store.training(*at, seed, "cpu")
        if known is None:
            known = self.trainer.train(Criterion(*loss.criterion_functions()), seed)
            self.store.record(*at, "cpu", loss.text(), known)
        return known


@click.command()
@click.option("--runs-dir", type=click.Path(path_type=Path), required=True)
@click.option("--losses", default=150, show_default=True)
@click.option("--twice", default=30, show_default=True)
def main(runs_dir: Path, losses: int, twice: int) -> None:
    """Print the correlations, and what the best predicted came to."""
    with Store.open(runs_dir) as store:
        laboratory = Laboratory(store)
        search = RandomSearch(SearchSettings(population=losses), 0)
        for index, candidate in enumerate(search.ask().candidates):
            for seed in range(2 if index < twice else 1):
                laboratory.outcome(candidate.pair, seed)


if __name__ == "__main__":
    main()
