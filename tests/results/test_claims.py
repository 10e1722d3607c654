"""Claims of studies, judged by made-up sweeps."""

from __future__ import annotations

import pytest

from lossgp.results.claims import AGREES, DOES_NOT, OPEN, Claim, judge
from lossgp.results.effects import effects
from lossgp.results.options import Varied
from lossgp.results.sweep import SHARE

from ..report.comparisons import outcome
from ..report.test_sweep import swept

RATES, KINDS = (0.1, 0.01, 0.001), ("adam", "sgd")
OPTIONS = (Varied("learning_rate", RATES, 0.001), Varied("optimizer", KINDS, "adam"))


@pytest.fixture
def digits(monkeypatch):
    """Protocols of digits; the optimizer, which they lack, is dropped."""
    import tests.report.test_sweep as made

    original = made.trainer
    monkeypatch.setattr(
        made, "trainer", lambda name, given: original(name, {"beta2": 0.5 + 0.1 * len(given)})
    )


def grid(fid, seeds=6, **fields):
    """Both options; `fid(rate, kind, seed)` is a figure, None of a training that diverged."""

    def made(rate, kind, seed):
        value = fid(rate, kind, seed)
        return outcome(seed, value, "diverged" if value is None else "ok", **fields)

    cells = {(r, k): [[made(r, k, s) for s in range(seeds)]] for r in RATES for k in KINDS}
    return swept(OPTIONS, cells)


def slower_at_01(rate, kind, seed):
    return (50 if rate == 0.1 else 20) + seed + (2 if kind == "sgd" else 0) + 10 * rate


def of(**fields):
    given = {
        "name": "a claim",
        "measure": "fid",
        "of": {"learning_rate": 0.1},
        "direction": "worse",
    }
    return Claim(**{**given, **fields})


pytestmark = pytest.mark.usefixtures("digits")


def test_a_claim_holds_against_every_alternative():
    found = judge(grid(slower_at_01), of())
    assert found.verdict == AGREES
    assert [test.than for test in found.tests] == ["learning_rate 0.01", "learning_rate 0.001"]
    first = found.tests[0]
    assert (first.pairs, first.seeds, first.p) == (6, 6, 2 / 2**6)
    assert (first.value, first.other) == (pytest.approx(53.5), pytest.approx(22.6))
    assert first.interval == pytest.approx((30.9, 30.9))


def test_a_claim_that_is_turned_round_does_not():
    for direction in ("better", "lower"):
        assert judge(grid(slower_at_01), of(direction=direction)).verdict == DOES_NOT
    assert judge(grid(slower_at_01), of(direction="higher")).verdict == AGREES


def two_losses(seeds=6):
    """GANetic is 10 lower than BCE, and at a rate of 0.1 another 5."""

    def made(rate, loss, seed):
        better = (10 if loss else 0) + (5 if loss and rate == 0.1 else 0)
        return outcome(seed, 50 - better + seed + rate)

    cells = {
        (rate, kind): [[made(rate, loss, s) for s in range(seeds)] for loss in (0, 1)]
        for rate in RATES
        for kind in KINDS
    }
    return swept(OPTIONS, cells, losses=("bce", "ganetic"))


def test_a_claim_may_be_of_losses():
    sweep = two_losses()
    found = judge(sweep, of(of={"loss": "ganetic"}, direction="lower"))
    assert found.verdict == AGREES
    (test,) = found.tests
    assert (test.than, test.pairs, test.seeds) == ("loss bce", 6, 6)
    assert test.difference == pytest.approx(-10)  # at the usual rate
    assert judge(sweep, of(of={"loss": "bce"}, direction="lower")).verdict == DOES_NOT
    over_all = judge(sweep, of(of={"loss": "ganetic"}, direction="lower", over="all"))
    assert over_all.tests[0].pairs == 36
    assert over_all.tests[0].difference == pytest.approx(-10 - 5 / 3)


def test_a_claim_may_be_of_a_loss_under_one_value():
    sweep = two_losses()
    at_01 = of(of={"loss": "ganetic", "learning_rate": 0.1}, than={"loss": ["bce"]})
    found = judge(sweep, at_01).tests[0]
    assert found.difference == pytest.approx(-15 + 0.1 - 0.001)  # against the usual rate
    both = {"loss": ["bce"], "learning_rate": [0.1]}
    assert judge(sweep, of(of=at_01.of, than=both)).tests[0].difference == pytest.approx(-15)
    rates = judge(sweep, of(of=at_01.of, than={"learning_rate": [0.01]}))
    assert rates.tests[0].pairs == 6  # of GANetic alone
    assert rates.tests[0].difference == pytest.approx(-5 + 0.1 - 0.01)
    assert judge(sweep, of(of={"loss": "hinge"})).why == "the sweep has no loss hinge"


def test_too_few_pairs_say_nothing_whatever_the_difference():
    found = judge(grid(slower_at_01, seeds=3), of())
    assert found.verdict == OPEN
    assert found.why == "too few pairs (3): p is at least 0.25"
    # With all settings of the other option there are enough.
    assert judge(grid(slower_at_01, seeds=3), of(over="all")).verdict == AGREES
    assert judge(grid(slower_at_01, seeds=3), of(over="all")).tests[0].pairs == 6


def test_what_chance_gives_is_told_apart():
    alike = grid(lambda rate, kind, seed: 20 + (seed % 2) * (1 if rate == 0.1 else 1.1))
    found = judge(alike, of(than={"learning_rate": [0.001]}))
    assert (found.verdict, found.why) == (OPEN, "the difference is within what chance gives")


