"""The TensorFlow files, run against a stand-in: the functions that they use, on NumPy.

TensorFlow itself is too large to install for a test. The stand-in has nothing but functions
that TensorFlow documents under the same names, so a file that uses another fails here.
"""

from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

from lossgp.expressions import Loss, LossPair, zoo
from lossgp.expressions.evaluate import values_and_slopes
from lossgp.expressions.export import source

EVERY_OPERATOR = Loss.parse(
    "sin(p)*cos(y) - exp(p)/(y + 2) + tanh(p) + sigmoid(p - y) + max(p, 0.3) - min(y, p)"
    " + max(y, p) + aq(p, y) + aq(p, 2) + abs(p - 0.5) - log(p)*sqrt(y) + p**3 + p**5 + p**-0.5"
    " + (p + y)**2.5 + neg(p) + exp(sigmoid(p)*3)"
)
LOSSES = {**{name: zoo.entry(name).loss for name in zoo.names()}, "every": EVERY_OPERATOR}


class KerasLoss:
    """`keras.losses.Loss` as far as the files use it: call, then the mean."""

    def __init__(self, name: str, reduction: str = "sum_over_batch_size") -> None:
        self.name, self.reduction = name, reduction

    def __call__(self, y_true: Any, y_pred: Any) -> Any:
        return np.mean(self.call(y_true, y_pred))

    def get_config(self) -> dict[str, Any]:
        return {"name": self.name, "reduction": self.reduction}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> KerasLoss:
        return cls(**config)


def stand_in() -> ModuleType:
    tf = ModuleType("tensorflow")
    names = ("abs", "sqrt", "exp", "sin", "cos", "tanh", "maximum", "minimum", "sign", "where")
    for name in (*names, "expand_dims", "squeeze"):
        setattr(tf, name, getattr(np, name))
    tf.float32, tf.float64 = np.dtype("float32"), np.dtype("float64")
    tf.math = SimpleNamespace(log=np.log)
    tf.convert_to_tensor = np.asarray
    tf.cast = lambda x, dtype: np.asarray(x, dtype=dtype)
    tf.reduce_mean, tf.reduce_min, tf.reduce_max = np.mean, np.min, np.max
    tf.executing_eagerly = lambda: True
    tf.sigmoid = lambda x: 0.5 + 0.5 * np.tanh(0.5 * x)
    utils = SimpleNamespace(register_keras_serializable=lambda package: lambda loss: loss)
    tf.keras = SimpleNamespace(losses=SimpleNamespace(Loss=KerasLoss), utils=utils)
    return tf


def parts(loss: Loss | LossPair) -> list[tuple[str, Loss]]:
    if isinstance(loss, Loss):
        return [("DiscoveredLoss", loss)]
    return [("DiscriminatorLoss", loss.discriminator), ("GeneratorLoss", loss.generator)]


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_file_is_the_loss(name, dtype, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorflow", stand_in())
    scope: dict[str, Any] = {"__name__": "exported"}
    exec(compile(source(LOSSES[name], "tensorflow"), "exported.py", "exec"), scope)
    scores = np.linspace(-4, 4, 41).astype(dtype)[:, None]
    y = (np.arange(41) % 2).astype(dtype)[:, None]
    for title, loss in parts(LOSSES[name]):
        p = scores if loss.link == "identity" else stand_in().sigmoid(scores)
        with np.errstate(all="ignore"):
            wanted = loss.numpy()(p, y)
            got = scope[title].per_sample(p, y)
            assert got.dtype == dtype
            assert np.allclose(got, wanted, rtol=1e-5, atol=1e-6)
            module = scope[title].from_config(scope[title](from_logits=True).get_config())
            assert module.from_logits
            assert module(y, scores) == pytest.approx(wanted.mean(), rel=1e-4)


def test_labels_are_aligned_and_scores_refused(monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorflow", stand_in())
    scope: dict[str, Any] = {"__name__": "exported"}
    exec(compile(source(zoo.bce, "tensorflow"), "exported.py", "exec"), scope)
    loss = scope["DiscoveredLoss"]()
    p, y = np.array([[0.9], [0.3]], "float32"), np.array([1, 0])
    wanted = pytest.approx(-np.log([0.9, 0.7]).mean())
    for labels, predictions in ((y, p), (y[:, None], p), (y[:, None], p[:, 0]), (y, p[:, 0])):
        assert loss(labels, predictions) == wanted
    with pytest.raises(ValueError, match=r"y_true has shape \(3, 1\) and y_pred \(2, 1\)"):
        loss(np.ones(3), p)
    with pytest.raises(ValueError, match=r"y_pred holds -3.*from_logits=True"):
        loss(y, np.array([[0.9], [-3.0]]))


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_file_under_tensorflow_itself(dtype):
    tf = pytest.importorskip("tensorflow")
    scores = np.linspace(-4, 4, 40).astype(dtype)[:, None]
    y = (np.arange(40) % 2).astype(dtype)[:, None]
    for name, whole in LOSSES.items():
        scope: dict[str, Any] = {"__name__": "exported"}
        exec(compile(source(whole, "tensorflow"), "exported.py", "exec"), scope)
        for title, loss in parts(whole):
            p = scores if loss.link == "identity" else (0.5 + 0.5 * np.tanh(0.5 * scores))
            value, slope = values_and_slopes(loss.expr, p, y)
            variable = tf.Variable(p)
            with tf.GradientTape() as tape:
                out = scope[title].per_sample(variable, tf.constant(y))
                total = tf.reduce_sum(out)
            gradient = np.asarray(tf.convert_to_tensor(tape.gradient(total, variable)))
            assert np.allclose(out.numpy(), value, rtol=1e-5, atol=1e-6), name
            assert np.allclose(gradient, slope, rtol=1e-5, atol=1e-5), name
