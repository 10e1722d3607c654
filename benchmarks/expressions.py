"""Speed and error rates of the symbolic core: `python -m benchmarks.expressions`.

Everything runs on one thread; ratios are of measurements taken in this run.
"""

from __future__ import annotations

import time
import timeit
from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Any

import numpy as np
import sympy
import torch

from lossgp.expressions import Loss, Seen, zoo
from lossgp.expressions.compiling import _compiled, torch_function
from lossgp.expressions.evaluate import values_and_slopes
from lossgp.expressions.tree import size
from lossgp.search.random_trees import Grammar, full, grow, ramped
from lossgp.search.randomness import stream
from lossgp.search.screening import screen
from lossgp.search.settings import SearchSettings
from lossgp.search.variation import crossover

SETTINGS = SearchSettings()
GRAMMAR = Grammar.of(SETTINGS)
HEIGHTS = (2, 3, 4, 5, 6)


def _ramped(slot: int) -> sympy.Expr:
    return ramped(stream(1, slot), GRAMMAR, HEIGHTS, slot)


def _of_30_nodes(slot: int) -> sympy.Expr:
    """Return a tree of 28 to 32 nodes: grown to height 7, drawn again until it fits."""
    rng = stream(2, slot)
    while not 28 <= size(tree := grow(rng, GRAMMAR, 7, least=3)) <= 32:
        pass
    return tree


def pipeline(
    trees: int, draw: Callable[[int], sympy.Expr] = _ramped, *, forget: bool = False
) -> Counter[str]:
    """Generate, screen (a) to (d), fold, key, fingerprint, compile; processor seconds by stage.

    With `forget` no function that an earlier pass compiled is used again. Trees that are drawn
    again until they fit are drawn before the clock starts.
    """
    if forget:
        _compiled.cache_clear()
    seen, spent = Seen(), Counter[str]()
    ready = None if draw is _ramped else [draw(slot) for slot in range(trees)]
    for slot in range(trees):
        marks = [time.process_time()]
        tree = draw(slot) if ready is None else ready[slot]
        marks.append(time.process_time())
        passed = screen(tree, SETTINGS) is None
        marks.append(time.process_time())
        new = passed and seen.find(tree) is None
        if new:
            seen.add(tree, str(slot))
        marks.append(time.process_time())
        if new:
            torch_function(tree)
        marks.append(time.process_time())
        for stage, k in (("generate", 0), ("screen", 1), ("fold, key, find", 2), ("compile", 3)):
            spent[stage] += marks[k + 1] - marks[k]
    return spent


def rate(work: Callable[[], Any], seconds: float = 2.0) -> float:
    """Return how often a second the work is done."""
    work()
    done, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        work()
        done += 1
    return done / (time.perf_counter() - start)


def show_pipeline() -> None:
    pipeline(300)
    for title, trees, draw in (
        ("ramped trees of height 2 to 6", 3_000, _ramped),
        ("trees of 28 to 32 nodes", 1_000, _of_30_nodes),
    ):
        runs = [pipeline(trees, draw, forget=True) for _ in range(4)]
        spent = min(runs, key=lambda run: sum(run.values()))
        parts = ", ".join(f"{k} {v / trees * 1e6:.0f} us" for k, v in spent.items())
        print(f"pipeline, {title}: {trees / sum(spent.values()):,.0f} candidates/s ({parts})")


