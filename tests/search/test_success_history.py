"""Success-history adaptation: what counts as a success, and what is learnt of it."""

import math
from dataclasses import replace

import pytest

from lossgp.search import Individual, Rates, Score, SearchSettings, algorithm
from lossgp.search.mutations import MUTATIONS
from lossgp.search.randomness import stream
from lossgp.search.rungs import Rung
from lossgp.search.scoring import Posterior
from lossgp.search.success_history import SuccessHistory, Trial, gains, mutations_of

ADAPTIVE = {"adaptation": "success-history", "constant_mutation": 0.2, "hoist_mutation": 0.1}


def score(mean, std=0.0, seeds=3, fitness=None):
    fitness = mean if fitness is None else fitness
    return Score(fitness, mean, std, (mean,) * seeds, {}, {"ok": seeds})


def rates(crossover, mutation, **shares):
    return Rates(crossover, mutation, shares)


def searched(generations, fitness, seed=0, **settings):
    """Return a search that was told so many generations, and all its candidates."""
    search = algorithm("gp")(SearchSettings(**ADAPTIVE, **settings), seed)
    found = []
    for _ in range(generations):
        asked = search.ask().candidates
        found += asked
        search.tell([Individual(c, score(fitness(c))) for c in asked])
    return search, found


def test_a_success_is_an_improvement_beyond_the_noise():
    better = [(score(100, 9), score(100 - by, 12)) for by in (5, 8.6, 8.7, 50)]
    assert gains(better, 0.0) == pytest.approx([5, 8.6, 8.7, 50])
    # The standard error of the difference is sqrt(9²/3 + 12²/3) = 8.66.
    assert gains(better, 1.0) == pytest.approx([0, 0, 8.7, 50])
    assert gains(better, 2.0) == pytest.approx([0, 0, 0, 50])
    assert gains([(score(100), score(100)), (score(90), score(100))], 0.0) == [0, 0]


def test_more_seeds_have_less_noise():
    def gain(seeds):
        return gains([(score(100, 30, seeds), score(90, 30, seeds))], 1.0)[0]

    assert gain(3) == 0
    assert gain(30) == 10


def test_a_single_seed_takes_the_noise_of_the_others():
    single = (score(100, 0, 1), score(95, 0, 1))
    others = (score(100, 9), score(20, 9))
    assert gains([single], 1.0) == [5]
    assert gains([single, others], 1.0) == [0, 80]


def test_where_losses_have_posteriors_their_width_is_the_noise():
    def believed(mean, width):
        posterior = Posterior(mean, mean - width, mean + width)
        return replace(score(mean, 500), posterior=posterior)

    # Of 1.96 sd at each side; the spread of the seeds, 500, no longer counts.
    pairs = [(believed(100, 19.6), believed(100 - by, 19.6)) for by in (14, 15)]
    assert gains(pairs, 1.0) == [0, 15]


def test_beating_what_was_ruled_out_counts_as_the_best_of_the_others():
    ruled_out = score(500, fitness=math.inf)
    assert gains([(ruled_out, score(100)), (score(90), score(60))], 1.0) == [30, 30]
    assert gains([(ruled_out, score(100))], 1.0) == [1.0]
    assert gains([(ruled_out, ruled_out), (score(5), ruled_out)], 1.0) == [0, 0]


def test_beating_what_was_stopped_at_a_rung_counts_so_and_being_stopped_does_not():
    rungs = (Rung(0.5, 700.0, "ok", 60),)
    stopped = Score(2700, 1000, 0.0, (1000.0,) * 3, {}, {"not trained": 3}, rungs=rungs)
    pairs = [(stopped, score(300)), (score(100), score(90)), (score(100), stopped)]
    assert gains([*pairs, (stopped, stopped)], 0.0) == [10, 10, 0, 0]


def test_the_memory_takes_weighted_lehmer_means_in_turns():
    history = SuccessHistory(SearchSettings(**ADAPTIVE, memory_size=2))
    first = list(history.entries)
    history.learn([Trial(rates(0.2, 0.4), (), 1.0), Trial(rates(0.8, 0.1), (), 3.0),
                   Trial(rates(1.0, 1.0), (), 0.0)])  # fmt: skip
    expected = [(0.04 + 3 * 0.64) / (0.2 + 3 * 0.8), (0.16 + 3 * 0.01) / (0.4 + 3 * 0.1)]
    assert history.entries[0] == pytest.approx(expected)
    assert history.entries[1] == first[1]
    history.learn([Trial(rates(0.3, 0.3), (), 0.0)])
    assert history.entries[1] == first[1]  # no success, no update
    history.learn([Trial(rates(0.0, 0.3), (), 2.0)])
    assert history.entries[1] == pytest.approx((0.0, 0.3))
    history.learn([Trial(rates(0.5, 0.5), (), 2.0)])
    assert history.entries[0] == pytest.approx((0.5, 0.5))


