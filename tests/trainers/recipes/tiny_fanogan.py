"""f-AnoGANs in networks so small that a training takes no time."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import pytest

from lossgp.trainers import trainer
from lossgp.trainers.anomaly.parts import Reading

TINY = {
    **{"iterations": 1, "encoder_iterations": 2, "width": 1, "latent": 3, "batch": 4},
    **{"critic_steps": 1, "samples": 4, "train_size": 12},
    **{"test_normal_size": 3, "test_abnormal_size": 5},
}


@pytest.fixture(scope="module", autouse=True)
def read_once() -> Iterator[None]:
    """Every trainer would read the digits anew, and enlarge them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Reading, "data_set", cache(Reading.data_set))
        yield


def made(**changes: object):
    return trainer("f-anogan", {**TINY, **changes})
