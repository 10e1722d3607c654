"""Stationary points as formulas, by SymPy, in a process that is ended when its time is up.

`main` is what that process runs: it reads one formula from standard input, as JSON, and
writes the solutions it found, as JSON. Text goes both ways; nothing is executed of it.
"""

from __future__ import annotations

import functools
import json
import signal
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

import sympy

from lossgp.expressions import Link, Loss
from lossgp.expressions.operators import BY_NODE
from lossgp.expressions.printing import text
from lossgp.expressions.symbols import value_of

from .sides import Side

TIME_LIMIT = 4.0
"""Seconds of processor time that SymPy gets for one side of a loss, its start apart.

Of processor time, so that the answer does not depend on what else the machine does.
"""
_PATIENCE = 60.0  # seconds besides, by the clock, its start included
_SHORT_PATIENCE = 6.0  # where the system does not limit processor time
_GREEK = ("alpha", "beta", "gamma", "delta")


@dataclass(frozen=True)
class ClosedForm:
    """A stationary point as a formula.

    Attributes:
        text: the formula, as SymPy prints it, such as "(sqrt(alpha)/6)**(2/7)".
        latex: the same as LaTeX.
        value: what it comes to.
        constants: the values of the Greek letters in it.
    """

    text: str
    latex: str
    value: float
    constants: tuple[tuple[str, float], ...]


def closed_forms(side: Side, *, time_limit: float = TIME_LIMIT) -> tuple[ClosedForm, ...]:
    """Return the formulas of the points where the slope of a side vanishes, ε being 0.

    The answer is empty where SymPy finds none, or not within the time limit (seconds of
    processor time). The numeric points of `lossgp.analysis.stationary` do not depend on it.
    """
    return _asked(text(side.tree, side.link), side.link, time_limit)


@functools.lru_cache(maxsize=256)
def _asked(formula: str, link: Link, time_limit: float) -> tuple[ClosedForm, ...]:
    question = json.dumps({"formula": formula, "link": link, "seconds": time_limit})
    patience = _PATIENCE if hasattr(signal, "setitimer") else _SHORT_PATIENCE
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-c", f"from {__name__} import main; main()"],
            input=question,
            capture_output=True,
            text=True,
            timeout=patience + time_limit,
            check=False,
        )
        answers = json.loads(done.stdout) if done.returncode == 0 else []
    except (subprocess.TimeoutExpired, json.JSONDecodeError):
        return ()
    return tuple(
        ClosedForm(a["text"], a["latex"], a["value"], tuple(a["constants"].items()))
        for a in answers
    )


def _lettered(node: sympy.Expr, p: sympy.Symbol, letters: dict[sympy.Symbol, float]) -> sympy.Expr:
    """Return a tree as ordinary SymPy, ε = 0, with letters for the broken numbers in it.

    Letters keep a formula readable, and stop SymPy from turning sqrt(3.985) into a decimal.
    Exponents stay numbers: the solver needs them.
    """
    row = BY_NODE.get(type(node))
    if row is None:
        if not isinstance(node, sympy.Number):
            return p
        value = value_of(node)
        if value == int(value) or len(letters) == len(_GREEK):
            return sympy.nsimplify(node, rational=True)
        letter = sympy.Symbol(_GREEK[len(letters)], positive=True)
        letters[letter] = abs(value)
        return letter if value > 0 else -letter
    args = [_lettered(node.args[0], p, letters)]
    if row.name == "pow":
        args.append(sympy.nsimplify(node.args[1], rational=True))
    else:
        args += [_lettered(a, p, letters) for a in node.args[1:]]
    return row.expand(*args, eps=sympy.Integer(0))


def _two_powers(slope: sympy.Expr, p: sympy.Symbol) -> list[sympy.Expr]:
    """Solve a·p^m + b·p^n = 0, of which SymPy's solver makes a mess for broken m, n."""
    terms = sympy.Add.make_args(sympy.expand(sympy.powdenest(slope, force=True)))
    powers = []
    for term in terms:
        rest, factor = term.as_independent(p)
        exponent = sympy.simplify(p * sympy.diff(factor, p) / factor)
        if exponent.free_symbols:
            return []
        powers.append((rest, exponent))
    if len(powers) != 2:
        return []
    (a, m), (b, n) = sorted(powers, key=lambda power: float(power[1]), reverse=True)
    ratio = -b / a
    return [ratio if m - n == 1 else sympy.Pow(ratio, 1 / (m - n), evaluate=False)]


def _solve(formula: str, link: str) -> list[dict[str, Any]]:
    """Return what the parent process reads: text, LaTeX, value and constants of each root."""
    loss = Loss.parse(formula)
    p = sympy.Symbol("p", positive=True) if link == "sigmoid" else sympy.Symbol("s", real=True)
    letters: dict[sympy.Symbol, float] = {}
    slope = sympy.diff(_lettered(loss.expr, p, letters), p)
    found: list[dict[str, Any]] = []
    roots = _two_powers(slope, p) if link == "sigmoid" else []
    if not roots:
        roots = sympy.solve(slope, p)
    for root in roots:
        value = sympy.N(root.xreplace(letters), 30)
        if value.is_Number and value.is_finite:
            constants = {str(k): float(v) for k, v in letters.items() if root.has(k)}
            found.append(
                {
                    "text": str(root),
                    "latex": sympy.latex(root, fold_frac_powers=True),
                    "value": float(value),
                    "constants": constants,
                }
            )
    return found


def main() -> None:
    """Answer the question on standard input; what the child process runs.

    Where the system can, it ends the process when its processor time is up.
    """
    asked = json.load(sys.stdin)
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_PROF, asked["seconds"])
    json.dump(_solve(asked["formula"], asked["link"]), sys.stdout)
