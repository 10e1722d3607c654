"""The commands by name; each is a module that is loaded when it is called."""

from __future__ import annotations

import importlib

import click

from lossgp import __version__
from lossgp.common.echo import quoted
from lossgp.common.suggesting import did_you_mean

from .sections import write_sections

SECTIONS = {
    "Searches": {
        "evolve": "Search for losses, train them, and rank them.",
        "confirm": "Train a run's best again on fresh seeds, and rank them by that.",
        "tune": "Tune the constants of a loss.",
        "study": "Compare searches over run seeds: arms, ablations, controls.",
        "runs": "List the runs; delete, rename or annotate one.",
    },
    "Trainings": {
        "score": "Train losses over seeds and compare them.",
        "sweep": "Train losses under several settings of a protocol.",
        "anomaly": "Find abnormal images with an f-AnoGAN of any loss.",
        "reliability": "Measure how far scores under a protocol tell losses apart.",
        "sample": "Draw images from a trained generator.",
        "protocols": "List what losses can be trained on, and the options.",
        "data": "List, get and check data sets.",
    },
    "Losses": {
        "show": "Print a loss, or the losses of a run: LaTeX, text, minima.",
        "plot": "Draw losses and their gradients against BCE, or a run.",
        "card": "Everything that analysis knows of a loss, on one page.",
        "same": "Tell whether two losses are equal, and how.",
        "fit": "Turn a tabulated or learned loss into formulas.",
        "export": "Write a loss as code for PyTorch, Keras, ..., or as LaTeX.",
        "zoo": "List the known losses.",
    },
}
COMMANDS = {name: words for section in SECTIONS.values() for name, words in section.items()}


class LazyGroup(click.Group):
    """A group that imports a command's module only to run it or to show its help."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command, importing its module."""
        if cmd_name not in COMMANDS:
            return None
        command = importlib.import_module(f".{cmd_name}", __package__).command
        return command if isinstance(command, click.Command) else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command of the first word; an unknown one ends with the nearest name."""
        if args[0] not in COMMANDS and not args[0].startswith("-"):
            hint = did_you_mean(args[0], COMMANDS) or f"; commands are {', '.join(COMMANDS)}"
            ctx.fail(f"No such command {quoted(args[0])}{hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands by section without importing any."""
        write_sections(formatter, {title: [*rows.items()] for title, rows in SECTIONS.items()})


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="lossgp")
def cli() -> None:
    """Discover loss functions for GANs by genetic programming.

    Start with `lossgp evolve`. A LOSS is a known name (see `lossgp zoo`), a formula such as
    "y_pred**3 + sqrt(3.985*y_real/y_pred)", a pair "D: ...; G: ...", or RUN#RANK.
    With --debug, anywhere, a failing command shows its traceback.
    """
