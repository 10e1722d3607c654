"""What the losses of a run are worth, estimated together from all their trainings.

A training of loss i with seed j measures y_ij = θ_i + e_ij, the logarithm of the metric. Losses
are of two groups, as in Efron's two-groups model (Statistical Science 23, 2008): those that
train, and the hopeless. In each group g the worth of a loss is θ_i ~ N(μ_g, τ_g²), and the noise
of a training e_ij ~ N(0, σ_g²), one σ_g for all losses of the group. Shares, means and variances
are estimated from all trainings of the run (empirical Bayes: Robbins, 1956; Efron and Morris,
JASA 68, 1973), by expectation maximisation (Dempster, Laird and Rubin, 1977); weak priors on
the variances keep them off zero while there is little data (Chung et al., Psychometrika 78,
2013). The posterior of θ_i then is a mixture of two normals: the mean of its trainings, drawn
towards its group's mean, the more so the fewer trainings there are. That takes back what
a loss owes to luck, and most of it from those that stand first by luck.

Where a value is not positive there is no logarithm, and all is done on the metric itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp, ndtr

Array = NDArray[np.float64]

NOISE, SPREAD = 0.4, 0.2
"""Log standard deviations that are assumed of a training and among losses before there is data."""
_WEIGHT = 4.0  # in trainings, or losses: how much the assumption counts
_STEPS, _TOLERANCE = 100, 1e-6
_TAIL = 0.025  # below and above an interval of 95 %


@dataclass(frozen=True)
class Sums:
    """The trainings of n losses, summed up on the scale of the model: each array (n,).

    Attributes:
        count: trainings of each loss, at least 1.
        mean: of each loss.
        squares: sum of squared deviations from it.
    """

    count: Array
    mean: Array
    squares: Array

    @classmethod
    def of(cls, samples: Sequence[Sequence[float] | Array]) -> Self:
        """Return the sums of each loss's values, all of them on the model's scale."""
        arrays = [np.asarray(each, float) for each in samples]
        means = np.array([a.mean() for a in arrays])
        squares = [((a - m) ** 2).sum() for a, m in zip(arrays, means, strict=True)]
        return cls(np.array([float(a.size) for a in arrays]), means, np.array(squares))


@dataclass(frozen=True)
class Groups:
    """The groups of losses, the best first: each array (g,), of one or two groups.

    Attributes:
        share: part of the losses.
        mean, spread: μ and τ of their worth.
        noise: σ of a training.
    """

    share: Array
    mean: Array
    spread: Array
    noise: Array


@dataclass(frozen=True)
class Beliefs:
    """The posteriors of n losses on the scale of the model, each a mixture of g normals.

    Attributes:
        weight, centre, width: probability, mean and standard deviation of each normal: (n, g).
    """

    weight: Array
    centre: Array
    width: Array

    @property
    def mean(self) -> Array:
        """Posterior means: (n,)."""
        return np.asarray((self.weight * self.centre).sum(axis=1))

    @property
    def sd(self) -> Array:
        """Posterior standard deviations: (n,)."""
        about = self.centre - self.mean[:, None]
        return np.asarray(np.sqrt((self.weight * (self.width**2 + about**2)).sum(axis=1)))

    def below(self, at: Array) -> Array:
        """Return the probability that each loss is worth less: at (n, k) or (k,), (n, k)."""
        at = np.broadcast_to(at, (len(self.weight), np.shape(at)[-1]))
        # (n, k, g): summed over the groups.
        z = (at[:, :, None] - self.centre[:, None, :]) / self.width[:, None, :]
        return np.asarray((self.weight[:, None, :] * ndtr(z)).sum(axis=2))

    def quantile(self, probability: float) -> Array:
        """Return a quantile of each posterior, by bisection: (n,)."""
        low = (self.centre - 9 * self.width).min(axis=1)
        high = (self.centre + 9 * self.width).max(axis=1)
        for _ in range(60):
            middle = (low + high) / 2
            under = self.below(middle[:, None])[:, 0] < probability
            low, high = np.where(under, middle, low), np.where(under, high, middle)
        return np.asarray((low + high) / 2)

    def best(self, points: int = 400) -> Array:
        """Return the probability of each loss to be the best, that is the lowest: (n,).

        P(i best) = ∫ f_i(x) ∏_{j≠i} P(θ_j > x) dx, summed over `points` steps of x where the
        lowest may be.
        """
        low = float((self.centre - 6 * self.width).min())
        high = float((self.centre + 6 * self.width).max(axis=1).min())
        below = self.below(np.linspace(low, high, points))  # (n, k)
        # Above the middle of each step; the product over the others from the sum over all.
        middle = np.clip(1 - (below[:, 1:] + below[:, :-1]) / 2, 1e-300, 1.0)
        others = np.log(middle).sum(axis=0) - np.log(middle)
        found = (np.diff(below, axis=1) * np.exp(others)).sum(axis=1)
        return np.asarray(found / found.sum())


def fit(sums: Sums) -> Groups:
    """Return the groups that the trainings speak for: two where they tell them apart, else one.

    Two are taken where they are likelier by more than their four parameters cost (Schwarz,
    Annals of Statistics 6, 1978).
    """
    one = _maximised(sums, np.ones((len(sums.mean), 1)))
    if len(sums.mean) < 4 or not np.ptp(sums.mean) > 0:
        return one
    two = _maximised(sums, _split(sums.mean))
    gain = 2 * (_likelihood(sums, two) - _likelihood(sums, one))
    return two if gain > 4 * np.log(len(sums.mean)) and two.mean[0] < two.mean[1] else one


def beliefs(sums: Sums, groups: Groups, prior: tuple[Array, Array] | None = None) -> Beliefs:
    """Return the posterior of each loss.

    Args:
        sums: its trainings.
        groups: what is known of all losses.
        prior: means and standard deviations, (n,) each, that something else than the trainings
            says of each loss that is not hopeless, in the place of the best group's; NaN where
            it says nothing.
    """
    mean, spread = _of_each(sums, groups, prior)
    return _posterior(sums, groups, mean, spread)


def measured(sums: Sums, groups: Groups) -> Beliefs:
    """Return what trainings say by themselves of losses that are none of the run's: no prior."""
    width = groups.noise[0] / np.sqrt(sums.count)
    return Beliefs(np.ones((len(width), 1)), sums.mean[:, None], width[:, None])


