"""Search algorithms by name, and the control of all others."""

from __future__ import annotations

import pytest

from lossgp.config import ConfigError, build
from lossgp.search import (
    GeneticSearch,
    Individual,
    RandomSearch,
    Score,
    SearchSettings,
    UnknownAlgorithmError,
    algorithm,
    algorithms,
)

SETTINGS = SearchSettings(population=5)


def told(search, generations=3):
    """Return the texts and origins of all candidates; a candidate's score is its slot."""
    found = []
    for _ in range(generations):
        asked = search.ask()
        assert search.ask() is asked
        found += [(c.loss.text(), c.origin, c.parents) for c in asked.candidates]
        search.tell([
            Individual(c, Score(float(c.slot), float(c.slot), 0.0, (float(c.slot),), {}, {"ok": 1}))
            for c in asked.candidates
        ])  # fmt: skip
    return found


@pytest.mark.parametrize("name", algorithms.names())
def test_every_algorithm_depends_on_its_seed_and_on_what_it_is_told(name):
    first, again, other = (told(algorithm(name)(SETTINGS, seed)) for seed in (0, 0, 1))
    assert first == again != other
    assert len({text for text, _, _ in first}) == len(first)


def test_random_search_begins_as_the_genetic_one_and_never_breeds():
    genetic, random = told(GeneticSearch(SETTINGS, 0)), told(RandomSearch(SETTINGS, 0))
    assert genetic[:5] == random[:5]
    assert any(parents for _, _, parents in genetic[5:])
    assert not any(parents for _, _, parents in random)
    assert {origin for _, origin, _ in random} == {"full tree", "grown tree"}


def test_what_random_search_draws_does_not_depend_on_scores():
    search = RandomSearch(SETTINGS, 0)
    search.ask()
    assert search.state() == []
    backwards = RandomSearch(SETTINGS, 0)
    asked = backwards.ask()
    backwards.tell([
        Individual(c, Score(-float(c.slot), 0.0, 0.0, (0.0,), {}, {"ok": 1}))
        for c in asked.candidates
    ])  # fmt: skip
    second = [(c.loss.text(), c.origin, c.parents) for c in backwards.ask().candidates]
    assert second == told(RandomSearch(SETTINGS, 0))[5:10]


def test_an_unknown_algorithm_is_told_with_the_nearest():
    with pytest.raises(UnknownAlgorithmError, match=r"did you mean 'random'\?"):
        algorithm("randon")
    with pytest.raises(ConfigError, match="'anneal' is no search algorithm; algorithms are gp, r"):
        build({"algorithm": "anneal"})


def test_one_that_cannot_be_loaded_is_named(monkeypatch):
    monkeypatch.setitem(algorithms._BUILT_IN, "broken", "lossgp.search.nowhere:Search")
    with pytest.raises(ConfigError, match=r"'broken' .* cannot be loaded"):
        build({"algorithm": "broken"})
