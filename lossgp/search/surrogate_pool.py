"""Candidates that a surrogate chooses from a pool, beside some that are left to chance."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from .candidate import Candidate
from .genome import loss_of
from .prediction import Prediction
from .randomness import stream
from .screening import Reason, screen_genome
from .surrogate import Array, Surrogate, improving_batch
from .surrogate_features import Vector, features

if TYPE_CHECKING:
    from .ask_tell import Draft, GenerationalSearch

MOST_ATTEMPTS = 100
"""Trees that are drawn for each of a slot's pool, at most."""

_DIGITS = 6  # of a prediction; the last bits are another processor's own


def guided(
    search: GenerationalSearch,
    surrogate: Surrogate,
    slots: Sequence[int],
    rejects: Counter[str],
) -> list[Candidate]:
    """Return the candidates of these slots of a generation, in their order.

    The slots left to chance get what they would get without a surrogate. For each of the others
    `settings.pool` trees are drawn that pass the screen; of all these together, those that improve
    most (`improving_batch`) fill the slots. Calibration, which costs most, is asked of those
    alone. Should too few pass, what is left is left to chance, too.
    """
    chance = slots_left_to_chance(search)
    free = [slot for slot in slots if slot in chance]
    found = search.by_chance(free, rejects)
    predicted = list(zip(found, _predictions(surrogate, found, chosen=False), strict=True))
    rest = [slot for slot in slots if slot not in free]
    drafts, rows = _pool(search, rest, rejects)
    if drafts:
        samples = surrogate.samples(rows)
        chosen: list[Candidate] = []

        def accepts(index: int) -> bool:
            draft = drafts[index]
            if search.settings.calibration and (
                why := screen_genome(draft.genome, search.settings)
            ):
                rejects[str(why)] += 1
                return False
            candidate = search.taken(draft, rest[len(chosen)], rejects)
            if candidate is not None:
                chosen.append(candidate)
            return candidate is not None

        indices = improving_batch(samples, surrogate.incumbent, len(rest), accepts)
        predicted += zip(chosen, _of(samples[:, indices], chosen=True), strict=True)
        unpromising = len(drafts) - len(chosen)
        if unpromising:
            rejects[str(Reason.UNPROMISING)] += unpromising
        rest = rest[len(chosen) :]
    late = search.by_chance(rest, rejects)
    predicted += zip(late, _predictions(surrogate, late, chosen=False), strict=True)
    whole = [replace(candidate, prediction=said) for candidate, said in predicted]
    return sorted(whole, key=lambda candidate: candidate.slot)


def slots_left_to_chance(search: GenerationalSearch) -> list[int]:
    """Return the slots of the present generation that the surrogate does not fill, in order."""
    n = search.settings.population
    count = math.ceil(search.settings.explore * n - 1e-9)
    rng = stream(search.seed, search.generation, "left to chance")
    return sorted(sorted(range(n), key=lambda _: rng.random())[:count])


def _pool(
    search: GenerationalSearch, slots: list[int], rejects: Counter[str]
) -> tuple[list[Draft], Vector]:
    """Return what is drawn for the slots, each loss once, and its features."""
    settings = search.settings
    cheap = settings.model_copy(update={"calibration": False})
    drafts: list[Draft] = []
    rows: list[Vector] = []
    met: set[bytes] = set()
    for done, slot in enumerate(slots):
        search.on_drawing(done, len(slots))
        passed = search.drafts(slot, MOST_ATTEMPTS * settings.pool, cheap, rejects)
        for draft in islice(passed, settings.pool):
            row = features([loss_of(draft.genome)])[0]
            if row.tobytes() in met:
                rejects[str(Reason.DUPLICATE)] += 1
                continue
            met.add(row.tobytes())
            drafts.append(draft)
            rows.append(row)
    search.on_drawing(len(slots), len(slots))
    return drafts, np.array(rows)


def _predictions(
    surrogate: Surrogate, candidates: list[Candidate], *, chosen: bool
) -> list[Prediction]:
    if not candidates:
        return []
    return _of(surrogate.samples(features(c.loss for c in candidates)), chosen=chosen)


def _of(samples: Array, *, chosen: bool) -> list[Prediction]:
    """Return what the trees say of each candidate: samples of (trees, candidates)."""
    pairs = zip(samples.mean(axis=0), samples.std(axis=0), strict=True)
    return [
        Prediction(float(f"{mean:.{_DIGITS}g}"), float(f"{sd:.{_DIGITS}g}"), chosen)
        for mean, sd in pairs
    ]
