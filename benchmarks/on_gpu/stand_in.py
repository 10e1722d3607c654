"""What takes the place of pydantic where it is not installed, so that networks can be imported.

Protocols cannot be made with it: the sections that need one are left out.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any


class BaseModel:
    """A class that can be derived from, and no more."""

    def __init__(self, *_: object, **__: object) -> None:
        raise ImportError("pydantic is not installed here, and protocols need it")


class ValidationError(ValueError):
    """Never raised."""


def decorator(*_: object, **__: object) -> Callable[[Any], Any]:
    """`field_validator` and its like: what is decorated stays as it is."""
    return lambda decorated: decorated


def field(*_: object, default: object = None, **__: object) -> Any:
    """`Field`: its default."""
    return default


def pydantic() -> ModuleType:
    """A module with whatever names lossgp imports from pydantic: most are decorators."""
    module = ModuleType("pydantic")
    vars(module).update(
        BaseModel=BaseModel,
        ValidationError=ValidationError,
        Field=field,
        ConfigDict=dict,
        __getattr__=_other,
    )
    return module


def _other(name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(name)
    return decorator


def install() -> None:
    """Put it in the place of pydantic, if that is missing."""
    if importlib.util.find_spec("pydantic") is None:
        sys.modules["pydantic"] = pydantic()
