"""What the parts of a search's settings have in common."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Rate = Annotated[float, Field(ge=0, le=1)]


class Part(BaseModel):
    """One part of the settings; all stand in one table, `[search]`."""

    model_config = ConfigDict(frozen=True, extra="forbid")
