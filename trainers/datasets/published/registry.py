"""All published data sets that are read in their own layout, by name."""

from __future__ import annotations

from .brain_tumor import BRAIN_TUMOR
from .busi import BUSI
from .publication import Publication

PUBLICATIONS: dict[str, Publication] = {each.name: each for each in (BRAIN_TUMOR, BUSI)}
