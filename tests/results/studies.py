"""Studies whose figures are made up."""

import numpy as np

from lossgp.results.study import Member, Step, Study, grid
from lossgp.trainers.objective import FID


def made_up(scores, *, target=None, points=4, horizon=400.0, confirm=8, **fields):
    """A study whose runs improve once a grid cost, down to a confirmed score at the end.

    Args:
        scores: the confirmed score of each run's last incumbent, by arm.
        target: the confirmed score of the target.
    """
    costs = grid(horizon, points)
    members, fresh = [], {}
    for arm, finals in scores.items():
        for seed, final in enumerate(finals):
            steps = []
            for place, cost in enumerate(costs):
                key = f"{arm}-{seed}-{place}"
                value = final + 100.0 * (points - 1 - place)
                fresh[key] = (value,) * confirm
                steps.append(Step(int(cost), f"g{place + 1}s0", key, 0.8 * value))
            members.append(Member(arm, seed, f"s-{arm}-{seed}", tuple(steps), int(horizon)))
    if target is not None:
        fresh["target"] = (target,) * confirm
    return Study(
        *("s", "made up", FID, "iterations", costs, tuple(scores), fields.pop("baseline", None)),
        *(tuple(members), max(map(len, scores.values())), fresh, confirm),
        target=None if target is None else ("ganetic", "target"),
        **fields,
    )


def drawn(seed, runs, shift=0.0):
    """Log-normal scores of runs, a factor exp(shift) apart."""
    return np.exp(np.random.default_rng(seed).normal(5.5 + shift, 0.25, runs)).tolist()
