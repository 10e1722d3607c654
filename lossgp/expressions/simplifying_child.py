"""The child process of `display`: a loss as a line of JSON in, its simplified form out."""

from __future__ import annotations

import json
import sys

import sympy

from .from_sympy import tree_of
from .loss import Loss
from .rules import simplify
from .symbols import Y_PRED, Y_REAL
from .tree import complexity


def simplest(loss: Loss) -> Loss:
    """Return the smallest of several forms that SymPy finds, ε left out."""
    # On the domain: y_pred is a probability, or any real score; y_real² = y_real.
    p = sympy.Symbol("p", positive=True) if loss.link == "sigmoid" else sympy.Symbol("p", real=True)
    y = sympy.Symbol("y", nonnegative=True)
    plain = loss.sympy(0).subs({Y_PRED: p, Y_REAL: y})
    forms = [plain, sympy.factor_terms(plain), sympy.together(plain), sympy.simplify(plain)]
    found = [loss]
    for form in forms:
        try:
            tree = simplify(tree_of(form.subs({p: Y_PRED, y: Y_REAL})), loss.link)
            found.append(Loss(tree, loss.link))
        except (ValueError, TypeError):
            continue
    return min(found, key=lambda x: complexity(x.expr))


def main() -> None:
    """Serve one line."""
    loss = Loss.from_json(json.loads(sys.stdin.readline()))
    print(json.dumps(simplest(loss).to_json()))


if __name__ == "__main__":
    main()
