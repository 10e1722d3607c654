"""The kinds of plots of losses, and the one function that draws any of them."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from .figures import Style
from .plots import Losses, Span, shapes
from .theory_plots import discriminators, divergences, gradient_fields

Kind = Literal["shapes", "discriminators", "divergences", "field"]
KINDS: tuple[Kind, ...] = ("shapes", "discriminators", "divergences", "field")


def draw(
    kind: Kind,
    losses: Losses,
    path: Path | str,
    style: Style = "screen",
    span: Span | None = None,
) -> Path:
    """Draw one kind of plot of losses, just these.

    Args:
        kind: "shapes" (losses and gradients), "discriminators" (D* curves), "divergences" (f
            and f''), or "field" (the Dirac-GAN of each loss, without and with R1).
        losses: losses or pairs by the name they are to have in the legend.
        path: the file to write; .svg, .pdf or .png.
        style: "screen" or "paper".
        span: range of the horizontal axis of "shapes"; see `shapes`.

    Raises:
        ValueError: the kind, the suffix or the style is unknown, or the span is empty, leaves
            [0, 1], or is given for another kind.
    """
    if span is not None and kind != "shapes":
        raise ValueError(f"the range is of the kind 'shapes'; {kind!r} has one of its own")
    if kind == "shapes":
        return shapes(losses, path, None, style, span)
    if kind == "field":
        return gradient_fields(losses, path, style=style)
    drawing = {"discriminators": discriminators, "divergences": divergences}
    if kind not in drawing:
        raise ValueError(f"the kind of plot is {kind!r}; it must be one of {', '.join(KINDS)}")
    return drawing[kind](losses, path, against=None, style=style)
