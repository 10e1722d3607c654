"""The command line: `lossgp COMMAND`; each command is a module loaded when it is called."""

from __future__ import annotations


def main() -> None:
    """Run the command line.

    Exit code 2 means that the input was wrong, 130 that it was interrupted.
    """
    # Before anything that takes time to import, so that Ctrl-C is understood from the start.
    from .interrupts import interrupts

    interrupts.heed()
    from .faults import guarded
    from .group import cli
    from .streams import tolerate

    tolerate()
    guarded(cli)