def test_a_claim_may_hold_against_one_alternative_and_not_against_another():
    def middle(rate, kind, seed):
        return {0.1: 30, 0.01: 20, 0.001: 10}[rate] + seed

    best = of(of={"learning_rate": 0.01}, direction="better")
    assert judge(grid(middle, seeds=7), best).verdict == DOES_NOT  # 0.001 is better
    above = of(of={"learning_rate": 0.01}, direction="better", than={"learning_rate": [0.1]})
    assert judge(grid(middle), above).verdict == AGREES


def test_the_alternatives_of_a_claim_that_fails_are_counted():
    # Worse than one of two by p = 1/32: with two alternatives that is not enough.
    def one_worse(rate, kind, seed):
        return {0.1: 30, 0.01: 20, 0.001: 40}[rate] + seed

    assert judge(grid(one_worse), of(direction="better")).verdict == OPEN
    assert judge(grid(one_worse, seeds=7), of(direction="better")).verdict == DOES_NOT


def test_lost_trainings_count_in_the_objective_and_in_stability():
    diverging = grid(lambda rate, kind, seed: None if rate == 0.1 else 20.0 + seed)
    found = judge(diverging, of(measure="stability", direction="lower"))
    assert found.verdict == AGREES
    assert (found.tests[0].value, found.tests[0].other) == (0.0, 1.0)
    assert judge(diverging, of(measure="stability", direction="worse")).verdict == AGREES
    assert judge(diverging, of(measure="lost", direction="higher")).verdict == AGREES
    assert judge(diverging, of()).tests[0].value == 1000.0  # the ceiling


def test_a_number_may_be_what_is_compared_with():
    found = judge(grid(lambda rate, kind, seed: 700.0 + seed), of(measure=SHARE, than=0.5,
                                                                  direction="higher"))  # fmt: skip
    assert found.verdict == AGREES
    assert (found.tests[0].than, found.tests[0].other) == ("0.5", 0.5)
    assert judge(grid(slower_at_01), of(measure=SHARE, than=0.5, direction="higher")).verdict == (
        DOES_NOT
    )


def test_what_is_chosen_is_chosen_on_the_other_seeds():
    # sgd has a lucky seed at each rate: whoever chooses on the seed that counts, is taken in.
    lucky = {(0.1, 0), (0.01, 1), (0.001, 2)}

    def fid(rate, kind, seed):
        return 10 if kind == "adam" else 1 if (rate, seed) in lucky else 20

    claim = of(of={"optimizer": "sgd"}, direction="worse", best=("learning_rate",))
    (test,) = judge(grid(fid, seeds=3), claim).tests
    assert (test.value, test.other) == (20.0, 10.0)
    assert test.pairs == test.seeds == 3
    # At the usual rate alone one of the three is lucky.
    (test,) = judge(grid(fid, seeds=3), of(of={"optimizer": "sgd"})).tests
    assert test.value == pytest.approx(41 / 3)


def test_what_a_sweep_lacks_cannot_be_told():
    for fields, why in (
        ({"of": {"width": 3}}, "width is not varied"),
        ({"of": {"learning_rate": 0.5}}, "the sweep has no learning_rate 0.5"),
        ({"than": {"learning_rate": [1e-5]}}, "the sweep has no learning_rate 1e-5"),
        ({"best": ("width",)}, "width is not varied"),
        ({"needs": "iterations"}, "iterations is not varied"),
        ({"measure": "wasserstein"}, "no training on both sides has wasserstein"),
        ({"of": {"learning_rate": 0.1}, "than": {"learning_rate": []}}, "nothing to compare with"),
    ):
        found = judge(grid(slower_at_01), of(**fields))
        assert found.verdict == OPEN
        assert why in found.why
        assert found.tests == ()


def test_a_claim_of_long_trainings_is_judged_at_the_longest():
    options = (Varied("learning_rate", (0.1, 0.001), 0.001), Varied("iterations", (10, 99), 10))
    cells = {(r, n): [[outcome(s, 100 * r + s if n == 99 else 5.0 + s) for s in range(6)]]
             for r in (0.1, 0.001) for n in (10, 99)}  # fmt: skip
    found = judge(swept(options, cells), of(needs="iterations"))
    assert found.verdict == AGREES
    assert found.tests[0].value == 12.5
    assert judge(swept(options, cells), of()).verdict == OPEN


def test_pairs_are_of_one_loss():
    options = (Varied("learning_rate", (0.1, 0.001), 0.001),)
    cells = {(r,): [[outcome(s, 100 * r + s) for s in range(3)]] * 2 for r in (0.1, 0.001)}
    found = judge(swept(options, cells, losses=("bce", "hinge")), of())
    assert (found.tests[0].pairs, found.tests[0].seeds, found.verdict) == (6, 3, AGREES)


def test_verdicts_are_plain_data():
    found = judge(grid(slower_at_01), of()).to_json()
    assert found["claim"]["measure"] == "fid"
    assert found["tests"][0]["than"] == "learning_rate 0.01"


def test_the_best_value_of_an_option_is_chosen_on_other_seeds():
    found = {(e.option, e.other): e for e in effects(grid(slower_at_01))}
    rate = found["learning_rate", 0.1]
    assert rate.best == 0.001
    assert rate.test.pairs == 12  # six seeds, both optimizers
    assert rate.test.difference == pytest.approx(-30.99)
    assert found["optimizer", "sgd"].best == "adam"
    assert effects(grid(slower_at_01, seeds=1)) == []
