"""What a study has found, in tables and in words."""

from __future__ import annotations

from rich.table import Table

from lossgp.common.echo import printable
from lossgp.results.against import FEWEST
from lossgp.results.arms import ArmTest, arm_tests, reached, shares
from lossgp.results.confirmation import CONFIRMATION_SEEDS_FROM
from lossgp.results.matching import matches
from lossgp.results.study import Study, quartiles

from .known_titles import title

Interval = tuple[float, float]


def study_tables(study: Study) -> list[Table]:
    """Return the arms with what they found and cost, and of an ablation what each part carries."""
    found = [_arms(study)]
    if parts := shares(study):
        table = _table("What each part carries", ("part switched off", "score / whole", "share"))
        for part in parts:
            ratio = "-" if part.ratio is None else _spread(part.ratio, part.ratio_interval)
            table.add_row(part.part, ratio, "-" if part.share is None else f"{part.share:.0%}")
        found.append(table)
    return found


def study_notes(study: Study) -> list[str]:
    """Return what stands below the tables."""
    goal = study.objective.goal.title
    members = len(study.members)
    lines = [
        f"Protocol  {study.protocol}",
        f"Runs      {members} of {len(study.arms) * study.seeds}, each of {_cost(study.horizon)} "
        f"{study.unit}{_smaller(study)}",
        f"Scores    {goal} of each run's best, as its search saw it (searched) and on "
        f"{study.confirm} fresh seeds from {CONFIRMATION_SEEDS_FROM} on (confirmed): median and "
        "quartiles over the runs",
    ]
    if study.target is not None:
        score = study.target_score
        words = "is not trained yet" if score is None else study.objective.goal.text(score)
        lines.append(f"Target    {title(study.target[0])}, confirmed: {words}")
        censored = [
            f"{len(found.costs) - found.count} of {arm}"
            for arm in study.arms
            if (found := reached(study, arm)).count < len(found.costs)
        ]
        lines.append(
            f"Cost      to reach the target: the restricted mean, each run counted up to "
            f"{_cost(study.horizon)} {study.unit}; looked at {len(study.costs)} times"
        )
        if censored and score is not None:
            lines.append(f"Censored  runs that never reached it: {', '.join(censored)}")
    lines += [f"Verdict   {line}" for line in verdicts(study)]
    lines += [f"Saving    {line}" for line in savings(study)]
    if study.seeds < FEWEST:
        lines.append(f"Intervals none from fewer than {FEWEST} runs an arm")
    if study.missing:
        lines.append(
            f"Missing   {len(study.arms) * study.seeds - members} runs, and the trainings of "
            f"{len(study.unconfirmed)} losses on fresh seeds"
        )
    return [printable(line, None) for line in lines]


def verdicts(study: Study) -> list[str]:
    """Return one line an arm: whether it can be told from the baseline."""
    lines = []
    for test in arm_tests(study):
        words = "cannot be told from"
        if test.p_adjusted < 0.05:
            words = "is better than" if test.a12 > 0.5 else "is worse than"
        lines.append(
            f"{test.arm} {words} {study.baseline} (Mann-Whitney p {_p(test.p_adjusted)}"
            f"{' after Holm' if len(study.arms) > 2 else ''}, A12 {test.a12:.2f})"
        )
    return lines


def savings(study: Study) -> list[str]:
    """Return one line an arm: what it spends until it has what the baseline ends with."""
    spent = study.budgets.get(study.baseline, study.horizon)
    return [
        f"{found.arm} has the median with which {study.baseline} ends after {_cost(spent)} "
        f"{study.unit} ({study.objective.goal.text(found.score)}) at {_cost(found.cost)}, in "
        f"{found.count} of {found.runs} runs: {_spread(found.saving, found.interval)} times less"
        for found in matches(study)
    ]


def _smaller(study: Study) -> str:
    """Tell of arms that spend less."""
    return "".join(f"; of {arm} {_cost(amount)}" for arm, amount in study.budgets.items())


def _arms(study: Study) -> Table:
    goal = study.objective.goal
    heads = ["arm", f"{goal.title}, searched", f"{goal.title}, confirmed"]
    has_tests = len(study.arms) > 1
    if study.target is not None:
        heads += [f"to {title(study.target[0])}", f"cost ({study.unit})"]
        if has_tests:
            heads += ["saving"]
    if has_tests:
        heads += [f"/ {study.baseline}", "p", "A12"]
    table = _table(f"Study {study.name}", heads)
    by_arm = {test.arm: test for test in arm_tests(study)}
    for arm in study.arms:
        searched = [
            value for m in study.of(arm) if (value := study.searched(m, study.horizon)) is not None
        ]
        cells = [arm, _quartiles(study, searched), _quartiles(study, study.final(arm))]
        test = by_arm.get(arm)
        if study.target is not None:
            found = reached(study, arm)
            there = study.target_score is not None and found.costs
            cells.append(f"{found.count} of {len(found.costs)}" if there else "-")
            cells.append(_cost_cell(found.restricted, found.interval) if there else "-")
            if has_tests:
                saving = test is not None and test.speedup is not None
                cells.append(_saving(test) if saving and test else "")
        if has_tests:
            cells += _test_cells(test)
        table.add_row(*(printable(cell, None) for cell in cells))
    return table


def _test_cells(test: ArmTest | None) -> list[str]:
    if test is None:
        return ["", "", ""]
    ratio = "-" if test.ratio is None else _spread(test.ratio, test.ratio_interval)
    return [ratio, _p(test.p_adjusted), f"{test.a12:.2f}"]


def _saving(test: ArmTest) -> str:
    assert test.speedup is not None
    return f"{_spread(test.speedup, test.speedup_interval)}x"


def _table(name: str, heads: tuple[str, ...] | list[str]) -> Table:
    table = Table(title=name, title_justify="left", pad_edge=False)
    for column, head in enumerate(heads):
        table.add_column(head, justify="right" if column else "left")
    return table


def _quartiles(study: Study, values: list[float]) -> str:
    if not values:
        return "-"
    low, middle, high = (study.objective.goal.text(value) for value in quartiles(values))
    return f"{middle} [{low}, {high}]"


def _spread(middle: float, interval: Interval | None) -> str:
    words = f"{middle:.2f}"
    return words if interval is None else f"{words} [{interval[0]:.2f}, {interval[1]:.2f}]"


def _cost_cell(middle: float, interval: Interval | None) -> str:
    words = _cost(middle)
    return words if interval is None else f"{words} [{_cost(interval[0])}, {_cost(interval[1])}]"


def _cost(value: float) -> str:
    return f"{value:,.0f}"


def _p(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"{value:.3f}"
