"""A mixture of Gaussians in the plane, and how far samples are from it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist
from scipy.special import ive

Points = NDArray[np.float64]  # (n, 2)

GOOD = 3.0
"""A sample is good within so many standard deviations of a mode (Srivastava et al. 2017)."""
_AT_ONCE = 1000  # rows of a matrix of distances
_FAR = 1e3  # standard deviations, from where on Rice's mean is its asymptote to the last bit


@dataclass(frozen=True)
class Mixture:
    """Equally probable isotropic Gaussians: `modes` (k, 2), standard deviation `sd` each way."""

    modes: Points
    sd: float

    @property
    def self_distance(self) -> float:
        """E|Y - Y'| of two independent samples Y, Y' of the mixture."""
        return float(rice_mean(cdist(self.modes, self.modes), math.sqrt(2) * self.sd).mean())

    def energy_distance(self, samples: Points) -> float:
        """2 E|X - Y| - E|X - X'| - E|Y - Y'| between the samples X (n, 2) and the mixture Y.

        The energy distance (Szekely and Rizzo 2013, "Energy statistics") between the samples'
        empirical distribution and the mixture itself, whose part is exact: what is left to chance
        are the samples alone. Never below 0; of n exact samples it is E|Y - Y'|/n on the average
        (see `floor`).
        """
        across = rice_mean(cdist(samples, self.modes), self.sd).mean()
        within = 0.0
        for rows in np.split(samples, range(_AT_ONCE, len(samples), _AT_ONCE)):
            within += float(cdist(rows, samples).sum())
        return float(2 * across - within / len(samples) ** 2 - self.self_distance)

    def floor(self, n: int) -> float:
        """The mean energy distance of n exact samples.

        E|X - X'| of the empirical distribution is (1 - 1/n) E|Y - Y'| on the average.
        """
        return self.self_distance / n

    @property
    def ceiling(self) -> float:
        """The mean energy distance of one exact sample, repeated: a dead generator's."""
        return self.self_distance

    def captured(self, samples: Points) -> tuple[int, float]:
        """How many modes the samples (n, 2) have captured, and which share of them is good.

        As Srivastava et al. (2017, "VEEGAN") count: a sample is good (of high
        quality) within three standard deviations of the nearest mode; a mode is captured that is
        the nearest one of at least one good sample. Of exact samples 1 - exp(-9/2), 98.9 %, are.
        """
        distances = cdist(samples, self.modes)  # (n, k)
        good = distances.min(1) <= GOOD * self.sd
        return len(np.unique(distances.argmin(1)[good])), float(good.mean())

    def measured(self, samples: Points) -> dict[str, float]:
        """The metrics of samples (n, 2), by key."""
        modes, good = self.captured(samples)
        return {"energy": self.energy_distance(samples), "modes": float(modes), "good": good}


def ring(modes: int, radius: float, sd: float) -> Mixture:
    """Modes at equal distances on a circle about 0."""
    angles = 2 * np.pi * np.arange(modes) / modes
    return Mixture(radius * np.stack([np.cos(angles), np.sin(angles)], 1), sd)


def grid(rows: int, spacing: float, sd: float) -> Mixture:
    """rows x rows modes about 0, `spacing` apart."""
    line = spacing * (np.arange(rows) - (rows - 1) / 2)
    x, y = np.meshgrid(line, line)
    return Mixture(np.stack([x.ravel(), y.ravel()], 1), sd)


def rice_mean(distances: NDArray[np.float64], sd: float) -> NDArray[np.float64]:
    """E|Z| of a Gaussian Z in the plane whose mean is so far from 0: the mean of Rice's law.

    sd sqrt(pi/2) L(-d^2 / 2 sd^2), where L(-2x) = exp(-x) ((1 + 2x) I0(x) + 2x I1(x)) is the
    Laguerre function of order 1/2 (Rice 1945); far away d + sd^2 / 2d.
    """
    near = np.minimum(distances, _FAR * sd)
    x = (near / sd) ** 2 / 4
    exact = sd * math.sqrt(math.pi / 2) * ((1 + 2 * x) * ive(0, x) + 2 * x * ive(1, x))
    with np.errstate(divide="ignore"):
        asymptote = distances + sd**2 / (2 * distances)
    return np.where(distances < _FAR * sd, exact, asymptote)
