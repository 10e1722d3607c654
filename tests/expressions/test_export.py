"""Every exported file, run by itself, is the loss."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import xml.etree.ElementTree as ET

import numpy as np
import pytest
import sympy
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import lossgp
from lossgp.expressions import FormulaError, Loss, LossPair, zoo
from lossgp.expressions.evaluate import values_and_slopes
from lossgp.expressions.export import ALIASES, GROUPS, source, targets

os.environ.setdefault("KERAS_BACKEND", "torch")

EVERY_OPERATOR = Loss.parse(
    "sin(p)*cos(y) - exp(p)/(y + 2) + tanh(p) + sigmoid(p - y) + max(p, 0.3) - min(y, p)"
    " + max(y, p) + aq(p, y) + aq(p, 2) + abs(p - 0.5) - log(p)*sqrt(y) + p**3 + p**5 + p**-0.5"
    " + (p + y)**2.5 + neg(p) + exp(sigmoid(p)*3)"
)
LOSSES = {**{name: zoo.entry(name).loss for name in zoo.names()}, "every": EVERY_OPERATOR}
DOCUMENTS = ("latex", "json", "mathml")
NOTES = {"Score": 'FID 3.2 """ ± 0.1\\', "Found\nby": "a run\r\nimport os"}


def run(text: str) -> dict[str, object]:
    """Execute a file of ours in an empty scope."""
    scope: dict[str, object] = {"__name__": "exported"}
    exec(compile(text, "exported.py", "exec"), scope)
    return scope


def classes(loss: Loss | LossPair, single: str, d: str, g: str) -> list[tuple[str, Loss]]:
    if isinstance(loss, Loss):
        return [(single, loss)]
    return [(d, loss.discriminator), (g, loss.generator)]


CAMEL = ("DiscoveredLoss", "DiscriminatorLoss", "GeneratorLoss")
SNAKE = ("discovered_loss", "discriminator_loss", "generator_loss")


def points(loss: Loss, dtype: str) -> tuple[np.ndarray, np.ndarray]:
    p = np.concatenate([[0.0, 1.0], np.random.default_rng(3).uniform(0, 1, 62)])
    if loss.link == "identity":
        p = 10 * p - 5
    return p.astype(dtype), (np.arange(64) % 2).astype(dtype)


def test_targets():
    assert targets() == [
        *("torch", "keras", "tensorflow", "jax", "numpy"),
        *("latex", "sympy", "json", "mathml"),
        *("monai", "lightning", "torchgan", "mimicry"),
        *("projected-gan", "stylegan2-ada", "stylegan3", "studiogan"),
    ]
    assert [name for group in GROUPS.values() for name in group] == targets()
    with pytest.raises(FormulaError, match="unknown export target 'caffe'; choose one of torch"):
        source(zoo.bce, "caffe")
    with pytest.raises(FormulaError, match=r"'tensorfow' \(did you mean 'tensorflow'\?\)"):
        source(zoo.bce, "tensorfow")


def test_the_public_function_writes_what_the_command_writes():
    pair = zoo.hinge
    assert lossgp.export(pair, "keras", notes=NOTES) == source(pair, "keras", notes=NOTES)
    assert lossgp.export(pair.generator, "JAX") == pair.generator.source("jax")
    for wrong in ("y_pred - y_real", None):
        with pytest.raises(FormulaError, match="a loss or a pair of losses is exported, not"):
            lossgp.export(wrong, "keras")


@pytest.mark.parametrize(
    ("name", "target"),
    [("pytorch", "torch"), ("PyTorch", "torch"), ("tf", "tensorflow"), ("tex", "latex"),
     ("np", "numpy"), ("JAX", "jax"), ("StyleGAN2-ADA-PyTorch", "stylegan2-ada"),
     ("projected_gan", "projected-gan"), ("PyTorch-Lightning", "lightning")],
)  # fmt: skip
def test_targets_have_the_names_that_people_give_them(name, target):
    assert source(zoo.ganetic, name) == source(zoo.ganetic, target)
    assert set(ALIASES.values()) < set(targets())


@pytest.mark.parametrize("target", targets())
@pytest.mark.parametrize("name", ["ganetic", "hinge"])
def test_files_import_nothing_of_ours_and_hold_the_notes(target, name):
    text = source(LOSSES[name], target, notes=NOTES)
    assert "import lossgp" not in text
    assert "from lossgp" not in text
    assert "FID 3.2" in text
    assert LOSSES[name].source(target) == source(LOSSES[name], target)
    if target not in DOCUMENTS:
        compile(text, "exported.py", "exec")
        assert not [line for line in text.splitlines() if line.startswith("import os")]


def test_the_loss_may_be_for_g_alone_where_the_file_trains_both():
    for target in targets():
        if target in ("projected-gan", "stylegan2-ada", "stylegan3"):
            alone = source(zoo.hinge, target, generator_only=True)
            assert "generator_only=True" in alone
            assert alone.replace("= True", "= False").replace("=True", "=False") == source(
                zoo.hinge, target
            ).replace("= True", "= False").replace("=True", "=False")
        else:
            with pytest.raises(FormulaError, match=f"for projected-gan.*a file for {target} has"):
                source(zoo.hinge, target, generator_only=True)


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("dtype", ["float32", "float64", "bfloat16"])
@pytest.mark.parametrize("from_logits", [False, True])
def test_torch_is_equal_to_the_bit(name, dtype, from_logits):
    scope = run(source(LOSSES[name], "torch", notes=NOTES))
    for title, loss in classes(LOSSES[name], *CAMEL):
        p, y = (torch.tensor(x) for x in points(loss, "float64"))
        p, y = p.to(getattr(torch, dtype)).requires_grad_(), y.to(getattr(torch, dtype))
        q = p.detach().clone().requires_grad_()
        theirs = scope[title](from_logits=from_logits)(p, y)
        ours = loss.torch(from_logits=from_logits)(q, y)
        theirs.backward()
        ours.backward()
        assert torch.equal(theirs, ours)
        assert torch.equal(p.grad, q.grad)


