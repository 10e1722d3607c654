"""How often losses are wrongly taken as equal, and equals are missed: `python -m benchmarks.equivalence`.

Random trees of the pipeline (heights 2 to 6, half of the paper's operators, half of the extended
set) that pass the screen go through `Seen` at each level. Three questions:

merged   Of the trees that `Seen` found equal to an earlier one, how many are not, judged on
         1,004 other points (uniform, and dense at both ends), to 0.01 %? The values at the
         levels of structure and value, the slopes up to a factor at that of the gradient. Those
         that differ only where p is within 1e-4 of 0 or 1, where the ε of the protected operators
         shows, are counted apart.
near     Of pairs that differ in one constant by 0.1 % to 10 %, or in one node, how many does
         `compare` take as equal though they are not, by the same judgement?
missed   Of copies rewritten so that they are equal at a level (operands swapped and regrouped;
         terms added and taken off; scaled by 0.01 to 100 and shifted by functions of the label),
         how many does `Seen` not find? And of all trees kept as different, how many pairs are in
         truth equal, to one part in a million on those other points?

The bounds are of 95 % confidence: 3/n where none of n is wrong (the rule of three), else
(k + 2·sqrt(k) + 3)/n, which is no smaller than the exact one of Poisson.

`python -m benchmarks.equivalence TREES SEED CHUNKS` draws TREES trees of each of CHUNKS seeds from
SEED on, and adds up; every seed begins with nothing seen, which keeps memory small.
"""  # noqa: E501

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from random import Random

import numpy as np
import sympy
from scipy.spatial import cKDTree

from lossgp.expressions import Seen
from lossgp.expressions.equivalence import LEVELS, Level, Vector, compare
from lossgp.expressions.evaluate import values, values_and_slopes
from lossgp.expressions.printing import text
from lossgp.expressions.symbols import Y_PRED, Y_REAL, constant, value_of
from lossgp.expressions.tree import holds, make, operands, operator_of, preorder, rebuilt, replace
from lossgp.search.random_trees import Grammar, full, ramped
from lossgp.search.randomness import pick, stream, uniform
from lossgp.search.screening import screen
from lossgp.search.settings import SearchSettings
from lossgp.search.variation import mutate_node

SETTINGS = [SearchSettings(operators=name) for name in ("paper", "extended")]
GRAMMARS = [Grammar.of(settings) for settings in SETTINGS]
HEIGHTS = (2, 3, 4, 5, 6)


def _points() -> tuple[Vector, Vector]:
    ends = np.logspace(-6, -2, 51)
    p = np.concatenate([np.random.default_rng(7).uniform(0.01, 0.99, 400), ends, 1 - ends])
    return np.concatenate([p, p]), np.concatenate([np.ones_like(p), np.zeros_like(p)])


P, Y = _points()
INNER = (P >= 1e-4) & (P <= 1 - 1e-4)


