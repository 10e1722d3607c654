"""A new operator is one row: its class and row are put into a copy of the package, and it works."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import lossgp.analysis
import lossgp.trainers

CLASS = """
class softsign(Opaque):
    nargs = 1

    def fdiff(self, argindex: int = 1) -> sympy.Expr:
        return 1 / (1 + sympy.Abs(self.args[0])) ** 2


def _softsign_bounds(a: intervals.Interval) -> tuple[Any, tuple[Any, ...]]:
    value = intervals.monotone(lambda x: x / (1 + abs(x)), a)
    inverse = (intervals.ONE + a.abs()).inverse()
    return value, (inverse * inverse,)


OPERATORS: Final"""

ROW = r"""
    Operator(
        "softsign", 1, softsign, _softsign_bounds,
        lambda a: a / (1.0 + np.abs(a)), lambda x, o: ((1.0 + np.abs(x[0])) ** -2,),
        "{a} / (1.0 + {f[abs]}({a}))",
        lambda a, eps: a / (1 + sympy.Abs(a)), r"\operatorname{{softsign}}\left({a}\right)",
        complexity=2,
    ),
)  # fmt: skip

BY_NAME"""

PROBE = """
import sys
sys.path.insert(0, sys.argv[1])
import numpy as np, torch
import lossgp.expressions.operators as table
from lossgp.expressions import Loss
from lossgp.expressions.export import targets
from lossgp.expressions.from_sympy import tree_of
from lossgp.search.random_trees import Grammar
from lossgp.search.settings import SearchSettings

assert table.__file__.startswith(sys.argv[1])
loss = Loss.parse("softsign(3*y_pred - y_real) + y_pred**2")
assert Loss.parse(loss.text()) == loss
assert Loss.parse(loss.latex(), notation="latex") == loss
assert Loss.from_json(loss.to_json()) == loss
p, y = np.linspace(0, 1, 9), np.ones(9)
wanted = (3 * p - 1) / (1 + abs(3 * p - 1)) + p * p
assert np.allclose(loss.numpy()(p, y), wanted)
q = torch.tensor(p, requires_grad=True)
out = loss.tensor_function(q, torch.tensor(y))
assert np.allclose(out.detach().numpy(), wanted)
out.sum().backward()
assert np.allclose(q.grad.numpy(), 3 / (1 + abs(3 * p - 1)) ** 2 + 2 * p)
assert loss.certificate().finite
assert not loss.same_as(Loss.parse("softsign(3*y_pred - 2*y_real) + y_pred**2"), "gradient")
assert float(loss.diff().subs({"y_pred": 1}).subs(dict.fromkeys(loss.diff().free_symbols, 1))) > 2
assert "softsign" in Grammar.of(SearchSettings(operators=("softsign", "add"))).unary
for target in targets():
    assert loss.source(target)
scope = {"__name__": "exported"}
exec(loss.source("numpy"), scope)
exec(loss.source("torch"), file := {"__name__": "exported"})
module = file["DiscoveredLoss"](reduction="none")
assert np.allclose(module(torch.tensor(p), torch.tensor(y)).numpy(), wanted)
print("works")
"""


def test_a_new_operator_is_one_row(tmp_path):
    package = tmp_path / "lossgp"
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(Path(lossgp.__file__).parent, package, ignore=ignored)
    for room in (lossgp.analysis, lossgp.trainers):  # beside the package in a checkout
        home = Path(room.__file__).parent
        shutil.copytree(home, package / home.name, ignore=ignored, dirs_exist_ok=True)
    table = package / "expressions" / "operators.py"
    source = table.read_text("utf-8")
    for old, new in (
        ("\nOPERATORS: Final", CLASS),
        ("\n)  # fmt: skip\n\nBY_NAME", ROW),
        ('EXTENDED: Final = (*PAPER, "neg"', 'EXTENDED: Final = (*PAPER, "softsign", "neg"'),
    ):
        assert source.count(old) == 1
        source = source.replace(old, new)
    table.write_text(source, "utf-8")
    done = subprocess.run(
        [sys.executable, "-P", "-c", PROBE, str(tmp_path)],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        check=False,
    )
    assert done.stdout.strip() == "works", done.stderr
