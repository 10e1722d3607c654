import os
from pathlib import Path

import psutil
import pytest

from lossgp.runs.local.machine import available_cores, available_memory


@pytest.mark.parametrize(
    ("quota", "expected"),
    [("100000 100000", 1), ("50000 100000", 1), ("max 100000", None), ("nonsense", None)],
)
def test_cores_respect_the_quota_of_the_container(
    tmp_path: Path, quota: str, expected: int | None
) -> None:
    (tmp_path / "cpu.max").write_text(quota)
    unlimited = available_cores(tmp_path / "none")
    assert 1 <= unlimited <= (os.cpu_count() or 1)
    assert available_cores(tmp_path) == (unlimited if expected is None else expected)


def test_memory_respects_the_limit_of_the_container(tmp_path: Path) -> None:
    total = psutil.virtual_memory().total
    assert available_memory(tmp_path) == total
    (tmp_path / "memory.max").write_text("max\n")
    assert available_memory(tmp_path) == total
    (tmp_path / "memory.max").write_text("1000000\n")
    assert available_memory(tmp_path) == 1_000_000
