"""What pydantic finds wrong with options, in words for people."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lossgp.common.echo import printable, quoted

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails


def key_of(error: ErrorDetails) -> str:
    """The option that is wrong, dotted: `search.crossover`; empty where it is all of them."""
    return printable(".".join(map(str, error["loc"])))


def sentence(name: str, error: ErrorDetails) -> str:
    """One line: what was wrong, under this name, its value, and what is allowed."""
    if error["type"] == "value_error":  # of a validator of ours, which says it all
        return f"{name}: {error['msg'].removeprefix('Value error, ')}"
    allowed = re.fullmatch(r"\w+ should (.*)", error["msg"], re.DOTALL)
    if allowed is None:
        return f"{name}: {error['msg']}"
    return f"{name} is {quoted(error['input'])}; it must {allowed[1]}"
