"""Where runs live, and what lives beside them."""

from __future__ import annotations

import os
from pathlib import Path

VARIABLE = "LOSSGP_RUNS"
CHECKPOINTS = "checkpoints"
"""In the runs directory: where trained generators are kept."""
SCORES = "scores"
"""In the runs directory: where comparisons of losses are written."""
RELIABILITY = "reliability"
"""In the runs directory: where studies of reliability are written."""
SWEEPS = "sweeps"
"""In the runs directory: where sweeps are written."""
STUDIES = "studies"
"""In the runs directory: where studies are written."""
ANOMALY = "anomaly"
"""In the runs directory: where studies of anomaly detection are written."""
BASELINES = "baselines"
"""In the runs directory: where scores of baselines are kept."""


def runs_directory(given: Path | str | None = None) -> Path:
    """Return the directory that was given, else `$LOSSGP_RUNS`, else `./runs`."""
    return Path(given or os.environ.get(VARIABLE) or "runs").expanduser()
