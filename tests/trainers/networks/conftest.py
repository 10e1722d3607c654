from __future__ import annotations

from collections.abc import Iterator

import pytest

from lossgp.trainers.seeding import reproducible


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """As in a training; small networks are quicker so, too."""
    with reproducible():
        yield
