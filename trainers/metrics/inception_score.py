"""Inception Score: are the images of clear classes, and of many?"""

from __future__ import annotations

import warnings

import torch
from torch import Tensor

from ..seeding import stream
from .importing import explained

SPLIT = 500  # images in a split, at least; at most ten splits, as usual


def inception_score(logits: Tensor, seed: int) -> float:
    """exp E KL(p(y|x) | p(y)) of logits (n, k); higher is better, from 1 to k.

    Salimans et al. 2016, section 4, by torchmetrics in float64: the mean over at most ten splits
    of at least 500 images, drawn by `seed`. It never looks at real images, and its value depends
    on the classifier: k classes cannot score above k.

    Raises `TrainerError` where torchmetrics cannot be imported.
    """
    with explained("Inception Score"):
        from torchmetrics.image.inception import InceptionScore

    splits = min(max(len(logits) // SPLIT, 1), 10)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it keeps all logits, and that one split has no std
        metric = InceptionScore(feature=torch.nn.Identity(), splits=splits)
        metric.update(logits.to(torch.float64))
        # torchmetrics draws the splits from torch's global stream.
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(_number(seed))
            mean, _ = metric.compute()
    return float(mean)


def _number(seed: int) -> int:
    return int(torch.randint(2**62, (), generator=stream(seed, "inception score")))
