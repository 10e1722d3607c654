"""A comparison of real digits that takes seconds, and the command line within this process."""

from __future__ import annotations

import click
import pytest
from click.testing import CliRunner

from lossgp.cli.group import cli
from lossgp.config import ConfigError
from lossgp.expressions import FormulaError
from lossgp.runs import RunsError
from lossgp.trainers import TrainerError

OPTIONS = {"iterations": 12, "samples": 64}
QUICK = ["--device", "cpu", "--iterations", "12", "--set", "trainer_options.samples=64"]
# What `lossgp.cli.faults` shows as one line, with exit code 2.
USERS = (click.ClickException, ConfigError, FormulaError, RunsError, TrainerError, OSError)


def called(*arguments):
    """What a command prints; its exit code must be 0."""
    done = CliRunner().invoke(cli, [*map(str, arguments)], standalone_mode=False)
    if done.exception is not None:
        raise done.exception
    return done.output


def refused(*arguments):
    """The one line with which a command refuses its arguments."""
    with pytest.raises(USERS) as caught:
        called(*arguments)
    error = caught.value
    return error.format_message() if isinstance(error, click.ClickException) else str(error)
