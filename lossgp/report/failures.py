"""Why trainings came to nothing, in words: what a count of them does not tell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from lossgp.common.echo import printable
from lossgp.trainers import Outcome, Status

WAYS = {Status.CRASHED: "crashed", Status.TIMEOUT: "timed out", Status.ERROR: "raised"}
"""The ends that say nothing of a loss, and that are tried again on request."""
_MOST = 3


def failure_lines(outcomes: Iterable[Outcome], most: int = _MOST) -> list[str]:
    """Return a line for each reason why trainings crashed, timed out or raised.

    The most frequent come first; beyond `most` they are counted together.
    """
    counted = Counter(
        (WAYS[o.status], o.reason or "no reason is known") for o in outcomes if o.status in WAYS
    )
    first = counted.most_common(most)
    lines = [f"  {count} {way}: {printable(reason)}" for (way, reason), count in first]
    if rest := counted.total() - sum(count for _, count in first):
        lines.append(f"  {rest} for other reasons")
    return lines
