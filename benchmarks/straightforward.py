"""The way one writes first, against ours: `python -m benchmarks.straightforward`.

For each candidate: build it with SymPy's ordinary constructors, drop it unless both variables
are left, drop it if its `srepr` was met before, `lambdify` it to torch, and look whether value
and gradient are finite on the grid that our screen uses. That is less than ours does (no
comparison of precisions, no equivalence but of structure, no simplification), and drawing the
trees costs it nothing here. The trees are those of the pipeline: ramped, heights 2 to 6.

SymPy's constructors do not end on some of them. The work is done in a child process, which is
ended when one candidate takes more than LIMIT seconds; that candidate counts LIMIT seconds.
"""

from __future__ import annotations

import subprocess
import sys
import time
import warnings
from selectors import EVENT_READ, DefaultSelector

import sympy
import torch

from lossgp.expressions.operators import BY_NODE
from lossgp.expressions.symbols import Y_PRED, Y_REAL
from lossgp.search.random_trees import ramped
from lossgp.search.randomness import stream
from lossgp.search.screening import _GRID_P, _GRID_Y

from .expressions import GRAMMAR, HEIGHTS, pipeline

LIMIT = 5.0
_P = torch.tensor(_GRID_P, dtype=torch.float32, requires_grad=True)
_Y = torch.tensor(_GRID_Y, dtype=torch.float32)


def build(node: sympy.Expr) -> sympy.Expr:
    """Return the tree as SymPy's own constructors make it, which evaluate as they go."""
    row = BY_NODE.get(type(node))
    if row is None:
        return node
    return row.expand(*map(build, node.args), eps=sympy.Float(1e-8))


def candidate(tree: sympy.Expr, seen: set[str]) -> str:
    """Return what became of one candidate."""
    expression = build(tree)
    if expression.free_symbols != {Y_PRED, Y_REAL}:
        return "variable"
    key = sympy.srepr(expression)
    if key in seen:
        return "duplicate"
    seen.add(key)
    function = sympy.lambdify((Y_PRED, Y_REAL), expression, "torch")
    value = function(_P, _Y)
    if not torch.isfinite(value).all():
        return "value"
    (slope,) = torch.autograd.grad(value.sum(), _P)
    return "kept" if torch.isfinite(slope).all() else "gradient"


def child(first: int, last: int) -> None:
    """Work through the slots, and write a line for each."""
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    seen: set[str] = set()
    print("ready", flush=True)
    for slot in range(first, last):
        tree = ramped(stream(1, slot), GRAMMAR, HEIGHTS, slot)
        start = time.perf_counter()
        try:
            outcome = candidate(tree, seen)
        except Exception as error:
            outcome = f"error:{type(error).__name__}"
        print(slot, time.perf_counter() - start, outcome, flush=True)


def supervised(slots: int) -> list[tuple[float, str]]:
    """Return seconds and outcome of each slot; one that does not end counts LIMIT seconds."""
    done: list[tuple[float, str]] = []
    while len(done) < slots:
        command = [sys.executable, "-m", "benchmarks.straightforward", str(len(done)), str(slots)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, bufsize=1) as process:
            assert process.stdout is not None
            process.stdout.readline()
            with DefaultSelector() as selector:
                selector.register(process.stdout, EVENT_READ)
                while len(done) < slots and selector.select(LIMIT):
                    line = process.stdout.readline().split()
                    if not line:
                        break
                    done.append((float(line[1]), line[2]))
            if len(done) < slots:
                done.append((LIMIT, "not ended"))
            process.kill()
    return done


def main(slots: int = 400) -> None:
    torch.set_num_threads(1)
    pipeline(200)
    ours = min(sum(pipeline(slots, forget=True).values()) for _ in range(3))
    plain = supervised(slots)
    ours = min(ours, *(sum(pipeline(slots, forget=True).values()) for _ in range(3)))
    outcomes: dict[str, int] = {}
    for _, outcome in plain:
        outcomes[outcome] = outcomes.get(outcome, 0) + 1
    ended = [seconds for seconds, outcome in plain if outcome != "not ended"]
    total = sum(seconds for seconds, _ in plain)
    print(f"{slots} ramped trees of height 2 to 6; SymPy's way: {outcomes}")
    print(
        f"ours {slots / ours:,.0f}/s; SymPy's way {slots / total:,.1f}/s ({LIMIT:g} s for each that "
        f"did not end): ratio {total / ours:,.0f}"
    )
    print(
        f"those that ended alone: SymPy's way {len(ended) / sum(ended):,.1f}/s, median "
        f"{sorted(ended)[len(ended) // 2] * 1e3:.1f} ms: ratio to ours on all trees "
        f"{sum(ended) / len(ended) / (ours / slots):,.0f}"
    )


if __name__ == "__main__":
    if len(sys.argv) > 2:
        child(int(sys.argv[1]), int(sys.argv[2]))
    else:
        main(*map(int, sys.argv[1:]))
