"""A pickle of CIFAR10, read without running anything that it names.

The official batches are pickles of a dict that holds a numpy array and lists. Unpickling normally
calls whatever the file names. Here it can name a few things only, and each is a stand-in of ours
that collects bytes and a shape. Of the opcodes only those are known that such a file is made of,
their number is bounded, and keys are text: hashing a tuple that holds another twice, and so on
sixty times, would take 2^60 steps.
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


_STAND_INS: dict[tuple[str, str], Callable[..., object]] = {
    ("numpy.core.multiarray", "_reconstruct"): _reconstruct,
    ("numpy._core.multiarray", "_reconstruct"): _reconstruct,
    ("numpy", "ndarray"): _reconstruct,
    ("numpy", "dtype"): _Type,
}
# What Python 2 and 3 write for dicts, lists, tuples, whole numbers, texts and the names above.
# Left out: objects by other ways, sets, floats, and what takes values away (a file of nothing but
# pushing and taking away is endless work), or copies them.
_OPCODES = (
    pickle.PROTO, pickle.FRAME, pickle.STOP, pickle.MARK, pickle.NONE, pickle.NEWTRUE,
    pickle.NEWFALSE, pickle.INT, pickle.BININT, pickle.BININT1, pickle.BININT2, pickle.LONG,
    pickle.LONG1, pickle.LONG4, pickle.STRING, pickle.BINSTRING, pickle.SHORT_BINSTRING,
    pickle.BINBYTES, pickle.SHORT_BINBYTES, pickle.BINBYTES8, pickle.UNICODE, pickle.BINUNICODE,
    pickle.SHORT_BINUNICODE, pickle.BINUNICODE8, pickle.EMPTY_TUPLE, pickle.TUPLE, pickle.TUPLE1,
    pickle.TUPLE2, pickle.TUPLE3, pickle.EMPTY_LIST, pickle.LIST, pickle.APPEND, pickle.APPENDS,
    pickle.EMPTY_DICT, pickle.DICT, pickle.SETITEM, pickle.SETITEMS, pickle.PUT, pickle.BINPUT,
    pickle.LONG_BINPUT, pickle.MEMOIZE, pickle.GET, pickle.BINGET, pickle.LONG_BINGET,
    pickle.GLOBAL, pickle.STACK_GLOBAL, pickle.REDUCE, pickle.BUILD,
)  # fmt: skip
MOST_OPCODES = 500_000
"""Ten times those of an official batch, which names 10,000 labels and 10,000 files."""


class _Counted(dict[int, Any]):
    """The actions of the opcodes; it is asked once for each opcode of the file."""

    left = MOST_OPCODES

    def __getitem__(self, code: int) -> Any:
        self.left -= 1
        if self.left < 0:
            raise RefusedPickleError(f"it has more than {MOST_OPCODES} steps, ten times CIFAR10's")
        action = self.get(code)
        if action is None:
            raise RefusedPickleError(f"it holds the opcode {bytes([code])!r}, or is damaged")
        return action


# The reader in Python, not the one in C: its memo is a dict, so that one opcode with a large index
# does not allocate gigabytes; and its opcodes can be taken away.
class _Inert(pickle._Unpickler):
    dispatch: ClassVar[dict[int, Any]] = {
        code[0]: pickle._Unpickler.dispatch[code[0]] for code in _OPCODES
    }

    def __init__(self, content: bytes) -> None:
        super().__init__(io.BytesIO(content), encoding="bytes")
        self._encodable = len(content)
        self.dispatch = _Counted(type(self).dispatch)  # type: ignore[misc]

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("_codecs", "encode"):
            return self._encode
        if (module, name) not in _STAND_INS:
            named = f"{module}.{name}"[:80]
            raise RefusedPickleError(f"it names {named!r}, which no batch of CIFAR10 does")
        return _STAND_INS[module, name]

    def _encode(self, text: object, encoding: object = "latin1") -> bytes:
        """Stand for `_codecs.encode`: how Python 3 writes bytes into an old pickle."""
        if not isinstance(text, str) or encoding not in ("latin1", "latin-1"):
            raise RefusedPickleError("an encoding that no batch of CIFAR10 holds")
        self._encodable -= len(text)
        if self._encodable < 0:  # one text, encoded again and again
            raise RefusedPickleError("it makes more bytes than it has")
        return text.encode("latin1")

    def build(self) -> None:
        """Set the state of a stand-in; the usual BUILD would set attributes of anything."""
        state = self.stack.pop()  # type: ignore[attr-defined]
        target = self.stack[-1]  # type: ignore[attr-defined]
        if not isinstance(target, _Array | _Type):
            raise RefusedPickleError("it sets the state of something that is no array")
        target.set(state)

    def new_dict(self) -> None:
        """Put a dict of all that lies above the mark in its place."""
        items = self.pop_mark()  # type: ignore[attr-defined]
        self.append(_filled({}, items))  # type: ignore[attr-defined]

    def set_item(self) -> None:
        """Put the two topmost things, a key and its value, into the dict below them."""
        value, key = self.stack.pop(), self.stack.pop()  # type: ignore[attr-defined]
        _filled(self.stack[-1], [key, value])  # type: ignore[attr-defined]

    def set_items(self) -> None:
        """Put all that lies above the mark into the dict below it."""
        items = self.pop_mark()  # type: ignore[attr-defined]
        _filled(self.stack[-1], items)  # type: ignore[attr-defined]

    dispatch[pickle.BUILD[0]] = build
    dispatch[pickle.DICT[0]] = new_dict
    dispatch[pickle.SETITEM[0]] = set_item
    dispatch[pickle.SETITEMS[0]] = set_items


def load_batch(content: bytes) -> dict[str, object]:
    """The dict in a pickle, of any protocol and either Python, with text keys and `data` an array.

    Raises `RefusedPickleError` where it is no dict, is damaged, or holds what no batch holds.
    """
    try:
        found = _Inert(content).load()
        if not isinstance(found, dict):
            raise RefusedPickleError(f"it holds a {type(found).__name__}, not a dict")
        texts = {_text(key): value for key, value in found.items()}
        # Only this one: a hundred thousand keys may share one array.
        if isinstance(data := texts.get("data"), _Array):
            texts["data"] = data.value()
        return texts
    except RefusedPickleError:
        raise
    # A damaged pickle can raise anything: KeyError, IndexError, struct.error, MemoryError ...
    except Exception as error:
        raise RefusedPickleError(f"damaged pickle ({type(error).__name__})") from error


def _filled(target: object, items: list[object]) -> dict[str | bytes, object]:
    """Put keys and values, in turn, into a dict."""
    if type(target) is not dict:
        raise RefusedPickleError("it fills something that is no dict")
    for key, value in zip(items[::2], items[1::2], strict=True):
        if type(key) is not str and type(key) is not bytes:
            raise RefusedPickleError(f"a key is a {type(key).__name__}, not a text")
        target[key] = value
    return target


def _text(key: str | bytes) -> str:
    return key.decode("latin1") if isinstance(key, bytes) else key
