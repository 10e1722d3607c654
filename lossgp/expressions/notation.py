"""What people write in formulas, and what it means: the table above both parsers.

Every sign, name and spelling stands here once, with its one meaning or with the words that
name what to write in its place. Plain text and LaTeX share it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

import sympy

from lossgp.common.echo import printable
from lossgp.common.suggesting import suggestion

from .operators import BY_NAME, SHORTHANDS
from .symbols import Y_PRED, Y_REAL, constant
from .tree import make, operator_of

SCORE: Final = sympy.Symbol("score", real=True)

VARIABLES: Final = {
    "y_pred": Y_PRED, "p": Y_PRED, "y_hat": Y_PRED, "yhat": Y_PRED, "D": Y_PRED,
    "ŷ": Y_PRED, "y\u0302": Y_PRED, "p\u0302": Y_PRED,
    "y_real": Y_REAL, "y": Y_REAL, "y_true": Y_REAL,
    "score": SCORE, "s": SCORE,
}  # fmt: skip
CONSTANTS: Final = {"pi": math.pi, "π": math.pi, "e": math.e}

OPERATORS: Final = {
    **{row.name: row.arity for row in BY_NAME.values() if row.precedence == 5},
    "neg": 1,
    **dict.fromkeys(SHORTHANDS, 1),
}
"""Functions that one node of a tree stands for, with the number of their operands."""

ALIASES: Final = {
    "ln": "log", "sgm": "sigmoid", "σ": "sigmoid", "logistic": "sigmoid", "expit": "sigmoid",
    "fabs": "abs", "absolute": "abs", "maximum": "max", "minimum": "min", "clamp": "clip",
    "power": "pow", "log_sigmoid": "logsigmoid",
}  # fmt: skip

SIGNS: Final = str.maketrans(
    dict.fromkeys("−–‐‑﹣－", "-")
    | dict.fromkeys("·⋅×∙•∗＊\u2062", "*")
    | dict.fromkeys("÷∕⁄", "/")
    | dict.fromkeys("＋﹢", "+")
    | {"（": "(", "）": ")", "，": ",", "；": ";", "：": ":", "＝": "=", "∣": "|", "ˆ": "^"}
    | dict.fromkeys("\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009", " ")
    | dict.fromkeys("\u200a\u202f\u205f\u3000\u200b\u2060\u2061\ufeff", " ")
)
"""Signs that mean an ASCII sign, one for one, so that columns stay."""

SUPERSCRIPTS: Final = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
FRACTIONS: Final = {"½": 0.5, "¼": 0.25, "¾": 0.75}


def softplus(a: sympy.Expr) -> sympy.Expr:
    """Return log(1 + exp(a)) in the form that neither overflows nor loses its slope."""
    size = a.args[0] if operator_of(a) is BY_NAME["neg"] else a
    tail = make("log", make("add", constant(1), make("exp", make("neg", make("abs", size)))))
    return make("add", make("max", a, constant(0)), tail)


def _log1p(a: sympy.Expr) -> sympy.Expr:
    if isinstance(a, sympy.exp):  # log1p(exp(a)) is how softplus is often written
        return softplus(a.args[0])
    if operator_of(a) is BY_NAME["neg"]:
        return make("log", make("sub", constant(1), a.args[0]))
    return make("log", make("add", constant(1), a))


def _cosh(a: sympy.Expr) -> sympy.Expr:
    both = make("add", make("exp", a), make("exp", make("neg", a)))
    return make("mul", constant(0.5), both)


EXPANSIONS: Final[dict[str, tuple[int, Callable[..., sympy.Expr]]]] = {
    "softplus": (1, softplus),
    "log1p": (1, _log1p),
    "relu": (1, lambda a: make("max", a, constant(0))),
    "clip": (3, lambda a, low, high: make("min", make("max", a, low), high)),
    "cosh": (1, _cosh),
    "tan": (1, lambda a: make("div", make("sin", a), make("cos", a))),
    "logsigmoid": (1, lambda a: make("neg", softplus(make("neg", a)))),
}
"""Functions that the operators express exactly: operands, and the tree that they stand for."""

FUNCTIONS: Final = {
    **OPERATORS, **{name: arity for name, (arity, _) in EXPANSIONS.items()}, "pow": 2,
}  # fmt: skip
"""All functions that may be written, with the number of their operands."""

_RAW = "the raw output of D is written score (or s)"
_LABEL = "the label, 1 for real and 0 for generated samples, is written y_real (or y)"
_PREDICTION = "the prediction is written y_pred (or p)"
_NUMBER = "a formula has no parameters; write the number"
_ONE_SAMPLE = "a formula is the loss of one sample; leave out means, sums and expectations"
_NO_SLOPE = "it has no slope that a network could learn from, and no operator here stands for it"
_NO_FORM = "no operators here express it exactly"
_EPSILON = (
    "quotients, roots and logarithms are protected by themselves; leave it out, or write 1e-8"
)
_MODULE = "write functions by their bare names, as log(a)"

FOREIGN: Final = {
    "sign": "write a/abs(a); of a label, 2*y_real - 1",
    "sgn": "write a/abs(a); of a label, 2*y_real - 1",
    "sinh": "write (exp(a) - exp(-a))/2",
    "log2": "write log(a)/log(2)",
    "log10": "write log(a)/log(10)",
    "exp2": "write exp(a*log(2))",
    "expm1": "write exp(a) - 1",
    "logit": "write log(a/(1 - a)); " + _RAW,
    "cbrt": "write a**(1/3)",
    "rsqrt": "write 1/sqrt(a)",
    "sqr": "write a**2",
    "erf": _NO_FORM,
    **dict.fromkeys(("asin", "acos", "atan", "arcsin", "arccos", "arctan", "atan2"), _NO_FORM),
    **dict.fromkeys(("asinh", "acosh", "atanh", "arcsinh", "arctanh", "gelu"), _NO_FORM),
    **dict.fromkeys(("floor", "ceil", "round", "step", "heaviside", "mod", "where"), _NO_SLOPE),
    **dict.fromkeys(("mean", "sum", "E", "reduce_mean", "reduce_sum"), _ONE_SAMPLE),
    **dict.fromkeys(("eps", "epsilon", "ε", "ϵ"), _EPSILON),
    **dict.fromkeys(("logits", "output", "outputs", "raw", "x", "z", "f", "h", "o"), _RAW),
    **dict.fromkeys(("label", "labels", "target", "targets", "real", "is_real"), _LABEL),
    **dict.fromkeys(("pred", "preds", "prob", "probs", "prediction", "P", "D_x"), _PREDICTION),
    "t": _LABEL + "; one that is 1 or -1 is 2*y_real - 1",
    **dict.fromkeys(("alpha", "beta", "gamma", "delta", "lambda", "tau", "theta"), _NUMBER),
    **dict.fromkeys("αβγδλτθμqkmcabnwrK", _NUMBER),
    "PI": "write pi",
    "Pi": "write pi",
    **dict.fromkeys(("np", "numpy", "math", "torch", "tf", "jnp", "keras", "nn", "F"), _MODULE),
}
"""Names that mean nothing here, with what to write instead; none is taken for a typing error."""

HINTS: Final = {
    "=": "write only what stands to the right of =",
    "[": "write brackets as ( and )",
    "]": "write brackets as ( and )",
    "{": "write brackets as ( and )",
    "}": "write brackets as ( and )",
    "…": "the formula was cut where it was copied; give the whole",
    "∛": "write a**(1/3)",
    "∑": _ONE_SAMPLE,
    "∞": "write a number",
    ";": "a pair is written 'D: formula; G: formula'",
    ":": "a pair is written 'D: formula; G: formula'",
    "—": "a minus is written -",
    "%": "write a number between 0 and 1",
    "!": "the sign has no meaning here",
}
"""What to write in the place of a sign that is not read."""


def meaning(name: str, *, function: bool, otherwise: str) -> str:
    """Return what to do about a name that is not known, to end a message with.

    Args:
        name: what was written.
        function: it stands before a bracket.
        otherwise: what is said where nothing is near: what a formula may hold.
    """
    if name in FOREIGN:
        return f"; {FOREIGN[name]}"
    known = [*FUNCTIONS, *ALIASES] if function else [*VARIABLES, *FUNCTIONS]
    # One letter is near to too much.
    near = suggestion(name, [word for word in known if len(word) > 1]) if len(name) > 1 else None
    return f" (did you mean {near!r}?)" if near else f"; {otherwise}"


def shown(name: str) -> str:
    """Return what was written, in quotes, short and safe to print; LaTeX as it stands."""
    quote = '"' if "'" in name else "'"
    return f"{quote}{printable(name, 40)}{quote}"
