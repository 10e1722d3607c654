"""Why trainings came to nothing, in words."""

from lossgp.report.failures import WAYS, failure_lines
from lossgp.runs.memo import FAILED
from lossgp.trainers import Outcome, Status


def outcome(status, reason=None):
    return Outcome(0, status, {}, 1.0, reason)


def test_what_is_tried_again_is_what_is_told():
    assert set(WAYS) == set(FAILED)


def test_reasons_are_counted_the_most_frequent_first():
    lines = failure_lines(
        [
            outcome(Status.ERROR, "RuntimeError: x"),
            outcome(Status.TIMEOUT, "over 3 s"),
            outcome(Status.ERROR, "RuntimeError: x"),
            outcome(Status.OK),
            outcome(Status.DEAD, "constant output"),
            outcome(Status.DIVERGED, "not finite"),
        ]
    )
    assert lines == ["  2 raised: RuntimeError: x", "  1 timed out: over 3 s"]


def test_many_reasons_are_cut_and_the_rest_is_counted():
    lines = failure_lines([outcome(Status.CRASHED, f"reason {n}") for n in range(5)])
    assert lines == [
        *(f"  1 crashed: reason {n}" for n in range(3)),
        "  2 for other reasons",
    ]


def test_what_a_terminal_would_obey_is_shown_and_a_long_reason_is_cut():
    (line,) = failure_lines([outcome(Status.ERROR, "\x1b[31m" + "long " * 300)])
    assert "\x1b" not in line
    assert len(line) < 500
    assert failure_lines([outcome(Status.ERROR)]) == ["  1 raised: no reason is known"]
