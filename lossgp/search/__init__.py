"""The search: random trees, variation, screening, selection, the archive, ask and tell."""

from __future__ import annotations

from .algorithms import UnknownAlgorithmError, algorithm
from .archive import Archive
from .ask_tell import Draft, Generation, GenerationalSearch, Search
from .candidate import Candidate, Individual, label
from .genetic import GeneticSearch
from .hill_climb import HillClimb
from .racing import Entrant, FixedRacing, Order, Racing
from .racings import racing
from .random_search import RandomSearch
from .rates import Rates
from .regularised_evolution import RegularisedEvolution
from .scoring import Posterior, Score, score
from .screening import Reason, screen, screen_genome
from .settings import PRESETS, SearchSettings

__all__ = [
    "PRESETS",
    "Archive",
    "Candidate",
    "Draft",
    "Entrant",
    "FixedRacing",
    "Generation",
    "GenerationalSearch",
    "GeneticSearch",
    "HillClimb",
    "Individual",
    "Order",
    "Posterior",
    "Racing",
    "RandomSearch",
    "Rates",
    "Reason",
    "RegularisedEvolution",
    "Score",
    "Search",
    "SearchSettings",
    "UnknownAlgorithmError",
    "algorithm",
    "label",
    "racing",
    "score",
    "screen",
    "screen_genome",
]
