"""What a user sees when something is wrong: one clear line, and no traceback."""

from __future__ import annotations

import io
import os
import re
import sys
import traceback

import click

from .hints import as_called
from .interrupts import interrupts
from .lines import message

_SHORT_OPTIONS = "hno"


def guarded(group: click.Group) -> None:
    """Run a group; tracebacks are shown only with --debug or LOSSGP_DEBUG=1."""
    debug = "--debug" in sys.argv or os.environ.get("LOSSGP_DEBUG") == "1"
    arguments = [_not_an_option(a) for a in sys.argv[1:] if a != "--debug"]
    try:
        # Without its standalone mode click returns the code of `ctx.exit`.
        sys.exit(group.main(arguments, prog_name="lossgp", standalone_mode=False) or 0)
    except click.ClickException as error:
        words = io.StringIO()
        error.show(words)
        usage, mark, _ = words.getvalue().partition("Error: ")
        said = message(error.format_message())
        click.echo(as_called(f"{usage}{mark}{said}"), err=True)
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        if debug:
            traceback.print_exc()
        sys.exit(interrupts.end())
    except BrokenPipeError:
        # Whoever read our output (head, less) has gone.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as error:
        if debug:
            raise
        if _is_users(error):
            click.echo(f"Error: {message(as_called(str(error)))}", err=True)
            sys.exit(2)
        click.echo(
            f"Internal error: {type(error).__name__}: {message(str(error))}\n"
            "This is a defect of lossgp; run again with --debug for the traceback.",
            err=True,
        )
        sys.exit(1)
    finally:
        interrupts.ignore()


def _not_an_option(argument: str) -> str:
    """Return the argument, with a space before a formula that starts with a minus."""
    return f" {argument}" if _is_formula(argument) else argument


def _is_formula(argument: str) -> bool:
    """Tell a formula that starts with a minus from an option and from a number."""
    if not argument.startswith("-") or re.fullmatch(r"-[\d.]+(e[-+]?\d+)?|--?", argument, re.I):
        return False
    if argument.startswith("--"):
        return re.match(r"--[A-Za-z][\w-]*(=|$)", argument) is None
    word = re.match(r"-([A-Za-z]\w*)", argument, re.ASCII)
    if word is None:
        return True
    from lossgp.expressions.notation import ALIASES, CONSTANTS, FUNCTIONS, VARIABLES

    if any(word[1] in names for names in (VARIABLES, CONSTANTS, FUNCTIONS, ALIASES)):
        return True
    return word[1][0] not in _SHORT_OPTIONS and re.search(r"[(*^/+|]", argument) is not None


def _is_users(error: Exception) -> bool:
    """Tell whether an error speaks of what the user gave, and not of a defect here."""
    from lossgp.config import ConfigError
    from lossgp.expressions import FormulaError
    from lossgp.runs import RunsError
    from lossgp.trainers import TrainerError

    return isinstance(error, ConfigError | FormulaError | RunsError | TrainerError | OSError)
