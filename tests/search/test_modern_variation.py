"""Size-fair crossover, and hoist, shrink, insertion, constant mutation and simplification."""

import math
from collections import Counter

import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from lossgp.expressions import Loss, zoo
from lossgp.expressions.sampling import sample
from lossgp.expressions.symbols import Y_PRED, constant
from lossgp.expressions.tree import make, operands, operator_of, preorder, rebuilt, same, size
from lossgp.search import Individual, Score, SearchSettings, algorithm, screen
from lossgp.search.editing import hoist, insert, mutate_constants, shrink
from lossgp.search.mutations import MUTATIONS, crossed, finished, mutant
from lossgp.search.random_trees import Grammar, full, grow
from lossgp.search.randomness import cauchy, normal, stream
from lossgp.search.size_fair import size_fair_crossover

GRAMMAR = Grammar.of(SearchSettings(operators="extended"))
seeds = st.integers(0, 2**63)


def tree(seed, high=4):
    return full(stream(seed, "tree"), GRAMMAR, high)


def names(tree):
    return [operator_of(n).name if operands(n) else str(n) for n in preorder(tree)]


def nodes(tree):
    """The nodes without what is under them; equal leaves are one."""
    return Counter(names(tree))


@given(seeds, st.sampled_from(MUTATIONS))
def test_what_mutations_make_is_well_formed(seed, mutation):
    settings = SearchSettings(operators="extended", max_size=40)
    before = tree(seed, 3)
    after = mutation.apply(stream(seed, "m"), before, GRAMMAR, settings)
    assert size(after) <= 40
    assert all(len(operands(n)) in (0, 1, 2) for n in preorder(after))
    whole = make("add", after, Y_PRED)  # holds the prediction whatever was cut away
    assert same(Loss.parse(Loss(whole).text()).expr, whole)


@given(seeds, seeds, st.integers(5, 60))
def test_size_fair_children_are_made_of_their_parents_within_the_limit(seed, a, limit):
    parent, mate = tree(a, 3), tree(seed)
    child = size_fair_crossover(stream(seed, "x"), parent, mate, limit)
    assert size(child) <= limit or same(child, parent)
    assert nodes(child) <= nodes(parent) + nodes(mate)


@given(seeds, seeds)
def test_what_is_put_in_is_at_most_twice_as_large_as_what_is_cut(seed, a):
    parent = grow(stream(a, "p"), GRAMMAR, 6, 2)
    child = size_fair_crossover(stream(seed, "x"), parent, tree(seed, 6), 400)
    # l nodes go, at most 1 + 2l come, and l is at most the whole.
    assert size(child) <= 2 * size(parent) + 1


def test_size_fair_crossover_keeps_the_size_on_average_and_the_other_does_not():
    # Every inner node has two operands, so that subtrees of all sizes are to be had.
    binary = Grammar.of(SearchSettings(operators=["add", "mul", "max"]))
    parent = grow(stream(1, "p"), binary, 4, 3)
    mate = full(stream(1, "m"), binary, 6)

    def growth(kind):
        settings = SearchSettings(crossover_kind=kind, max_size=400)
        made = [crossed(stream(s, "x"), (parent,), (mate,), settings)[0][0] for s in range(3_000)]
        return sum(map(size, made)) / len(made) - size(parent)

    assert size(mate) > 2 * size(parent)
    # Cuts are of 1 to 15 nodes, so a mean of 3,000 lies within 0.4 of its expectation.
    assert abs(growth("size-fair")) < 0.4
    assert growth("subtree") > 2


def test_size_fair_crossover_without_a_partner_returns_the_parent():
    leaf, large = Y_PRED, tree(1, 5)
    assert size_fair_crossover(stream(0, "x"), leaf, leaf, 100) is leaf
    binary = make("add", make("mul", Y_PRED, Y_PRED), make("mul", Y_PRED, Y_PRED))
    child = size_fair_crossover(stream(0, "x"), binary, large, 1)
    assert child is binary  # nothing fits


@given(seeds, seeds)
def test_hoist_returns_a_subtree_with_operators(seed, a):
    before = tree(a, 3)
    after = hoist(stream(seed, "h"), before)
    assert any(after is n for n in preorder(before))
    assert after is not before
    assert operands(after)


@given(seeds, seeds)
def test_shrink_puts_one_leaf_where_operators_were(seed, a):
    before = tree(a, 3)
    after = shrink(stream(seed, "s"), before, GRAMMAR)
    assert size(after) < size(before)
    assert operator_of(after) is operator_of(before)
    new = nodes(after) - nodes(before)
    assert sum(new.values()) <= 1


@given(seeds, seeds)
def test_insertion_adds_one_operator_and_keeps_all_the_rest(seed, a):
    before = tree(a, 3)
    after = insert(stream(seed, "i"), before, GRAMMAR, 400)
    assert nodes(before) <= nodes(after)
    assert size(after) - size(before) in (1, 2)
    assert insert(stream(seed, "i"), before, GRAMMAR, size(before)) is before


@given(seeds, seeds)
def test_constant_mutation_changes_constants_alone_and_all_of_them(seed, a):
    def numbers(tree):
        return [float(n) for n in preorder(tree) if isinstance(n, sympy.Number)]

    def blank(tree):
        if isinstance(tree, sympy.Number):
            return constant(0)
        below = operands(tree)
        return rebuilt(tree, [blank(n) for n in below]) if below else tree

    before = tree(a, 4)
    after = mutate_constants(stream(seed, "c"), before, 0.1)
    assert same(blank(after), blank(before))
    pairs = list(zip(numbers(before), numbers(after), strict=True))
    assert all(x != y and abs(x - y) < 0.1 * 9 * max(1, abs(x)) for x, y in pairs)
    assert numbers(mutate_constants(stream(seed, "c"), before, 1e-9)) == pytest.approx(
        numbers(before), rel=1e-4
    )


