"""How the losses of D and G are written beside each other, and read apart."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from lossgp.common.echo import quoted

from .errors import FormulaError
from .notation import SIGNS
from .tokens import MAX_LENGTH

_LONGEST = 2 * MAX_LENGTH + 100

FORM = "'D: formula; G: formula'"

_SEMICOLON = r"(?<!\\);"  # \\; is a space of LaTeX
_PAIR = re.compile(rf"\s*D\s*:(.*?){_SEMICOLON}\s*G\s*:(.*?)(?:{_SEMICOLON})?\s*", re.DOTALL)
_SIDE = r"(?:\\mathcal ?\{? ?L ?\}?|\\ell|L) ?_ ?\{? ?%s ?\}? ?&? ?= ?"
_ALIGNED = re.compile(
    rf" ?(?:\\\[ ?)?(?:\\begin ?\{{[a-z]+\*?\}} ?)?{_SIDE % 'D'}(.*?)\\\\ ?{_SIDE % 'G'}(.*?)"
    r"(?:\\\\ ?)?(?:\\end ?\{[a-z]+\*?\} ?)?(?:\\\] ?)?"
)
"""L_D and L_G aligned, where dollar signs are blanks and blanks are single."""


def latex_of_pair(discriminator: str, generator: str) -> str:
    """Return L_D and L_G aligned, from the LaTeX of either."""
    return rf"\begin{{aligned}} L_D &= {discriminator} \\ L_G &= {generator} \end{{aligned}}"


@contextmanager
def of_player(player: str) -> Iterator[None]:
    """Say in an error of the block whose loss it is, "D" or "G"."""
    try:
        yield
    except FormulaError as error:
        raise FormulaError(f"in {player}'s loss: {error}") from None


def split(written: str) -> tuple[str, str] | None:
    """Return what is written for D and for G; None for a single formula.

    Raises:
        FormulaError: it is meant for a pair, but has not both parts in this order.
    """
    if not isinstance(written, str):
        raise FormulaError(f"a formula is text, not {quoted(written, 60)}")
    if len(written) > _LONGEST:
        raise FormulaError(
            f"the formulas have {len(written)} characters; at most {_LONGEST} are read"
        )
    written = written.translate(SIGNS)
    halves = _PAIR.fullmatch(written)
    if halves is None and "\\\\" in written:
        halves = _ALIGNED.fullmatch(re.sub(r"[\s$]+", " ", written))
    if halves is not None:
        return _lone(halves[1]), _lone(halves[2])
    d, g = (re.search(rf"(?:^|[\s;,]){part}\s*:", written) for part in "DG")
    if d and g:
        if g.start() < d.start():
            raise FormulaError(f"D's loss stands first: {FORM}")
        between = written[d.end() : g.start() + 1].rstrip()
        instead = ", not ','" if between.endswith(",") else ""
        raise FormulaError(f"write ';' between D's loss and G's{instead}: {FORM}")
    if d or g:
        there, missing = ("D", "G") if d else ("G", "D")
        both = " (one formula without 'D:' serves both)" if d else ""
        raise FormulaError(
            f"there is a loss for {there} and none for {missing}; both parts are needed: "
            f"{FORM}{both}"
        )
    if re.search(_SEMICOLON, written):
        raise FormulaError(f"two losses are written {FORM}")
    return None


def _lone(half: str) -> str:
    """Return one half; it must not hold another semicolon."""
    if re.search(_SEMICOLON, half):
        raise FormulaError(f"there are more than two parts; two losses are written {FORM}")
    return half.strip()
