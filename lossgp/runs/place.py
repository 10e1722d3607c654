"""Where runs live."""

from __future__ import annotations

import os
from pathlib import Path

VARIABLE = "LOSSGP_RUNS"


def runs_directory(given: Path | str | None = None) -> Path:
    """Return the directory that was given, else `$LOSSGP_RUNS`, else `./runs`."""
    return Path(given or os.environ.get(VARIABLE) or "runs").expanduser()
