"""What the files for Keras, TensorFlow, JAX and NumPy are made of.

A class or function is filled in twice: with its library's names, then with a loss.
"""

from __future__ import annotations

CLASS = '''
# The name under which Keras saves the class holds the formula's hash: a model is loaded with
# this loss or not at all.
@{registered}("{{package}}")
class {{name}}(keras.losses.Loss):
{{docstring}}

    def __init__(self, from_logits=False, check_range=True, name="{{snake}}", **options):
        super().__init__(name=name, **options)
        self.from_logits = from_logits
        self.check_range = check_range

    def call(self, y_true, y_pred):
        """Return the mean over the last axis; Keras reduces the rest."""
        y_pred = {convert}
        y_true, y_pred = _aligned({cast}, y_pred)
{{check}}{{link}}        return {mean}(self.per_sample(y_pred, y_true), axis=-1)

    def get_config(self):
        """Return what `from_config` needs."""
        own = {{{{"from_logits": self.from_logits, "check_range": self.check_range}}}}
        return {{{{**super().get_config(), **own}}}}

    @staticmethod
    def per_sample(y_pred, y_real):
        """Return the loss of each sample, of the tensors' shape."""
{{body}}
'''
CLASS_CHECK = """\
        if self.check_range and not self.from_logits:
            _refuse_scores(y_pred)
"""
ALIGNED = '''
def _aligned(y_true, y_pred):
    """Return labels and predictions of one shape: a trailing 1 is aligned as Keras does.

    Otherwise labels (batch,) beside predictions (batch, 1) would give (batch, batch) losses.
    """
    try:
        true, pred = len(y_true.shape), len(y_pred.shape)
    except ValueError:  # TensorFlow does not know the number of axes yet
        return y_true, y_pred
    if true == 0:
        return y_true, y_pred  # one number, the label of all
    if pred == true + 1 and y_pred.shape[-1] == 1:
        if true == 1:
            y_true = {lib}.expand_dims(y_true, axis=-1)
        else:
            y_pred = {lib}.squeeze(y_pred, axis=-1)
    elif true == pred + 1 and y_true.shape[-1] == 1:
        if pred == 1:
            y_pred = {lib}.expand_dims(y_pred, axis=-1)
        else:
            y_true = {lib}.squeeze(y_true, axis=-1)
    true, pred = tuple(y_true.shape), tuple(y_pred.shape)
    # A size that is None is not known yet.
    equal = (a == b or a is None or b is None for a, b in zip(true, pred))
    if len(true) != len(pred) or not all(equal):
        raise ValueError(f"y_true has shape {{true}} and y_pred {{pred}}; they must be equal")
    return y_true, y_pred
'''
_REFUSE = """\
    if low < -1e-6 or high > 1 + 1e-6:  # rounding is forgiven
        raise ValueError(
            f"y_pred holds {low if low < -1e-6 else high:.6g}, and this loss is of probabilities "
            "in [0, 1]; pass from_logits=True for raw scores, or check_range=False"
        )
"""
KERAS_RANGE = f'''
def _refuse_scores(y_pred):
    """Raise ValueError where a prediction is outside [0, 1], unless the call is compiled."""
    if keras.backend.backend() == "torch":
        import torch

        captured = y_pred.is_cuda and torch.cuda.is_current_stream_capturing()
        if torch.compiler.is_compiling() or captured:
            return
    try:
        low, high = float(ops.min(y_pred)), float(ops.max(y_pred))
    except Exception:  # every backend has an error of its own for a value that is not known yet
        return
{_REFUSE}'''
TENSORFLOW_RANGE = f'''
def _refuse_scores(y_pred):
    """Raise ValueError where a prediction is outside [0, 1], unless the call is compiled."""
    if not tf.executing_eagerly():
        return
    low, high = float(tf.reduce_min(y_pred)), float(tf.reduce_max(y_pred))
{_REFUSE}'''

FUNCTION = """
def {{name}}(y_pred, y_real, from_logits=False, check_range=True):
{{docstring}}
    y_pred = {lib}.asarray(y_pred)
    if y_pred.dtype not in ({lib}.float32, {lib}.float64):
        y_pred = y_pred.astype({lib}.float32)
    y_real = {lib}.asarray(y_real, dtype=y_pred.dtype)
    if y_pred.shape != y_real.shape and y_pred.ndim and y_real.ndim:
        raise ValueError(
            f"y_pred has shape {{{{y_pred.shape}}}} and y_real {{{{y_real.shape}}}}; they must be "
            "equal, or one of them a number"
        )
{{check}}{{link}}{{body}}
"""
FUNCTION_CHECK = """\
    if check_range and not from_logits{when}:
        _refuse_scores(y_pred)
"""
FUNCTION_RANGE = f'''
def _refuse_scores(y_pred):
    """Raise ValueError where a prediction is outside [0, 1]."""
    low, high = y_pred.min(initial=0.5), y_pred.max(initial=0.5)
{_REFUSE}'''

_FROM_LOGITS = "from_logits: y_pred is a network's raw output, and a sigmoid is applied to it."
_RANGE = "check_range: refuse predictions outside [0, 1]"
_COMPILED = [
    f"{_RANGE}; what is compiled is not checked,",
    "such as the steps of `fit` on most backends.",
]
USE = {
    "keras": [_FROM_LOGITS, *_COMPILED],
    "tensorflow": [_FROM_LOGITS, *_COMPILED],
    "jax": [_FROM_LOGITS, f"{_RANGE}; what is traced (jit, grad) is not checked."],
    "numpy": [_FROM_LOGITS, f"{_RANGE}."],
}
"""What the arguments of a loss of probabilities mean."""
USE_ON_SCORES = [
    "from_logits and check_range have no effect: this loss is of the raw output itself."
]