def test_memories_begin_with_the_rates_of_the_settings():
    settings = SearchSettings(crossover=0.6, subtree_mutation=0.5, node_mutation=0.5)
    history = SuccessHistory(settings)
    assert history.entries == [(0.6, 0.75)] * 6
    assert history.shares == {"subtree mutation": 0.5, "node mutation": 0.5}


def test_rates_are_drawn_around_the_memory_within_their_limits():
    history = SuccessHistory(SearchSettings(**ADAPTIVE, memory_size=1))
    history.entries = [(0.9, 0.05)]
    drawn = [history.draw(stream(n, "draw")) for n in range(500)]
    crossover, mutation = (sorted(getattr(r, k) for r in drawn) for k in ("crossover", "mutation"))
    assert 0 <= crossover[0] < 0.75
    assert crossover[-1] == 1
    assert 0.87 < crossover[250] < 0.93  # the median is that of the memory
    assert mutation[0] > 0
    assert mutation[-1] == 1  # the Cauchy distribution's long tail
    assert 0.05 < mutation[250] < 0.2
    history.entries = [(0.1, 0.7)]
    assert sum(history.draw(stream(n, "draw")).crossover for n in range(500)) < 100


def test_shares_follow_successes_among_uses_and_forget():
    history = SuccessHistory(SearchSettings(**ADAPTIVE, memory_size=2))
    before = history.shares
    assert sum(before.values()) == pytest.approx(1)
    assert "node mutation" not in before  # without a rate
    good, bad = ("hoist mutation",), ("subtree mutation",)
    trials = [Trial(rates(0.5, 0.5), good, 1.0), Trial(rates(0.5, 0.5), good, 0.0),
              *[Trial(rates(0.5, 0.5), bad, 0.0)] * 2]  # fmt: skip
    history.learn(trials)
    # Success rates: 1/2, 0/2, and the 1/4 of all for the one without a use; 0.01 added to each.
    assert history.shares == pytest.approx(
        {"hoist mutation": 0.51 / 0.78, "subtree mutation": 0.01 / 0.78,
         "constant mutation": 0.26 / 0.78}
    )  # fmt: skip
    history.learn([])
    assert history.shares["hoist mutation"] == pytest.approx(0.51 / 0.78)
    history.learn([])
    assert history.shares == before


def test_offspring_carry_their_rates_and_are_mutated_at_most_once():
    _, found = searched(5, lambda c: 100 - c.generation - c.slot)
    names = {m.name for m in MUTATIONS}
    for candidate in found:
        if candidate.generation == 0:
            assert candidate.rates is None
            continue
        assert 0 <= candidate.rates.crossover <= 1
        assert set(candidate.rates.shares) == {"subtree mutation", "hoist mutation",
                                               "constant mutation"}  # fmt: skip
        parts = candidate.origin.split(" + ")
        assert sum(part in names for part in parts) <= 1
        assert "copy" not in parts
        assert mutations_of(candidate.origin) == tuple(p for p in parts if p in names)


def test_mutations_of_pairs_are_known_by_their_origin():
    assert mutations_of("crossover of G with D + node mutation of D") == ("node mutation",)
    _, found = searched(3, lambda c: 100 - c.generation - c.slot, genome="pair")
    last = [c for c in found if c.generation == 2]
    assert all(mutations_of(c.origin) for c in last if "crossover" not in c.origin)
    assert any(mutations_of(c.origin) for c in last)


def test_a_search_learns_which_mutation_succeeds():
    def hoists_win(candidate):
        return 1.0 if "hoist" in candidate.origin else 1000.0 + candidate.slot

    search, found = searched(8, hoists_win, population=12, selection="tournament")
    assert search.history.shares["hoist mutation"] > 1 / 7  # what the settings gave it
    last = [c for c in found if c.generation == 7]
    assert last[0].rates.shares != found[12].rates.shares


def test_what_is_told_again_is_learnt_again():
    fitness = lambda c: float(int(c.loss.key()[:6], 16) % 1000)  # noqa: E731
    (one, first), (other, second) = (searched(5, fitness) for _ in range(2))
    assert [(c.loss.text(), c.rates) for c in first] == [(c.loss.text(), c.rates) for c in second]
    assert one.history.entries == other.history.entries != SuccessHistory(one.settings).entries


def test_without_adaptation_nothing_is_drawn_or_learnt():
    search = algorithm("gp")(SearchSettings(), 0)
    for _ in range(2):
        asked = search.ask().candidates
        assert all(c.rates is None for c in asked)
        search.tell([Individual(c, score(1 + c.slot)) for c in asked])
    assert search.history is None


def test_the_margin_of_success_is_that_of_the_settings():
    def entries(margin):
        search = algorithm("gp")(SearchSettings(**ADAPTIVE, success_margin=margin), 0)
        for _ in range(3):
            asked = search.ask().candidates
            search.tell([Individual(c, score(100 - 20 * c.generation, 20)) for c in asked])
        return search.history.entries

    assert entries(1.0) != SuccessHistory(SearchSettings(**ADAPTIVE)).entries
    assert entries(2.0) == SuccessHistory(SearchSettings(**ADAPTIVE)).entries
