"""Exported files have the values and slopes of the loss in every framework, at the odd points too.

Ties: |a|, sqrt, log and protected powers have the slope 0 at 0; max and min give each side half.
So the cross entropy of a raw score of 0 has its true slope σ(0) − y, and nothing is ±1e8 at an
end. Tails: a small probability keeps its digits in float32. Precision: float64 stays float64.
"""

from __future__ import annotations

import os

import numpy as np
import pytest
import torch
from mpmath import mp

from lossgp.analysis.tape import JetTape
from lossgp.expressions import Loss, zoo
from lossgp.expressions.evaluate import values_and_slopes
from lossgp.expressions.export import source
from tests.expressions.frameworks import Case, Found, differentiated, keras_on, main_of, missing

os.environ.setdefault("KERAS_BACKEND", "torch")

# For each loss: prediction, label, value, slope. At 1, log(|1 - p| + 1e-8) is log(1e-8).
_LOG, _NEAR = float(np.log(1e-8)), float(np.log(1 + 1e-8))
TIES: dict[str, list[tuple[float, float, float, float]]] = {
    "y*abs(score)": [(0, 1, 0, 0), (-2, 1, 2, -1), (3, 1, 3, 1)],
    "y*sqrt(score)": [(0, 1, 1e-4, 0), (4, 1, 2, 0.25)],
    "y*log(score)": [(0, 1, _LOG, 0), (-0.5, 1, np.log(0.5), -2)],
    "y*score**-0.5": [(0, 1, 1e4, 0)],
    "y*score**1.5": [(0, 1, 1e-12, 0), (1, 1, 1, 1.5)],
    "y*max(score, 0)": [(0, 1, 0, 0.5), (-1, 1, 0, 0), (1, 1, 1, 1)],
    "y*max(0, score)": [(0, 1, 0, 0.5)],
    "y*min(score, 1)": [(1, 1, 1, 0.5), (0, 1, 0, 1), (2, 1, 1, 0)],
    "max(score, y)": [(1, 1, 1, 0.5), (0, 0, 0, 0.5), (0, 1, 1, 0)],
    "min(y, score)": [(1, 1, 1, 0.5), (0, 0, 0, 0.5), (0, 1, 0, 1)],
    "max(score, score) + y": [(0.5, 0, 0.5, 1)],
    "y*exp(score)": [(88, 1, float(np.exp(88.0)), float(np.exp(88.0))), (0, 1, 1, 1)],
    "y*sigmoid(score)": [(0, 1, 0.5, 0.25)],
    "y*(score - 1)**4": [(1, 1, 0, 0)],
    zoo.bce_logits.text(): [(0, 0, np.log(2), 0.5), (0, 1, np.log(2), -0.5)],
    zoo.bce.text(): [(0, 1, -_LOG, 0), (1, 0, -_LOG, 0), (0, 0, -_NEAR, 1), (1, 1, -_NEAR, -1)],
    zoo.hinge.discriminator.text(): [(1, 1, 0, -0.5), (-1, 0, 0, 0.5), (0, 1, 1, -1)],
    "(y_pred - y_real)**2": [(0, 1, 1, -2), (1, 1, 0, 0), (0, 0, 0, 0)],
}  # fmt: skip


def _tails() -> dict[str, list[tuple[float, float, float, float]]]:
    """σ, its slope and the cross entropy of a probability, with 40 digits."""
    found: dict[str, list[tuple[float, float, float, float]]] = {"sigmoid(score) + 0*y": []}
    found["-y*log(sigmoid(score))"], eps = [], mp.mpf(1e-8)
    with mp.workdps(40):
        for s in (-80, -50, -20, -17, -1, 1, 17, 20, 50, 80):
            sigma = 1 / (1 + mp.exp(-s))
            slope = sigma / (1 + mp.exp(s))
            found["sigmoid(score) + 0*y"].append((s, 1, float(sigma), float(slope)))
            entropy = (s, 1, float(-mp.log(sigma + eps)), float(-slope / (sigma + eps)))
            found["-y*log(sigmoid(score))"].append(entropy)
    return found


TAILS = _tails()
CASES = {**TIES, **TAILS}
FORMULAS = list(CASES)
WIDE = Loss.parse(
    "sin(p)*cos(y) - exp(p)/(y + 2) + tanh(p) + sigmoid(p - y) + max(p, 0.3) - min(y, p)"
    " + max(y, p) + aq(p, y) + abs(p - 0.5) - log(p)*sqrt(y) + p**3 + p**5 + p**-0.5"
)


