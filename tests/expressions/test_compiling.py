"""Compiled functions, NumPy evaluation and ordinary SymPy are one and the same loss."""

from __future__ import annotations

import contextlib
import shutil
from typing import Any

import numpy as np
import pytest
import sympy
import torch
from hypothesis import assume, given
from hypothesis import strategies as st

from lossgp.expressions import Y_PRED, Y_REAL, FormulaError, Loss, zoo
from lossgp.expressions.codegen import generate
from lossgp.expressions.compiling import torch_function
from lossgp.expressions.evaluate import values_and_slopes
from lossgp.expressions.export import source, targets
from lossgp.expressions.symbols import constant
from lossgp.expressions.tree import make

P = np.array([0.0, 1e-8, 1e-3, 0.11, 0.35, 0.52, 0.77, 0.93, 1 - 1e-6, 1.0] * 2)
Y = np.array([0.0] * 10 + [1.0] * 10)


def conditioned(loss: Loss, value: np.ndarray, slope: np.ndarray) -> np.ndarray:
    """Tell where value and slope are finite, of moderate size, and steady under rounding."""
    nudged = values_and_slopes(loss.expr, P * (1 + 1e-12), Y * (1 + 1e-12))
    with np.errstate(all="ignore"):
        sound = np.isfinite(value) & np.isfinite(slope) & (np.abs(value) < 1e8)
        for x, moved in zip((value, slope), nudged, strict=True):
            sound &= np.abs(x - moved) <= 1e-8 * (1 + np.abs(x))
    return sound


