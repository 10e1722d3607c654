"""Exported files run in their frameworks: values and slopes by autograd.

Keras takes its backend when it is first imported, and the tests' own process has it on
PyTorch; on another backend it runs in a process of its own, which this file is, too.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

Case = tuple[str, list[float], list[float], str]
"""A file's text, predictions, labels, their dtype."""
Found = tuple[Any, Any]
"""Values and slopes, one for each sample, as arrays or lists of numbers."""


def run(text: str) -> dict[str, Any]:
    """Execute a file of ours in an empty scope."""
    scope: dict[str, Any] = {"__name__": "exported"}
    exec(compile(text, "exported.py", "exec"), scope)
    return scope


def main_of(text: str) -> Any:
    """Return the loss's class or function, or those of D."""
    scope = run(text)
    names = ("DiscoveredLoss", "DiscriminatorLoss", "discovered_loss", "discriminator_loss")
    return next(scope[name] for name in names if name in scope)


def _by_torch(function: Callable[[Any, Any], Any], p: Any, y: Any) -> Found:
    import torch

    x = torch.tensor(p, requires_grad=True)
    out = function(x, torch.tensor(y))
    (slope,) = torch.autograd.grad(out.sum(), x)
    return out.detach().numpy(), slope.numpy()


def _by_jax(function: Callable[[Any, Any], Any], p: Any, y: Any) -> Found:
    import jax

    return function(p, y), jax.grad(lambda x: function(x, y).sum())(p)


def _by_tensorflow(function: Callable[[Any, Any], Any], p: Any, y: Any) -> Found:
    import tensorflow as tf

    x = tf.Variable(p)
    with tf.GradientTape() as tape:
        out = function(x, tf.constant(y))
    return out.numpy(), tf.convert_to_tensor(tape.gradient(out, x)).numpy()


_AUTOGRAD = {"torch": _by_torch, "jax": _by_jax, "tensorflow": _by_tensorflow}


def differentiated(target: str, case: Case) -> Found:
    """Return values and slopes of a file in the framework that it is for."""
    text, p, y, dtype = case
    loss = main_of(text)
    if target == "torch":
        loss = loss(reduction="none")
    function = loss.per_sample if target in ("keras", "tensorflow") else loss
    if target == "keras":
        import keras

        target = keras.backend.backend()
    # All of one size, so that JAX compiles an operation once.
    padded = (np.resize(np.array(x, dtype), 20) for x in (p, y))
    value, slope = _AUTOGRAD[target](function, *padded)
    return value[: len(p)], slope[: len(p)]


def keras_on(backend: str, cases: list[Case]) -> list[Found]:
    """Return values and slopes of Keras files on a backend, in a process of its own."""
    special = {"KERAS_BACKEND": backend, "TF_CPP_MIN_LOG_LEVEL": "3", "JAX_ENABLE_X64": "1"}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", __file__],
        input=json.dumps(cases), env={**os.environ, **special},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return [(value, slope) for value, slope in json.loads(done.stdout.splitlines()[-1])]


def missing(framework: str) -> bool:
    """Tell whether a framework is not installed."""
    return importlib.util.find_spec(framework) is None


if __name__ == "__main__":
    found = [differentiated("keras", tuple(c)) for c in json.load(sys.stdin)]
    print(json.dumps([[np.asarray(x, "float64").tolist() for x in pair] for pair in found]))
