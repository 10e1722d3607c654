"""Settings of the whole suite."""

from __future__ import annotations

import os
import shutil
import tempfile

import pytest
from hypothesis import HealthCheck, settings

from tests.perturbing import last_bit

# The same examples on every machine: a red test is red for everybody. HYPOTHESIS_PROFILE=wide
# searches further, with new examples each time.
_SLOW = [HealthCheck.too_slow]
settings.register_profile("same", derandomize=True, deadline=None, suppress_health_check=_SLOW)
settings.register_profile("wide", max_examples=2000, deadline=None, suppress_health_check=_SLOW)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))

# Now, before torch is imported: two test processes share two cores.
os.environ.setdefault("OMP_NUM_THREADS", "1")

_CACHE = pytest.StashKey[str]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--perturb",
        type=int,
        metavar="SEED",
        help="change the last bit of every training, as another processor does; "
        "another SEED is another processor",
    )


def pytest_configure(config: pytest.Config) -> None:
    seed = config.getoption("--perturb")
    if seed is None:
        return
    last_bit.install(seed)
    if hasattr(config, "workerinput"):
        return  # of pytest-xdist: the environment is that of the process that started it
    os.environ.update(last_bit.environment(seed))
    # What is kept there would be that of perturbed trainings.
    config.stash[_CACHE] = os.environ["LOSSGP_CACHE"] = tempfile.mkdtemp(prefix="lossgp-perturbed-")


def pytest_unconfigure(config: pytest.Config) -> None:
    if _CACHE in config.stash:
        shutil.rmtree(config.stash[_CACHE], ignore_errors=True)


def pytest_report_header(config: pytest.Config) -> str | None:
    seed = config.getoption("--perturb")
    return None if seed is None else f"trainings: perturbed in the last bit, seed {seed}"
