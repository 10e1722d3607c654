"""SymPy's straightforward way, against ours: `python -m benchmarks.straightforward`.

Two ways of what one writes first, for each candidate:

plain      build it with SymPy's ordinary constructors, which evaluate as they go; its `srepr`
           is the key; `lambdify` it to torch.
careful    the same, but dropped at once unless both variables are left, or if its key was met
           before; the others are evaluated too, value and gradient, on the grid of our screen.

Either does less than ours (no comparison of precisions, no equivalence but of structure), and
drawing the trees costs them nothing here. The trees are those of the pipeline: ramped, heights
2 to 6. SymPy's constructors do not end on some trees, so the work is done in a child process,
which is ended when one candidate takes over LIMIT seconds; that candidate counts LIMIT seconds.
Seconds are of the processor, so that a busy machine changes neither side.
"""

from __future__ import annotations

import subprocess
import sys
import time
import warnings
from collections import Counter
from collections.abc import Callable
from queue import Empty, Queue
from threading import Thread
from typing import IO

import sympy
import torch

from lossgp.expressions.operators import BY_NODE
from lossgp.expressions.sampling import EDGED
from lossgp.expressions.symbols import Y_PRED, Y_REAL
from lossgp.search.random_trees import ramped
from lossgp.search.randomness import stream

from .expressions import GRAMMAR, HEIGHTS, pipeline

LIMIT = 5.0
_P = torch.tensor(EDGED[0], dtype=torch.float32, requires_grad=True)
_Y = torch.tensor(EDGED[1], dtype=torch.float32)


def build(node: sympy.Expr) -> sympy.Expr:
    """Return the tree as SymPy's own constructors make it, which evaluate as they go."""
    row = BY_NODE.get(type(node))
    if row is None:
        return node
    return row.expand(*map(build, node.args), eps=sympy.Float(1e-8))


def candidate(tree: sympy.Expr, seen: set[str]) -> tuple[float, float, str]:
    """Return the seconds of the plain and of the careful way, and what became of it."""
    start = time.process_time()
    expression = build(tree)
    complete = expression.free_symbols == {Y_PRED, Y_REAL}
    known = time.process_time()
    key = sympy.srepr(expression)
    new = key not in seen
    keyed = time.process_time()
    function = sympy.lambdify((Y_PRED, Y_REAL), expression, "torch")
    compiled = time.process_time()
    plain = compiled - start
    if not complete:
        return plain, known - start, "variable missing"
    if not new:
        return plain, keyed - start, "known"
    seen.add(key)
    outcome = _evaluated(function)
    return plain, time.process_time() - start, outcome


def _evaluated(function: Callable[..., torch.Tensor]) -> str:
    try:
        value = function(_P, _Y)
        if not torch.isfinite(value).all():
            return "not finite"
        (slope,) = torch.autograd.grad(value.sum(), _P)
    except (TypeError, RuntimeError):  # no tensor comes out, or torch lacks a function
        return "not evaluated"
    return "kept" if torch.isfinite(slope).all() else "not finite"


def child(first: int, last: int) -> None:
    """Work through the slots, and write a line for each."""
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    seen: set[str] = set()
    print("ready", flush=True)
    for slot in range(first, last):
        tree = ramped(stream(1, slot), GRAMMAR, HEIGHTS, slot)
        print(*candidate(tree, seen), sep=";", flush=True)


def supervised(slots: int) -> list[tuple[float, float, str]]:
    """Return both seconds and the outcome of each slot, in child processes."""
    done: list[tuple[float, float, str]] = []
    while len(done) < slots:
        command = [sys.executable, "-m", "benchmarks.straightforward", str(len(done)), str(slots)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            lines: Queue[str] = Queue()
            Thread(target=_forward, args=(process.stdout, lines), daemon=True).start()
            lines.get()  # ready: the imports do not count
            while len(done) < slots:
                try:
                    plain, careful, outcome = lines.get(timeout=LIMIT).strip().split(";")
                except Empty:
                    done.append((LIMIT, LIMIT, "not ended"))
                    break
                except ValueError:  # it died, of an error or of its memory
                    done.append((0.0, 0.0, "crashed"))
                    break
                done.append((float(plain), float(careful), outcome))
            process.kill()
    return done


def _forward(stdout: IO[str], lines: Queue[str]) -> None:
    for line in stdout:
        lines.put(line)
    lines.put("")


def main(slots: int = 2_000) -> None:
    torch.set_num_threads(1)
    pipeline(200)
    runs = [sum(pipeline(slots, forget=True).values()) for _ in range(2)]
    others = supervised(slots)
    runs += [sum(pipeline(slots, forget=True).values()) for _ in range(2)]
    ours = slots * len(runs) / sum(runs)  # the mean, as SymPy has one run: the least would flatter
    print(f"{slots} ramped trees of height 2 to 6: ours {ours:,.0f}/s")
    print(f"SymPy's way: {dict(Counter(outcome for *_, outcome in others))}")
    ended = [row for row in others if row[2] != "not ended"]
    for title, rows in ((f"{LIMIT:g} s for each not ended", others), ("ended ones alone", ended)):
        for way, k in (("plain", 0), ("careful", 1)):
            rate = len(rows) / sum(row[k] for row in rows)
            print(f"    {title}, {way}: {rate:,.1f}/s, ratio {ours / rate:,.0f}")


if __name__ == "__main__":
    if len(sys.argv) > 2:
        child(int(sys.argv[1]), int(sys.argv[2]))
    else:
        main(*map(int, sys.argv[1:]))
