"""One protocol under several settings of its options: what a sweep trains, side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .criterion import Criterion
from .errors import TrainerError
from .outcome import Outcome
from .trainer import Trainer

VARIED = "varied"
"""What workers know such a trainer by; nobody asks for a protocol of this name."""


class VariedTrainer(Trainer):
    """Makes the trainer of one setting after the other; they share what they can.

    Settings of different data would not fit into memory together, so only the first and the latest
    trainer are kept. One that differs from them in nothing but its training costs next to nothing
    (see `Trainer.another`).

    Args:
        first: the trainer of the first setting.
        settings: the options of each, complete; the first one's, too.
    """

    def __init__(self, first: Trainer, settings: Sequence[Mapping[str, Any]]) -> None:
        super().__init__(first.protocol, first.device)
        self._settings = tuple(settings)
        self._first = self._latest = 0, first
        self.time_limit = first.time_limit  # type: ignore[misc]

    def setting(self, index: int) -> Trainer:
        """The trainer of a setting, from 0.

        Raises what making a trainer raises (pydantic's `ValidationError`, `TrainerError`).
        """
        for known, made in (self._latest, self._first):
            if known == index:
                return made
        _, source = min((self._latest, self._first), key=lambda one: self._apart(one[0], index))
        self._latest = index, source.another(self._settings[index])
        return self._latest[1]

    def part(self, name: str) -> Trainer:
        """The trainer of the setting with this number."""
        return self.setting(int(name))

    def side_by_side(self) -> int | None:
        """As few as the setting that wants the fewest; on CUDA it is the one that fills most."""
        if not self.device.startswith("cuda"):
            return self._first[1].side_by_side()
        each = (self.setting(index).side_by_side() for index in range(len(self._settings)))
        return min((count for count in each if count is not None), default=None)

    def imports(self) -> Sequence[str]:
        """What the first setting imports."""
        return self._first[1].imports()

    def prepare(self) -> None:
        """Make ready the first setting, which others share."""
        self._first[1].prepare()

    def train(self, criterion: Criterion, seed: int, keep: Path | None = None) -> Outcome:
        """Not to be called: a training is one of a setting (see `part`)."""
        raise TrainerError("settings are trained one by one; ask for one of them")

    def reference(self) -> Mapping[str, float]:
        """The scale of the first setting."""
        return self._first[1].reference()

    def _apart(self, one: int, other: int) -> int:
        """In how many options two settings differ."""
        a, b = self._settings[one], self._settings[other]
        return sum(a.get(key) != b.get(key) for key in {*a, *b})
