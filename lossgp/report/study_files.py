"""What a study leaves on disk.

`study.json` has everything, `curves.csv` one row a run and cost, `arms.csv` one row an arm, and
`study.png` the curves. There is no time and no path in them: equal studies give equal bytes.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from lossgp.results.arms import arm_tests, reached, shares
from lossgp.results.matching import matches
from lossgp.results.study import Study
from lossgp.trainers.whole_files import written_whole

from .csv_files import csv_text, put
from .study_figures import draw_study

FORMAT, VERSION = "lossgp.study", 1


def write_study(study: Study, directory: Path) -> list[Path]:
    """Write the files of a study, each whole or not at all, and return their paths."""
    directory.mkdir(parents=True, exist_ok=True)
    paths = [
        put(directory / "study.json", json.dumps(study_json(study), indent=1) + "\n"),
        put(directory / "arms.csv", arms_csv(study)),
        put(directory / "curves.csv", curves_csv(study)),
    ]
    if study.members:
        picture = directory / "study.png"
        with written_whole(picture) as new:
            draw_study(study, new)
        paths.append(picture)
    return paths


def study_json(study: Study) -> dict[str, Any]:
    """Return a study as plain data."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "study": study.name,
        "protocol": study.protocol,
        "metric": study.objective.goal.key,
        "unit": study.unit,
        "costs": list(study.costs),
        "seeds": study.seeds,
        "confirm": study.confirm,
        "baseline": study.baseline,
        "target": None
        if study.target is None
        else {"name": study.target[0], "confirmed": study.target_score},
        "runs": [
            {
                "arm": m.arm,
                "seed": m.seed,
                "run": m.run,
                "cost": m.cost,
                "cost_to_target": study.cost_to_target(m),
                "confirmed": [study.confirmed(m, cost) for cost in study.costs],
                "incumbents": [
                    {
                        "cost": step.cost,
                        "loss": step.name,
                        "searched": step.searched,
                        "confirmed": study.confirmed_of(step.key),
                        "figures": list(study.fresh.get(step.key, ())),
                    }
                    for step in m.steps
                ],
            }
            for m in study.members
        ],
        "arms": [
            {"arm": arm, "final": study.final(arm), **_reached_json(study, arm)}
            for arm in study.arms
        ],
        "tests": [asdict(test) for test in arm_tests(study)],
        "shares": [asdict(share) for share in shares(study)],
        "budgets": dict(study.budgets),
        "matches": [asdict(match) for match in matches(study)],
        "missing": study.missing,
    }


def _reached_json(study: Study, arm: str) -> dict[str, Any]:
    if study.target_score is None or not study.of(arm):
        return {}
    found = reached(study, arm)
    return {
        "reached": found.count,
        "median_cost_to_target": found.median,
        "restricted_mean_cost": found.restricted,
        "restricted_mean_interval": found.interval,
    }


def curves_csv(study: Study) -> str:
    """Return one row a run and cost: the incumbent, searched and confirmed; empty where none."""
    rows = []
    for member in study.members:
        for cost in study.costs:
            step = member.incumbent(cost)
            name, searched = (step.name, step.searched) if step else (None, None)
            row = [member.arm, member.seed, cost, name, searched, study.confirmed(member, cost)]
            rows.append(row)
    return csv_text(["arm", "seed", study.unit, "loss", "searched", "confirmed"], rows)


def arms_csv(study: Study) -> str:
    """Return one row an arm: the confirmed scores of its runs, cost to the target, and tests."""
    by_arm = {test.arm: test for test in arm_tests(study)}
    rows: list[list[object]] = []
    for arm in study.arms:
        final, costs = study.final(arm), _reached_json(study, arm)
        row: list[object] = [arm, len(study.of(arm)), " ".join(map(repr, final))]
        row += [costs.get("reached"), costs.get("median_cost_to_target")]
        row += [
            costs.get("restricted_mean_cost"),
            *(costs.get("restricted_mean_interval") or [None] * 2),
        ]
        test = by_arm.get(arm)
        if test is None:
            row += [None] * 9
        else:
            row += [test.ratio, *(test.ratio_interval or (None, None)), test.p, test.p_adjusted]
            row += [test.a12, test.speedup, *(test.speedup_interval or (None, None))]
        rows.append(row)
    head = ["arm", "runs", "confirmed", "reached", "median_cost", "mean_cost", "mean_cost_low"]
    head += ["mean_cost_high", "ratio", "ratio_low", "ratio_high", "p", "p_holm", "a12"]
    return csv_text([*head, "saving", "saving_low", "saving_high"], rows)
