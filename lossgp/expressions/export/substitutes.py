"""Functions that exported files bring along in the place of a library's own.

At 0, JAX gives |a| the slope 1; where two are equal, TensorFlow gives max and min of the
first the whole slope. PyTorch, NumPy and the analysis take 0, and half for each side, which
is what makes the slope of a cross entropy at a raw score of 0 the right one. On JAX, Keras
computes sines and hyperbolic tangents of float64 in float32.
"""

from __future__ import annotations

_ABSOLUTE = '''
def _absolute(a):
    """Return |a|; the slope at 0 is 0."""
    return a * {sign}(a)
'''
_PICK = '''
def {name}(a, b):
    """Return {word}(a, b); where they are equal, each has half of the slope."""
    b = {convert}
    return {where}(a {first} b, a, {where}(a {last} b, b, 0.5 * a + 0.5 * b))
'''
_WIDE = '''
def _{word}(a):
    """Return {word}(a) in the precision of a; on JAX, Keras's own computes in float32."""
    if keras.backend.backend() != "jax":
        return ops.{word}(a)
    import jax.numpy

    return jax.numpy.{word}(a)
'''

_SIGN = {"jax": "jnp.sign", "keras": "ops.sign", "tensorflow": "tf.sign"}
_WHERE = {
    "keras": ("ops.where", "ops.convert_to_tensor(b, dtype=a.dtype)"),
    "tensorflow": ("tf.where", "tf.convert_to_tensor(b, dtype=a.dtype)"),
}
_SIDES = {"_maximum": ("max", ">", "<"), "_minimum": ("min", "<", ">")}


def substitutes(dialect: str, code: str) -> list[str]:
    """Return the definitions of those of these functions that the code calls."""
    found = []
    if "_absolute(" in code:
        found.append(_ABSOLUTE.format(sign=_SIGN[dialect]))
    for name, (word, first, last) in _SIDES.items():
        if f"{name}(" in code:
            where, convert = _WHERE[dialect]
            found.append(
                _PICK.format(
                    name=name, word=word, first=first, last=last, where=where, convert=convert
                )
            )
    if dialect == "keras":
        found += [_WIDE.format(word=w) for w in ("sin", "cos", "tanh") if f" _{w}(" in code]
    return found
