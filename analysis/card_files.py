"""Cards as files: HTML, PDF, JSON, SVG and PNG."""

from __future__ import annotations

import json
from pathlib import Path

from .card import Card
from .card_html import card_html
from .figures import Style, save, styled

SUFFIXES = (".html", ".pdf", ".json", ".svg", ".png")


def write_card(card: Card, path: Path | str, style: Style = "screen") -> Path:
    """Write a card as HTML, PDF, JSON, SVG or PNG, by the suffix.

    Raises:
        ValueError: the suffix or the style is unknown.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise ValueError(
            f"the card's file is {str(path)!r}; its name must end in {', '.join(SUFFIXES)}"
        )
    if suffix == ".json":
        path.write_text(json.dumps(card_json(card), indent=2, allow_nan=False) + "\n", "utf-8")
    elif suffix == ".html":
        path.write_text(card_html(card, style), "utf-8")
    else:
        from .card_page import page

        with styled("paper"):
            save(page(card), path)
    return path


def card_json(card: Card) -> dict[str, object]:
    """Return the card as plain data."""
    other = card.other
    return {
        "format": "lossgp.card",
        "version": 1,
        "name": card.name,
        "sentences": list(card.sentences),
        "formulas": dict(card.formulas(exact=True)),
        "closed_forms": card.closed_forms(),
        "analysis": card.analysis.to_json(),
        "against": other and {"name": card.other_name, "analysis": other.to_json()},
    }
