from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lossgp.expressions import Y_PRED, Y_REAL
from lossgp.expressions.tree import height, operands, operator_of, preorder, size
from lossgp.search import SearchSettings
from lossgp.search.random_trees import Grammar, full, grow, leaf, ramped
from lossgp.search.randomness import stream

PAPER = Grammar.of(SearchSettings())
EXTENDED = Grammar.of(SearchSettings(operators="extended"))
seeds = st.integers(0, 2**63)


@given(seeds, st.integers(0, 5))
def test_all_leaves_of_a_full_tree_lie_at_its_height(seed, high):
    def depths(node, depth=0):
        if operator_of(node) is None:
            return {depth}
        return set().union(*(depths(a, depth + 1) for a in operands(node)))

    assert depths(full(stream(seed, "t"), EXTENDED, high)) == {high}


@given(seeds, st.integers(1, 6), st.integers(0, 3))
def test_a_grown_tree_keeps_its_bounds(seed, high, least):
    tree = grow(stream(seed, "t"), PAPER, high, min(least, high))
    assert min(least, high) <= height(tree) <= high


@given(seeds, st.integers(0, 40))
def test_ramped_trees_keep_the_papers_minimum(seed, slot):
    tree = ramped(stream(seed, "t"), PAPER, range(2, 7), slot)
    assert 2 <= height(tree) <= 6


def test_ramped_trees_take_all_heights_in_turn():
    full_heights = {
        height(ramped(stream(0, "ramp", slot), PAPER, range(2, 7), slot))
        for slot in range(1, 11, 2)
    }
    assert full_heights == {2, 3, 4, 5, 6}


def test_only_the_operators_of_the_grammar_are_drawn():
    grammar = Grammar.of(SearchSettings(operators=["mul", "log", "square"]))
    names = {
        operator_of(node).name
        for seed in range(50)
        for node in preorder(full(stream(seed, "t"), grammar, 4))
        if operator_of(node)
    }
    assert names == {"mul", "log", "pow"}


def test_leaves_are_thirds_and_constants_uniform():
    rng = stream(0, "leaves")
    leaves = [leaf(rng, PAPER) for _ in range(6000)]
    kinds = Counter("p" if x is Y_PRED else "y" if x is Y_REAL else "c" for x in leaves)
    assert all(count == pytest.approx(2000, abs=200) for count in kinds.values())
    constants = [float(x) for x in leaves if x is not Y_PRED and x is not Y_REAL]
    assert min(constants) >= -5
    assert max(constants) < 5
    assert sum(constants) / len(constants) == pytest.approx(0, abs=0.25)


@given(seeds)
def test_the_same_stream_gives_the_same_tree(seed):
    trees = [grow(stream(seed, "t"), PAPER, 5) for _ in range(2)]
    assert trees[0] == trees[1]
    assert size(trees[0]) == size(trees[1])
