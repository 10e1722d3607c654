"""Search algorithms by name, and the control of all others."""

from __future__ import annotations

import pytest

from lossgp.config import ConfigError, build
from lossgp.search import (
    GeneticSearch,
    HillClimb,
    Individual,
    RandomSearch,
    RegularisedEvolution,
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


def generations(search, count, fitness):
    """Return the candidates of each generation, scored by a function of the candidate."""
    asked = []
    for _ in range(count):
        asked.append(search.ask().candidates)
        scored = [(c, float(fitness(c))) for c in asked[-1]]
        search.tell([Individual(c, Score(f, f, 0.0, (f,), {}, {"ok": 1})) for c, f in scored])
    return asked


def test_regularised_evolution_forgets_the_oldest_however_good():
    settings = SearchSettings(population=6, lifetime=2, tournament_size=12)
    search = RegularisedEvolution(settings, 0)
    asked = generations(search, 5, lambda c: c.generation)  # each generation worse than the last
    for number, candidates in enumerate(asked[1:], 1):
        parents = {name for c in candidates for name in c.parents}
        assert all(name.startswith(f"g{max(0, number - 2)}s") for name in parents)
        assert all(len(c.parents) == 1 and c.origin == "subtree mutation" for c in candidates)
    assert {i.candidate.generation for i in search.state()} == {3, 4}


def test_regularised_evolution_samples_as_many_as_it_is_told_to():
    def parents(sample):
        settings = SearchSettings(population=20, tournament_size=sample)
        second = generations(RegularisedEvolution(settings, 0), 2, lambda c: c.slot)[1]
        return [int(c.parents[0].split("s")[1]) for c in second]

    assert sum(parents(20)) < sum(parents(3)) < sum(parents(1))


def test_a_hill_climber_mutates_its_best_and_steps_only_upwards():
    search = HillClimb(SearchSettings(population=5, patience=0), 0)
    asked = generations(search, 4, lambda c: {0: 9, 1: 5, 2: 7, 3: 1}[c.generation] + c.slot)
    parents = [{name for c in candidates for name in c.parents} for candidates in asked]
    assert parents == [set(), {"g0s0"}, {"g1s0"}, {"g1s0"}]
    assert [i.candidate.name for i in search.state()] == ["g3s0"]


@pytest.mark.parametrize(("patience", "restarts"), [(0, []), (1, [2, 4]), (2, [3])])
def test_a_hill_climber_that_is_stuck_starts_anew(patience, restarts):
    search = HillClimb(SearchSettings(population=4, patience=patience), 0)
    asked = generations(search, 6, lambda c: c.generation)
    drawn = [n for n, found in enumerate(asked[1:], 1) if not any(c.parents for c in found)]
    assert drawn == restarts


@pytest.mark.parametrize("name", ["regularised-evolution", "hill-climb"])
def test_the_controls_draw_mutations_by_their_rates(name):
    def origins(**rates):
        settings = SearchSettings(population=10, **rates)
        asked = generations(algorithm(name)(settings, 0), 3, lambda c: c.slot)
        return {c.origin for found in asked[1:] for c in found}

    assert origins() == {"subtree mutation"}
    assert origins(subtree_mutation=0.0, node_mutation=0.1) == {"node mutation"}
    assert origins(node_mutation=0.3) == {"subtree mutation", "node mutation"}
    assert origins(subtree_mutation=0.0) == {"subtree mutation"}


@pytest.mark.parametrize("name", [n for n in algorithms.names() if n != "random"])
def test_present_scores_replace_those_that_were_told(name):
    def scored(candidate, value):
        return Individual(candidate, Score(value, value, 0.0, (value,), {}, {"ok": 1}))

    search = algorithm(name)(SearchSettings(population=5, archive_probability=1.0), 0)
    known = {}
    for _ in range(2):
        search.update(known)
        asked = search.ask().candidates
        told = [scored(c, float(c.slot)) for c in asked]
        search.tell(told)
        known |= {i.candidate.name: i for i in told}
    changed = {name: scored(i.candidate, 7.0 + i.score.fitness) for name, i in known.items()}
    search.update(changed)
    kept = [*search.state(), *search.population] if name == "gp" else search.state()
    assert kept
    assert all(i is changed[i.candidate.name] for i in kept)