def reliability(found: Beliefs) -> float:
    """Return which part of the differences between losses is theirs, not the estimates' error.

    The variance of the posterior means over that and the mean posterior variance.
    """
    between = float(np.var(found.mean))
    error = float((found.sd**2).mean())
    return between / (between + error) if between + error > 0 else 0.0


def interval(found: Beliefs) -> tuple[Array, Array]:
    """Return the ends of each loss's interval of 95 %."""
    return found.quantile(_TAIL), found.quantile(1 - _TAIL)


def _split(means: Array) -> Array:
    """Return two groups, (n, 2) of 0 and 1, whose means differ most (Otsu, 1979)."""
    order = np.sort(means)
    count = np.arange(1, len(order))
    left = np.cumsum(order)[:-1] / count
    right = (order.sum() - np.cumsum(order)[:-1]) / (len(order) - count)
    cut = int(np.argmax(count * (len(order) - count) * (right - left) ** 2))
    low = means <= order[cut]
    return np.stack([low, ~low], axis=1).astype(float)


def _maximised(sums: Sums, weight: Array) -> Groups:
    """Return the groups by expectation maximisation, from losses' first weights (n, g)."""
    count, mean = sums.count[:, None], sums.mean[:, None]
    groups = Groups(*np.tile([[1.0], [0.0], [SPREAD], [NOISE]], weight.shape[1]))
    centre, variance = np.tile(mean, weight.shape[1]), np.zeros(weight.shape)
    for _ in range(_STEPS):
        total = weight.sum(axis=0)  # (g,)
        middle = (weight * centre).sum(axis=0) / total
        about = (weight * (variance + (centre - middle) ** 2)).sum(axis=0)
        spread = np.sqrt((about + _WEIGHT * SPREAD**2) / (total + _WEIGHT))
        within = sums.squares[:, None] + count * ((mean - centre) ** 2 + variance)
        noise = np.sqrt(
            ((weight * within).sum(axis=0) + _WEIGHT * NOISE**2)
            / ((weight * count).sum(axis=0) + _WEIGHT)
        )
        last, groups = groups, Groups(total / len(mean), middle, spread, noise)
        found = _posterior(sums, groups, groups.mean, groups.spread)
        weight, centre, variance = found.weight, found.centre, found.width**2
        # A group that nothing is left of keeps a trace, so that its mean is a number.
        weight = np.clip(weight, 1e-12, 1.0)
        if max(np.abs(groups.mean - last.mean).max(), np.abs(spread - last.spread).max()) < (
            _TOLERANCE
        ):
            break
    return groups


def _of_each(sums: Sums, groups: Groups, prior: tuple[Array, Array] | None) -> tuple[Array, Array]:
    """Return prior mean and spread of each loss in each group: (n, g)."""
    shape = (len(sums.mean), len(groups.mean))
    mean, spread = (np.broadcast_to(a, shape).copy() for a in (groups.mean, groups.spread))
    if prior is not None:
        given = ~np.isnan(prior[0])
        mean[given, 0], spread[given, 0] = prior[0][given], prior[1][given]
    return mean, spread


def _posterior(sums: Sums, groups: Groups, mean: Array, spread: Array) -> Beliefs:
    """Return the posteriors under priors N(mean, spread²) in each group, (n, g) or (g,)."""
    precision = sums.count[:, None] / groups.noise**2  # (n, g)
    width = np.sqrt(1 / (precision + spread**-2))
    centre = width**2 * (precision * sums.mean[:, None] + mean / spread**2)
    logs = _log_likelihoods(sums, groups, mean, spread)
    weight = np.exp(logs - logsumexp(logs, axis=1, keepdims=True))
    return Beliefs(weight, centre, width)


def _log_likelihoods(sums: Sums, groups: Groups, mean: Array, spread: Array) -> Array:
    """Return log(share · density of a loss's trainings) in each group: (n, g).

    y_i ~ N(μ 1, σ² I + τ² 1 1ᵀ), whose determinant is σ^(2n-2) (σ² + n τ²).
    """
    count = sums.count[:, None]
    of_mean = groups.noise**2 + count * spread**2
    form = sums.squares[:, None] / groups.noise**2
    form = form + count * (sums.mean[:, None] - mean) ** 2 / of_mean
    determinant = 2 * (count - 1) * np.log(groups.noise) + np.log(of_mean)
    constant = count * np.log(2 * np.pi)
    return np.asarray(np.log(groups.share) - (form + determinant + constant) / 2)


def _likelihood(sums: Sums, groups: Groups) -> float:
    logs = _log_likelihoods(sums, groups, groups.mean, groups.spread)
    return float(logsumexp(logs, axis=1).sum())
