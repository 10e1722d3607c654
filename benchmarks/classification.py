"""Whether GANetic trains classifiers as well as cross-entropy does (the paper, appendix D).

    python -m benchmarks.classification --seeds 10

Each loss trains the same networks from the same initial weights on the same batches. A seed is a
split of its own too, so that the spread holds what another choice of held-out samples does. The
base is softmax cross-entropy; the ratio is that of mean errors, and p is that of a sign-flip
permutation test on the seeds' differences (two-sided).

AUROC ranks raw scores, which softmax leaves free up to a number for each sample: that of the base
does not compare with the others.

f1, f2 and f3, as the paper prints them, pull y_pred away from y_real. For a GAN that is a matter of
names, as G is pulled along; a classifier learns the opposite of its labels. So they are shown with
labels swapped as well.
"""

from __future__ import annotations

import statistics

import click
import numpy as np
import torch
from scipy.stats import permutation_test
from torch import Tensor

from lossgp.expressions import LossPair, zoo
from lossgp.trainers import Criterion, Outcome, trainer

LOSSES = ("bce_logits", "bce", "ganetic", "least_squares", "f1", "f2", "f3")
REVERSED = ("f1", "f2", "f3")
CLASSES = {"digits-classify": 10, "breast-cancer": 2}
BASE = "cross_entropy"


def cross_entropy(classes: int) -> Criterion:
    """Softmax cross-entropy, put back together from scores (batch * classes, 1)."""

    def loss(scores: Tensor, labels: Tensor) -> Tensor:
        logs = torch.log_softmax(scores.view(-1, classes), 1).view(-1, 1)
        return -labels * logs

    return Criterion(loss, loss)


def criteria(classes: int) -> dict[str, Criterion]:
    """The base, the known losses, and the reversed ones put right."""
    found = {BASE: cross_entropy(classes)}
    for name in LOSSES:
        found[name] = Criterion(*LossPair.of(zoo.entry(name).loss).criterion_functions())
    return found | {f"{name}, swapped": swapped(found[name]) for name in REVERSED}


def swapped(criterion: Criterion) -> Criterion:
    """The discriminator's loss with the labels the other way round."""

    def loss(scores: Tensor, labels: Tensor) -> Tensor:
        return criterion.discriminator(scores, 1 - labels)

    return Criterion(loss, loss)


def errors(outcomes: list[Outcome], ceilings: list[float]) -> list[float]:
    """Errors of the seeds; diverged ones count as the ceiling."""
    return [o.metrics.get("error", c) for o, c in zip(outcomes, ceilings, strict=True)]


def p_value(a: list[float], b: list[float]) -> float:
    """Two-sided, exact up to 13 seeds: of as large a mean difference by chance."""
    if a == b:
        return 1.0
    found = permutation_test(
        (np.array(a), np.array(b)),
        lambda x, y, axis: (x - y).mean(axis),
        permutation_type="samples",
        vectorized=True,
        rng=np.random.default_rng(0),
    )
    return float(found.pvalue)


@click.command()
@click.option("--seeds", default=10, show_default=True, type=click.IntRange(2))
@click.option("--protocol", "protocols", multiple=True, default=tuple(CLASSES), show_default=True)
@click.option("--loss", "only", multiple=True, help="Of the rows, e.g. ganetic; all by default.")
@click.option("--set", "options", multiple=True, help="A protocol option, e.g. epochs=100.")
def main(
    seeds: int, protocols: tuple[str, ...], only: tuple[str, ...], options: tuple[str, ...]
) -> None:
    """Train each loss with the same seeds and splits; print error, AUROC, and the ratio."""
    given = dict(option.split("=", 1) for option in options)
    for name in protocols:
        trainers = [trainer(name, given | {"split": seed}) for seed in range(seeds)]
        ceilings = [each.reference()["error_ceiling"] for each in trainers]
        print(f"\n{trainers[0].protocol.describe()}; {seeds} seeds, each with its split")
        base: list[float] = []
        for loss, criterion in criteria(CLASSES.get(name, 10)).items():
            if only and loss not in (BASE, *only):
                continue
            outcomes = [each.train(criterion, seed) for seed, each in enumerate(trainers)]
            own = errors(outcomes, ceilings)
            base = base or own
            lost = sum(o.status != "ok" for o in outcomes)
            auroc = statistics.fmean(o.metrics.get("auroc", 0.5) for o in outcomes)
            print(
                f"{loss:14} error {statistics.fmean(own):6.2%} ± {statistics.stdev(own):5.2%}   "
                f"AUROC {auroc:6.2%}   {statistics.fmean(own) / statistics.fmean(base):5.2f} x "
                f"{BASE}, p {p_value(own, base):.3f}   {lost} lost, "
                f"{statistics.median(o.seconds for o in outcomes):.2f} s each",
                flush=True,
            )


if __name__ == "__main__":
    main()
