"""Building, measuring and cutting expression trees.

A tree is an unevaluated SymPy expression whose inner nodes have a row in the operator
table and whose leaves are `Y_PRED`, `Y_REAL` and constants. Nodes are numbered in preorder,
the root being 0. The constant exponent of a power belongs to its node, as the 2 of a square
does: it is not counted, not numbered, and never replaced.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import sympy
from sympy.core.basic import Basic

from .nodes import div, log, power, sqrt
from .operators import BY_NAME, BY_NODE, SHORTHANDS, Operator
from .symbols import constant, value_of

_new = Basic.__new__


def build(operator: Operator, *operands: sympy.Expr) -> sympy.Expr:
    """Return a node of `operator`, without any evaluation by SymPy."""
    kind = operator.node
    node = _new(kind, *operands)
    if kind is sympy.Add or kind is sympy.Mul:
        # SymPy's own constructors set this attribute of sums and products.
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


def operands(node: sympy.Expr) -> tuple[sympy.Expr, ...]:
    """Return the nodes right under a node: none for a leaf, of a power its base."""
    kind = type(node)
    if kind is power:
        return (node.args[0],)
    return node._args if kind in BY_NODE else ()


def rebuilt(node: sympy.Expr, new: Sequence[sympy.Expr]) -> sympy.Expr:
    """Return an inner node with other operands; the node itself where they are its own."""
    kind = type(node)
    old = node.args
    if kind is power:
        new = (*new, old[1])
    if all(a is b for a, b in zip(new, old, strict=True)):
        return node
    return build(BY_NODE[kind], *new)


def is_protected(tree: sympy.Expr) -> bool:
    """Tell whether an ε stands in the tree: a quotient, root, logarithm or broken power."""
    return any(map(is_protected_node, preorder(tree)))


def is_protected_node(node: sympy.Expr) -> bool:
    """Tell whether this node's operator adds an ε."""
    if isinstance(node, power):
        exponent = value_of(node.args[1])
        return not (exponent >= 0 and exponent == int(exponent))
    return isinstance(node, (div, sqrt, log))


def size(tree: sympy.Expr) -> int:
    """Return the number of nodes, leaves included."""
    count, stack = 0, [tree]
    while stack:
        count += 1
        stack.extend(operands(stack.pop()))
    return count


def height(tree: sympy.Expr) -> int:
    """Return the number of edges from the root to the deepest leaf; a leaf has 0."""
    below = operands(tree)
    if not below:
        return 0
    first = height(below[0])
    return 1 + (first if len(below) == 1 else max(first, height(below[1])))


def complexity(tree: sympy.Expr) -> int:
    """Return the sum of the operators' complexities, each leaf counting 1."""
    row = BY_NODE.get(type(tree))
    return row.complexity + sum(map(complexity, operands(tree))) if row else 1


def preorder(tree: sympy.Expr) -> Iterator[sympy.Expr]:
    """Yield the nodes in preorder; the index of a node is its place here."""
    stack = [tree]
    while stack:
        node = stack.pop()
        yield node
        stack += operands(node)[::-1]


def holds(tree: sympy.Expr, symbol: sympy.Symbol) -> bool:
    """Tell whether the variable stands in the tree."""
    return any(node is symbol for node in preorder(tree))


def subtree(tree: sympy.Expr, index: int) -> sympy.Expr:
    """Return the node with this preorder index.

    Raises:
        IndexError: the tree has no such node.
    """
    for i, node in enumerate(preorder(tree)):
        if i == index:
            return node
    raise IndexError(f"the tree has no node {index}")


def replace(tree: sympy.Expr, index: int, new: sympy.Expr) -> sympy.Expr:
    """Return the tree with the node of this preorder index replaced by `new`.

    Raises:
        IndexError: the tree has no such node.
    """
    if index == 0:
        return new
    below = list(operands(tree))
    first = 1
    for k, operand in enumerate(below):
        width = size(operand)
        if first <= index < first + width:
            below[k] = replace(operand, index - first, new)
            return rebuilt(tree, below)
        first += width
    raise IndexError(f"the tree has no node {index}")


def substitute(tree: sympy.Expr, symbol: sympy.Symbol, value: sympy.Expr) -> sympy.Expr:
    """Return the tree with a leaf put in the place of a variable."""
    if tree is symbol:
        return value
    below = operands(tree)
    return rebuilt(tree, [substitute(a, symbol, value) for a in below]) if below else tree


def expanded(tree: sympy.Expr, epsilon: sympy.Expr) -> sympy.Expr:
    """Return the tree as ordinary SymPy, the protections written out with this ε."""
    row = BY_NODE.get(type(tree))
    if row is None:
        return tree
    return row.expand(*(expanded(a, epsilon) for a in tree.args), eps=epsilon)


def same(a: sympy.Expr, b: sympy.Expr) -> bool:
    """Tell whether two trees are equal node by node, constants to the bit."""
    if a is b:
        return True
    if type(a) is not type(b):
        return False
    if type(a) in BY_NODE:
        return all(same(x, y) for x, y in zip(a.args, b.args, strict=True))
    return bool(a == b)
