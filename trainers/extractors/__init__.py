"""Feature extractors: the networks on whose features FID, KID and precision are measured.

Cheap to import: torch is imported where `Extractor` is asked for, or one is built.
"""

from typing import TYPE_CHECKING

from .choice import KINDS, build, choose

if TYPE_CHECKING:
    from .extractor import Extractor

__all__ = ["KINDS", "Extractor", "build", "choose"]


def __getattr__(name: str) -> object:
    if name == "Extractor":
        from .extractor import Extractor

        return Extractor
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
