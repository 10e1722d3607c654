"""How results look in a notebook: data does not know it; the room that shows data says it here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_PAGES: dict[type, Callable[[Any], str]] = {}


def shown_by(kind: type, page: Callable[[Any], str]) -> None:
    """Say what makes the HTML of a kind of result."""
    _PAGES[kind] = page


def html(result: object) -> str | None:
    """Return a result as HTML; None, for its plain text, where nothing shows its kind."""
    page = _PAGES.get(type(result))
    return None if page is None else page(result)
