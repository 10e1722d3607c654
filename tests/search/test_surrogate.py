"""The surrogate: what it learns of trainings, and how it chooses a batch."""

from __future__ import annotations

import math
import random
import statistics
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import spearmanr

from lossgp.expressions import LossPair, parse, zoo
from lossgp.search import (
    Individual,
    Score,
    SearchSettings,
    algorithm,
)
from lossgp.search.candidate import Candidate
from lossgp.search.prediction import measured_log, trained_values
from lossgp.search.rung_ends import RungEnds
from lossgp.search.rungs import Rung
from lossgp.search.surrogate import LEAST, Lesson, Surrogate, improving_batch

from .made_up import CEILING, truth


@pytest.fixture(autouse=True)
def fewer_trees(monkeypatch):
    """Let forests be quicker."""
    monkeypatch.setattr("lossgp.search.surrogate.TREES", 60)


def search_of(name="random", seed=0, **settings):
    return algorithm(name)(SearchSettings(**{"population": 10, **settings}), seed)


@pytest.fixture(scope="module")
def losses():
    """Random losses that pass the screen."""
    return [c.loss for c in search_of(population=120).ask().candidates]


def lessons(losses, value=truth):
    return [Lesson(LossPair.of(loss), 0, value(loss)) for loss in losses]


# What it learns


def test_it_ranks_losses_that_it_has_not_seen_and_a_shuffled_one_does_not(losses):
    learnt, new = losses[:80], losses[80:]
    came = [truth(loss) for loss in new]
    correlations = []
    for shuffled in (False, True):
        values = [truth(loss) for loss in learnt]
        if shuffled:
            random.Random(3).shuffle(values)
        surrogate = Surrogate(0, CEILING)
        surrogate.study(Lesson(LossPair.of(loss), 0, v)
                        for loss, v in zip(learnt, values, strict=True))  # fmt: skip
        said = [mean for mean, _ in surrogate.predict(new)]
        correlations.append(spearmanr(said, came).statistic)
    assert correlations[0] > 0.6
    assert abs(correlations[1]) < 0.5


def test_it_is_unsure_of_what_is_unlike_anything_it_knows(losses):
    surrogate = Surrogate(0, CEILING)
    surrogate.study(lessons(losses[:80]))
    known, new = surrogate.predict(losses[:40]), surrogate.predict(losses[80:])
    assert statistics.mean(sd for _, sd in new) > 1.5 * statistics.mean(sd for _, sd in known)
    assert all(math.log(100) <= mean <= math.log(CEILING) for mean, _ in known + new)


def test_what_it_says_depends_on_its_seed_and_not_on_the_order_of_its_lessons(losses):
    said = []
    for seed, known in ((0, losses[:40]), (0, losses[39::-1]), (1, losses[:40])):
        surrogate = Surrogate(seed, CEILING)
        surrogate.study(lessons(known))
        said.append(surrogate.predict(losses[40:60]))
    assert said[0] == said[1] != said[2]


def test_a_loss_without_a_value_counts_as_the_ceiling(losses):
    alike = [Surrogate(0, CEILING) for _ in range(2)]
    for surrogate, dead in zip(alike, (None, 1e9), strict=True):
        surrogate.study([*lessons(losses[:20]), Lesson(LossPair.of(losses[20]), 0, dead)])
    assert alike[0].predict(losses[20:40]) == alike[1].predict(losses[20:40])


def test_seeds_of_a_loss_and_losses_of_equal_slopes_are_one_with_their_mean():
    base = [Lesson(LossPair.of(zoo.entry(n).loss), 0, 100.0 + i)
            for i, n in enumerate(zoo.names()[:10])]  # fmt: skip
    squares, same = parse("(y_pred - y_real)**6"), parse("5*(y_pred - y_real)**6")
    means = []
    for values in ([(squares, 200.0), (same, 800.0)], [(squares, 400.0)]):
        surrogate = Surrogate(0, CEILING)
        surrogate.study(base + [Lesson(LossPair.of(loss), 0, v) for loss, v in values])
        means += surrogate.predict([squares])
    assert means[0] == pytest.approx(means[1])  # the geometric mean of 200 and 800 is 400


def test_few_losses_or_such_that_all_came_to_the_same_teach_nothing(losses):
    surrogate = Surrogate(0, CEILING)
    surrogate.study(lessons(losses[: LEAST - 1]))
    assert not surrogate.is_ready
    with pytest.raises(ValueError, match="too few"):
        surrogate.predict(losses)
    surrogate.study(lessons(losses[LEAST : LEAST + 1]))
    assert surrogate.is_ready
    dead = Surrogate(0, CEILING)
    dead.study(lessons(losses[:20], value=lambda loss: None))
    assert not dead.is_ready


def test_pairs_are_predicted_and_gs_loss_matters(losses):
    surrogate = Surrogate(0, CEILING)
    surrogate.study(lessons(losses[:80]))
    bce = zoo.bce_logits
    mixed = [LossPair(bce, loss) for loss in losses[:10]]
    assert len({mean for mean, _ in surrogate.predict(mixed)}) > 5


