"""Plots of what a loss leads to: D* curves, divergences, the Dirac-GAN's gradient field."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from lossgp.expressions import Loss, LossPair

from .calibration import calibration
from .divergence import divergence
from .figures import Style, dashes_on_top, label_of, new_figure, note_protection, save, styled
from .game import Game
from .jets import Array
from .plots import Losses, compared, on_scores
from .ranges import sigmoid
from .stability import DiracGan, stability

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def discriminators(
    losses: Losses, path: Path | str, against: str | None = "bce", style: Style = "screen"
) -> Path:
    """Draw the optimal discriminator D*(η) of losses; the diagonal is the calibrated one.

    Arguments, file formats and errors as in `lossgp.analysis.plots.shapes`.
    """
    with styled(style) as scale:
        figure = new_figure(6.0 * scale, 5.6 * scale)
        axes = figure.subplots()
        everything = compared(losses, against)
        draw_discriminators(axes, everything)
        figure.legend(*axes.get_legend_handles_labels(), loc="outside upper left")
        note_protection(figure, everything)
        return save(figure, path)


def divergences(
    losses: Losses, path: Path | str, against: str | None = "bce", style: Style = "screen"
) -> Path:
    """Draw f(u) (left) and f''(u) (right, logarithmic) of what G minimises, u = p_data/p_gen.

    Each f is scaled to f''(1) = 1, which a learning rate can do; f'' shows the tails.
    Arguments, file formats and errors as in `lossgp.analysis.plots.shapes`.
    """
    with styled(style) as scale:
        figure = new_figure(10.5 * scale, 4.4 * scale)
        left, right = figure.subplots(1, 2)
        everything = compared(losses, against)
        draw_divergences(left, everything, second=False)
        draw_divergences(right, everything, second=True)
        handles, labels = left.get_legend_handles_labels()
        if handles:
            figure.legend(handles, labels, loc="outside upper left", ncols=3)
            note_protection(figure, everything)
        return save(figure, path)


def gradient_field(
    loss: Loss | LossPair, path: Path | str, r1: float = 0.0, style: Style = "screen"
) -> Path:
    """Draw the gradient field of the Dirac-GAN and two trajectories, without and with R1.

    Args:
        loss: the loss or pair.
        path: the file to write; .svg, .pdf or .png.
        r1: weight of the R1 penalty of the second picture; 0 takes half the critical one.
        style: "screen" or "paper".

    Raises:
        ValueError: the suffix or the style is unknown, or r1 is negative.
    """
    if not r1 >= 0:
        raise ValueError(f"the weight of the R1 penalty is {r1}; it must be 0 or more")
    return gradient_fields({"": loss}, path, r1, style)


def gradient_fields(
    losses: Losses, path: Path | str, r1: float = 0.0, style: Style = "screen"
) -> Path:
    """Draw the gradient fields of several losses, a row each; see `gradient_field`."""
    with styled(style) as scale:
        figure = new_figure(9.0 * scale, 4.6 * len(losses) * scale)
        rows = figure.subplots(len(losses), 2, squeeze=False)
        for (name, loss), (left, right) in zip(losses.items(), rows, strict=True):
            game = Game.of(loss)
            half = stability(game).frequency
            weight = r1 or (half if math.isfinite(half) and half > 0 else 1.0)
            draw_field(left, game, 0.0)
            draw_field(right, game, weight)
            title = f"{name}: " if name else ""
            left.set_title(f"{title}no regularisation")
            right.set_title(f"{title}R1 penalty, γ = {weight:.3g}")
            left.set_ylabel("generated point θ (data at 0)")
        return save(figure, path)


def draw_discriminators(axes: Axes, losses: Losses) -> None:
    """Draw D*(η) of losses into axes."""
    ends = sigmoid(np.linspace(-16.0, -4.0, 25))  # D* may be steep there
    eta = np.union1d(np.linspace(0.0, 1.0, 201), np.concatenate([ends, 1.0 - ends]))
    axes.plot([0, 1], [0, 1], color="#999999", linewidth=1.0, linestyle="-", zorder=1.5)
    for name, loss in losses.items():
        axes.plot(eta, calibration(loss, eta).prediction, label=label_of(name, loss))
    dashes_on_top(axes)
    axes.set(xlim=(0, 1), ylim=(-0.04, 1.04))
    axes.set_title("Optimal discriminator")
    axes.set_xlabel(r"share of real data $\eta$")
    raw = on_scores(losses)
    axes.set_ylabel(r"$D^*(\eta)$, as $\sigma(s)$" if raw else r"$D^*(\eta)$")


def draw_divergences(axes: Axes, losses: Losses, *, second: bool) -> None:
    """Draw f(u), or f''(u), of losses into axes; those without a smooth one are named instead.

    Dots end the weight of a loss that is blind beyond some ratio.
    """
    drawn, rough = 0, []
    for name, loss in losses.items():
        d = divergence(loss)
        middle = float(d.second[len(d.u) // 2])
        if not d.is_convex or middle <= 0:
            axes.plot([], [], label=label_of(name, loss))  # each loss keeps its colour
            rough.append(name)
            continue
        drawn += 1
        if not second:
            axes.plot(*_finer(d.u, d.f / middle), label=label_of(name, loss))
            continue
        y, seen = d.second / middle, d.second > 0
        (line,) = axes.plot(d.u, np.where(seen, y, np.nan), label=label_of(name, loss))
        if not seen.all():  # G is blind beyond these ratios
            last = np.flatnonzero(seen)[[0, -1]]
            axes.plot(d.u[last], y[last], "o", color=line.get_color(), markersize=4)
    dashes_on_top(axes)
    axes.set_xlabel(r"$u = p_{data}/p_{gen}$")
    if rough:
        told = "no smooth divergence:\n" + "\n".join(rough)
        x, at, where = (0.04, 0.05, "bottom") if second else (0.4, 0.97, "top")
        axes.text(
            x, at, told, va=where, transform=axes.transAxes, fontsize="small", color="#555555"
        )
    if second:
        axes.set(xscale="log", yscale="log" if drawn else "linear", xlim=(1e-3, 1e3))
        if drawn:
            axes.set_ylim(1e-9, 1e7)
        axes.set_title(r"Its weight $f''(u)$, with the tails")
        axes.set_ylabel(r"$f''(u)\,/\,f''(1)$")
    else:
        axes.set(xlim=(0, 5), ylim=(-0.05, 2.5))
        axes.set_title("Divergence that the generator minimises")
        axes.set_ylabel(r"$f(u)\,/\,f''(1)$")


def _finer(u: Array, f: Array) -> tuple[Array, Array]:
    """Return a curve with eight times the points, by cubics in log u with the same slopes."""
    x = np.log(u)
    step = x[1] - x[0]
    slope = np.gradient(f, step, edge_order=2)[:, None] * step
    t = np.arange(8) / 8.0
    rise = np.diff(f)[:, None]
    start, end = slope[:-1], slope[1:]
    cubic = t * (start + t * (3.0 * rise - 2.0 * start - end + t * (start + end - 2.0 * rise)))
    fine = np.append((f[:-1, None] + cubic).ravel(), f[-1])
    return np.exp(np.append((x[:-1, None] + t * step).ravel(), x[-1])), fine


def draw_field(axes: Axes, game: Game, r1: float) -> None:
    """Draw directions and one trajectory of the Dirac-GAN in the plane of w and θ."""
    local = stability(game)
    centre = local.score if math.isfinite(local.score) else 0.0
    gan = DiracGan(game, r1)
    grid = np.linspace(-2.0, 2.0, 17)
    w, theta = np.meshgrid(grid, grid)
    dw, dtheta, _ = gan.velocity(np.stack([w, theta, np.full_like(w, centre)]))
    size = np.hypot(dw, dtheta)
    usable = (size > 0) & np.isfinite(size)
    dw, dtheta, size = (np.where(usable, part, 1.0) for part in (dw, dtheta, size))
    dw, dtheta = np.where(usable, dw / size, 0.0), np.where(usable, dtheta / size, 0.0)
    axes.quiver(w, theta, dw, dtheta, color="#9AA5B1", scale=30, width=0.004)
    pace = local.frequency if local.frequency > 0 else 0.5
    step = 2.0 * math.pi / pace / 200
    with np.errstate(all="ignore"):
        path = gan.trajectory(np.array([0.0, 1.0, centre]), 600, step)
    path = path[np.abs(path).max(axis=1) < 20]  # False for NaN too
    axes.plot(path[:, 0], path[:, 1])
    axes.plot(path[0, 0], path[0, 1], "o", color="#D55E00", markersize=6)
    axes.plot(0, 0, "k+", markersize=9)
    axes.set(xlim=(-2.1, 2.1), ylim=(-2.1, 2.1), box_aspect=1)
    axes.set_xlabel("D's weight w")
