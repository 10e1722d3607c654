"""torchmetrics, imported where it is needed; a failure is explained in one line."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from ..errors import TrainerError


@contextmanager
def explained(title: str) -> Iterator[None]:
    """Import within it what the metric `title` needs.

    A torchvision built for CUDA beside a CPU torch makes even `import torchmetrics` fail, with
    RuntimeError. Raises `TrainerError` instead of what the import raised.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of packages that are not ours
            yield
    except (ImportError, RuntimeError, OSError) as error:
        trouble = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise TrainerError(
            f"{title} needs torchmetrics, which cannot be imported ({trouble}); if torchvision is "
            "installed, install the build of it that belongs to this torch, or remove it"
        ) from error
