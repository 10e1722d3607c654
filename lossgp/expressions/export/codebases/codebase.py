"""What a code base needs from a file, and how the file is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from textwrap import indent
from typing import TYPE_CHECKING

from ..describing import docstring, note_lines, parts
from ..torch_file import modules

if TYPE_CHECKING:
    from ...loss import Loss
    from ...pair import LossPair

TORCH = "import torch\nfrom torch import Tensor, nn\n"
GENERATOR_ONLY = "{generator_only}"
_OF_BOTH = """
# What a discriminator returns is a raw score, whatever the loss is of: the modules apply a
# sigmoid where they need one, in float32 at least, under autocast too.
_LOSS_OF_D = {of_d}(from_logits=True)
_LOSS_OF_G = {of_g}(from_logits=True)
REAL, GENERATED = 1.0, 0.0
"""


@dataclass(frozen=True)
class Codebase:
    """An export target: called with a loss and notes, it returns the text of a file.

    Attributes:
        name: what people call it.
        needs: what the file imports.
        use: the lines that say how to use the file, saved as `discovered_loss.py`.
        code: what the code base calls. Of D's loss it knows `_LOSS_OF_D`, of G's `_LOSS_OF_G`:
            both take raw scores of any shape and `REAL` or `GENERATED`, and return the mean.
        generator_only: whether D keeps the loss of the code base, where the code says
            `GENERATOR_ONLY` and so leaves it open.
        imports: every import line.
    """

    name: str
    needs: str
    use: tuple[str, ...]
    code: str
    imports: str = TORCH
    generator_only: bool = False

    @property
    def splits(self) -> bool:
        """Whether D may keep the code base's own loss."""
        return GENERATOR_ONLY in self.code

    def for_generator_only(self) -> Codebase:
        """Return the target whose files give the loss to G alone."""
        return replace(self, generator_only=True)

    def __call__(self, loss: Loss | LossPair, notes: Mapping[str, str]) -> str:
        """Return the text of the file."""
        names = [name for name, _ in parts(loss)]
        open_choice = str(self.generator_only)
        lines = [
            f"A loss function for {self.name}, written by lossgp; it needs {self.needs}.",
            "",
            "Saved as discovered_loss.py, it is used so.",
            *(line.replace(GENERATOR_ONLY, open_choice) for line in self.use),
            *(["", *note_lines(notes)] if notes else []),
        ]
        return "\n".join(
            [
                docstring(lines),
                "",
                self.imports,
                modules(loss, notes),
                _OF_BOTH.format(of_d=names[0], of_g=names[-1]),
                self.code.replace(GENERATOR_ONLY, open_choice),
            ]
        )


def example(code: str) -> tuple[str, ...]:
    """Return lines of code as they stand in a docstring."""
    return tuple(indent(code.strip("\n"), "    ").split("\n"))
