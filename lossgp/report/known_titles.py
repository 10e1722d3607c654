"""How known losses are called in tables."""

from __future__ import annotations

TITLES = {"bce_logits": "BCE (on logits)", "ganetic": "GANetic", "bce": "BCE (on p)"}


def title(name: str) -> str:
    """Return how a known loss is called in a table."""
    return TITLES.get(name, name)