@given(st.from_type(Loss))
def test_torch_equals_numpy_in_value_and_slope(loss):
    value, slope = values_and_slopes(loss.expr, P, Y)
    p, out = torch.tensor(P, requires_grad=True), None
    with contextlib.suppress(FormulaError):  # a constant part that overflows
        out = loss.tensor_function(p, torch.tensor(Y))
    assume(out is not None)
    (gradient,) = torch.autograd.grad(out.sum(), p)
    keep = conditioned(loss, value, slope)
    assert np.allclose(out.detach().numpy()[keep], value[keep], rtol=1e-6, atol=1e-9)
    assert np.allclose(gradient.numpy()[keep], slope[keep], rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize(
    "formula",
    [
        "p**3 + sqrt(3.985*y/p)",
        "exp(sin(p)*2.5) - cos(log(p + y))/(p + 1.2)",
        "tanh(3*p - y)*sigmoid(p/2) + aq(p, y + p)",
        "max(p, 0.333*y + 0.3)*min(p*2, 0.777) + abs(p - 0.456)",
        "(p + 0.1)**-1.7 + (2*p - 0.9)**5 - -p",
    ],
)
def test_slopes_are_differences(formula):
    inner, step = np.linspace(0.1, 0.9, 18), 1e-6
    function = Loss.parse(formula).numpy()
    for label in (0.0, 1.0):
        y = np.full_like(inner, label)
        central = (function(inner + step, y) - function(inner - step, y)) / (2 * step)
        slope = values_and_slopes(Loss.parse(formula).expr, inner, y)[1]
        assert np.allclose(central, slope, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("name", ["bce", "f1", "f2", "f3", "ganetic", "ngl", "baikal"])
def test_ordinary_sympy_and_its_derivative(name):
    loss = zoo.entry(name).loss
    p, y = np.linspace(0.05, 0.95, 19), np.ones(19)
    symbols = {Y_PRED: sympy.Symbol("a", real=True), Y_REAL: sympy.Symbol("b", real=True)}
    value, slope = values_and_slopes(loss.expr, p, y)
    for expression, wanted in ((loss.sympy(), value), (loss.diff(), slope)):
        function = sympy.lambdify(list(symbols.values()), expression.subs(symbols), "numpy")
        assert np.allclose(function(p, y), wanted, rtol=1e-7)


def test_common_parts_are_computed_once_and_constants_folded():
    loss = Loss.parse("log(p*y + 1)*exp(log(p*y + 1)) + sin(2*3)*p")
    code = generate(loss.expr, "torch")
    assert sum("log" in line for line in code.lines) == 1
    assert sum("sin" in line for line in code.lines) == 0
    assert code.constants == (1.0, float(np.sin(6.0)))


def test_losses_that_differ_in_constants_share_their_code():
    codes = [generate(Loss.parse(f).expr, "torch") for f in ("2*p + y", "3.5*p + y")]
    assert codes[0].lines == codes[1].lines
    assert [c.constants for c in codes] == [(2.0,), (3.5,)]


def test_the_bits_of_hand_written_code():
    p = torch.rand(512, requires_grad=True)
    y = (torch.rand(512) > 0.5).float()
    ours = zoo.ganetic.tensor_function(p, y)
    by_hand = p * p * p + torch.sqrt(torch.abs(3.985 * y / (p + 1e-8)) + 1e-8)
    assert torch.equal(ours, by_hand)
    gradients = [torch.autograd.grad(x.sum(), p)[0] for x in (ours, by_hand)]
    assert torch.equal(*gradients)


def test_constants_cannot_be_compiled():
    with pytest.raises(FormulaError, match="is a constant"):
        torch_function(constant(2))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("target", targets())
def test_parts_that_overflow_are_compiled_and_written_as_what_they_are(target):
    """A tree of a search may hold them: it is trained to no end, but nothing fails on it."""
    inf, tiny = constant(1e308), make("mul", constant(1e300), constant(-1e300))
    for part in (make("mul", inf, constant(10)), tiny, make("sub", tiny, tiny)):
        loss = Loss(make("add", make("max", make("mul", part, Y_PRED), part), Y_REAL))
        p, y = np.array([0.5, 1.0]), np.array([0.0, 1.0])
        with np.errstate(all="ignore"):
            wanted = loss.numpy()(p, y)
        assert not np.isfinite(wanted).any()
        found = loss.torch(reduction="none")(torch.tensor(p), torch.tensor(y))
        assert np.array_equal(found.numpy(), wanted, equal_nan=True)
        text = source(loss, target)
        if target == "numpy":
            scope: dict[str, Any] = {}
            exec(text, scope)
            assert np.array_equal(scope["discovered_loss"](p, y), wanted, equal_nan=True)
        if target == "torch":
            exec(text, scope := {})
            got = scope["DiscoveredLoss"]()(torch.tensor(p), torch.tensor(y))
            assert np.array_equal(got.numpy(), wanted.mean(), equal_nan=True)


@pytest.mark.parametrize("number", [1e300, -1e300, 3.5e38, 1.7e308])
def test_max_and_min_with_numbers_that_float32_cannot_hold(number):
    p = torch.tensor([0.25, 0.5])
    for name in ("max", "min"):
        loss = Loss(make("add", make(name, Y_PRED, constant(number)), Y_REAL))
        for dtype in (torch.float32, torch.float64):
            got = loss.tensor_function(p.to(dtype), torch.zeros(2, dtype=dtype))
            with np.errstate(all="ignore"):
                wanted = getattr(np, f"{name}imum")(p.to(dtype).numpy(), dtype_of(number, dtype))
            assert np.array_equal(got.numpy(), wanted)


def dtype_of(number: float, dtype: torch.dtype) -> np.generic:
    return np.float64(number).astype("float32" if dtype == torch.float32 else "float64")


@pytest.mark.parametrize("half", [torch.float16, torch.bfloat16])
def test_half_precision_is_computed_in_float32(half):
    p = torch.tensor([0.1, 0.5, 0.9], dtype=half, requires_grad=True)
    y = torch.tensor([1.0, 0.0, 1.0], dtype=half)
    out = zoo.ganetic.tensor_function(p, y)
    assert out.dtype == torch.float32
    assert torch.equal(out, zoo.ganetic.tensor_function(p.float(), y.float()))
    out.sum().backward()
    assert p.grad.dtype == half
    scores = torch.tensor([-3.0, 0.0, 3.0], dtype=half)
    assert zoo.ganetic.on_scores()(scores, y).dtype == torch.float32


def test_autocast_changes_nothing():
    layer = torch.nn.Linear(4, 1)
    x, y = torch.randn(8, 4), torch.ones(8, 1)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        scores = layer(x)
        assert scores.dtype == torch.bfloat16
        inside = zoo.ganetic.torch(from_logits=True)(scores, y)
    outside = zoo.ganetic.torch(from_logits=True)(scores, y)
    assert inside.dtype == torch.float32
    assert torch.equal(inside, outside)


def test_vmap_and_grad_of_torch_func():
    p, y = torch.rand(3, 8), torch.ones(3, 8)
    for name in ("ganetic", "bce", "bce_logits", "f3"):
        function = zoo.entry(name).loss.tensor_function
        assert torch.equal(torch.func.vmap(function)(p, y), function(p, y))
        slopes = torch.func.grad(lambda p, y, f=function: f(p, y).sum())(p, y)
        q = p.clone().requires_grad_()
        function(q, y).sum().backward()
        assert torch.equal(slopes, q.grad)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("name", ["ganetic", "bce_logits"])
def test_torch_compile_captures_the_whole_graph(name):
    loss = zoo.entry(name).loss
    compiled = torch.compile(loss.torch(), fullgraph=True, backend="aot_eager")
    p, y = torch.rand(16, requires_grad=True), torch.ones(16)
    value = compiled(p, y)
    (gradient,) = torch.autograd.grad(value, p)
    plain = loss.torch()(p, y)
    assert torch.allclose(value, plain)
    assert torch.allclose(gradient, torch.autograd.grad(plain, p)[0])


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_torch_compile_with_inductor(tmp_path, monkeypatch):
    """Kernels written in C++ and built on this machine give the loss and its gradient."""
    # The usual one, of all processes of a user, holds headers compiled for one kind of processor.
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", str(tmp_path))
    if shutil.which("g++") is None and shutil.which("clang++") is None:
        pytest.skip("inductor needs a C++ compiler, g++ or clang++")
    compiled = torch.compile(zoo.ganetic.torch(), fullgraph=True, backend="inductor")
    p, y = torch.linspace(0.01, 0.99, 64, requires_grad=True), torch.ones(64)
    value, plain = compiled(p, y), zoo.ganetic.torch()(p, y)
    assert torch.allclose(value, plain)
    gradients = [torch.autograd.grad(x, p)[0] for x in (value, plain)]
    assert torch.allclose(*gradients)


def test_errors_of_tensors_show_the_line():
    with pytest.raises(RuntimeError) as caught:
        zoo.ganetic.tensor_function(torch.rand(3), torch.rand(4))
    lines = [str(entry.statement) for entry in caught.traceback]
    assert any("t3 = t2 / (y_pred + eps)" in line for line in lines)


def test_numpy_takes_a_number_for_all_and_copies():
    function = zoo.ganetic.numpy()
    p = np.array([[0.2], [0.4]])
    out = function(p, 1)
    assert out.shape == p.shape
    out[:] = 0
    assert (p > 0).all()
    assert function(0.5, 1).shape == ()
    assert function(0.5, [0, 1]).shape == (2,)
    assert make("add", Y_PRED, Y_REAL).free_symbols == {Y_PRED, Y_REAL}
