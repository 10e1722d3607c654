"""The figures of a study of anomaly detection: Figure I of the GANetic paper, and residual maps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lossgp.common.echo import printable
from lossgp.results.anomaly import AUROC
from lossgp.trainers.anomaly.detection import Floats, Scores, roc_curve

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from lossgp.results.anomaly import AnomalyStudy, Example, Method

Drawing = Callable[[Path], Path]
_COLUMNS = 3
_BINS = 30
_TAIL = 0.995  # scores beyond this quantile share the last bar: a few would squeeze all others
_GRID = np.linspace(0, 1, 201)
_KINDS = ("normal", "abnormal")
_NAME = 40


def histograms(study: AnomalyStudy) -> Drawing | None:
    """Return what draws the scores of normal and abnormal images, a panel a method.

    Of several seeds it is the one whose AUROC is the median. None without scores.
    """
    shown = [(method, scores) for method in study.methods if (scores := _median(method))]
    if not shown:
        return None

    def draw(path: Path) -> Path:
        from lossgp.analysis.figures import new_figure, save, styled

        with styled():
            columns = min(_COLUMNS, len(shown))
            rows = -(-len(shown) // columns)
            figure = new_figure(3.5 * columns + 0.4, 2.7 * rows + 0.6)
            panels = list(figure.subplots(rows, columns, squeeze=False).flat)
            for axes, (method, (seed, scores)) in zip(panels, shown, strict=False):
                _draw_histogram(axes, scores)
                seeds = f", seed {seed}" if len(method.scores) > 1 else ""
                area = next(o.metrics[AUROC] for o in method.outcomes if o.seed == seed)
                axes.set_title(f"{_name(method)}{seeds}\nAUROC {area:.3f}", fontsize=9)
            for axes in panels[len(shown) :]:
                axes.set_axis_off()
            _legend(figure)
            return save(figure, path)

    return draw


def roc(study: AnomalyStudy) -> Drawing | None:
    """Return what draws the ROC of each method: the mean of the seeds, and its spread as a band.

    None without scores.
    """
    shown = [method for method in study.methods if method.shown]
    if not shown:
        return None

    def draw(path: Path) -> Path:
        from lossgp.analysis.figures import new_figure, save, styled

        with styled():
            figure = new_figure(7.4, 4.6)
            axes = figure.subplots()
            axes.plot([0, 1], [0, 1], color="#999999", lw=0.8, ls="-", label="chance")
            for number, method in enumerate(shown):
                curves = np.stack([_on_grid(scores) for scores in method.shown])
                mean = study.figures(method, AUROC).mean
                label = f"{_name(method)}: {mean:.3f}"
                width = 1.0 if method.kind == "baseline" else 1.8
                style = ("-", "--", "-.", ":")[number % 4]
                look: dict[str, Any] = {"color": f"C{number % 8}", "ls": style}
                axes.plot(_GRID, curves.mean(0), lw=width, label=label, **look)
                if len(curves) > 1:
                    low, high = curves.min(0), curves.max(0)
                    axes.fill_between(_GRID, low, high, color=look["color"], alpha=0.12, lw=0)
            axes.set_aspect("equal")
            axes.set_xlim(0, 1)
            axes.set_ylim(0, 1.01)
            axes.set_xlabel("false positive rate")
            axes.set_ylabel("true positive rate")
            axes.set_title("ROC, mean of the seeds (band: least to greatest)")
            figure.legend(*axes.get_legend_handles_labels(), loc="outside right upper")
            return save(figure, path)

    return draw


def maps(examples: Sequence[Example]) -> Drawing | None:
    """Return what draws images, their reconstructions and residual maps; None without examples."""
    if not examples:
        return None

    def draw(path: Path) -> Path:
        from lossgp.analysis.figures import new_figure, save, styled

        with styled():
            figure = new_figure(1.25 * len(examples) + 0.9, 4.6)
            panels = figure.subplots(3, len(examples), squeeze=False)
            brightest = max(float(each.map.max()) for each in examples)
            heat = None
            for column, each in zip(panels.T, examples, strict=True):
                column[0].imshow(_picture(each.image), cmap="gray", vmin=0, vmax=1)
                column[1].imshow(_picture(each.made), cmap="gray", vmin=0, vmax=1)
                heat = column[2].imshow(each.map, cmap="inferno", vmin=0, vmax=brightest or 1)
                kind = _KINDS[each.abnormal]
                column[0].set_title(f"{kind}\nA = {each.score:.3g}", fontsize=8)
            for axes in panels.flat:
                axes.set_xticks([])
                axes.set_yticks([])
                axes.grid(False)
                axes.spines[:].set_visible(False)
            for axes, words in zip(panels[:, 0], ("x", "G(E(x))", "|x − G(E(x))|"), strict=True):
                axes.set_ylabel(words)
            if heat is not None:
                figure.colorbar(heat, ax=list(panels[2]), fraction=0.02, pad=0.01)
            name = printable(examples[0].method, _NAME)
            figure.suptitle(f"{name}: images of the test drawn at random", fontsize=10)
            return save(figure, path)

    return draw


def _median(method: Method) -> tuple[int, Scores] | None:
    """The seed with the median AUROC among the living ones with scores, and its scores."""
    there = sorted((o.metrics[AUROC], o.seed) for o in method.living if o.seed in method.scores)
    if not there:
        return None
    seed = there[(len(there) - 1) // 2][1]
    return seed, method.scores[seed]


def _draw_histogram(axes: Axes, scores: Scores) -> None:
    values, _ = scores.joined()
    low, high = float(values.min()), float(np.quantile(values, _TAIL))
    if not high > low:
        low, high = low - 0.5, low + 0.5
    edges = np.linspace(low, high, _BINS + 1)
    parts = zip(_KINDS, (scores.normal, scores.abnormal), strict=True)
    for number, (kind, own) in enumerate(parts):
        weights = np.full(len(own), 1 / len(own))
        axes.hist(
            np.clip(own, low, high),
            edges.tolist(),
            weights=weights,
            color=f"C{number}",
            alpha=0.55,
            label=kind,
        )
    axes.set_xlabel("anomaly score A(x)")
    axes.set_ylabel("share of images")


def _on_grid(scores: Scores) -> Floats:
    """The true positive rate at equally spaced false positive rates."""
    false, true = roc_curve(scores)
    found: Floats = np.interp(_GRID, false, true)
    return found


def _picture(pixels: NDArray[np.float64]) -> NDArray[np.float64]:
    """An image (c, h, w) in [-1, 1] as Matplotlib takes it, in [0, 1]."""
    scaled = np.clip((pixels + 1) / 2, 0, 1)
    return scaled[0] if len(scaled) == 1 else scaled.transpose(1, 2, 0)


def _legend(figure: Figure) -> None:
    handles, labels = figure.axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper right", ncols=len(labels))


def _name(method: Method) -> str:
    return printable(method.name, _NAME)