def middle(x: Vector) -> float:
    sizes = np.sort(np.abs(x[x != 0]))
    return float(sizes[len(sizes) // 2]) if len(sizes) else 0.0


def signature(tree: sympy.Expr, level: Level) -> Vector:
    """Return the values, or the slopes by their middle size, on the other points."""
    if level != "gradient":
        return np.asarray(values(tree, P, Y), dtype=np.float64)
    value, slope = (np.asarray(x, dtype=np.float64) for x in values_and_slopes(tree, P, Y))
    # Slopes far below what rounding does to the values are none.
    size = middle(slope)
    return slope / size if size > 1e-12 * min(max(middle(value), 1.0), 1e6) else 0.0 * slope


def agree(a: sympy.Expr, b: sympy.Expr, level: Level, tolerance: float) -> tuple[bool, bool]:
    """Tell whether two trees are equal on all other points, and on those away from the ends."""
    x, y = signature(a, level), signature(b, level)
    scale = np.maximum(np.maximum(np.abs(x), np.abs(y)), max(middle(x), middle(y)))
    if level == "gradient" and x.any() and y.any():
        large = np.abs(y) >= 1.0
        y = y * np.median(x[large] / y[large])
    same = np.abs(x - y) <= tolerance * scale
    return bool(same.all()), bool(same[INNER].all())


def rate(bad: int, of: int) -> str:
    """Return a share with its upper bound."""
    bound = (bad + 2 * bad**0.5 + 3) / of if of else 1.0
    return f"{bad} of {of:,} ({bad / max(of, 1):.3%}, at most {bound:.3%})"


def nudged(rng: Random, tree: sympy.Expr, grammar: Grammar) -> sympy.Expr:
    """Return the tree with one constant moved by 0.1 % to 10 %, or one node exchanged."""
    numbers = [
        k for k, node in enumerate(preorder(tree)) if isinstance(node, (sympy.Float, sympy.Integer))
    ]
    if numbers and rng.random() < 0.5:
        index = pick(rng, numbers)
        old = value_of(list(preorder(tree))[index])
        factor = 1.0 + 10 ** uniform(rng, -3, -1)
        return replace(tree, index, constant(old * factor))
    return mutate_node(rng, tree, grammar)


def copy(rng: Random, tree: sympy.Expr, level: Level) -> sympy.Expr:
    """Return a tree that is equal to this one at the level."""
    if level == "structure":
        return _swapped(rng, tree)
    c = uniform(rng, 0.5, 5.0)
    if level == "value":
        part = make("mul", constant(c), tree)
        more = make("mul", constant(c - 1.0), tree)
        return make("sub", part, more)
    shift = full(rng, Grammar(("sin", "exp", "sqrt"), ("add", "mul"), (-2.0, 2.0)), 1)
    for k, node in enumerate(list(preorder(shift))):
        if node is Y_PRED:
            shift = replace(shift, k, Y_REAL)
    return make("add", make("mul", constant(10 ** uniform(rng, -2, 2)), tree), shift)


def _swapped(rng: Random, node: sympy.Expr) -> sympy.Expr:
    row = operator_of(node)
    if row is None:
        return node
    below = [_swapped(rng, a) for a in operands(node)]
    if row.commutative and rng.random() < 0.5:
        below.reverse()
    if row.name in ("add", "mul") and operator_of(below[0]) is row and rng.random() < 0.5:
        a, b = below[0].args  # (a ∘ b) ∘ c = a ∘ (b ∘ c)
        return make(row.name, a, make(row.name, b, below[1]))
    return rebuilt(node, below)


def equal_pairs(kept: list[sympy.Expr], level: Level) -> list[tuple[int, int]]:
    """Return pairs of kept trees that are equal on the other points to one part in a million."""
    rows = np.array([np.arcsinh(signature(tree, level)) for tree in kept])
    sound = np.flatnonzero(np.isfinite(rows).all(axis=1))
    weights = np.random.default_rng(3).normal(size=(rows.shape[1], 6)) / rows.shape[1] ** 0.5
    near = cKDTree(rows[sound] @ weights).query_pairs(1e-4)
    pairs = [(int(sound[i]), int(sound[j])) for i, j in near]
    return [(i, j) for i, j in pairs if agree(kept[i], kept[j], level, 1e-6)[0]]


@dataclass
class Tally:
    """What was counted at one level."""

    kept: int = 0
    merged: int = 0
    wrong: int = 0
    ends: int = 0  # wrong only within 1e-4 of an end, not counted as wrong
    tried: int = 0
    missed: int = 0
    doubles: int = 0  # kept, but equal to another kept one


@dataclass
class Count:
    """What was counted altogether."""

    passed: int = 0
    near: int = 0
    near_wrong: int = 0
    levels: dict[Level, Tally] = field(default_factory=lambda: {k: Tally() for k in LEVELS})


def look_up(tree: sympy.Expr, level: Level, seen: Seen, kept: list[sympy.Expr], to: Tally) -> bool:
    """Find a tree or keep it, and tell which: True where it was kept."""
    found = seen.find(tree)
    if found is None:
        seen.add(tree, str(len(kept)))
        kept.append(tree)
        to.kept += 1
        return True
    to.merged += 1
    everywhere, inside = agree(tree, kept[int(found)], level, 1e-4)
    to.ends += inside and not everywhere
    if not inside:
        to.wrong += 1
        print(f"    {level}: {text(tree)}  ≠  {text(kept[int(found)])}")
    return False


def look_up_copy(rng: Random, tree: sympy.Expr, level: Level, seen: Seen, to: Tally) -> None:
    """Look up a rewritten copy of a tree that was kept."""
    again = copy(rng, tree, level)
    to.tried += 1
    if seen.find(again) is None:
        to.missed += 1
        if level != "structure":
            print(f"    {level}, missed: {text(tree)}  =  {text(again)}")


def compare_near(rng: Random, tree: sympy.Expr, grammar: Grammar, to: Count) -> None:
    """Compare a tree with one that is nearly the same."""
    other = nudged(rng, tree, grammar)
    if not holds(other, Y_PRED):
        return
    to.near += 1
    level, _ = compare(tree, other)
    if level is not None and not agree(tree, other, level, 1e-4)[1]:
        to.near_wrong += 1
        print(f"    near, {level}: {text(tree)}  ≠  {text(other)}")


def chunk(trees: int, seed: int, to: Count) -> None:
    """Draw the trees of one seed; each seed begins with nothing seen."""
    seen = {level: Seen(level) for level in LEVELS}
    kept: dict[Level, list[sympy.Expr]] = {level: [] for level in LEVELS}
    for slot in range(trees):
        rng, kind = stream(seed, slot), slot % 2
        tree = ramped(rng, GRAMMARS[kind], HEIGHTS, slot // 2)
        if screen(tree, SETTINGS[kind]) is not None:
            continue
        to.passed += 1
        for level in LEVELS:
            new = look_up(tree, level, seen[level], kept[level], to.levels[level])
            if new and to.passed % 3 == 0:
                look_up_copy(rng, tree, level, seen[level], to.levels[level])
        compare_near(rng, tree, GRAMMARS[kind], to)
    for level in LEVELS:
        pairs = equal_pairs(kept[level], level)
        to.levels[level].doubles += len({j for _, j in pairs})
        for i, j in pairs[:3]:
            print(f"    {level}, kept: {text(kept[level][i])}  =  {text(kept[level][j])}")


def show(count: Count) -> None:
    """Print the shares and their bounds."""
    print(f"{count.passed:,} trees pass the screen")
    print(f"near misses taken as equal: {rate(count.near_wrong, count.near)}")
    for level, found in count.levels.items():
        print(
            f"{level}: {found.kept:,} kept; wrongly merged, of the merged: "
            f"{rate(found.wrong, found.merged)}; of all looked up: "
            f"{rate(found.wrong, count.passed)}; besides, differing only within 1e-4 of an end, "
            f"{found.ends}; rewritten copies missed: {rate(found.missed, found.tried)}; kept, but "
            f"equal to another kept one: {rate(found.doubles, found.kept)}"
        )


def main(trees: int = 80_000, seed: int = 21, chunks: int = 1) -> None:
    """Draw `trees` trees of each of `chunks` seeds, the first of them `seed`."""
    count = Count()
    for k in range(chunks):
        chunk(trees, seed + k, count)
        print(f"{chunks} chunks of {trees:,} trees, {k + 1} done", flush=True)
        show(count)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
