"""What a trainer answers, checked: an outcome that cannot be scored is an error that says why."""

from __future__ import annotations

from dataclasses import replace

from lossgp.common.echo import printable
from lossgp.trainers import Outcome, Status

# Far beyond any measurement, and its square is still a number: means and spreads never overflow.
_LARGEST = 1e150
_REASON = 500


def one_line(text: str) -> str:
    """Return a reason as it is recorded: one printable line of at most some 500 characters."""
    return printable(" ".join(text.split()), _REASON)


def described(error: BaseException) -> str:
    """Return ``TypeName: message`` as one line."""
    name = type(error).__name__
    try:
        message = str(error)
    except Exception:  # an exception of somebody else that cannot even be printed
        message = ""
    return one_line(f"{name}: {message}" if message.strip() else name)


def checked(outcome: Outcome, metric: str) -> Outcome:
    """Return an outcome that can be scored by ``metric``, its reason in one printable line.

    A training that is called ok without that metric, or with figures beyond 1e150, is an error.
    """
    if outcome.reason is not None and (line := one_line(outcome.reason)) != outcome.reason:
        outcome = replace(outcome, reason=line)
    if outcome.status is Status.OK and metric not in outcome.metrics:
        return _error(outcome, f"the trainer called it ok without the metric {metric!r}")
    for name, value in outcome.metrics.items():
        if abs(value) > _LARGEST:
            return _error(outcome, f"the metric {name!r} is {value:g}, which is no measurement")
    return outcome


def _error(outcome: Outcome, reason: str) -> Outcome:
    return replace(outcome, status=Status.ERROR, metrics={}, reason=one_line(reason))
