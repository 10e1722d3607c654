"""The card, the software, and two ceilings: how fast it copies, and how fast it multiplies."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import torch

from .running import missing
from .scale import Scale
from .timing import seconds_of

PACKAGES = (
    *("click", "filelock", "gplearn", "matplotlib", "numpy", "PIL", "pooch", "psutil", "pydantic"),
    *("rich", "safetensors", "sklearn", "scipy", "sympy", "torchmetrics", "triton"),
    *("pytest", "hypothesis", "pytest_timeout", "xdist"),
)


def rows(scale: Scale) -> Iterator[dict[str, Any]]:
    yield {"what": "device", "is": _name(scale)}
    yield {"what": "torch", "is": torch.__version__}
    yield {"what": "CUDA, cuDNN", "is": f"{torch.version.cuda}, {torch.backends.cudnn.version()}"}
    yield {"what": "Python", "is": f"{sys.version.split()[0]} on {platform.machine()}"}
    yield {"what": "cores", "is": os.cpu_count()}
    yield {"what": "torchmetrics", "is": _version("torchmetrics")}
    yield {"what": "not installed", "is": missing(PACKAGES)}
    if scale.on_card:
        free, total = torch.cuda.mem_get_info()
        yield {"what": "memory, GB", "is": total / 1e9}
        yield {"what": "memory that is free, GB", "is": free / 1e9}
    numbers = 2**28 if scale.on_card else 2**16
    source = torch.ones(numbers, device=scale.device)
    target = torch.empty_like(source)
    seconds = seconds_of(lambda: target.copy_(source), scale)
    yield {"what": "copies, TB/s read and written", "is": 8 * numbers / seconds / 1e12}
    side = 8192 if scale.on_card else 64
    for kind, tf32 in ((torch.float32, False), (torch.float32, True), (torch.bfloat16, False)):
        torch.backends.cuda.matmul.allow_tf32 = tf32
        left, right = (torch.randn(side, side, device=scale.device).to(kind) for _ in range(2))
        seconds = seconds_of(lambda left=left, right=right: left @ right, scale)
        name = "tf32" if tf32 else str(kind).removeprefix("torch.")
        yield {"what": f"products in {name}, TFLOP/s", "is": 2 * side**3 / seconds / 1e12}


def _name(scale: Scale) -> str:
    if not scale.on_card:
        return platform.processor() or platform.machine()
    major, minor = torch.cuda.get_device_capability()
    return f"{torch.cuda.get_device_name()}, capability {major}.{minor}"


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
