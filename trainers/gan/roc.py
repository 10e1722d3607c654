"""How well scores tell two samples apart, whatever the threshold."""

from __future__ import annotations

from sklearn.metrics import roc_auc_score
from torch import Tensor


def area(positive: Tensor, negative: Tensor) -> float:
    """The area under the ROC curve of scores (n, 1) and (m, 1): above 1/2 where positive is higher.

    It is the chance that a positive sample's score is the higher one of a random pair, ties counted
    half (Hanley and McNeil 1982): 1/2 for a constant, 0 for one that is right the wrong way round.
    """
    parts = [scores.detach().flatten().double().cpu() for scores in (positive, negative)]
    labels = [1] * len(parts[0]) + [0] * len(parts[1])
    return float(roc_auc_score(labels, [score for part in parts for score in part.tolist()]))
