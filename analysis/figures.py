"""How every figure is made: one style, no global state, vector or pixels by the file's name."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from lossgp.expressions import Loss, LossPair
from lossgp.expressions.rounding import short_pair

from .jets import Array

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PROTECTED = "√x, log x and x/y are protected: √(|x| + ε), log(|x| + ε), x/(y + ε), ε = 1e-8"
SIMPLIFIED = "formulas are simplified for the labels 0 and 1, their constants shortened"
"""What formulas on a page or in a legend leave out."""

Style = Literal["screen", "paper"]
SUFFIXES = (".svg", ".pdf", ".png")

# A text column of a journal takes 3.5 inches, a page 7.2; type must not fall below 7 points.
_PAPER: dict[str, Any] = {
    "font.size": 8, "axes.labelsize": 8, "axes.titlesize": 8, "legend.fontsize": 7,
    "xtick.labelsize": 7, "ytick.labelsize": 7, "lines.linewidth": 1.3, "savefig.dpi": 300,
}  # fmt: skip
_BRIEF = (
    ("y_pred", "p"), ("y_real", "y"), ("score", "s"), ("**2", "²"), ("**3", "³"),
    (" * ", "·"), (" / ", "/"), ("log", "ln"),
)  # fmt: skip
_WIDE = 7.0  # inches in which a long note fits
_FAR_OUT = 10.0  # so many times its usual span beyond it a curve has a pole
_SCALE = {"screen": 1.0, "paper": 0.72}


@contextmanager
def styled(style: Style = "screen") -> Iterator[float]:
    """Apply the one style file for a while; gives the factor for figure sizes.

    Raises:
        ValueError: there is no such style.
    """
    if style not in _SCALE:
        raise ValueError(f"the style is {style!r}; it must be 'screen' or 'paper'")
    import matplotlib
    from matplotlib import rc_params_from_file

    sheet = rc_params_from_file(
        str(Path(__file__).with_name("lossgp.mplstyle")), use_default_template=False
    )
    settings: Any = {**sheet, **_PAPER} if style == "paper" else sheet
    with matplotlib.rc_context(settings):
        yield _SCALE[style]


def new_figure(width: float, height: float, *, fitted: bool = True) -> Figure:
    """Return a figure of this size in inches that belongs to no window.

    With `fitted` Matplotlib moves the axes so that no label is cut.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained" if fitted else None)
    FigureCanvasAgg(figure)
    return figure


def save(figure: Figure, path: Path | str) -> Path:
    """Write a figure as SVG, PDF or PNG, by the suffix; the same figure gives the same bytes.

    Raises:
        ValueError: the suffix is none of these.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise ValueError(
            f"the figure's file is {str(path)!r}; its name must end in {', '.join(SUFFIXES)}"
        )
    undated = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}, ".png": {}}[suffix]
    # fontTools logs the dates of Matplotlib's own fonts when it embeds them in a PDF.
    logging.getLogger("fontTools").setLevel(logging.ERROR)
    figure.savefig(path, metadata=undated)
    return path


def dashes_on_top(axes: Axes) -> None:
    """Raise the broken lines over the whole ones, so that equal curves show both."""
    for line in axes.get_lines():
        if line.get_linestyle() in ("--", "-.", ":"):
            line.set_zorder(line.get_zorder() + 0.1)


def fit_height(axes: Axes, curves: list[Array], *, floor: float = 1e-3) -> None:
    """Set the height of the axes by what the curves do in the middle, not by their poles.

    Args:
        axes: the axes.
        curves: the values of each curve where it matters; NaN and infinities are ignored.
        floor: the least height.
    """
    finite = [part for curve in curves if len(part := curve[np.isfinite(curve)])]
    if not finite:
        return
    spans = [_usual_span(part) for part in finite]
    low, high = min(span[0] for span in spans), max(span[1] for span in spans)
    low, high = max(low, -1e12), min(high, 1e12)
    margin = 0.08 * max(high - low, floor)
    axes.set_ylim(low - margin, high + margin)


def _usual_span(y: Array) -> tuple[float, float]:
    """Return the least and the largest value, or what is usual where a few are far beyond it."""
    low, high = float(y.min()), float(y.max())
    near, far = (float(v) for v in np.quantile(y, [0.05, 0.95]))
    usual = far - near
    if usual > 0 and high > far + _FAR_OUT * usual:
        high = far + usual
    if usual > 0 and low < near - _FAR_OUT * usual:
        low = near - usual
    return low, high


def note_protection(figure: Figure, losses: Mapping[str, Loss | LossPair]) -> None:
    """Say below a figure what its legend leaves out, if a formula in it holds such an operator."""
    written = [loss for name, loss in losses.items() if label_of(name, loss) != name]
    if not any(half.is_protected for loss in written for half in _halves(loss)):
        return
    text = PROTECTED.replace("log", "ln")
    if figure.get_figwidth() < _WIDE:
        text = text.replace("protected: ", "protected:\n")
    figure.supxlabel(text, fontsize="small", color="#555555")


def _halves(loss: Loss | LossPair) -> tuple[Loss, ...]:
    return (loss.discriminator, loss.generator) if isinstance(loss, LossPair) else (loss,)


def label_of(name: str, loss: Loss | LossPair, *, longest: int = 34) -> str:
    """Return the legend of a loss: its name, and its simplified formula where that is short."""
    formula = short_pair(LossPair.of(loss)).text()
    short = formula
    for long, brief in _BRIEF:
        short = short.replace(long, brief)
    if name in (formula, loss.text()):
        return short if len(short) <= longest else short[: longest - 1] + "…"
    return f"{name}:  {short}" if len(short) <= longest else name
