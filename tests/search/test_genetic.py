import pytest

from lossgp.expressions import Seen
from lossgp.search import GeneticSearch, Individual, Reason, Score, SearchSettings, screen


def pretend(candidate):
    """A score that depends on the loss alone, as a training's does."""
    fid = float(int(candidate.loss.key()[:6], 16) % 1000)
    return Individual(candidate, Score(fid, fid, 0.0, (fid,)))


def run(generations, seed=0, **settings):
    search = GeneticSearch(SearchSettings(**settings), seed)
    asked = []
    for _ in range(generations):
        asked.append(search.ask())
        search.tell([pretend(c) for c in asked[-1].candidates])
    return search, asked


def formulas(asked):
    return [[c.loss.text() for c in g.candidates] for g in asked]


def test_a_search_is_reproduced_by_its_seed():
    assert formulas(run(4, seed=5)[1]) == formulas(run(4, seed=5)[1])
    assert formulas(run(1, seed=5)[1]) != formulas(run(1, seed=6)[1])


def test_asking_twice_draws_once():
    search = GeneticSearch(SearchSettings(), 0)
    assert search.ask() is search.ask()


@pytest.mark.parametrize("selection", ["best", "tournament"])
def test_populations_keep_their_size_and_candidates_their_rules(selection):
    search, asked = run(6, population=8, selection=selection)
    assert len(search.population) == 8
    seen = Seen("gradient")
    for candidate in (c for g in asked for c in g.candidates):
        assert screen(candidate.loss.expr, search.settings) is None
        assert seen.find(candidate.loss.expr) is None, "trained twice"
        seen.add(candidate.loss.expr, candidate.name)


def test_selecting_the_best_never_loses_ground():
    search = GeneticSearch(SearchSettings(selection="best"), 3)
    bests = []
    for _ in range(6):
        search.tell([pretend(c) for c in search.ask().candidates])
        bests.append(search.population[0].score.fitness)
    assert bests == sorted(bests, reverse=True)


def test_parents_come_from_the_population_or_the_archive():
    search, _ = run(1)
    for _ in range(5):
        known = {i.candidate.name for i in [*search.population, *search.archive.members]}
        generation = search.ask()
        assert all(set(c.parents) <= known for c in generation.candidates)
        search.tell([pretend(c) for c in generation.candidates])
    assert len(search.archive) > 0


def test_without_an_archive_probability_the_archive_stays_empty():
    assert len(run(4, archive_probability=0.0)[0].archive) == 0


def test_rejects_are_counted_by_reason():
    _, asked = run(1, population=50)
    assert asked[0].rejects["a variable is missing"] > 0
    assert sum(asked[0].rejects.values()) > 50


def test_telling_something_else_is_refused():
    search = GeneticSearch(SearchSettings(), 0)
    with pytest.raises(ValueError, match="last ask"):
        search.tell([])


def test_a_search_space_that_is_used_up_ends_in_fewer_candidates():
    # Only p*y and its like: few distinct losses, so that slots must stay empty.
    search = GeneticSearch(
        SearchSettings(operators=["add"], max_height=2, population=20, constants=(0, 1e-9)), 0
    )
    asked = search.ask()
    assert 0 < len(asked.candidates) < 20
    assert 2_000 <= sum(asked.rejects.values()) < 10_000  # the first empty slots tell of the others


def test_calibrated_candidates_only_where_the_settings_ask_for_it():
    from lossgp.analysis import screen as wrong

    plain, strict = run(2, seed=3)[1], run(2, seed=3, calibration=True)[1]
    assert any(wrong(c.loss) for g in plain for c in g.candidates)
    assert not any(wrong(c.loss) for g in strict for c in g.candidates)
    assert sum(g.rejects[Reason.CALIBRATION] for g in strict) > 0
    assert all(Reason.CALIBRATION not in g.rejects for g in plain)
