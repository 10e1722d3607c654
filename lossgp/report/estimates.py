"""Estimates from all trainings of a run together, in words."""

from __future__ import annotations

from lossgp.results.result import Result
from lossgp.search.scoring import Posterior, Score
from lossgp.trainers.metrics import Metric

_BEST = 10


def interval(found: Posterior, metric: Metric) -> str:
    """Return an estimate with the interval that holds it with 95 %."""
    mean, low, high = (metric.text(value) for value in (found.mean, found.low, found.high))
    return f"{mean} [{low}, {high}]"


def expected(score: Score) -> float:
    """Return what a loss comes to: its estimate where there is one, else the mean."""
    return score.mean if score.posterior is None else score.posterior.mean


def estimate_notes(result: Result) -> list[str]:
    """Return what the estimates of a run are, and how far they tell the best apart."""
    trained = [i for i in result.individuals if i.score.posterior]
    if not trained:
        return []
    from lossgp.search.estimates import Estimates  # late: SciPy takes its time

    found = Estimates.of([i.score.trained for i in trained])
    goal = result.objective.goal.title
    how = f"exp of the mean log {goal}" if found.is_log else f"the mean {goal}"
    lines = [
        f"Estimated {how} of a loss, from all trainings of the run together; in brackets where it "
        "is with 95 %; known losses by their own trainings alone"
    ]
    best = range(min(_BEST, len(trained)))  # best first
    if len(best) > 1:
        part = found.reliability(best)
        lines.append(
            f"Reliable  {part:.0%} of the differences among the {len(best)} best: not luck"
        )
    return lines


def trained_words(result: Result) -> str:
    """Return how many trainings the losses of a run have had."""
    counts = [len(i.score.trained) for i in result.individuals if i.score.trained]
    if not counts:
        return "no loss"
    losses = f"{len(counts)} loss{'es' * (len(counts) != 1)}"
    return f"{sum(counts)} trainings of {losses}, {min(counts)} to {max(counts)} each"
