from __future__ import annotations

import pytest
import torch

from lossgp.trainers.gan.roc import area
from lossgp.trainers.metrics import METRICS


@pytest.mark.parametrize(
    ("real", "generated", "expected"),
    [
        ([1.0, 2.0], [-1.0, 0.0], 1.0),
        ([-1.0, 0.0], [1.0, 2.0], 0.0),  # a discriminator that is turned round
        ([5.0, 6.0], [1.0, 2.0, 3.0], 1.0),  # whatever the threshold
        ([0.0, 0.0], [0.0], 0.5),
        ([0.0, 2.0], [1.0, 0.0], (0.5 + 0 + 1 + 1) / 4),  # a tie is half
        ([1e38], [-1e38], 1.0),
    ],
)
def test_the_area_is_the_chance_that_the_real_one_scores_higher(
    real: list[float], generated: list[float], expected: float
) -> None:
    both = (torch.tensor(scores)[:, None] for scores in (real, generated))
    assert area(*both) == pytest.approx(expected, abs=1e-12)


def test_an_area_below_a_half_is_shown_turned_round_and_says_so() -> None:
    metric = METRICS["d_auc"]
    assert metric.text(0.8) == "0.80"
    assert metric.text(0.5) == "0.50"
    assert metric.text(0.2) == "0.80 turned"
    assert metric.text(float("nan")) == ""
    assert metric.spread(0.9, 0.051) == "0.90 ± 0.05"
    assert metric.spread(0.1, 0.051) == "0.90 ± 0.05 turned"
    assert metric.finely().text(0.2) == "0.800 turned"
