"""The card of a loss: one page with formula, plots, numbers and three sentences."""

from __future__ import annotations

import html
import io
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from lossgp.expressions import Loss, LossPair, zoo
from lossgp.expressions.printing import latex, text
from lossgp.expressions.rounding import short_pair, without_noise

from .figures import PROTECTED, SIMPLIFIED, Style, new_figure, save, styled
from .game import Game
from .plots import Losses, shapes_figure
from .sentences import sentences
from .sides import Sides
from .summary import Analysis, analyse
from .theory_plots import draw_discriminators, draw_divergences, draw_field

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_SMALLEST, _PLAIN = 5.0, 7.0  # sizes of type, in points
SUFFIXES = (".html", ".pdf", ".json", ".svg", ".png")


@dataclass(frozen=True)
class Card:
    """What stands on the page.

    Attributes:
        name: the title.
        loss: the loss or pair.
        analysis: its numbers.
        other_name, other: what it is compared with; None for nothing.
        sentences: three, derived from the numbers.
    """

    name: str
    loss: Loss | LossPair
    analysis: Analysis
    other_name: str
    other: Analysis | None
    sentences: tuple[str, str, str]

    @property
    def losses(self) -> Losses:
        """The loss, and the one it is compared with."""
        if self.other is None:
            return {self.name: self.loss}
        return {self.name: self.loss, self.other_name: self.other.loss}

    def formulas(
        self, form: Literal["latex", "text"] = "latex", *, exact: bool = False
    ) -> list[tuple[str, str]]:
        """Return symbol and formula of the loss and of its sides by class, ε sent to 0.

        The loss is simplified for the labels 0 and 1. Its constants are short, for reading,
        or exact.
        """
        pair = LossPair.of(self.loss)
        shown = pair.simplified() if exact else short_pair(pair)
        whole = {"l": shown.discriminator}
        if not shown.is_single:
            whole = {"l_D": shown.discriminator, "l_G": shown.generator}
        rows = [(k, v.latex() if form == "latex" else v.text()) for k, v in whole.items()]
        sides = Sides.of(self.loss if exact else shown)
        variable = "s" if sides.real.link == "identity" else "p"
        for symbol, side in (("l_1", sides.real), ("l_0", sides.fake)):
            tree = side.tree if exact else without_noise(side.tree)
            if form == "latex":
                written = latex(tree, side.link).replace("y_{pred}", "p")
            else:
                written = text(tree, side.link)
            rows.append((f"{symbol}({variable})" if form == "latex" else symbol, written))
        return rows

    def table(self) -> list[tuple[str, ...]]:
        """Return rows of quantity, value, and, where there is one, the other loss's value."""
        if self.other is None:
            return list(self.analysis.rows())
        both = zip(self.analysis.rows(), self.other.rows(), strict=True)
        return [(label, a, b) for (label, a), (_, b) in both]

    @property
    def columns(self) -> tuple[str, ...]:
        """The heads of the table's columns."""
        return ("", self.name) if self.other is None else ("", self.name, self.other_name)

    def closed_forms(self) -> list[str]:
        """Return the minima known as formulas, such as "p* = (sqrt(alpha)/6)**(2/7) = 0.7302"."""
        found = []
        for label, shape in (
            ("real", self.analysis.shapes.real),
            ("generated", self.analysis.shapes.fake),
        ):
            for point in shape.minima:
                form = point.closed_form
                if form is not None and not re.fullmatch(r"[-\d./]+", form.text):
                    where = ", ".join(f"{k} = {v:.10g}" for k, v in form.constants)
                    tail = f" with {where}" if where else ""
                    found.append(f"minimum for {label} samples: {form.text} = {point.at:.7g}{tail}")
        return found


def make_card(
    loss: Loss | LossPair,
    *,
    name: str | None = None,
    against: str | Loss | LossPair | None = "bce",
    against_name: str | None = None,
    closed_form: bool = True,
) -> Card:
    """Return the card of a loss.

    Args:
        loss: the loss or pair.
        name: its title; by default its name in the zoo, or "loss".
        against: what to compare with: a loss, or the name of one of the zoo; None for nothing.
            A loss is not compared with itself.
        against_name: what the other loss is called; by default its name in the zoo, or "other".
        closed_form: also look for minima as formulas (takes seconds).

    Raises:
        KeyError: `against` is not in the zoo.
    """
    name = name or _known_name(loss, "loss")
    rival = zoo.entry(against).loss if isinstance(against, str) else against
    analysis = analyse(loss, closed_form=closed_form)
    if rival is None or rival == loss:
        return Card(name, loss, analysis, "", None, sentences(analysis))
    other, other_name = analyse(rival), against_name or _known_name(rival, "other")
    if other_name == name:
        other_name = f"{other_name} (other)"
    return Card(name, loss, analysis, other_name, other, sentences(analysis, other, other_name))


def _known_name(loss: Loss | LossPair, otherwise: str) -> str:
    return next((e.name for e in zoo.ENTRIES if e.loss == loss), otherwise)


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


def drawable_latex(written: str) -> str:
    """Return LaTeX in what Matplotlib's mathtext knows."""
    written = re.sub(r"\\operatorname\{(\w+)\}", r"\\mathrm{\1}", written)
    return written.replace(r"\left", "").replace(r"\right", "")


def formulas_figure(card: Card) -> Figure:
    """Return the formulas drawn as mathematics; in plain text where they cannot be."""
    rows = card.formulas()
    width = 10.5
    figure = new_figure(width, 0.52 * len(rows) + 0.1)
    for i, (line, size) in enumerate(formula_lines(card, 13.0, 72.0 * (width - 0.1))):
        figure.text(0.005, 1.0 - (i + 0.5) / len(rows), line, va="center", fontsize=size)
    return figure


def formula_lines(card: Card, size: float, width: float) -> list[tuple[str, float]]:
    """Return the formulas of a card as lines to draw, each with its size of type in points.

    Args:
        card: the card.
        size: the size of type that is wanted; smaller where a formula would not fit.
        width: of the line, in points.
    """
    rows = zip(card.formulas(), card.formulas("text"), strict=True)
    return [_formula_line(symbol, a, b, size, width) for (symbol, a), (_, b) in rows]


def _formula_line(
    symbol: str, written: str, plain: str, size: float, width: float
) -> tuple[str, float]:
    """Return `$symbol = LaTeX$`, or plain text cut to the line where that cannot be drawn."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.mathtext import MathTextParser

    line = f"${symbol} = {drawable_latex(written)}$"
    try:
        drawn = MathTextParser("path").parse(line, dpi=72, prop=FontProperties(size=size))
    except ValueError:
        drawn = None
    fitting = 0.0 if drawn is None else size * min(1.0, width / float(drawn[0]))
    if fitting >= _SMALLEST:
        return line, fitting
    line = f"{symbol} = {plain}".replace("$", "")
    most = int(width / (0.62 * _PLAIN))  # about how many letters are in a line
    return line if len(line) <= most else line[: most - 1] + "…", _PLAIN


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
