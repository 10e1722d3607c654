"""Studies of anomaly detection side by side: a row for each method, a column for each data set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lossgp.results.anomaly import AnomalyStudy, Method


def overview(studies: Mapping[str, AnomalyStudy]) -> str:
    """AUROC of each method on each set, and of the losses what they gain over the first on all."""
    names = list(dict.fromkeys(m.name for study in studies.values() for m in study.methods))
    lines = [f"| method | {' | '.join(studies)} |", f"|---|{'--:|' * len(studies)}"]
    for name in names:
        cells = [_cell(study, _method(study, name)) for study in studies.values()]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join([*lines, "", *_gains(studies), ""])


def _method(study: AnomalyStudy, name: str) -> Method | None:
    return next((method for method in study.methods if method.name == name), None)


def _cell(study: AnomalyStudy, method: Method | None) -> str:
    """Mean and spread over seeds; of a loss also how many baselines it beats and loses to."""
    from lossgp.results.anomaly import AUROC

    figures = None if method is None else study.figures(method, AUROC)
    if method is None or figures is None or figures.mean is None:
        return "-"
    text = f"{figures.mean:.3f}" + ("" if figures.std is None else f" ± {figures.std:.3f}")
    if method.kind != "loss":
        return text
    found = [study.against(method, other) for other in study.baselines]
    said = [verdict[0] for verdict in found if verdict is not None]
    return f"{text} ({said.count('beats')}, {said.count('loses to')})"


def _gains(studies: Mapping[str, AnomalyStudy]) -> list[str]:
    """A line for each loss but the first: its mean gain over the sets, each of them one figure."""
    from lossgp.common.averages import mean
    from lossgp.results.anomaly import AUROC
    from lossgp.results.paired import interval, paired

    first = next(iter(studies.values())).losses[0].name
    lines = []
    for name in [loss.name for loss in next(iter(studies.values())).losses[1:]]:
        pairs = [
            (mean(a.values(AUROC)), mean(b.values(AUROC)))
            for study in studies.values()
            if (a := _method(study, name)) and (b := _method(study, first))
            if a.values(AUROC) and b.values(AUROC)
        ]
        if not pairs:
            continue
        gains = [ours - theirs for ours, theirs in pairs]
        span, test = interval(gains), paired(*map(list, zip(*pairs, strict=True)))
        between = "" if span is None else f" [{span[0]:+.4f}, {span[1]:+.4f}]"
        chance = "" if test is None else f", p {test.p:.3f}"
        better = sum(gain > 0 for gain in gains)
        lines.append(
            f"- {name} over {first}: {mean(gains):+.4f}{between} in the mean of {len(gains)} sets, "
            f"better on {better}{chance}"
        )
    return lines
