"""Output on terminals and in pipes that cannot show every character.

With PYTHONIOENCODING=ascii, in an old locale or a Windows console, the figures of a search that
ran for hours must not be lost for a plus-minus sign.
"""

from __future__ import annotations

import codecs
import contextlib
import io
import sys
import unicodedata

_HANDLER = "lossgp-nearest"
_NEAREST = {"±": "+-", "…": "...", "−": "-", "→": "->", "×": "x", "·": "*", "≤": "<=", "≥": ">=",
            "η": "eta", "φ": "phi", "ψ": "psi", "λ": "lambda", "κ": "kappa", "ω": "omega",
            "σ": "sigma", "ε": "epsilon", "∞": "inf", "‖": "||", "’": "'"}  # fmt: skip


def tolerate() -> None:
    """Let standard output and error write the nearest they can of what they cannot encode."""
    codecs.register_error(_HANDLER, _nearest)
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(ValueError):  # closed
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors=_HANDLER)


def _nearest(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    written = error.object[error.start : error.end]
    return "".join(map(_plain, written)), error.end


def _plain(character: str) -> str:
    if character in _NEAREST:
        return _NEAREST[character]
    letters = unicodedata.normalize("NFKD", character).encode("ascii", "ignore").decode()
    return letters or "?"
