"""Engines by name, and how a study gets one."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from importlib.metadata import entry_points
from typing import Any

from lossgp.common.echo import quoted
from lossgp.common.suggesting import did_you_mean
from lossgp.trainers import Trainer

from .engine import Engine
from .errors import RunsError

GROUP = "lossgp.engines"
_BUILT_IN = {"local": "lossgp.runs.local:LocalEngine"}


def make_engine(
    name: str,
    options: Mapping[str, Any],
    trainer: Trainer,
    *,
    workers: int | None = None,
    time_limit: float | None = None,
    memory_limit: int | None = None,
    kind: str = "local",
) -> Engine:
    """Return an engine that trains as this trainer does; nothing runs before the first task.

    Args:
        name, options: of the protocol, as they were given: workers make their own trainer of it.
        trainer: the one of this process; it says on which device, and how many side by side.
        workers: trainings at once; by default as many as the trainer wants side by side, else
            as the machine allows.
        time_limit: seconds of one training; the trainer's own by default.
        memory_limit: bytes of resident memory of one worker; its share by default.
        kind: "local", or an entry point of the group `lossgp.engines`: what makes an `Engine`
            from a trainer's name and these options, as `LocalEngine` does.

    Raises:
        RunsError: there is no such kind of engine.
    """
    known = {**{entry.name: entry.value for entry in entry_points(group=GROUP)}, **_BUILT_IN}
    if kind not in known:
        raise RunsError(
            f"there is no engine {quoted(kind)}{did_you_mean(kind, known)}; engines are "
            f"{', '.join(sorted(known))}"
        )
    module, _, attribute = known[kind].partition(":")
    engine: Engine = getattr(importlib.import_module(module), attribute)(
        name,
        dict(options),
        device=trainer.device,
        workers=workers or trainer.side_by_side(),
        time_limit=time_limit or trainer.time_limit,
        memory_limit=memory_limit,
    )
    return engine
