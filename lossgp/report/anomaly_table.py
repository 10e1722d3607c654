"""The tables of a study of anomaly detection, after Tables 4 and I of the GANetic paper."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lossgp.results.anomaly import AUROC, PRECISION, VERDICTS
from lossgp.trainers.anomaly.detection import Scores, quality

from .comparison_table import TICK, Grid

if TYPE_CHECKING:
    from pathlib import Path

    from lossgp.results.anomaly import AnomalyStudy, Figures, Method
    from lossgp.trainers.gan.checkpoint import Checkpoint

NETWORKS = ("D", "G", "E")


def grid(study: AnomalyStudy) -> Grid:
    """Return the table: AUROC and average precision of each method, with their intervals."""
    ablated = study.ablated
    lost = any(method.lost for method in study.losses)
    headings = ["method", *(NETWORKS if ablated else ()), "AUROC", "95 % (images)"]
    headings += ["95 % (seeds)", "AP", "95 % (images)", "seeds"]
    headings += ["lost seeds"] if lost else []
    headings += ["p"]
    rows = []
    for method in study.methods:
        cells = [method.name]
        if ablated:
            cells += [TICK if network in method.replaced else "" for network in NETWORKS]
        area, precision = (study.figures(method, key) for key in (AUROC, PRECISION))
        cells += [_spread(area), _span(area.images), _span(area.seeds)]
        cells += [_spread(precision), _span(precision.images)]
        cells.append(str(len(method.living)))
        if lost:
            cells.append(", ".join(f"{n} {status}" for status, n in method.lost.items()))
        test = study.paired(method)
        cells.append(f"{test.p:.3g}" if test else "-")
        rows.append(tuple(cells))
    title = "Anomaly detection: AUROC and average precision (higher is better)"
    if ablated:
        title = f"Ablation: {title}"
    return Grid(title, tuple(headings), tuple(rows), 4 if ablated else 1)


def notes(study: AnomalyStudy) -> list[tuple[str, str]]:
    """Return what stands under the table, as (key, text)."""
    found = [
        ("Protocol", study.protocol),
        ("Data", study.data),
        (
            "Figures",
            "means over the living seeds with sample standard deviation; 95 % bootstrap intervals "
            "over test images (normal and abnormal ones resampled apart) and, of five seeds or "
            "more, over seeds",
        ),
    ]
    share = _share(study)
    if study.baselines and study.losses:
        words = "the difference of the mean AUROC, and its 95 % bootstrap interval over images and"
        found.append(("Verdicts", f"in brackets {words} seeds at once"))
    if share is not None:
        found.append(("Chance", f"AUROC 0.500, average precision {share:.3f}"))
    first = study.losses[0].name if study.losses else ""
    if len(study.losses) > 1:
        found.append(("p", f"sign-flip test of the AUROC against {first} over shared seeds"))
    if study.ablated:
        base = f"the others as the base: {first} in D and G, the squared error in E"
        found.append(("Loss in", f"the ticked networks, {base}"))
    found += [(method.name, method.note) for method in study.baselines if method.note]
    if without := [m.name for m in study.losses if m.living and not m.shown]:
        found.append(("No scores", f"of {', '.join(without)}: their models were not kept"))
    if study.missing:
        found.append(("Missing", f"{study.missing} trainings; the same command goes on"))
    return found


def verdicts(study: AnomalyStudy) -> list[str]:
    """Return a sentence for each loss: what it loses to, beats, and cannot be told apart from.

    In brackets stand the difference of the mean AUROC and its 95 % interval.
    """
    said = []
    for loss in study.losses:
        found: dict[str, list[str]] = {}
        for other in study.baselines:
            if (compared := study.against(loss, other)) is not None:
                verdict, difference, span = compared
                figures = f"{difference:+.3f} [{span.low:+.3f}, {span.high:+.3f}]"
                found.setdefault(verdict, []).append(f"{other.name} ({figures})")
        if found:
            parts = [
                f"{verdict} {', '.join(found[verdict])}" for verdict in VERDICTS if verdict in found
            ]
            said.append(f"{loss.name} {'; '.join(parts)}")
    return said


def models(study: AnomalyStudy) -> list[tuple[str, str]]:
    """Return the kept models that score further images: (method and seed with AUROC, path)."""
    return [
        (f"{method.name}, seed {o.seed}, AUROC {_number(o.metrics.get(AUROC))}",
         str(method.models[o.seed]))
        for method in study.losses
        for o in method.living
        if o.seed in method.models
    ]  # fmt: skip


def model_json(found: Checkpoint) -> dict[str, Any]:
    """Return what a kept model says of itself, as plain data."""
    return {
        "path": str(found.path),
        "trainer": found.trainer,
        "loss": found.loss,
        "seed": found.seed,
        "protocol": found.protocol,
    }


def model_lines(found: Checkpoint, scores: Scores, description: str) -> list[str]:
    """Return what a kept model is, a line each."""
    area = quality(scores)
    return [
        f"Protocol  {description}",
        f"Loss      {found.loss}",
        f"Seed      {found.seed}",
        f"Tests     AUROC {area.auroc:.3f}, AP {area.average_precision:.3f} on "
        f"{len(scores.normal)} normal and {len(scores.abnormal)} abnormal images",
    ]


def _share(study: AnomalyStudy) -> float | None:
    """The share of abnormal test images: what a constant score has as average precision."""
    for scores in (s for method in study.methods for s in method.scores.values()):
        return len(scores.abnormal) / (len(scores.abnormal) + len(scores.normal))
    return None


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _spread(figures: Figures) -> str:
    written = _number(figures.mean)
    return written if figures.std is None else f"{written} ± {figures.std:.3f}"


def _span(span: tuple[float, float] | None) -> str:
    return "-" if span is None else f"{span[0]:.3f}–{span[1]:.3f}"


def best_model(study: AnomalyStudy) -> tuple[Path, str] | None:
    """Return a kept model of the loss with the highest mean AUROC, its first seed; and its name.

    Not its best seed, which would be chosen on the test images.
    """

    def area(method: Method) -> float:
        return study.figures(method, AUROC).mean or 0.0

    for method in sorted(study.losses, key=area, reverse=True):
        for o in method.living:
            if o.seed in method.models:
                return method.models[o.seed], method.name
    return None
