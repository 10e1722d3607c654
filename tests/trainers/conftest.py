from __future__ import annotations

from collections.abc import Iterator

import pytest

from lossgp.trainers import Trainer, trainer


@pytest.fixture(scope="session", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One cache for all tests of the room: the user's own is neither read nor written."""
    with pytest.MonkeyPatch.context() as patch:
        directory = str(tmp_path_factory.mktemp("cache"))
        patch.setenv("LOSSGP_CACHE", directory)
        yield directory


@pytest.fixture(scope="session")
def short() -> Trainer:
    """The digits protocol, cut short: for what does not depend on the length of a training."""
    made = trainer("digits", {"iterations": 30, "width": 4, "batch": 16, "samples": 100})
    made.prepare()
    return made
