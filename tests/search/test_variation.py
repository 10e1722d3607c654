from hypothesis import given
from hypothesis import strategies as st

from lossgp.expressions import zoo
from lossgp.expressions.tree import operands, operator_of, preorder, same, size
from lossgp.search import SearchSettings
from lossgp.search.random_trees import Grammar, full
from lossgp.search.randomness import stream
from lossgp.search.variation import crossover, mutate_node, mutate_subtree

GRAMMAR = Grammar.of(SearchSettings(operators="extended"))
seeds = st.integers(0, 2**63)


def tree(seed, high=4):
    return full(stream(seed, "tree"), GRAMMAR, high)


@given(seeds, seeds, seeds)
def test_a_child_is_made_of_its_parents(seed, a, b):
    parent, mate = tree(a), tree(b)
    child = crossover(stream(seed, "x"), parent, mate, 400)
    material = [*preorder(parent), *preorder(mate)]
    leaves = [n for n in preorder(child) if operator_of(n) is None]
    assert all(any(same(leaf, n) for n in material) for leaf in leaves)


@given(seeds, seeds, st.integers(5, 60))
def test_no_operator_makes_a_tree_too_large(seed, a, limit):
    parent = tree(a, 3)
    for child in (
        crossover(stream(seed, "x"), parent, tree(seed, 5), limit),
        mutate_subtree(stream(seed, "m"), parent, GRAMMAR, 6, limit),
    ):
        assert size(child) <= limit or same(child, parent)


def nodes(tree):
    """Labels and numbers of operands, in preorder; a square's exponent is in its label."""
    return [
        ((operator_of(n).name, n.args[len(operands(n)) :]) if operands(n) else n, len(operands(n)))
        for n in preorder(tree)
    ]


@given(seeds, seeds)
def test_node_mutation_changes_one_node_and_no_shape(seed, a):
    before = nodes(tree(a, 3))
    after = nodes(mutate_node(stream(seed, "n"), tree(a, 3), GRAMMAR))
    assert [arity for _, arity in before] == [arity for _, arity in after]
    assert sum(x != y for x, y in zip(before, after, strict=True)) == 1


@given(seeds, seeds)
def test_exponents_stay_constant(seed, a):
    grammar = Grammar.of(SearchSettings(operators=["mul", "square", "cube"]))
    parent = full(stream(a, "tree"), grammar, 4)
    rng = stream(seed, "x")
    child = crossover(rng, parent, parent, 400)
    child = mutate_node(rng, mutate_subtree(rng, child, grammar, 3, 400), grammar)
    powers = [n for n in preorder(child) if operator_of(n) and operator_of(n).name == "pow"]
    assert all(n.args[1] in (2, 3) for n in powers)


def test_crossover_reaches_the_root_and_the_leaves():
    parent, mate = zoo.ganetic.expr, zoo.f2.expr
    made = [crossover(stream(seed, "x"), parent, mate, 100) for seed in range(400)]
    assert any(same(child, mate) for child in made)  # the root replaced by the whole mate
    assert any(size(child) == size(parent) + size(mate) - 1 for child in made)  # a leaf replaced
