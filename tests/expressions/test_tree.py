from __future__ import annotations

import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from lossgp.expressions import Y_PRED, Y_REAL, FormulaError, Loss
from lossgp.expressions.symbols import constant
from lossgp.expressions.tree import (
    build,
    complexity,
    height,
    holds,
    make,
    operands,
    operator_of,
    preorder,
    replace,
    same,
    size,
    substitute,
    subtree,
)

TREE = Loss.parse("p**3 + sqrt(3.985*y/p)").expr


def test_measures():
    assert (size(TREE), height(TREE)) == (9, 4)
    assert complexity(TREE) == 9 + 1 + 1  # sqrt and div count 2
    assert (size(Y_PRED), height(Y_PRED), complexity(Y_PRED)) == (1, 0, 1)


def test_an_exponent_is_part_of_its_power():
    cube = make("cube", Y_PRED)
    assert operands(cube) == (Y_PRED,)
    assert list(preorder(cube)) == [cube, Y_PRED]
    assert replace(cube, 1, Y_REAL) == make("cube", Y_REAL)
    with pytest.raises(IndexError):
        replace(cube, 2, Y_REAL)
    with pytest.raises(FormulaError, match="exponent"):
        Loss(build(operator_of(cube), Y_PRED, Y_REAL))


@given(st.from_type(sympy.Expr), st.from_type(sympy.Expr), st.data())
def test_replacing_a_node(tree, new, data):
    index = data.draw(st.integers(0, size(tree) - 1))
    old = subtree(tree, index)
    changed = replace(tree, index, new)
    assert subtree(changed, index) is new
    assert size(changed) == size(tree) - size(old) + size(new)
    assert same(replace(changed, index, old), tree)
    assert replace(tree, index, old) is tree


@given(st.from_type(sympy.Expr))
def test_counting(tree):
    nodes = list(preorder(tree))
    assert len(nodes) == size(tree)
    assert height(tree) < size(tree) <= complexity(tree)
    assert holds(tree, Y_PRED) == any(node is Y_PRED for node in nodes)
    assert not holds(substitute(tree, Y_PRED, constant(2)), Y_PRED)
    with pytest.raises(IndexError):
        subtree(tree, len(nodes))


def test_same_tells_constants_apart_to_the_bit():
    third = constant(0.1 + 0.2)
    assert same(third, constant(0.30000000000000004))
    assert not same(third, constant(0.3))
    assert not same(make("add", Y_PRED, Y_REAL), make("add", Y_REAL, Y_PRED))


def test_sympy_evaluates_nothing():
    doubled = make("add", Y_PRED, Y_PRED)
    assert doubled.args == (Y_PRED, Y_PRED)
    assert make("exp", constant(0)).args == (0,)
