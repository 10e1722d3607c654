"""What of a search's end is trained again on seeds that it never used."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from lossgp.common.echo import printable, quoted

from .setting_part import Part

Seeds = Annotated[int, Field(ge=1, le=1000)]


class ConfirmationSettings(Part):
    """Part of the table `[search]`; it changes what is known of a search's best, not the search."""

    confirm: int = Field(
        default=0,
        ge=0,
        le=1000,
        description="fresh seeds on which the best are trained again at the end; 0 none",
    )
    confirm_top: int = Field(default=3, ge=1, le=1000, description="how many of the best")
    confirm_on: dict[str, Seeds] = Field(
        default_factory=dict, description="other protocols, each with its fresh seeds"
    )
    confirm_options: dict[str, dict[str, Any]] = Field(
        default_factory=dict, description="options of those protocols"
    )

    @model_validator(mode="after")
    def _options_of_what_is_confirmed(self) -> Self:
        unknown = [name for name in self.confirm_options if name not in self.confirm_on]
        if unknown:
            known = ", ".join(printable(name, 40) for name in self.confirm_on)
            raise ValueError(
                f"confirm_options: protocol {quoted(unknown[0])} is not in confirm_on "
                f"({known or 'which is empty'})"
            )
        return self
