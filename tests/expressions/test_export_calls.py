"""How exported files are called: shapes, numbers as labels, ranges, scripts, saved models."""

from __future__ import annotations

import os
import runpy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from lossgp.expressions import Loss, LossPair, zoo
from lossgp.expressions.export import source
from tests.expressions.frameworks import main_of

os.environ.setdefault("KERAS_BACKEND", "torch")

P, Y = np.array([[0.9], [0.3]], "float32"), np.array([1.0, 0.0], "float32")
BCE = -float(np.log([0.9, 0.7]).mean())
RAW = np.array([[0.5], [-3.0]], "float32")


def called(target: str, loss: Loss, y: Any, p: Any, **options: Any) -> np.ndarray:
    """Return the mean loss that a file gives."""
    made = main_of(source(loss, target))
    if target == "keras":
        return np.asarray(made(**options)(y, p))
    if target == "torch":
        return made(**options)(torch.tensor(p), torch.tensor(y)).numpy()
    return np.mean(made(p, y, **options))


def imported(loss: Loss | LossPair, folder: Path) -> dict[str, Any]:
    """Return the names of a torch file that lies on the disk, where the scripter reads it."""
    (folder / "exported.py").write_text(source(loss, "torch"), encoding="utf-8")
    return runpy.run_path(str(folder / "exported.py"))


@pytest.fixture(params=["torch", "numpy", "jax", "keras"])
def target(request):
    pytest.importorskip(request.param)
    return request.param


def test_labels_of_the_shape_of_the_predictions(target):
    assert called(target, zoo.bce, Y[:, None], P) == pytest.approx(BCE)
    assert called(target, zoo.bce, Y, P[:, 0]) == pytest.approx(BCE)


@pytest.mark.parametrize("target", ["torch", "numpy", "jax"])
@pytest.mark.parametrize(("y", "p"), [(Y, P), (Y[:, None], P[:, 0]), (Y[:1], P)])
def test_other_labels_are_refused(target, y, p):
    pytest.importorskip(target)
    with pytest.raises(ValueError, match=r"y_pred has shape .* and y_real"):
        called(target, zoo.bce, y, p)
    with pytest.raises(ValueError, match=r"y_pred has shape .* and y_real"):
        zoo.bce.numpy()(p, y)


def test_one_number_is_the_label_of_all(target):
    wanted = called(target, zoo.bce, np.ones_like(P), P)
    assert called(target, zoo.bce, np.float32(1), P) == pytest.approx(wanted)


def test_the_torch_file_takes_numbers_and_hints_at_the_missing_axis():
    module = main_of(source(zoo.bce, "torch"))()
    p = torch.tensor(P)
    assert module(p, 1) == module(p, torch.ones_like(p))
    with pytest.raises(ValueError, match=r"needs labels.unsqueeze\(1\)"):
        module(p, torch.tensor(Y))
    with pytest.raises(TypeError, match="floating-point"):
        module(torch.tensor([1, 0]), torch.tensor([1, 0]))


def test_raw_scores_are_refused(target):
    with pytest.raises(ValueError, match=r"y_pred holds -3, .*from_logits=True"):
        called(target, zoo.ganetic, np.zeros_like(RAW), RAW)
    with pytest.raises(ValueError, match="y_pred holds 4"):
        called(target, zoo.ganetic, np.zeros_like(RAW), -RAW + 1)
    unchecked = called(target, zoo.ganetic, np.zeros_like(RAW), RAW, check_range=False)
    assert unchecked == pytest.approx(zoo.ganetic.numpy(check_range=False)(RAW, 0).mean())
    called(target, zoo.ganetic, np.zeros_like(RAW), RAW, from_logits=True)
    called(target, zoo.hinge.discriminator, np.zeros_like(RAW), RAW)
    with pytest.raises(ValueError, match="y_pred holds -3"):
        zoo.ganetic.numpy()(RAW, 0)


def test_what_jax_traces_is_not_looked_at():
    jax = pytest.importorskip("jax")
    loss, y = main_of(source(zoo.ganetic, "jax")), np.zeros_like(RAW)
    wanted = loss(RAW, y, check_range=False)
    assert np.allclose(jax.jit(loss)(RAW, y), wanted)
    assert np.allclose(jax.vmap(loss)(RAW, y), wanted)
    assert np.isfinite(jax.grad(lambda p: loss(p, y).sum())(RAW)).all()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["ganetic", "hinge", "bce_logits", "f3"])
