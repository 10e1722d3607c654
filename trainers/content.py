"""What a protocol knows of the images that it is for: their digest, whatever file holds them."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from lossgp.common.echo import quoted

from .errors import TrainerError

Content = Annotated[str, Field(pattern="^([0-9a-f]{64})?$")]
"""SHA-256 (hex) of the images; empty before they were read."""


def check_content(pinned: Content, found: Content, name: str) -> None:
    """Raise `TrainerError` where the images called so are not those of the protocol any more."""
    if pinned != found:
        raise TrainerError(
            f"the images of {quoted(name)} have changed since the protocol was made (SHA-256 "
            f"{found[:12]}, it was {pinned[:12]}); give the former ones, or start anew"
        )
