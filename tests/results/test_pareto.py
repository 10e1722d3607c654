"""The losses that no other beats in mean, spread and size."""

import math
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossgp.config import build
from lossgp.expressions import Loss
from lossgp.results.confirmation import Confirmation, Confirmed
from lossgp.results.pareto import chosen, pareto
from lossgp.results.result import Result
from lossgp.search import Candidate, Individual, Score
from lossgp.search.scoring import Posterior
from lossgp.trainers.objective import FID

FORMULAS = {3: "y_pred - y_real", 4: "exp(y_pred - y_real)", 5: "y_pred - y_real*y_pred"}


def one(slot, mean, std, size, *, fitness=None, **statuses):
    score = Score(
        mean + std if fitness is None else fitness,
        *(mean, std, (mean, mean), {}, statuses or {"ok": 2}),
    )
    loss = Loss.parse(FORMULAS[size])
    assert loss.size == size
    return Individual(Candidate(loss, 0, slot, "full tree"), score)


def names(individuals):
    return [i.candidate.name for i in individuals]


def test_what_is_beaten_in_all_three_is_left_out():
    best, steady, small = one(0, 10, 5, 5), one(1, 12, 1, 5), one(2, 14, 6, 3)
    beaten = [one(3, 10, 6, 5), one(4, 15, 6, 3), one(5, 14, 6, 4)]
    assert pareto([*beaten, small, steady, best]) == [best, steady, small]


def test_of_equals_the_first_by_name_stays():
    assert names(pareto([one(7, 10, 5, 5), one(2, 10, 5, 5)])) == ["g0s2"]


def test_what_was_not_trained_in_full_or_ruled_out_does_not_count():
    good = one(0, 100, 50, 5)
    others = [
        one(1, 1, 0, 3, ok=1, **{"not trained": 1}),
        one(2, 1, 0, 3, dead=2),
        one(3, 1, 0, 3, fitness=math.inf),
    ]
    assert pareto([*others, good]) == [good]
    assert pareto(others) == []
    half = one(4, 1, 0, 3, ok=1, dead=1)
    assert pareto([half, good]) == [half]


def test_one_training_is_not_taken_for_no_spread():
    single, twice = one(0, 1, 0, 3, ok=1), one(1, 10, 5, 5)
    single = replace(single, score=replace(single.score, values=(1.0,)))
    assert pareto([single, twice]) == [twice]
    assert pareto([single]) == [single]  # where nothing was trained twice


def test_means_are_of_the_posterior_where_there_is_one():
    def believed(slot, mean, posterior, size):
        found = one(slot, mean, 5, size)
        worth = Posterior(posterior, posterior - 1, posterior + 1)
        return replace(found, score=replace(found.score, posterior=worth))

    lucky, sound = believed(0, 10, 30, 5), believed(1, 20, 25, 4)
    assert pareto([lucky, sound]) == [sound]


def test_the_chosen_ones_are_within_one_spread_of_the_best():
    best, steady, small = one(0, 10, 5, 5), one(1, 15, 1, 5), one(2, 14, 6, 4)
    too_far = [one(3, 15.1, 0, 5), one(4, 16, 7, 3)]
    archive = pareto([best, steady, small, *too_far])
    assert len(archive) == 5
    picks = {aim: chosen(archive, aim) for aim in ("mean", "spread", "size")}
    assert picks == {"mean": best, "spread": steady, "size": small}
    exact = pareto([one(0, 10, 0, 5), *too_far])
    assert {chosen(exact, aim).candidate.name for aim in picks} == {"g0s0"}


def test_where_losses_were_confirmed_those_alone_are_compared():
    lucky, best, small = one(0, 1, 0.1, 3), one(1, 10, 5, 5), one(2, 11, 5, 4)
    individuals = (lucky, best, small)
    found = Result(
        "run", Path("run"), build({}), individuals, (), generations=1, rejects={}, reference={},
        protocol="",
    )  # fmt: skip
    assert found.pareto == [lucky]
    fresh = [replace(i.score, mean=i.score.mean + 20, std=2.0) for i in individuals]
    confirmed = [
        Confirmed(i.candidate.name, i.candidate.pair, fresh[i.candidate.slot], (), ())
        for i in (best, small)
    ]
    confirmation = Confirmation("digits", "", True, FID, tuple(confirmed), ())
    found = replace(found, confirmations=(confirmation,))
    assert found.pareto == [best, small]
    assert (found.chosen("mean"), found.chosen("size")) == (best, small)
    assert replace(found, individuals=(), confirmations=()).chosen("size") is None
    with pytest.raises(ValueError, match="'complexity'; it must be one of mean, spread, size"):
        found.chosen("complexity")


figures = st.integers(0, 4)


@given(st.lists(st.tuples(figures, figures, st.sampled_from([3, 4, 5])), max_size=12))
def test_every_loss_is_in_the_archive_or_dominated_by_one_of_it(rows):
    everyone = [one(slot, *row) for slot, row in enumerate(rows)]
    archive = pareto(everyone)
    aims = {i.candidate.name: rows[i.candidate.slot] for i in everyone}
    for i in everyone:
        better = [
            o for o in archive
            if o is not i
            and all(a <= b for a, b in zip(aims[o.candidate.name], aims[i.candidate.name],
                                           strict=True))
        ]  # fmt: skip
        assert bool(better) != (i in archive)
    assert pareto(everyone[::-1]) == archive
    if archive:
        assert chosen(archive, "mean").score.mean == min(mean for mean, _, _ in rows)
