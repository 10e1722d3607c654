"""Ctrl-C, and a request to terminate: the first ends a command cleanly, the second at once.

A terminal that is closed (SIGHUP) asks once, however often: the shell passes on what the system
has already sent. A process started with nohup goes on.

Both end it with exit code 130 and words on how to go on, whenever they come: while torch is
imported, while trainings run, while workers are being closed. The second does so from within the
signal's handler: an exception could come at a place where it is lost, or leave half of a clean-up.
What a process that ends so leaves behind is safe: every finished training is committed, locks go
with the process, and so do the workers.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType

EXIT_CODE = 130
_SHOW_CURSOR = "\x1b[?25h"
_SIGHUP: signal.Signals | None = getattr(signal, "SIGHUP", None)  # not on every system


class CommandInterrupt(KeyboardInterrupt):
    """The first interrupt.

    A subclass, because Python notes a plain `KeyboardInterrupt` that passes through any `exec`
    (as of dataclasses, or in torch) and ends the process by the signal whatever its exit code.
    """


class Interrupts:
    """The interrupts of this process.

    Attributes:
        words: what to say when one comes; a command sets it as soon as it knows how to go on.
    """

    def __init__(self) -> None:
        self.words: Callable[[], str] = lambda: "Interrupted."
        self._asked = False
        self._said = False

    def heed(self) -> None:
        """Take over SIGINT, SIGTERM and SIGHUP.

        A process told to ignore Ctrl-C, or the end of its terminal, goes on doing so.
        """
        sys.unraisablehook = self._lost
        signal.signal(signal.SIGTERM, self._handle)
        for number in filter(None, (signal.SIGINT, _SIGHUP)):
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._handle)

    def end(self) -> int:
        """Say the words, if they have not been said; returns the exit code."""
        self.ignore()
        if not self._said:
            # A live display may have hidden the cursor and not come to show it again.
            cursor = _SHOW_CURSOR if os.isatty(2) else ""
            # Not through sys.stderr, which a handler may find in the middle of a write.
            with contextlib.suppress(OSError):
                os.write(2, f"{cursor}{self.words()}\n".encode())
            self._said = True
        return EXIT_CODE

    def ignore(self) -> None:
        """Ignore Ctrl-C from now on: what is left is the interpreter's own end.

        There Python would give the signal back to the system, which kills without a word.
        """
        signal.signal(signal.SIGINT, signal.SIG_IGN)

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if number == _SIGHUP:
            _let_go_of_the_terminal()
            if self._asked:
                return
        if self._asked:
            os._exit(self.end())
        self._asked = True
        raise CommandInterrupt

    def _lost(self, unraisable: sys.UnraisableHookArgs) -> None:
        """Ask again a moment later where the first interrupt came in a finalizer.

        Python drops what is raised there; while modules are imported, many run.
        """
        if not isinstance(unraisable.exc_value, CommandInterrupt):
            sys.__unraisablehook__(unraisable)
            return
        self._asked = False
        threading.Timer(0.01, os.kill, (os.getpid(), signal.SIGTERM)).start()


def _let_go_of_the_terminal() -> None:
    """Write to nowhere what would go to a terminal that is gone, and fail there."""
    for descriptor in (1, 2):
        try:
            os.write(descriptor, b"")
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), descriptor)


interrupts = Interrupts()
