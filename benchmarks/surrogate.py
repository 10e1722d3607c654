"""How well the surrogate knows losses that were not trained: `python -m benchmarks.surrogate`.

Random formulas are trained on digits with one seed each, some of them with a second one; what
the folder of `--runs-dir` has is not trained again. Then, in one table: the rank correlation of
measured with predicted FID, each loss predicted by a forest that has not seen it (8 folds), with
and without D's balance among the features; the same with shuffled figures; and the rank
correlation of one seed with another. Last, fresh formulas: those predicted to be best against the
first that were drawn, each trained with one seed.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr
from sklearn.ensemble import ExtraTreesRegressor
from sklearn.model_selection import KFold

from lossgp.expressions import LossPair, zoo
from lossgp.runs import Store
from lossgp.search import Candidate, RandomSearch, SearchSettings
from lossgp.search.prediction import measured_log
from lossgp.search.surrogate import LEAF, TREES, Lesson, Surrogate
from lossgp.search.surrogate_features import SCORES, features
from lossgp.trainers import Criterion, Trainer, registry

FOLDS = 8
Array = NDArray[np.float64]


class Laboratory:
    """Trains losses on digits, each (loss, seed) once in the life of a store."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.trainer: Trainer = registry.trainer("digits", {})
        self.trainer.prepare()
        self.ceiling = self.trainer.objective.ceiling_of(self.trainer.reference())

    def known(self, loss: LossPair, seed: int) -> float | None:
        """The FID of a training that was done; the ceiling where it gave none."""
        found = self.store.memo.training(loss.key(), self.trainer.protocol.hash(), seed, "cpu")
        return None if found is None else found.metrics.get("fid", self.ceiling)

    def fid(self, loss: LossPair, seed: int = 0) -> float:
        if (known := self.known(loss, seed)) is None:
            outcome = self.trainer.train(Criterion(*loss.criterion_functions()), seed)
            key, protocol = loss.key(), self.trainer.protocol.hash()
            self.store.memo.record(key, protocol, "cpu", loss.text(), outcome)
            known = outcome.metrics.get("fid", self.ceiling)
        return known


def drawn(seed: int, count: int) -> list[Candidate]:
    """Different random formulas that pass the screen."""
    return list(RandomSearch(SearchSettings(population=count), seed).ask().candidates)


def out_of_fold(rows: Array, targets: Array) -> float:
    """Spearman's correlation of targets with predictions of forests that had not seen them."""
    said = np.zeros_like(targets)
    for learnt, new in KFold(FOLDS, shuffle=True, random_state=0).split(rows):
        forest = ExtraTreesRegressor(TREES, min_samples_leaf=LEAF, random_state=0, n_jobs=1)
        said[new] = forest.fit(rows[learnt], targets[learnt]).predict(rows[new])
    return float(spearmanr(said, targets).statistic)


def interval(x: Sequence[float], y: Sequence[float]) -> str:
    """Spearman's correlation with a bootstrap interval of 95 % over the pairs."""
    rng, both = np.random.default_rng(0), np.array([x, y]).T
    found = [spearmanr(*both[rng.integers(len(both), size=len(both))].T)[0] for _ in range(500)]
    low, high = np.nanquantile(found, [0.025, 0.975])
    return f"{spearmanr(*both.T)[0]:.2f}  [{low:.2f}, {high:.2f}]  of {len(both)} losses"


def correlations(laboratory: Laboratory, losses: Sequence[LossPair], twice: int) -> None:
    """Print how well forests, shuffled figures and another seed tell the losses' ranks."""
    rows = features(losses).astype(float)
    targets = np.array([measured_log([laboratory.fid(one)], laboratory.ceiling) for one in losses])
    shuffled = np.random.default_rng(0).permutation(targets)
    quartiles = ", ".join(f"{q:.0f}" for q in np.exp(np.quantile(targets, [0.25, 0.5, 0.75])))
    print(f"{len(losses)} random losses, one seed each; FID's quartiles {quartiles}")
    print(f"out of fold                    {out_of_fold(rows, targets):.2f}")
    without = out_of_fold(rows[:, : -len(SCORES)], targets)
    print(f"out of fold, without balance   {without:.2f}")
    print(f"out of fold, figures shuffled  {out_of_fold(rows, shuffled):.2f}")
    pairs = [(laboratory.fid(one), laboratory.fid(one, 1)) for one in losses[:twice]]
    print(f"one seed with another          {interval(*zip(*pairs, strict=True))}")


def proposals(laboratory: Laboratory, losses: Sequence[LossPair], fresh: int, best: int) -> None:
    """Print what the best predicted of fresh formulas come to, and the first of them."""
    start = time.perf_counter()
    surrogate = Surrogate(0, laboratory.ceiling)
    surrogate.study(Lesson(one, 0, laboratory.fid(one)) for one in losses)
    candidates = [c.pair for c in drawn(1, fresh)]
    said = [mean for mean, _ in surrogate.predict(candidates)]
    seconds = time.perf_counter() - start
    print(f"\n{fresh} fresh formulas drawn and ranked in {seconds:.1f} s; FID of one seed")
    order = sorted(range(fresh), key=said.__getitem__)[:best]
    for name, chosen in (("best predicted", order), ("first drawn", range(best))):
        values = [laboratory.fid(candidates[index]) for index in chosen]
        shown = " ".join(f"{v:.0f}" for v in sorted(values))
        print(f"{name:15} median {statistics.median(values):4.0f}: {shown}")
    print(f"{'GANetic':15} {laboratory.fid(LossPair.of(zoo.ganetic)):.0f}")


@click.command()
@click.option("--runs-dir", type=click.Path(path_type=Path), default=Path("build/surrogate"))
@click.option("--losses", "count", default=150, show_default=True, type=click.IntRange(FOLDS))
@click.option("--twice", default=30, show_default=True, help="Of these a second seed is trained.")
@click.option("--fresh", default=300, show_default=True, type=click.IntRange(1))
@click.option("--best", default=8, show_default=True, help="Fresh formulas trained of each kind.")
@click.option("--known-only", is_flag=True, help="Leave out random losses that are not trained.")
def main(runs_dir: Path, count: int, twice: int, fresh: int, best: int, known_only: bool) -> None:
    """Print the correlations, and what fresh formulas came to."""
    with Store.open(runs_dir) as store:
        laboratory = Laboratory(store)
        losses = [c.pair for c in drawn(0, count)]
        if known_only:
            losses = [one for one in losses if laboratory.known(one, 0) is not None]
        correlations(laboratory, losses, min(twice, len(losses)))
        proposals(laboratory, losses, fresh, min(best, fresh))


if __name__ == "__main__":
    main()
