"""Everything that fixes what a training means, and its hash."""

from __future__ import annotations

import hashlib
import json
from typing import ClassVar

from pydantic import BaseModel, ConfigDict


class Protocol(BaseModel):
    """Data, networks, optimiser, steps and metrics of a training: immutable, and hashed.

    A trainer's own protocol is a subclass with its options as fields, and with `VERSION`, an
    integer that is raised whenever the trainer or a metric changes what its numbers mean. The hash
    is part of the memo key, so results of different protocols never meet.

    Unknown options and values out of range raise pydantic's `ValidationError`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    VERSION: ClassVar[int] = 1
    UNHASHED: ClassVar[frozenset[str]] = frozenset()
    """Fields that do not change what a number means, such as where the data lie."""

    PAPER: ClassVar[str] = ""
    """Where it is from: authors, year, title, and where to find it."""

    name: str

    def hash(self) -> str:
        """SHA-256 (64 hex digits) of the canonical JSON of the version and the fields."""
        fields = self.model_dump(mode="json", exclude=set(self.UNHASHED))
        content = {"version": self.VERSION, "protocol": fields}
        canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
        return hashlib.sha256(canonical.encode()).hexdigest()

    def describe(self) -> str:
        """One line for people."""
        fields = self.model_dump(mode="json", exclude={"name"})
        return f"{self.name}: " + ", ".join(f"{key} {value}" for key, value in fields.items())
