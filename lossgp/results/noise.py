"""Where the noise of a training comes from: what differs between the seeds of one loss."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Noise:
    """The variance of the log of a figure between the seeds of one loss, by kind.

    `taking_off`, `living` and `dead` add up to `within` (the law of total variance); `evaluation`
    and `common` are parts of it that are measured apart.

    Attributes:
        within: the variance, a mean over losses.
        taking_off: of it, that some seeds die and others live: d (1 - d) times the square of the
            distance of their means, with the share d of dead ones.
        living: that living seeds differ.
        dead: that dead ones do.
        share_dead: of the trainings.
        evaluation: variance of one generator's figure over other samples; None where it was not
            measured.
        common: variance that a seed brings to all losses alike (two-way analysis of variance): so
            much a comparison by pairs of seeds takes away.
    """

    within: float
    taking_off: float
    living: float
    dead: float
    share_dead: float
    evaluation: float | None
    common: float

    def to_json(self) -> dict[str, float | None]:
        """Return plain data."""
        return asdict(self)


def noise(
    values: Array, dead: NDArray[np.bool_], again: Sequence[Sequence[float]] = ()
) -> Noise | None:
    """Return the noise of figures.

    Args:
        values: figures above 0, (losses, seeds).
        dead: which trainings did not take off, (losses, seeds).
        again: of some generators, figures over several samples.

    Returns:
        The noise; None for a single seed, or for no loss.
    """
    losses, seeds = values.shape
    if losses < 1 or seeds < 2:
        return None
    logs = np.log(values)
    unbiased = seeds / (seeds - 1)
    parts = np.array([_parts(row, of) for row, of in zip(logs, dead, strict=True)]).mean(0)
    taking_off, living, of_dead = (parts * unbiased).tolist()
    measured = [np.var(np.log(figures), ddof=1) for figures in again if len(figures) > 1]
    return Noise(
        within=float(logs.var(1, ddof=1).mean()),
        taking_off=taking_off,
        living=living,
        dead=of_dead,
        share_dead=float(dead.mean()),
        evaluation=float(np.mean(measured)) if measured else None,
        common=_common(logs),
    )


def _parts(logs: Array, dead: NDArray[np.bool_]) -> tuple[float, float, float]:
    """Return what taking off, the living and the dead bring to the variance of one loss."""
    share = float(dead.mean())
    if share in (0.0, 1.0):
        spread = float(logs.var())
        return (0.0, 0.0, spread) if share else (0.0, spread, 0.0)
    apart = float(logs[dead].mean() - logs[~dead].mean())
    living, of_dead = float(logs[~dead].var()), float(logs[dead].var())
    return share * (1 - share) * apart**2, (1 - share) * living, share * of_dead


def _common(logs: Array) -> float:
    """Return the variance of the seeds' effects: (JMS - EMS) / losses (Shrout and Fleiss, case 2).

    JMS is the mean square of the seeds' means, EMS that of what is left of losses and seeds.
    """
    losses, seeds = logs.shape
    if losses < 2:
        return 0.0
    by_seed = logs.mean(0)
    left = logs - logs.mean(1, keepdims=True) - by_seed + logs.mean()
    rest = float((left**2).sum() / ((losses - 1) * (seeds - 1)))
    of_seeds = losses * float(by_seed.var(ddof=1))
    return float(max(0.0, (of_seeds - rest) / losses))