def test_the_noise_on_constants_is_normal_of_the_scale_asked_for():
    made = [float(mutate_constants(stream(s, "c"), constant(-3), 0.1)) + 3 for s in range(2_000)]
    deviation = math.sqrt(sum(x * x for x in made) / len(made))
    assert deviation == pytest.approx(0.3, rel=0.1)
    assert abs(sum(made) / len(made)) < 0.03


def test_normal_and_cauchy_numbers_have_their_quartiles():
    rng = stream(0, "numbers")
    for draw, quartile in ((normal, 0.6745), (cauchy, 1.0)):
        inside = sum(abs(draw(rng)) < quartile for _ in range(4_000))
        assert 1_850 < inside < 2_150


def test_trees_too_small_for_an_operator_stay():
    flat = make("mul", Y_PRED, Y_PRED)
    assert hoist(stream(0, "x"), flat) is flat
    assert shrink(stream(0, "x"), flat, GRAMMAR) is flat
    assert same(mutate_constants(stream(0, "x"), flat, 0.1), flat)


@given(seeds)
def test_simplification_keeps_the_values_and_never_grows(seed):
    before = make("add", tree(seed, 3), make("mul", Y_PRED, make("sub", Y_PRED, Y_PRED)))
    (after,), made = finished(
        stream(seed, "f"), (before,), ["crossover"], SearchSettings(simplification=1.0)
    )
    assert made == "crossover + simplification"
    assert size(after) < size(before)
    x, y = sample(make("add", before, Y_PRED)).value, sample(make("add", after, Y_PRED)).value
    if all(map(math.isfinite, x)) and max(map(abs, x)) < 1e6:
        assert y == pytest.approx(x, rel=1e-6, abs=1e-6 * (1 + max(map(abs, x))))
    (unchanged,), made = finished(
        stream(seed, "f"), (before,), [], SearchSettings(simplification=1.0)
    )
    assert (unchanged is before, made) == (True, "copy")


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda m: m.setting)
def test_every_rate_brings_its_mutation_into_the_search(mutation):
    others = {m.setting: 0.0 for m in MUTATIONS}
    both = SearchSettings(population=4, **{**others, mutation.setting: 1.0})
    assert {"crossover", f"crossover + {mutation.name}"} >= origins("gp", both) - {mutation.name}
    assert any(mutation.name in origin for origin in origins("gp", both))
    assert mutant(stream(0, "x"), (zoo.ganetic.expr,), GRAMMAR, both)[1] == mutation.name


def test_a_mutation_that_finds_nothing_to_change_gives_way_to_another():
    settings = SearchSettings(subtree_mutation=0.0, constant_mutation=1.0)
    flat = make("mul", Y_PRED, Y_PRED)
    (changed,), made = mutant(stream(0, "x"), (flat,), GRAMMAR, settings)
    assert made == "subtree mutation"
    assert not same(changed, flat)


def test_kind_of_crossover_and_simplification_come_into_the_search():
    settings = SearchSettings(
        population=6, crossover=1.0, subtree_mutation=0.0, crossover_kind="size-fair"
    )
    assert origins("gp", settings) == {"size-fair crossover"}
    simplified = settings.model_copy(update={"simplification": 1.0})
    assert origins("gp", simplified) == {"size-fair crossover + simplification"}


def origins(name, settings):
    """Return how all candidates after the first generation were made."""
    search = algorithm(name)(settings, 0)
    found = set()
    for generation in range(3):
        asked = search.ask().candidates
        search.tell([Individual(c, Score(1.0 + c.slot, 1.0, 0.0, (1.0,))) for c in asked])
        found |= {c.origin for c in asked if generation}
    return found


@pytest.mark.parametrize(
    ("formula", "depth"),
    [
        ("exp(y_pred) + y_real", 0),
        ("exp(log(y_pred)) + exp(y_real)", 0),
        ("exp(1 + exp(y_pred)*y_real)", 1),
        ("log(sin(cos(sin(y_pred)))) + y_real", 2),
        ("tanh(sigmoid(y_pred))*sqrt(y_real*sqrt(y_real))", 1),
    ],
)
def test_nesting_counts_functions_inside_their_kind(formula, depth):
    expr = Loss.parse(formula).expr
    if depth:
        tight = SearchSettings(max_nesting=depth - 1)
        assert screen(expr, tight) == "too deeply nested functions"
    for limit in (depth, None):
        assert screen(expr, SearchSettings(max_nesting=limit)) != "too deeply nested functions"


def test_depth_is_limited_from_above_too():
    expr = Loss.parse("exp(sin(y_pred*y_real)) + y_pred").expr
    high = next(h for h in range(2, 9) if screen(expr, SearchSettings(max_depth=h)) is None)
    assert screen(expr, SearchSettings(max_depth=high - 1)) == "too high a tree"


@pytest.mark.parametrize("name", ["gp", "random"])
def test_limits_hold_in_a_search_and_are_counted(name):
    settings = SearchSettings(population=10, max_depth=4, max_nesting=0)
    search = algorithm(name)(settings, 1)
    rejects = Counter()
    for _ in range(3):
        asked = search.ask()
        rejects.update(asked.rejects)
        for candidate in asked.candidates:
            assert screen(candidate.loss.expr, settings) is None
        search.tell(
            [Individual(c, Score(1.0 + c.slot, 1.0, 0.0, (1.0,))) for c in asked.candidates]
        )
    assert rejects["too high a tree"] > 0
    assert rejects["too deeply nested functions"] > 0
