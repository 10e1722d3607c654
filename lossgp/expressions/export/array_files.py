"""Files for Keras 3, TensorFlow, JAX and NumPy: one template each, one function body.

The body is the straight-line code that `codegen` writes for the library, so every file
computes the same operations in the same order as the compiled loss.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from textwrap import indent

from ..codegen import Code
from ..loss import Loss
from ..pair import LossPair
from .describing import body, description, docstring, inline, note_lines, parts


@dataclass(frozen=True)
class Library:
    """How a file for an array library looks.

    Attributes:
        dialect: the key of `codegen.DIALECTS`.
        name: what people call it.
        imports: the import lines.
        is_double: an expression that is true where `y_pred` is float64.
        template: one class or function; `{name}`, `{docstring}`, `{link}`, `{body}`.
        link: what applies the sigmoid link, in the place of `{link}`.
    """

    dialect: str
    name: str
    imports: str
    is_double: str
    template: str
    link: str


_CLASS = '''
class {{name}}(keras.losses.Loss):
{{docstring}}

    def __init__(self, from_logits=False, name="{{snake}}", **options):
        super().__init__(name=name, **options)
        self.from_logits = from_logits

    def call(self, y_true, y_pred):
        """Return the mean over the last axis; Keras reduces the rest."""
        y_pred = {convert}
        y_true = {cast}
{{link}}        return {mean}(self.per_sample(y_pred, y_true), axis=-1)

    def get_config(self):
        """Return what `from_config` needs."""
        return {{{{**super().get_config(), "from_logits": self.from_logits}}}}

    @staticmethod
    def per_sample(y_pred, y_real):
        """Return the loss of each sample, of the tensors' shape."""
{{body}}
'''

_FUNCTION = """
def {{name}}(y_pred, y_real, from_logits=False):
{{docstring}}
    y_pred = {prefix}.asarray(y_pred)
    if y_pred.dtype not in ({prefix}.float32, {prefix}.float64):
        y_pred = y_pred.astype({prefix}.float32)
    y_real = {prefix}.asarray(y_real, dtype=y_pred.dtype)
{{link}}{{body}}
"""

KERAS = Library(
    "keras",
    "Keras 3",
    "import keras\nfrom keras import ops\n",
    'keras.backend.standardize_dtype(y_pred.dtype) == "float64"',
    _CLASS.format(
        convert="ops.convert_to_tensor(y_pred)",
        cast="ops.cast(y_true, y_pred.dtype)",
        mean="ops.mean",
    ),
    "        if self.from_logits:\n            y_pred = ops.sigmoid(y_pred)\n",
)
TENSORFLOW = Library(
    "tensorflow",
    "TensorFlow",
    "import tensorflow as tf\nfrom tensorflow import keras\n",
    "y_pred.dtype == tf.float64",
    _CLASS.format(
        convert="tf.convert_to_tensor(y_pred)",
        cast="tf.cast(y_true, y_pred.dtype)",
        mean="tf.reduce_mean",
    ),
    "        if self.from_logits:\n            y_pred = tf.sigmoid(y_pred)\n",
)
JAX = Library(
    "jax",
    "JAX",
    "import jax\nimport jax.numpy as jnp\n",
    "y_pred.dtype == jnp.float64",
    _FUNCTION.format(prefix="jnp"),
    "    if from_logits:\n        y_pred = jax.nn.sigmoid(y_pred)\n",
)
NUMPY = Library(
    "numpy",
    "NumPy",
    "import numpy as np\n",
    "y_pred.dtype == np.float64",
    _FUNCTION.format(prefix="np"),
    "    if from_logits:\n        y_pred = 0.5 + 0.5 * np.tanh(0.5 * y_pred)\n",
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
    pieces = [_piece(library, name, part, notes) for name, part in parts(loss)]
    imports = library.imports
    if "jax.nn" not in "".join(pieces):
        imports = imports.replace("import jax\n", "")
    return f"{head}\n\n{imports}\n" + "\n".join(pieces)


def _piece(library: Library, name: str, loss: Loss, notes: Mapping[str, str]) -> str:
    snake = "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")
    is_class = "class" in library.template
    lines = ["Loss of each sample." if not is_class else "A loss of labels and predictions.", ""]
    lines += [*description(loss), *note_lines(notes)]
    code: Code = inline(loss, library.dialect)
    return library.template.format(
        name=name if is_class else snake,
        snake=snake,
        docstring=indent(docstring(lines), "    "),
        link=library.link if loss.link == "sigmoid" else "",
        body=indent(body(code, library.is_double), "    " if is_class else ""),
    )
