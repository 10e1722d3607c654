"""Where losses are looked at: the range of the prediction, one for all that is said of a loss."""

from __future__ import annotations

from typing import Final

REACH: Final = 40.0
"""Raw scores are looked at on [−40, 40]: beyond it sigmoid(s) is 0 or 1 in float64."""

DOMAIN: Final = {"sigmoid": (0.0, 1.0), "identity": (-REACH, REACH)}
"""Range of `y_pred` by link: probabilities, or raw scores."""
