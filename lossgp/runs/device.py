"""What a run was trained on: stored with it, or deduced for runs of older versions."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .records import Run
    from .store import Store


def device_type(device: str) -> str:
    """Return the device without its number: two cards of a kind share the memo."""
    return device.partition(":")[0]


def known_device(store: Store, run: Run) -> str | None:
    """Return the type of device that a run trains on, None where nobody can tell.

    A run of a version that did not store it was trained where the trainings of its protocol
    were, if they were all on one type of device.
    """
    if run.device is not None:
        return run.device
    found = store.memo.devices(run.protocol_hash)
    return found[0] if len(found) == 1 else None
