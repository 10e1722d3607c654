"""What a search leaves behind and what it runs on: the store, the memo, and the engines."""

from __future__ import annotations

import sys

from .engine import Engine, Task
from .engines import make_engine
from .errors import RunsError
from .listing import CallableRoom, stored_runs
from .local import LocalEngine
from .records import CommittedGeneration, Run, RunStatus, Unreadable
from .schema import FILE_NAME
from .store import Store

__all__ = [
    "FILE_NAME",
    "CommittedGeneration",
    "Engine",
    "LocalEngine",
    "Run",
    "RunStatus",
    "RunsError",
    "Store",
    "Task",
    "Unreadable",
    "make_engine",
    "stored_runs",
]

sys.modules[__name__].__class__ = CallableRoom
