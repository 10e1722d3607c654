from hypothesis import given
from hypothesis import strategies as st

from lossgp.expressions import zoo
from lossgp.search import Archive, Candidate, Individual, Score
from lossgp.search.randomness import stream
from lossgp.search.selection import best, tournament


def individual(slot, fitness):
    s = Score(fitness, fitness, 0.0, (fitness,))
    return Individual(Candidate(zoo.ganetic, 0, slot, "test"), s)


fitnesses = st.lists(st.floats(0, 1000), min_size=1, max_size=30)


@given(fitnesses, st.integers(1, 40))
def test_the_n_best_are_the_n_best(values, n):
    chosen = best([individual(i, f) for i, f in enumerate(values)], n)
    assert [i.score.fitness for i in chosen] == sorted(values)[:n]


@given(fitnesses, st.integers(1, 40), st.integers(1, 5), st.integers(0, 99))
def test_a_tournament_keeps_n_different_individuals(values, n, size, seed):
    pool = [individual(i, f) for i, f in enumerate(values)]
    chosen = tournament(stream(seed, "t"), pool, n, size)
    assert len({id(i) for i in chosen}) == len(chosen) == min(n, len(pool))


def test_larger_tournaments_press_harder():
    pool = [individual(i, float(i)) for i in range(40)]

    def mean(size):
        chosen = [i for s in range(100) for i in tournament(stream(s, "t"), pool, 5, size)]
        return sum(i.score.fitness for i in chosen) / len(chosen)

    assert mean(1) > mean(3) > mean(8)


def test_the_archive_keeps_its_capacity_and_replaces_at_random():
    archive, rng = Archive(3), stream(0, "a")
    assert not archive.offer(rng, individual(99, 1.0), 0.0)
    assert all(archive.offer(rng, individual(i, 1.0), 1.0) for i in range(10))
    assert len(archive) == 3
    assert any(i.candidate.slot > 2 for i in archive.members)
    entered = sum(Archive(1).offer(stream(s, "p"), individual(0, 1.0), 0.5) for s in range(1000))
    assert 430 < entered < 570
