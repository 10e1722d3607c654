"""The search: random trees, variation, screening, selection, the archive, ask and tell."""

from __future__ import annotations

from .archive import Archive
from .candidate import Candidate, Individual, label
from .genetic import Generation, GeneticSearch
from .scoring import Score, score
from .screening import Reason, screen
from .settings import PRESETS, SearchSettings

__all__ = [
    "PRESETS",
    "Archive",
    "Candidate",
    "Generation",
    "GeneticSearch",
    "Individual",
    "Reason",
    "Score",
    "SearchSettings",
    "label",
    "score",
    "screen",
]