def show_evaluation() -> None:
    """A compiled loss forward and backward on a batch of 512, against other ways."""
    p = torch.rand(512, requires_grad=True)
    y = (torch.rand(512) > 0.5).float()

    def ganetic(p: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return p**3 + torch.sqrt(torch.abs(3.985 * y / (p + 1e-8)) + 1e-8)

    def bce(p: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return -y * torch.log(p.abs() + 1e-8) - (1 - y) * torch.log((1 - p).abs() + 1e-8)

    for name, by_hand in (("ganetic", ganetic), ("bce", bce)):
        loss = zoo.entry(name).loss
        ways = {"ours": loss.tensor_function, "by hand": by_hand}
        try:
            import sympytorch

            module = sympytorch.SymPyModule(expressions=[loss.sympy()])
            ways["sympytorch"] = lambda p, y, m=module: m(y_pred=p, y_real=y)
        except ImportError:
            print("(sympytorch is not installed)")
        times: dict[str, float] = {}
        for _ in range(7):  # in turn, so that a busy moment hits all ways alike
            for way, function in ways.items():
                took = timeit.timeit(lambda f=function: f(p, y).mean().backward(), number=200) / 200
                times[way] = min(took, times.get(way, np.inf))
        figures = ", ".join(f"{k} {v * 1e6:.0f} us" for k, v in times.items())
        print(f"{name}, batch 512, forward and backward: {figures}")


def show_rivals() -> None:
    """Generation and crossover against gplearn and DEAP, trees of height 4 (full)."""
    rng = Random(1)
    ours = rate(lambda: full(rng, GRAMMAR, 4), 1.0)
    a, b = full(rng, GRAMMAR, 4), full(rng, GRAMMAR, 4)
    swaps = rate(lambda: crossover(rng, a, b, 100), 1.0)
    print(f"full trees of height 4: ours {ours:,.0f}/s; crossover: ours {swaps:,.0f}/s")
    try:
        from deap import base, gp  # noqa: F401

        primitives = gp.PrimitiveSet("loss", 2)
        for name, arity in (("add", 2), ("sub", 2), ("mul", 2), ("div", 2), ("exp", 1),
                            ("sin", 1), ("cos", 1), ("sqrt", 1), ("log", 1)):  # fmt: skip
            primitives.addPrimitive(lambda *x: x[0], arity, name=name)
        primitives.addTerminal(1.5)
        made = rate(lambda: gp.PrimitiveTree(gp.genFull(primitives, 4, 4)), 1.0)
        first = gp.PrimitiveTree(gp.genFull(primitives, 4, 4))
        second = gp.PrimitiveTree(gp.genFull(primitives, 4, 4))

        def mate() -> None:
            gp.cxOnePoint(gp.PrimitiveTree(first), gp.PrimitiveTree(second))

        print(f"    DEAP: {made:,.0f}/s; crossover (two children) {rate(mate, 1.0):,.0f}/s")
    except ImportError:
        print("    (DEAP is not installed)")
    try:
        from gplearn._program import _Program
        from gplearn.functions import _function_map

        state = np.random.RandomState(1)
        names = ("add", "sub", "mul", "div", "sqrt", "log", "sin", "cos", "abs")
        functions = [_function_map[name] for name in names]
        arities: dict[int, list[Any]] = {}
        for function in functions:
            arities.setdefault(function.arity, []).append(function)

        def program() -> _Program:
            return _Program(
                function_set=functions, arities=arities, init_depth=(4, 4), init_method="full",
                n_features=2, const_range=(-5.0, 5.0), metric=None, p_point_replace=0.05,
                parsimony_coefficient=0.0, random_state=state,
            )  # fmt: skip

        made = rate(program, 1.0)
        one, two = program(), program()
        crossed = rate(lambda: one.crossover(two.program, state), 1.0)
        print(f"    gplearn: {made:,.0f}/s; crossover {crossed:,.0f}/s")
    except ImportError:
        print("    (gplearn is not installed)")


def show_merges(trees: int = 4_000) -> None:
    """How often Seen merges what differs, and misses what is equal, on random trees."""
    seen, kept, merged, wrong = Seen(), {}, 0, 0
    grid = np.linspace(0.01, 0.99, 500)
    labels = (np.ones_like(grid), np.zeros_like(grid))
    missed, tried = 0, 0
    for slot in range(trees):
        rng = stream(9, slot)
        tree = ramped(rng, GRAMMAR, HEIGHTS, slot)
        if screen(tree, SETTINGS) is not None:
            continue
        found = seen.find(tree)
        if found is None:
            seen.add(tree, str(slot))
            kept[str(slot)] = tree
            tried += 1
            missed += seen.find(Loss.parse(f"0.37*({Loss(tree).text()}) + y + 1.5").expr) is None
            continue
        merged += 1
        slopes = [
            np.concatenate([values_and_slopes(t, grid, y)[1] for y in labels])
            for t in (tree, kept[found])
        ]
        a, b = (s / np.median(np.abs(s[s != 0])) for s in slopes)
        wrong += not np.allclose(a, b, rtol=1e-3, atol=1e-3)
    print(
        f"equivalence: {merged} of {merged + len(kept)} screened trees merged, {wrong} of them "
        f"wrongly (slopes differ by over 0.1 % on 1,000 other points); of {tried} scaled and "
        f"shifted copies {missed} were missed"
    )


def show_proofs(trees: int = 400) -> None:
    """How many of the screened random trees are proven finite by intervals, and how fast."""
    sample = []
    for slot in range(trees * 4):
        tree = ramped(stream(5, slot), GRAMMAR, HEIGHTS, slot)
        if screen(tree, SETTINGS) is None:
            sample.append(Loss(tree))
    sample = sample[:150]
    start = time.perf_counter()
    proven = sum(loss.certificate().finite for loss in sample)
    each = (time.perf_counter() - start) / len(sample)
    sizes = np.mean([size(loss.expr) for loss in sample])
    print(
        f"certificate: {proven} of {len(sample)} screened trees ({sizes:.0f} nodes on average) "
        f"proven finite with a bounded slope, {each * 1e3:.1f} ms each"
    )


def main() -> None:
    torch.set_num_threads(1)
    for part in (show_pipeline, show_evaluation, show_rivals, show_merges, show_proofs):
        part()


if __name__ == "__main__":
    main()
