"""What the command line says of confirmations: numbers of fresh seeds, and protocols."""

from __future__ import annotations

import re
from collections.abc import Iterable

import click

from lossgp.common.echo import quoted

_ON = re.compile(r"(?P<protocol>[^:]+):(?P<seeds>\d{1,4})")


def seeds_on_protocols(written: Iterable[str], option: str) -> dict[str, int]:
    """Return the fresh seeds of each PROTOCOL:N.

    Raises:
        click.UsageError: one is not of that form, or a protocol is given twice.
    """
    found: dict[str, int] = {}
    for text in written:
        match = _ON.fullmatch(text.strip())
        if match is None or not 1 <= int(match["seeds"]) <= 1000:
            raise click.UsageError(
                f"{option} {quoted(text, 80)}: write PROTOCOL:N with N from 1 to 1000, as mnist:5"
            )
        if match["protocol"] in found:
            raise click.UsageError(
                f"{option}: protocol {quoted(match['protocol'], 80)} is given twice; give it once"
            )
        found[match["protocol"]] = int(match["seeds"])
    return found


def confirmation(written: Iterable[str]) -> tuple[int | None, dict[str, int] | None]:
    """Return the seeds under the run's own protocol, and on others, of `evolve --confirm`.

    Each is N or PROTOCOL:N; None where nothing is said.

    Raises:
        click.UsageError: one is neither, or is given twice.
    """
    numbers = [text for text in written if text.strip().isdigit()]
    others = [text for text in written if text not in numbers]
    if len(numbers) > 1:
        raise click.UsageError("--confirm N is given twice; give it once")
    if numbers and int(numbers[0]) > 1000:
        raise click.UsageError(f"--confirm {numbers[0]}: it must be from 0 to 1000")
    for text in others:
        if ":" not in text:
            raise click.UsageError(
                f"--confirm {quoted(text, 80)}: write a number of fresh seeds, as 10, or "
                "PROTOCOL:N, as mnist:5"
            )
    seeds = int(numbers[0]) if numbers else None
    return seeds, seeds_on_protocols(others, "--confirm") or None
