"""Losses whose trainings are made up: the nearer to BCE in slope, the better, but for noise."""

from __future__ import annotations

import math
import random

import numpy as np

from lossgp.expressions import zoo
from lossgp.search import Individual, Score
from lossgp.search.surrogate_features import SCORES, features

CEILING = 1000.0


def slopes(loss):
    """Return the slopes among a loss's features, without D's balance."""
    return features([loss])[0, : 3 * len(SCORES)]


_IDEAL = slopes(zoo.bce_logits)


def truth(loss):
    """Return what a loss comes to on average, between 100 and 1,000."""
    distance = float(np.sqrt(((slopes(loss) - _IDEAL) ** 2).mean()))
    return min(CEILING, 100 * math.exp(2.5 * distance))


def scored(candidates, noise=0.3, measure=truth):
    """Return candidates scored by one seed."""
    found = []
    for candidate in candidates:
        luck = random.Random(candidate.loss.key()).gauss(0, noise)
        value = min(CEILING, measure(candidate.loss) * math.exp(luck))
        found.append(Individual(candidate, Score(value, value, 0.0, (value,), {}, {"ok": 1})))
    return found


def searched(search, generations, **scoring):
    """Run a search on made-up trainings, and return the candidates of each generation."""
    if search.surrogate:
        search.surrogate.ceiling = CEILING
    found = []
    for _ in range(generations):
        asked = search.ask()
        search.tell(scored(asked.candidates, **scoring))
        found.append(asked.candidates)
    return found
