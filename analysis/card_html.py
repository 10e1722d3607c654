"""The card as one HTML page."""

from __future__ import annotations

import html
import io
import re
from typing import TYPE_CHECKING

from .card import Card
from .card_formulas import formulas_figure
from .figures import PROTECTED, SIMPLIFIED, Style, new_figure, styled
from .game import Game
from .plots import shapes_figure
from .theory_plots import draw_discriminators, draw_divergences, draw_field

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def card_html(card: Card, style: Style = "screen") -> str:
    """Return the card as one HTML page that needs no other file, script or font."""
    with styled(style) as scale:
        shapes = _svg(
            shapes_figure(card.losses, scale=scale), f"Losses and gradients of {card.name}"
        )
        theory = _svg(theory_figure(card, scale), f"What {card.name} leads to")
    told = "".join(f"<li>{html.escape(s)}</li>" for s in card.sentences)
    forms = "".join(f"<p class='form'>{html.escape(s)}</p>" for s in card.closed_forms())
    head = "".join(f"<th>{html.escape(column)}</th>" for column in card.columns)
    rows = "".join(
        f"<tr><th scope='row'>{html.escape(label)}</th>"
        + "".join(f"<td>{html.escape(cell)}</td>" for cell in cells)
        + "</tr>"
        for label, *cells in card.table()
    )
    title = html.escape(card.name)
    return _PAGE.format(
        title=title,
        head=head,
        formula=html.escape(card.loss.text()),
        formulas=_formula_svg(card),
        protected=html.escape(f"{PROTECTED}; {SIMPLIFIED}"),
        told=told,
        forms=forms,
        rows=rows,
        shapes=shapes,
        theory=theory,
    )


def theory_figure(card: Card, scale: float = 1.0) -> Figure:
    """Return D*, divergence and gradient field of a card in one row."""
    figure = new_figure(10.5 * scale, 3.6 * scale)
    first, second, third = figure.subplots(1, 3)
    draw_discriminators(first, card.losses)
    draw_divergences(second, card.losses, second=True)
    draw_field(third, Game.of(card.loss), 0.0)
    third.set_title("Dirac-GAN, no regularisation")
    third.set_ylabel("generated point θ")
    return figure


def _formula_svg(card: Card) -> str:
    with styled("screen"):
        return _svg(formulas_figure(card), f"Formula of {card.name}")


def _svg(figure: Figure, title: str) -> str:
    """Return a figure as an SVG element with a title for screen readers."""
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None})
    text = buffer.getvalue()
    svg = text[text.index("<svg") :]
    head, rest = svg.split(">", 1)
    rest = re.sub(r"<metadata>.*?</metadata>", "", rest, flags=re.DOTALL)
    head = re.sub(r'(width|height)="[^"]*pt"\s*', "", head)
    return f'{head} role="img"><title>{html.escape(title)}</title>{rest}'


_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} - loss card</title>
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; color: #222; max-width: 62rem;
  margin: 1.5rem auto; padding: 0 1rem; }}
h1 {{ margin: 0; font-size: 1.7rem; }}
code {{ overflow-wrap: anywhere; background: #f3f3f3; padding: .1rem .3rem; }}
svg {{ width: 100%; height: auto; display: block; margin: .6rem 0; }}
ol {{ padding-left: 1.3rem; }}
table {{ border-collapse: collapse; width: 100%; font-size: .92rem; }}
th, td {{ text-align: left; padding: .25rem .6rem; border-bottom: 1px solid #ddd;
  vertical-align: top; }}
thead th {{ border-bottom: 2px solid #444; }}
th[scope=row] {{ font-weight: normal; color: #555; }}
.form {{ font-family: ui-monospace, monospace; font-size: .9rem; }}
@media print {{ body {{ font-size: 11px; margin: 0; }} }}
</style></head><body>
<h1>{title}</h1>
<p><code>{formula}</code></p>
{formulas}
<p class="form">{protected}</p>
{forms}
<ol>{told}</ol>
{shapes}
{theory}
<table><thead><tr>{head}</tr></thead>
<tbody>{rows}</tbody></table>
</body></html>
"""
