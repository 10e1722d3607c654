"""How much real images vary, beside how much generated ones do: rows, columns and a note.

Metrics of images within a set (`Metric.within`), as MS-SSIM of random pairs, are measured of the
real images, too: `KEY_real` of a comparison's reference.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lossgp.trainers.metrics import METRICS

REAL = "real images"
_SUFFIX = "_real"


def of_real(reference: Mapping[str, float], keys: Sequence[str]) -> dict[str, float]:
    """Return the figures of the real images in those of the metrics that they have."""
    found = {key: reference.get(key + _SUFFIX) for key in keys if key in METRICS}
    return {key: value for key, value in found.items() if value is not None}


def real_note(keys: Sequence[str]) -> list[tuple[str, str]]:
    """Return the note on a row of `REAL` with figures in these metrics; none without any."""
    if not keys:
        return []
    titles = ", ".join(METRICS[key].title for key in keys)
    words = (
        f"{titles} of real images among themselves: as many of them as are generated, or all, and "
        "as many pairs; generated images that are more alike have lost some kinds (mode collapse)"
    )
    return [("Real images", words)]


def real_columns(references: Sequence[Mapping[str, float]], keys: Sequence[str]) -> list[str]:
    """Return the metrics that the real images have in some of the references, for tables as CSV."""
    return [key for key in keys if any(of_real(reference, [key]) for reference in references)]