@given(st.from_type(Loss))
@settings(max_examples=40)
def test_every_file_of_any_loss_is_written_and_torchs_is_the_loss(loss):
    """What can be read can be exported, parts that overflow too."""
    texts = {target: source(loss, target) for target in targets()}
    for target in targets():
        if target not in DOCUMENTS:
            compile(texts[target], "exported.py", "exec")
    module = run(texts["torch"])["DiscoveredLoss"](reduction="none")
    wanted = loss.torch(reduction="none")
    p, y = (torch.tensor(x) for x in points(loss, "float32"))
    assert torch.equal(module(p, y), wanted(p, y)) or torch.isnan(wanted(p, y)).any()


def test_torch_module_is_a_good_citizen():
    scope = run(source(zoo.ganetic, "torch"))
    module = scope["DiscoveredLoss"](reduction="sum")
    assert "y_pred**3 + sqrt(3.985 * y_real / y_pred)" in repr(module)
    assert r"\sqrt{\frac{3.985" in module.__doc__
    with pytest.raises(ValueError, match="they must be equal"):
        module(torch.ones(2, 1), torch.ones(2))
    with pytest.raises(ValueError, match="reduction is 'all'"):
        scope["DiscoveredLoss"](reduction="all")


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_numpy(name, dtype):
    scope = run(source(LOSSES[name], "numpy"))
    for title, loss in classes(LOSSES[name], *SNAKE):
        p, y = points(loss, dtype)
        with np.errstate(all="ignore"):
            got = scope[title](p, y)
        assert got.dtype == dtype
        assert np.allclose(got, loss.numpy()(p, y), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", LOSSES)
def test_jax(name):
    jax = pytest.importorskip("jax")
    scope = run(source(LOSSES[name], "jax"))
    for title, loss in classes(LOSSES[name], *SNAKE):
        p, y = (x[2:] for x in points(loss, "float32"))
        value, slope = values_and_slopes(loss.expr, p, y)
        assert np.allclose(jax.jit(scope[title])(p, y), value, rtol=1e-4, atol=1e-5)
        gradient = jax.grad(lambda p, f=scope[title], y=y: f(p, y).sum())(p)
        assert np.allclose(gradient, slope, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("name", LOSSES)
def test_keras(name):
    keras = pytest.importorskip("keras")
    if keras.backend.backend() != "torch":
        pytest.skip("Keras runs on another backend here")
    scope = run(source(LOSSES[name], "keras"))
    for title, loss in classes(LOSSES[name], *CAMEL):
        p, y = points(loss, "float32")
        module = scope[title](from_logits=True)
        again = scope[title].from_config(module.get_config())
        assert again.from_logits
        got = float(again(y[:, None], p[:, None]))
        wanted = loss.torch(from_logits=True)(torch.tensor(p), torch.tensor(y))
        assert got == pytest.approx(float(wanted), rel=1e-5)


@pytest.mark.parametrize("name", LOSSES)
def test_sympy(name):
    scope = run(source(LOSSES[name], "sympy"))
    for title, loss in classes(LOSSES[name], "loss", "discriminator", "generator"):
        assert scope[title] == loss.sympy()
        assert isinstance(scope[title], sympy.Expr)


@pytest.mark.parametrize("name", LOSSES)
def test_json(name):
    data = json.loads(source(LOSSES[name], "json", notes=NOTES))
    assert LossPair.from_json(data) == LossPair.of(LOSSES[name])
    assert data["notes"] == NOTES


@pytest.mark.parametrize("name", LOSSES)
def test_mathml_is_well_formed(name):
    text = source(LOSSES[name], "mathml", notes={"a--b": "c--"})
    root = ET.fromstring(f"<div>{text}</div>")
    assert len(root) == len(classes(LOSSES[name], *CAMEL))
    assert all(e.tag.endswith("math") for e in root)


def test_mathml_brackets():
    text = source(Loss.parse("-(p + y)**2*(p - (y - 1e-7))"), "mathml")
    assert text.count("<mo>(</mo>") == 4
    assert "<msup><mn>10</mn><mrow><mo>−</mo><mn>7</mn></mrow></msup>" in text


def test_latex_is_a_complete_align():
    assert source(zoo.ganetic, "latex", notes={"Score": "3"}).splitlines() == [
        "% Score: 3",
        "% Exact: y_pred**3 + sqrt(3.985 * y_real / y_pred)",
        "% Needs amsmath.",
        r"\begin{align}",
        r"  L &= \frac{1}{N} \sum_{i=1}^{N} \left[ "
        + zoo.ganetic.latex(epsilon=True)
        + r" \right] \\",
        r"  \ell\left(y_{pred}, 1\right) &= y_{pred}^{3} + \sqrt{\frac{3.985}{y_{pred}}} \\",
        r"  \ell\left(y_{pred}, 0\right) &= y_{pred}^{3}",
        r"\end{align}",
    ]
    assert source(zoo.hinge, "latex").count(r"\\") == 5


def test_a_file_runs_where_lossgp_is_not(tmp_path):
    (tmp_path / "best.py").write_text(source(zoo.ganetic, "torch"), encoding="utf-8")
    code = (
        "import sys, torch, best; assert 'lossgp' not in sys.modules; "
        "print(float(best.DiscoveredLoss()(torch.tensor([0.5]), torch.tensor([1.0]))))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert float(done.stdout) == pytest.approx(0.125 + np.sqrt(7.97), rel=1e-6)