def test_the_torch_file_can_be_scripted_and_exported(name, tmp_path):
    scope = imported(zoo.entry(name).loss, tmp_path)
    for title in ("DiscoveredLoss", "DiscriminatorLoss", "GeneratorLoss"):
        if title not in scope:
            continue
        module = scope[title](from_logits=True)
        p, y = torch.tensor(RAW), torch.tensor(Y[:, None])
        script = torch.jit.script(module)
        assert torch.allclose(script(p, y), module(p, y))
        with pytest.raises(torch.jit.Error, match="they must be equal"):
            script(p, y[:, 0])
    assert torch.allclose(torch.export.export(module, (p, y)).module()(p, y), module(p, y))
    assert torch.allclose(
        torch.compile(module, backend="eager", fullgraph=True)(p, y), module(p, y)
    )


@pytest.mark.filterwarnings("ignore")
def test_scripts_hold_every_operator(tmp_path):
    loss = Loss.parse(
        "sin(p)*cos(y) - exp(p)/(y + 2) + tanh(p) + sigmoid(p - y) + max(p, 0.3) - min(y, p)"
        " + aq(p, y) + abs(p - 0.5) - log(p)*sqrt(y) + p**3 + p**5 + p**-0.5 + neg(p)"
        " + max(p, 1e300)"
    )
    module = imported(loss, tmp_path)["DiscoveredLoss"](reduction="none")
    p, y = torch.rand(16, dtype=torch.float64), torch.rand(16, dtype=torch.float64)
    assert torch.allclose(torch.jit.script(module)(p, y), loss.torch(reduction="none")(p, y))


@pytest.mark.parametrize("target", ["torch", "keras", "tensorflow", "jax", "numpy"])
def test_a_docstring_says_everything_once(target):
    lines = source(zoo.hinge.discriminator, target, notes={"Score": "3"}).splitlines()
    start = next(k for k, line in enumerate(lines) if line.startswith(("class Disc", "def disc")))
    text = lines[start + 1 : lines.index('    """', start)]
    assert len(set(text) - {""}) == len([line for line in text if line])


def keras() -> Any:
    module = pytest.importorskip("keras")
    if module.backend.backend() != "torch":
        pytest.skip("Keras runs on another backend here")
    return module


@pytest.mark.parametrize(("y", "p"), [(Y, P), (Y[:, None], P), (Y[:, None], P[:, 0]), (Y, P[:, 0])])
def test_keras_aligns_a_trailing_1_as_its_own_losses_do(y, p):
    own = keras().losses.BinaryCrossentropy()
    assert float(called("keras", zoo.bce, y, p)) == pytest.approx(float(own(y, p)), rel=1e-5)
    assert called("keras", zoo.bce, y, p) == pytest.approx(BCE)


def test_keras_aligns_more_axes_and_refuses_the_rest():
    own = keras().losses.BinaryCrossentropy(reduction="none")
    rng = np.random.default_rng(0)
    p, y = rng.uniform(size=(4, 3)), rng.integers(0, 2, (4, 3))
    for labels, predictions in ((y, p[..., None]), (y[..., None], p), (y, p)):
        found = called("keras", zoo.bce, labels, predictions, reduction="none")
        wanted = np.asarray(own(labels, predictions))
        assert found.shape == wanted.shape
        assert np.allclose(found, wanted, rtol=1e-4)
    with pytest.raises(ValueError, match=r"y_true has shape \(4, 2\) and y_pred \(4, 3\)"):
        called("keras", zoo.bce, y[:, :2], p)
    with pytest.raises(ValueError, match="they must be equal"):
        called("keras", zoo.bce, y[:, :1], p)


def test_in_fit_labels_of_one_axis_train_as_those_of_two():
    k, rng = keras(), np.random.default_rng(0)
    x, y = rng.normal(size=(32, 2)).astype("float32"), rng.integers(0, 2, 32)
    loss, found = main_of(source(zoo.bce, "keras")), []
    for labels in (y, y[:, None]):
        k.utils.set_random_seed(0)
        model = k.Sequential([k.Input((2,)), k.layers.Dense(1, "sigmoid")])
        model.compile("sgd", loss())
        found.append(model.fit(x, labels, epochs=2, verbose=0).history["loss"][-1])
    assert float(found[0]) == pytest.approx(float(found[1]))


@pytest.mark.filterwarnings("ignore")
def test_a_saved_keras_model_finds_its_loss(tmp_path):
    k = keras()
    loss = main_of(source(zoo.bce, "keras"))
    model = k.Sequential([k.Input((2,)), k.layers.Dense(1)])
    model.compile("sgd", loss(from_logits=True, check_range=False))
    model.save(tmp_path / "model.keras")
    main_of(source(zoo.ganetic, "keras"))  # of the same class name, but another loss
    again = k.saving.load_model(tmp_path / "model.keras")
    assert type(again.loss) is loss
    assert again.loss.from_logits
    assert not again.loss.check_range
