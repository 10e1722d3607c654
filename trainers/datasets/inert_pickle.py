"""A pickle of CIFAR10, read without running anything that it names.

The official batches are pickles of a dict that holds a numpy array and lists. Unpickling normally
calls whatever the file names. Here it can name eight things only, and each is a stand-in of ours
that collects bytes and a shape; every other name, and every opcode that CIFAR10 does not need to
make an object, is refused.
"""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray


class RefusedPickleError(Exception):
    """The pickle holds something that no batch of CIFAR10 holds."""


class _Type:
    """Stands for numpy.dtype: keeps the code, such as `u1`."""

    def __init__(self, code: object, *_: object) -> None:
        self.code = code.decode("ascii") if isinstance(code, bytes) else code

    def set(self, state: object) -> None:
        """Ignore: byte order and flags mean nothing for single bytes."""


class _Array:
    """Stands for numpy.ndarray: keeps the shape, the type and the bytes."""

    def __init__(self) -> None:
        self.state: tuple[Any, ...] = ()

    def set(self, state: object) -> None:
        """Keep (version, shape, type, Fortran order, bytes), numpy's `__setstate__` argument."""
        if not isinstance(state, tuple) or len(state) != 5:
            raise RefusedPickleError("an array's state is not what numpy writes")
        self.state = state

    def value(self) -> NDArray[np.uint8]:
        """The array, made from the collected parts. Only unsigned bytes are allowed."""
        if not self.state:
            raise RefusedPickleError("an array without content")
        _, shape, kind, fortran, content = self.state
        if not isinstance(kind, _Type) or kind.code not in ("u1", "|u1", "B"):
            raise RefusedPickleError("an array that is not of unsigned bytes")
        if not isinstance(content, bytes) or not isinstance(shape, tuple):
            raise RefusedPickleError("an array's state is not what numpy writes")
        flat = np.frombuffer(bytearray(content), np.uint8)
        return flat.reshape(shape, order="F" if fortran else "C")


def _reconstruct(*_: object) -> _Array:
    return _Array()


def _encode(text: object, encoding: object = "latin1") -> bytes:
    """Stand for `_codecs.encode`: how Python 3 writes bytes into an old pickle."""
    if not isinstance(text, str) or encoding not in ("latin1", "latin-1"):
        raise RefusedPickleError("an encoding that no batch of CIFAR10 holds")
    return text.encode("latin1")


_STAND_INS: dict[tuple[str, str], Callable[..., object]] = {
    ("numpy.core.multiarray", "_reconstruct"): _reconstruct,
    ("numpy._core.multiarray", "_reconstruct"): _reconstruct,
    ("numpy", "ndarray"): _reconstruct,
    ("numpy", "dtype"): _Type,
    ("_codecs", "encode"): _encode,
}
_REFUSED_OPCODES = (
    pickle.INST, pickle.OBJ, pickle.NEWOBJ, pickle.NEWOBJ_EX, pickle.PERSID, pickle.BINPERSID,
    pickle.EXT1, pickle.EXT2, pickle.EXT4, pickle.NEXT_BUFFER, pickle.READONLY_BUFFER,
    pickle.BYTEARRAY8,
)  # fmt: skip


# The reader in Python, not the one in C: its memo is a dict, so that one opcode with a large index
# does not allocate gigabytes; and its opcodes can be taken away.
class _Inert(pickle._Unpickler):
    dispatch: ClassVar[dict[int, Any]] = {
        code: action
        for code, action in pickle._Unpickler.dispatch.items()
        if bytes([code]) not in _REFUSED_OPCODES
    }

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _STAND_INS:
            named = f"{module}.{name}"[:80]
            raise RefusedPickleError(f"it names {named!r}, which no batch of CIFAR10 does")
        return _STAND_INS[module, name]

    def build(self) -> None:
        """Set the state of a stand-in; the usual BUILD would set attributes of anything."""
        state = self.stack.pop()  # type: ignore[attr-defined]
        target = self.stack[-1]  # type: ignore[attr-defined]
        if not isinstance(target, _Array | _Type):
            raise RefusedPickleError("it sets the state of something that is no array")
        target.set(state)

    dispatch[pickle.BUILD[0]] = build


def load_batch(content: bytes) -> dict[str, object]:
    """The dict in a pickle, of any protocol and either Python, with text keys and real arrays.

    Raises `RefusedPickleError` where it is no dict, is damaged, or names anything but an array.
    """
    try:
        found = _Inert(io.BytesIO(content), encoding="bytes").load()
        if not isinstance(found, dict):
            raise RefusedPickleError(f"it holds a {type(found).__name__}, not a dict")
        return {_text(key): _value(value) for key, value in found.items()}
    except RefusedPickleError:
        raise
    # A damaged pickle can raise anything: KeyError, IndexError, struct.error, MemoryError ...
    except Exception as error:
        raise RefusedPickleError(f"damaged pickle ({type(error).__name__})") from error


def _text(key: object) -> str:
    return key.decode("latin1") if isinstance(key, bytes) else str(key)


def _value(value: object) -> object:
    return value.value() if isinstance(value, _Array) else value
