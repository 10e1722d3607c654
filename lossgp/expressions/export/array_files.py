"""Files for Keras 3, TensorFlow, JAX and NumPy: one template each, one function body.

The body is the straight-line code that `codegen` writes for the library, so every file
computes the same operations in the same order as the compiled loss.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from textwrap import indent
from typing import TYPE_CHECKING

from ..codegen import Code
from .array_templates import (
    ALIGNED,
    CLASS,
    CLASS_CHECK,
    FUNCTION,
    FUNCTION_CHECK,
    FUNCTION_RANGE,
    KERAS_RANGE,
    TENSORFLOW_RANGE,
    USE,
    USE_ON_SCORES,
)
from .describing import body, description, docstring, inline, note_lines, parts
from .substitutes import substitutes

if TYPE_CHECKING:
    from ..loss import Loss
    from ..pair import LossPair


@dataclass(frozen=True)
class Library:
    """How a file for an array library looks.

    Attributes:
        dialect: the key of `codegen.DIALECTS`.
        name: what people call it.
        imports: the import lines.
        is_double: an expression that is true where `y_pred` is float64.
        template: one class or function; `{name}`, `{docstring}`, `{check}`, `{link}`, `{body}`.
        check: what refuses predictions outside [0, 1], in the place of `{check}`.
        link: what applies the sigmoid link, in the place of `{link}`.
        functions: what stands before classes: each text, and what must stand in them for it.
    """

    dialect: str
    name: str
    imports: str
    is_double: str
    template: str
    check: str
    link: str
    functions: tuple[tuple[str, str], ...] = ()


KERAS = Library(
    "keras",
    "Keras 3",
    "import keras\nfrom keras import ops\n",
    'keras.backend.standardize_dtype(y_pred.dtype) == "float64"',
    CLASS.format(
        registered="keras.saving.register_keras_serializable",
        convert="ops.convert_to_tensor(y_pred)",
        cast="ops.cast(y_true, y_pred.dtype)",
        mean="ops.mean",
    ),
    CLASS_CHECK,
    "        if self.from_logits:\n            y_pred = ops.sigmoid(y_pred)\n",
    ((ALIGNED.format(lib="ops"), "_aligned("), (KERAS_RANGE, "_refuse_scores(")),
)
TENSORFLOW = Library(
    "tensorflow",
    "TensorFlow",
    "import tensorflow as tf\nfrom tensorflow import keras\n",
    "y_pred.dtype == tf.float64",
    CLASS.format(
        registered="keras.utils.register_keras_serializable",
        convert="tf.convert_to_tensor(y_pred)",
        cast="tf.cast(y_true, y_pred.dtype)",
        mean="tf.reduce_mean",
    ),
    CLASS_CHECK,
    "        if self.from_logits:\n            y_pred = tf.sigmoid(y_pred)\n",
    (
        (ALIGNED.format(lib="tf"), "_aligned("),
        (TENSORFLOW_RANGE, "_refuse_scores("),
    ),
)
JAX = Library(
    "jax",
    "JAX",
    "import jax\nimport jax.numpy as jnp\n",
    "y_pred.dtype == jnp.float64",
    FUNCTION.format(lib="jnp"),
    FUNCTION_CHECK.format(when=" and not isinstance(y_pred, jax.core.Tracer)"),
    "    if from_logits:\n        y_pred = jax.nn.sigmoid(y_pred)\n",
    ((FUNCTION_RANGE, "_refuse_scores("),),
)
NUMPY = Library(
    "numpy",
    "NumPy",
    "import numpy as np\n",
    "y_pred.dtype == np.float64",
    FUNCTION.format(lib="np"),
    FUNCTION_CHECK.format(when=""),
    # Unlike 0.5 + 0.5·tanh(x/2), this keeps all digits of a small probability.
    "    if from_logits:\n"
    "        tails = np.exp(-np.abs(y_pred))\n"
    "        y_pred = np.where(y_pred < 0, tails, 1.0) / (1.0 + tails)\n",
    ((FUNCTION_RANGE, "_refuse_scores("),),
)


def keras_file(loss: Loss | LossPair, notes: Mapping[str, str]) -> str:
    """Return a file of `keras.losses.Loss` classes on `keras.ops`, for every backend."""
    return _file(KERAS, loss, notes)


def tensorflow_file(loss: Loss | LossPair, notes: Mapping[str, str]) -> str:
    """Return a file of `keras.losses.Loss` classes in plain TensorFlow."""
    return _file(TENSORFLOW, loss, notes)


def jax_file(loss: Loss | LossPair, notes: Mapping[str, str]) -> str:
    """Return a file of functions for JAX; they can be jitted, mapped and differentiated."""
    return _file(JAX, loss, notes)


def numpy_file(loss: Loss | LossPair, notes: Mapping[str, str]) -> str:
    """Return a file of functions for NumPy."""
    return _file(NUMPY, loss, notes)


def _file(library: Library, loss: Loss | LossPair, notes: Mapping[str, str]) -> str:
    title = f"A loss function for {library.name}, written by lossgp; it imports nothing of lossgp."
    head = docstring([title, "", *note_lines(notes)] if notes else [title])
    code = "\n".join(_piece(library, name, part, notes) for name, part in parts(loss))
    before = [text for text, called in library.functions if called in code]
    before += substitutes(library.dialect, code)
    imports = library.imports
    if "jax." not in code:
        imports = imports.replace("import jax\n", "")
    return f"{head}\n\n{imports}\n" + "\n".join([*before, code])


def _piece(library: Library, name: str, loss: Loss, notes: Mapping[str, str]) -> str:
    snake = "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")
    is_class = "class" in library.template
    probabilities = loss.link == "sigmoid"
    lines = ["Loss of each sample." if not is_class else "A loss of labels and predictions.", ""]
    lines += [
        *description(loss),
        *(USE[library.dialect] if probabilities else USE_ON_SCORES),
        *note_lines(notes),
    ]
    code: Code = inline(loss, library.dialect)
    return library.template.format(
        name=name if is_class else snake,
        snake=snake,
        package=f"lossgp_{loss.key()[:12]}",
        docstring=indent(docstring(lines), "    "),
        check=library.check if probabilities else "",
        link=library.link if probabilities else "",
        body=indent(body(code, library.is_double), "    " if is_class else ""),
    )
