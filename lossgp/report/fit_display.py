"""The progress of a fit: one line that moves on a terminal, plain lines elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.status import Status

from .live import PARTS, LiveDisplay

if TYPE_CHECKING:
    from lossgp.fitting import FitProgress


class Display(LiveDisplay):
    """Shows how near the best formulas are; see `LiveDisplay`."""

    def __init__(self, console: Console | None = None) -> None:
        super().__init__(console)
        self._status = Status("first generation", console=self.console)
        self.moving = self._status
        self._last = 0

    def generation(self, progress: FitProgress) -> None:
        """Show a complete generation."""
        words = (
            f"generation {progress.number} of {progress.of}: error {progress.whole:.2%} of one "
            f"formula, {progress.real:.2%} for real and {progress.fake:.2%} for generated samples"
        )
        if self.console.is_terminal:
            self._status.update(words)
            return
        part = PARTS * progress.number // progress.of
        if part > self._last:
            self._last = part
            self.line(words)