def test_the_mean_logarithm_is_bounded_by_the_ceiling_and_takes_zero():
    assert measured_log([100.0, 400.0], 1000.0) == pytest.approx(math.log(200))
    assert measured_log([1e300], 1000.0) == measured_log([math.inf], 1000.0) == math.log(1000)
    assert measured_log([0.0], 0.9) == measured_log([-1.0], 0.9) == pytest.approx(math.log(9e-5))
    assert measured_log([5.0], math.inf) == math.log(5)


def test_seeds_that_were_not_trained_and_faults_of_the_machine_are_no_trainings():
    def score(statuses):
        return Score(5.0, 5.0, 1.0, (4.0, 5.0, 1000.0), {}, statuses)

    assert trained_values(score({"ok": 2, "not trained": 1})) == (4.0, 5.0)
    assert trained_values(score({"ok": 2, "dead": 1})) == (4.0, 5.0, 1000.0)
    assert trained_values(score({"ok": 2, "crashed": 1})) == ()
    assert trained_values(score({"not trained": 3})) == ()


def test_a_search_does_not_learn_from_faults_of_the_machine(losses):
    surrogate = Surrogate(0, CEILING)
    surrogate.learn([
        Individual(Candidate(loss, 0, i, "t"), Score(float(i), 1.0, 0.0, (1.0 + i,), {}, {how: 1}))
        for i, loss in enumerate(losses[:40])
        for how in (["ok"] if i < LEAST - 1 else ["timeout"])
    ])  # fmt: skip
    assert not surrogate.is_ready


def test_a_score_that_later_trainings_change_replaces_the_earlier_one(losses):
    def individual(values, name):
        candidate = Candidate(losses[0], 0, name, "t")
        return Individual(candidate, Score(0.0, 0.0, 0.0, values, {}, {"ok": len(values)}))

    said = []
    for told in ([(100.0,), (100.0, 900.0, 900.0)], [(100.0, 900.0, 900.0)]):
        surrogate = Surrogate(0, CEILING)
        surrogate.study(lessons(losses[1:20]))
        for values in told:
            surrogate.learn([individual(values, 0)])
        said.append(surrogate.predict(losses[:1]))
    assert said[0] == said[1]
    surrogate.learn([individual((100.0,), 1)])  # another candidate of equal slopes
    assert surrogate.predict(losses[:1])[0][0] < said[1][0][0]


def test_what_was_stopped_at_a_rung_is_learnt_as_those_that_went_on_have_changed(losses):
    def individual(index, at_rung, end):
        rungs = (Rung(0.5, at_rung, "ok", 60),)
        whole = Score(1.0, 1.0, 0.0, (end or CEILING,), {}, {"ok": 1}, rungs=rungs)
        score = whole if end else replace(whole, statuses={"not trained": 1})
        return Individual(Candidate(losses[index], 0, index, "t"), score)

    went_on = [individual(0, 400.0, 100.0), individual(1, 200.0, 200.0)]
    ends = RungEnds()
    ends.learn(went_on, CEILING)
    assert ends.values(went_on[0].score, CEILING) == (100.0,)
    # By the geometric mean of 1/4 and 1; at most to the ceiling.
    stopped = individual(2, 600.0, None)
    assert ends.values(stopped.score, CEILING) == pytest.approx((300.0,))
    assert RungEnds().values(stopped.score, 500.0) == pytest.approx((500.0,))
    surrogate, other = Surrogate(0, CEILING), Surrogate(0, CEILING)
    for one, told in ((surrogate, [*went_on, stopped]), (other, went_on)):
        one.study(lessons(losses[3:20]))
        one.learn(told)
    assert surrogate.predict(losses[:5]) != other.predict(losses[:5])


# How it chooses


def batch(samples, incumbent=0.0, count=3, accepts=lambda index: True):
    return improving_batch(np.array(samples, dtype=float), incumbent, count, accepts)


def test_the_first_of_a_batch_has_the_best_expected_improvement():
    # Two trees; candidate 2 is worse on average than 1, but may be much better.
    assert batch([[1, -1, 3], [1, -1, -9]], count=1) == [2]
    assert batch([[1, -1, 3], [1, -1, 1]], count=1) == [1]


def test_the_next_of_a_batch_improves_where_the_first_does_not():
    # 0 and 1 are good for the same tree, 2 for the other.
    samples = [[-5, -4, 0], [0, 0, -2]]
    assert batch(samples) == [0, 2, 1]


def test_no_two_that_no_tree_tells_apart_are_taken():
    assert batch([[-5, -5, 0], [0, 0, 1]]) == [0, 2]


def test_where_nothing_is_to_be_gained_the_lowest_mean_is_next():
    assert batch([[5, 3, 4]]) == [1, 2, 0]


def test_what_is_not_accepted_does_not_count():
    asked = []

    def accepts(index):
        asked.append(index)
        return index != 0

    samples = [[-5, -4, 0], [0, 0, -2]]
    assert batch(samples, count=2, accepts=accepts) == [1, 2]
    assert asked == [0, 1, 2]
    assert batch(samples, count=0) == []
