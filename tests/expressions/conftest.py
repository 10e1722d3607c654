"""Random losses for hypothesis: `st.from_type(Loss)` draws over all operators and both links."""

from __future__ import annotations

import sympy
from hypothesis import settings
from hypothesis import strategies as st

from lossgp.expressions import BY_NAME, Y_PRED, Y_REAL, Loss
from lossgp.expressions.symbols import constant
from lossgp.expressions.tree import build, holds, make

settings.register_profile("lossgp", deadline=None, max_examples=100)
settings.load_profile("lossgp")

NUMBERS = st.one_of(
    st.floats(-5, 5),
    st.integers(-9, 9).map(float),
    st.sampled_from([1e-300, -1e-9, 5e-324, 1e15, 123456789012345680.0, 1e300, 0.1 + 0.2]),
)
EXPONENTS = st.one_of(st.integers(-4, 6).map(float), st.floats(-3, 3))


def trees(numbers: st.SearchStrategy[float] = NUMBERS) -> st.SearchStrategy[sympy.Expr]:
    """Return a strategy for trees of every operator."""
    leaves = st.sampled_from([Y_PRED, Y_REAL]) | numbers.map(constant)

    def grow(below: st.SearchStrategy[sympy.Expr]) -> st.SearchStrategy[sympy.Expr]:
        unary = [n for n, row in BY_NAME.items() if row.arity == 1]
        binary = [n for n, row in BY_NAME.items() if row.arity == 2 and n != "pow"]
        return st.one_of(
            st.builds(make, st.sampled_from(unary), below),
            st.builds(make, st.sampled_from(binary), below, below),
            st.builds(lambda a, c: build(BY_NAME["pow"], a, constant(c)), below, EXPONENTS),
        )

    return st.recursive(leaves, grow, max_leaves=12)


def losses(numbers: st.SearchStrategy[float] = NUMBERS) -> st.SearchStrategy[Loss]:
    """Return a strategy for losses."""
    found = trees(numbers).filter(lambda tree: holds(tree, Y_PRED))
    return st.builds(Loss, found, st.sampled_from(["sigmoid", "identity"]))


st.register_type_strategy(Loss, losses())
st.register_type_strategy(sympy.Expr, trees())