def case_of(formula: str, target: str) -> Case:
    p, y, _, _ = zip(*CASES[formula], strict=True)
    return source(Loss.parse(formula), target), list(p), list(y), "float32"


def agrees(found: Found, formula: str) -> None:
    _, _, value, slope = zip(*CASES[formula], strict=True)
    small = 0.0 if formula == "sigmoid(score) + 0*y" else 1e-7
    assert np.allclose(found[0], value, rtol=2e-5, atol=small), f"values of {formula}"
    assert np.allclose(found[1], slope, rtol=2e-5, atol=small), f"slopes of {formula}"


def wide_case(target: str) -> Case:
    p = np.linspace(0.05, 0.95, 20)
    return source(WIDE, target), p.tolist(), (np.arange(20) % 2.0).tolist(), "float64"


def agrees_in_float64(found: Found, target: str) -> None:
    _, p, y, _ = wide_case(target)
    value, slope = values_and_slopes(WIDE.expr, np.array(p), np.array(y))
    assert np.allclose(found[0], value, rtol=1e-13, atol=1e-13)
    assert np.allclose(found[1], slope, rtol=1e-12, atol=1e-12)


def keras_backend() -> str:
    return str(pytest.importorskip("keras").backend.backend())


def test_the_cross_entropy_of_a_small_probability():
    rows = {s: (value, slope) for s, _, value, slope in TAILS["-y*log(sigmoid(score))"]}
    assert rows[-17] == pytest.approx((16.784, -0.805), abs=1e-3)
    assert rows[-20][1] == pytest.approx(-0.171, abs=1e-3)


@pytest.mark.parametrize("formula", FORMULAS)
def test_numpy_and_torch(formula):
    loss = Loss.parse(formula)
    p, y = (np.array(x, "float32") for x in case_of(formula, "numpy")[1:3])
    agrees(values_and_slopes(loss.expr, p, y), formula)
    x = torch.tensor(p, requires_grad=True)
    out = loss.torch(reduction="none")(x, torch.tensor(y))
    agrees((out.detach(), torch.autograd.grad(out.sum(), x)[0]), formula)


@pytest.mark.parametrize("formula", FORMULAS)
def test_the_analysis(formula):
    loss = Loss.parse(formula)
    _, p, y, _ = case_of(formula, "numpy")
    one, zero = (JetTape([tree], 1e-8, loss.link)(np.array(p, "d"))[0] for tree in loss.by_class())
    label = np.array(y) == 1
    agrees(
        (np.where(label, one.value, zero.value), np.where(label, one.slope, zero.slope)), formula
    )


@pytest.mark.parametrize("target", ["torch", "jax", "keras", "tensorflow"])
@pytest.mark.parametrize("formula", FORMULAS)
def test_exported_files(target, formula):
    pytest.importorskip(target)
    agrees(differentiated(target, case_of(formula, target)), formula)


@pytest.mark.parametrize("target", ["torch", "keras", "tensorflow"])
def test_float64_stays_float64(target):
    if pytest.importorskip(target).__name__ == "keras" and keras_backend() != "torch":
        pytest.skip("Keras runs on another backend here, which a process of its own tests")
    agrees_in_float64(differentiated(target, wide_case(target)), target)


@pytest.mark.parametrize("backend", ["jax", "tensorflow"])
def test_keras_on_another_backend(backend):
    if missing("keras") or missing(backend):
        pytest.skip(f"Keras or {backend} is not installed")
    formulas = ["y*abs(score)", "y*max(score, 0)", "min(y, score)", "y*exp(score)"]
    formulas += [zoo.bce_logits.text(), "-y*log(sigmoid(score))"]
    *narrow, wide = keras_on(
        backend, [*(case_of(f, "keras") for f in formulas), wide_case("keras")]
    )
    for formula, found in zip(formulas, narrow, strict=True):
        agrees(found, formula)
    agrees_in_float64(wide, "keras")


@pytest.mark.parametrize("target", ["torch", "numpy", "jax", "keras", "tensorflow"])
def test_files_from_logits_keep_small_probabilities(target):
    pytest.importorskip(target)
    loss = main_of(source(zoo.bce, target))
    scores, labels = np.array([[-17.0]], "float32"), np.ones((1, 1), "float32")
    if target in ("keras", "tensorflow"):
        found = loss(from_logits=True)(labels, scores)
    elif target == "torch":
        found = loss(from_logits=True)(torch.tensor(scores), torch.tensor(labels))
    else:
        found = loss(scores, labels, from_logits=True)[0, 0]
    assert float(found) == pytest.approx(16.784, abs=1e-3)
