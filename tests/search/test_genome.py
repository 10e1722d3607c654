"""Searches for a loss of D and one of G: two trees, varied within and between."""

import pytest

from lossgp.expressions import Loss, LossPair, zoo
from lossgp.expressions.parsing import parse_tree
from lossgp.search import (
    Individual,
    Reason,
    Score,
    SearchSettings,
    algorithm,
    algorithms,
    screen,
    screen_genome,
)
from lossgp.search.genome import (
    SeenGenomes,
    genome_of,
    loss_of,
    with_one_changed,
    with_one_crossed,
)
from lossgp.search.randomness import stream

BCE = "-y*log(p) - (1-y)*log(1-p)"


def genome(*formulas):
    return tuple(parse_tree(formula)[0] for formula in formulas)


def told(name, generations=4, **settings):
    """Return a search's candidates; a score depends on the formula alone."""
    search = algorithm(name)(SearchSettings(population=6, **settings), 3)
    found = []
    for _ in range(generations):
        asked = search.ask()
        found += asked.candidates
        fids = [float(int(c.pair.key()[:6], 16) % 1000) for c in asked.candidates]
        search.tell([
            Individual(c, Score(f, f, 0.0, (f,)))
            for c, f in zip(asked.candidates, fids, strict=True)
        ])  # fmt: skip
    return found


@pytest.mark.parametrize("name", algorithms.names())
def test_every_algorithm_finds_pairs_where_it_is_asked_for_them(name):
    pairs = told(name, genome="pair")
    assert sum(isinstance(c.loss, LossPair) for c in pairs) > len(pairs) // 2
    assert all(isinstance(c.loss, Loss) for c in told(name))
    for candidate in pairs:
        trees = genome_of(candidate.loss, "pair")
        assert screen_genome(trees, SearchSettings(genome="pair")) is None
        assert LossPair.restored(candidate.pair.text()) == candidate.pair
    assert len({c.pair.key() for c in pairs}) == len(pairs)


def test_a_pair_breeds_within_its_trees_and_between_them():
    def origins(between):
        return " ".join(c.origin for c in told("gp", 8, genome="pair", crossover_between=between))

    assert "of G with D" not in origins(0)
    assert "of D with G" not in origins(0)
    assert "of D with G" in origins(1)
    assert "of G with D" in origins(1)
    assert "subtree mutation of D" in origins(1)
    assert "subtree mutation of G" in origins(1)


def test_nothing_is_drawn_for_a_single_tree():
    rng, untouched = stream(1, "a"), stream(1, "a")
    (tree,) = genome(BCE)
    assert with_one_changed(rng, (tree,), lambda t: t) == ((tree,), "")
    assert with_one_crossed(rng, (tree,), (tree,), lambda a, _: a, between=1.0) == ((tree,), "")
    assert rng.random() == untouched.random()


@pytest.mark.parametrize("between", [0.0, 1.0])
def test_crossover_takes_from_the_player_that_it_names(between):
    mine, mates = genome(BCE, "log(p)"), genome("(p - y)**2", "p")
    for seed in range(20):
        child, words = with_one_crossed(stream(seed, "x"), mine, mates, lambda _, b: b, between)
        index = "DG".index(words[4])
        other = index if between == 0 else 1 - index
        assert child[index] is mates[other]
        assert child[1 - index] is mine[1 - index]
        assert words.endswith(f"with {'DG'[other]}") == (between == 1)


def test_equal_trees_are_one_loss():
    assert loss_of(genome(BCE, BCE)) == Loss.parse(BCE)
    assert genome_of(zoo.bce, "pair") == (zoo.bce.expr,) * 2
    assert loss_of(genome(BCE, "-log(p)")) == LossPair.parse(f"D: {BCE}; G: -log(p)")


@pytest.mark.parametrize(
    ("g", "is_equal"),
    [
        ("-log(p)", True),  # BCE under the label 1
        ("3 - 2*log(p)*y", True),
        ("log(1 - p)", False),
        (BCE, True),
    ],
)
def test_pairs_are_equal_where_both_players_learn_the_same(g, is_equal):
    seen = SeenGenomes("gradient")
    seen.add(genome("(p - y)**2", BCE), "other")
    seen.add(genome(f"5*({BCE})", BCE), "one")
    assert seen.find(genome(BCE, g)) == ("one" if is_equal else None)
    assert seen.find(genome("p + sin(y*p)", g)) is None


@pytest.mark.parametrize(
    ("d", "g", "reason"),
    [
        (BCE, "-log(p)", None),
        (BCE, "y*cos(y)", Reason.VARIABLE),
        ("p*p - 1", "-log(p)", Reason.VARIABLE),
        (BCE, "+".join(["p"] * 60), Reason.SIZE),
        (BCE, "1000000*exp(p)", Reason.VALUE),
        (BCE, "sin(99000000*p)", Reason.PRECISION),
        (BCE, "p*0 + 1", Reason.IDLE),
        (BCE, "log(p)*(1 - y)", Reason.IDLE),  # nothing is left of it under the label 1
        ("p*(1 - y) + p*p*(1 - y)", "-log(p)", Reason.FLAT),
    ],
)
def test_each_rung_has_its_reason_for_pairs(d, g, reason):
    assert screen_genome(genome(d, g), SearchSettings(genome="pair")) is reason


def test_the_generator_is_looked_at_where_the_optimal_discriminator_is():
    # D's minima lie at 0.6 and 0.3: what G's loss does above 0.6 does not count.
    d = "y*(p - 0.6)**2 + (1 - y)*(p - 0.3)**2"
    beyond = "max(p - 0.7, 0)"
    settings = SearchSettings(genome="pair")
    assert screen_genome(genome(d, beyond), settings) is Reason.IDLE
    assert screen_genome(genome(BCE, beyond), settings) is None
    assert screen_genome(genome(d, "-p + exp(exp(exp(20*(p - 0.7))))"), settings) is None
    assert screen_genome(genome(BCE, "-p + exp(exp(exp(20*(p - 0.7))))"), settings) is Reason.VALUE


def test_the_generator_s_direction_counts_where_calibration_is_asked_for():
    strict = SearchSettings(genome="pair", calibration=True)
    assert screen_genome(genome(BCE, "-p"), strict) is None
    assert screen_genome(genome(BCE, "p"), strict) is Reason.CALIBRATION
    assert screen_genome(genome(BCE, "p"), SearchSettings(genome="pair")) is None


def test_one_tree_is_screened_as_ever():
    (tree,) = genome("y_pred - y_real")
    assert screen_genome((tree,), SearchSettings()) is screen(tree, SearchSettings())


@pytest.mark.parametrize(
    "settings",
    [
        {"surrogate": "forest", "pool": 2},
        {"adaptation": "success-history"},
        {"normalise": True},
        {"simplification": 1.0, "crossover_kind": "size-fair", "hoist_mutation": 0.5},
        {"max_depth": 8, "max_nesting": 1},
        {"seed_losses": ["minimax", "bce"]},
    ],
)
def test_pairs_go_with_every_other_setting(settings):
    found = told("gp", 4, genome="pair", **settings)
    assert len(found) == 24
    assert any(isinstance(c.loss, LossPair) for c in found)
    assert len({c.pair.key() for c in found}) == 24
    if "max_depth" in settings:
        limited = SearchSettings(genome="pair", **settings)
        assert all(screen_genome(genome_of(c.loss, "pair"), limited) is None for c in found)
