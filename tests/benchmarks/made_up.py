"""Sections that measure nothing: one that ends, one that raises, one that dies, one that hangs."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any


def good(scale: Any) -> Iterator[dict[str, Any]]:
    print("a line of output")
    yield {"what": "device", "is": scale.device}
    yield {"what": "a number", "is": 0.123456, "holds": False}


def failing(scale: Any) -> Iterator[dict[str, Any]]:
    yield {"what": "before"}
    raise RuntimeError("CUDA error: an illegal memory access")


def dying(scale: Any) -> Iterator[dict[str, Any]]:
    yield {"what": "before"}
    os._exit(3)


def hanging(scale: Any) -> Iterator[dict[str, Any]]:
    """Hangs with a child that would hold the output open."""
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    yield {"what": "before"}
    time.sleep(600)
