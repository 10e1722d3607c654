"""Building, measuring and cutting expression trees.

A tree is an unevaluated SymPy expression whose inner nodes have a row in the operator
table and whose leaves are `Y_PRED`, `Y_REAL` and constants. Nodes are numbered in preorder,
the root being 0.
"""

from __future__ import annotations

from collections.abc import Iterator

import sympy
from sympy.core.basic import Basic

from .operators import BY_NAME, BY_NODE, SHORTHANDS, Operator
from .symbols import constant

_SELF_COMMUTING = (sympy.Add, sympy.Mul)


def build(operator: Operator, *operands: sympy.Expr) -> sympy.Expr:
    """Return a node of `operator`, without any evaluation by SymPy."""
    node = Basic.__new__(operator.node, *operands)
    if operator.node in _SELF_COMMUTING:
        node.is_commutative = True
    return node


def make(name: str, *operands: sympy.Expr) -> sympy.Expr:
    """Return a node by the operator's name; `square` and `cube` build powers."""
    if name in SHORTHANDS:
        return build(BY_NAME["pow"], *operands, constant(SHORTHANDS[name]))
    return build(BY_NAME[name], *operands)


def operator_of(node: sympy.Expr) -> Operator | None:
    """Return the table row of a node; None for a leaf."""
    return BY_NODE.get(type(node))


def size(tree: sympy.Expr) -> int:
    """Return the number of nodes, leaves included."""
    return 1 + sum(size(a) for a in tree.args) if type(tree) in BY_NODE else 1


def height(tree: sympy.Expr) -> int:
    """Return the number of edges from the root to the deepest leaf; a leaf has 0."""
    return 1 + max(height(a) for a in tree.args) if type(tree) in BY_NODE else 0


def complexity(tree: sympy.Expr) -> int:
    """Return the sum of the operators' complexities, each leaf counting 1."""
    row = BY_NODE.get(type(tree))
    return row.complexity + sum(complexity(a) for a in tree.args) if row else 1


def preorder(tree: sympy.Expr) -> Iterator[sympy.Expr]:
    """Yield the nodes in preorder; the index of a node is its place here."""
    stack = [tree]
    while stack:
        node = stack.pop()
        yield node
        if type(node) in BY_NODE:
            stack.extend(reversed(node.args))


def holds(tree: sympy.Expr, symbol: sympy.Symbol) -> bool:
    """Tell whether the variable stands in the tree."""
    return any(node is symbol for node in preorder(tree))


def subtree(tree: sympy.Expr, index: int) -> sympy.Expr:
    """Return the node with this preorder index."""
    for i, node in enumerate(preorder(tree)):
        if i == index:
            return node
    raise IndexError(f"the tree has no node {index}")


def replace(tree: sympy.Expr, index: int, new: sympy.Expr) -> sympy.Expr:
    """Return the tree with the node of this preorder index replaced by `new`."""
    if index == 0:
        return new
    row = BY_NODE[type(tree)]
    operands = list(tree.args)
    first = 1
    for k, operand in enumerate(operands):
        width = size(operand)
        if index < first + width:
            operands[k] = replace(operand, index - first, new)
            return build(row, *operands)
        first += width
    raise IndexError(f"the tree has no node {index}")


def substitute(tree: sympy.Expr, symbol: sympy.Symbol, value: sympy.Expr) -> sympy.Expr:
    """Return the tree with a leaf put in the place of a variable."""
    if tree is symbol:
        return value
    row = BY_NODE.get(type(tree))
    if row is None:
        return tree
    return build(row, *(substitute(a, symbol, value) for a in tree.args))


def same(a: sympy.Expr, b: sympy.Expr) -> bool:
    """Tell whether two trees are equal node by node, constants to the bit."""
    if type(a) is not type(b):
        return False
    if type(a) in BY_NODE:
        return all(same(x, y) for x, y in zip(a.args, b.args, strict=True))
    return bool(a == b)
