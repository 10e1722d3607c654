"""Whether a training fits into memory, asked before its first step."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from ..datasets.files import amount, number_in
from ..errors import TrainerError

if TYPE_CHECKING:
    from .protocol import AdversarialProtocol

VARIABLE = "LOSSGP_MEMORY"
LARGE = 2**30  # bytes; smaller trainings fit side by side on any machine that runs torch
SMALLER = ("batch", "size", "width", "channel_max", "d_width")
"""Options that a large training may have less of, those first that change it least."""
# Measured on an H200, in multiples of what the protocols foresee: the tensors of the paper's MNIST
# GAN take 1.2 to 1.4 (with half the batch or the width), and what its process keeps is 2.4 to 2.6.
USED_ON_CARD, KEPT_ON_CARD = 1.4, 2.6
_CGROUP = Path("/sys/fs/cgroup")


def check_memory(protocol: AdversarialProtocol, device: str) -> None:
    """Raise `TrainerError` where a training of this protocol does not fit the free memory.

    The message names options that would fit. `$LOSSGP_MEMORY` says how much is free, as 64G, where
    one knows better.
    """
    times = USED_ON_CARD if device.startswith("cuda") else 1.0
    needed, free = round(times * protocol.memory()), free_memory(device)
    if needed <= free:
        return
    where = "memory" if device == "cpu" else f"the memory of {device}"
    raise TrainerError(
        f"a training of {protocol.name} needs about {amount(needed)}, and {amount(free)} of "
        f"{where} are free; {_advice(protocol, int(free / times))}; if you know better, set "
        f"{VARIABLE}={_rounded(needed)}"
    )


def free_memory(device: str, cgroup: Path = _CGROUP) -> int:
    """Bytes that are free on a device, or in the machine and its container."""
    if (told := number_in(VARIABLE)) is not None:
        return told
    if device.startswith("cuda"):
        import torch

        return int(torch.cuda.mem_get_info(device)[0])
    import psutil

    free = int(psutil.virtual_memory().available)
    limit, used = _bytes_in(cgroup / "memory.max"), _bytes_in(cgroup / "memory.current")
    if limit is None or used is None:
        return free
    return min(free, max(0, limit - used + _given_back(cgroup / "memory.stat")))


def fitting(protocol: AdversarialProtocol, free: int) -> list[dict[str, int]]:
    """What of the options would have to be less, so that a training fits into `free` bytes.

    Each alternative is one option, halved as often as needed; where no single one is enough, all
    of them together; where not even these are, there is none.
    """
    there = [name for name in SMALLER if isinstance(getattr(protocol, name, None), int)]
    alone = [_halved(protocol, [name], free) for name in there]
    found = [options for options in alone if options]
    if found or len(there) < 2:
        return found
    together = _halved(protocol, there, free)
    return [together] if together else []


def _halved(protocol: AdversarialProtocol, names: list[str], free: int) -> dict[str, int]:
    """The options halved in turns until the training fits; nothing where it never does."""
    smaller: dict[str, int] = {}
    open_ones = list(names)
    while open_ones:
        for name in list(open_ones):
            value = smaller.get(name, getattr(protocol, name)) // 2
            changed = _changed(protocol, {**smaller, name: value})
            if changed is None:
                open_ones.remove(name)
                continue
            smaller[name] = value
            if changed.memory() <= free:
                return smaller
    return {}


def _changed(protocol: AdversarialProtocol, options: dict[str, int]) -> AdversarialProtocol | None:
    """The protocol with other options; None where they are out of its limits."""
    try:
        return type(protocol).model_validate({**protocol.model_dump(), **options})
    except ValidationError:
        return None


def _advice(protocol: AdversarialProtocol, free: int) -> str:
    ways = fitting(protocol, free)
    if not ways:
        return "no smaller batch, size or width of it would fit"
    texts = [
        " with ".join(
            f"{name}={value} (now {getattr(protocol, name)})" for name, value in w.items()
        )
        for w in ways
    ]
    first = " ".join(f"--set trainer_options.{name}={value}" for name, value in ways[0].items())
    return f"it would fit with {', or '.join(texts)}, as {first}"


def _rounded(count: int) -> str:
    """Bytes in whole gigabytes, upwards, as the variable takes them."""
    return f"{-(-count // 10**9)}G"


def _bytes_in(path: Path) -> int | None:
    """The number that a file of the container holds; None where it says "max", or is not there."""
    try:
        text = path.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return None
    return int(text) if text.isdigit() else None


def _given_back(path: Path) -> int:
    """Bytes of files that a container holds in memory, and gives back when asked."""
    try:
        lines = path.read_text(encoding="ascii").splitlines()
    except (OSError, ValueError):
        return 0
    pairs = (line.split() for line in lines)
    return sum(int(p[1]) for p in pairs if len(p) == 2 and p[0] == "inactive_file")
