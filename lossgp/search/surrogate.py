"""A model of what losses come to in training, learnt from those that were trained.

A forest of extremely randomised trees (Geurts, Ernst and Wehenkel, 2006) takes a loss's slopes
(`surrogate_features`) to the mean logarithm of its metric over the seeds. Its trees stand for
samples of what is believed, as in SMAC (Hutter, Hoos and Leyton-Brown, 2011).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lossgp.expressions import Loss, LossPair

from .candidate import Individual
from .prediction import measured_log
from .randomness import stream
from .rung_ends import RungEnds
from .surrogate_features import Vector, features

TREES = 200
LEAF = 2
"""Losses in a leaf at least: one seed of one loss is mostly luck."""
LEAST = 8
"""Losses from which on the forest is asked; before, all is left to chance."""

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Lesson:
    """A training from which a surrogate learns: the loss, and its metric; None if it gave none."""

    loss: LossPair
    seed: int
    value: float | None


class Surrogate:
    """Predicts the metric of losses from those that it has learnt.

    What it says depends on its seed and on what it was taught, not on the order.

    Args:
        seed: of the search.
        ceiling: what a training counts with that gave no value, or a worse one.
    """

    def __init__(self, seed: int, ceiling: float = math.inf) -> None:
        self.seed = seed
        self.ceiling = ceiling
        # By features, then by where it was trained: mean logarithm, and over how many seeds.
        self._known: dict[bytes, dict[str, tuple[float, int]]] = {}
        self._ends = RungEnds()
        self._forest: _Forest | None = None

    @property
    def is_ready(self) -> bool:
        """Whether it knows enough losses, and not all of them alike."""
        return len(self._known) >= LEAST and len(set(self._targets().tolist())) > 1

    def study(self, lessons: Iterable[Lesson]) -> None:
        """Learn from trainings of earlier runs."""
        by_loss: dict[str, tuple[LossPair, list[float]]] = {}
        for lesson in lessons:
            _, values = by_loss.setdefault(lesson.loss.text(), (lesson.loss, []))
            values.append(self.ceiling if lesson.value is None else lesson.value)
        self._add((f"lesson {text}", loss, v) for text, (loss, v) in by_loss.items())

    def learn(self, scored: Sequence[Individual]) -> None:
        """Learn from candidates of this search and their scores, which replace earlier ones."""
        self._ends.learn(scored, self.ceiling)
        self._add(
            (i.candidate.name, i.candidate.loss, values)
            for i in scored
            if (values := self._ends.values(i.score, self.ceiling))
        )

    def predict(self, losses: Sequence[Loss | LossPair]) -> list[tuple[float, float]]:
        """Return mean and standard deviation, over the trees, of each loss's log metric.

        Raises:
            ValueError: it is not ready.
        """
        found = self.samples(features(losses))
        return list(zip(found.mean(axis=0).tolist(), found.std(axis=0).tolist(), strict=True))

    def samples(self, rows: Vector) -> Array:
        """Return each tree's prediction for rows of features: (trees, rows).

        Raises:
            ValueError: it is not ready.
        """
        return self._fitted().predict(rows)

    @property
    def incumbent(self) -> float:
        """The best log metric that it predicts of the losses that it has learnt.

        Not the best that was measured, which is mostly the luckiest (Vazquez et al., 2008).
        """
        return float(self.samples(self._rows()).mean(axis=0).min())

    def _fitted(self) -> _Forest:
        if not self.is_ready:
            raise ValueError(f"the surrogate has learnt from {len(self._known)} losses; too few")
        if self._forest is None:
            state = stream(self.seed, len(self._known), "surrogate").getrandbits(32)
            self._forest = _Forest(self._rows(), self._targets(), state)
        return self._forest

    def _rows(self) -> Vector:
        return np.array([np.frombuffer(row, np.float32) for row in sorted(self._known)])

    def _targets(self) -> Array:
        """Return the mean over all seeds of each known loss, in the order of `_rows`."""
        return np.array([
            math.fsum(mean * n for mean, n in known.values()) / sum(n for _, n in known.values())
            for _, known in sorted(self._known.items())
        ])  # fmt: skip

    def _add(self, trained: Iterable[tuple[str, Loss | LossPair, Sequence[float]]]) -> None:
        """Take in losses with where they were trained, and their values."""
        # Losses of equal slopes train alike: they are one, with more seeds.
        for source, loss, values in trained:
            row = features([loss])[0].tobytes()
            self._known.setdefault(row, {})[source] = (
                measured_log(values, self.ceiling),
                len(values),
            )
        self._forest = None


class _Forest:
    """The fitted trees; one thread, so that a fit is one result."""

    def __init__(self, rows: Vector, targets: Array, state: int) -> None:
        from sklearn.ensemble import ExtraTreesRegressor  # late: half a second

        model = ExtraTreesRegressor(
            TREES, min_samples_leaf=LEAF, random_state=state, n_jobs=1
        )  # fmt: skip
        self._trees = [one.tree_ for one in model.fit(rows, targets).estimators_]

    def predict(self, rows: Vector) -> Array:
        """Return each tree's prediction: (trees, rows)."""
        return np.array([tree.predict(rows)[:, 0] for tree in self._trees])


def improving_batch(
    samples: Array, incumbent: float, count: int, accepts: Callable[[int], bool]
) -> list[int]:
    """Return candidates that together improve most on the incumbent, the best first.

    Each tree is a sample of what all candidates come to, at once. The next candidate is the one
    that adds most to the improvement expected of all that were chosen before,
    E_t[max(0, b_t − f_t(x))] with b_t the best of incumbent and chosen in tree t: the expected
    improvement of a batch, built greedily (Ginsbourger, Le Riche and Carraro, 2010, q-EI;
    Wilson, Hutter and Deisenroth, 2018). So no two are taken for the same merit, and none that no
    tree tells from a chosen one. Where nothing more is to be gained, the lowest mean is next.

    Args:
        samples: of each tree and candidate, to be minimised: (trees, candidates).
        incumbent: what is to be improved on.
        count: how many to return at most.
        accepts: whether a candidate may be taken; asked in order, once each.
    """
    best = np.full(len(samples), incumbent)
    means, left = samples.mean(axis=0), np.ones(samples.shape[1], dtype=bool)
    chosen: list[int] = []
    gain = _gain(best, samples)
    while len(chosen) < count and left.any():
        order = np.lexsort((means, -gain))
        index = int(order[left[order]][0])
        left[index] = False
        if accepts(index):
            chosen.append(index)
            best = np.minimum(best, samples[:, index])
            gain = _gain(best, samples)
            left &= (samples != samples[:, [index]]).any(axis=0)
    return chosen


def _gain(best: Array, samples: Array) -> Array:
    return np.asarray(np.maximum(best[:, None] - samples, 0.0).mean(axis=0))
