"""The search: random trees, variation, screening, selection, the archive, ask and tell."""

from __future__ import annotations

from .algorithms import UnknownAlgorithmError, algorithm
from .archive import Archive
from .ask_tell import Draft, Generation, GenerationalSearch, Search
from .candidate import Candidate, Individual, label
from .genetic import GeneticSearch
from .hill_climb import HillClimb
from .racing import RACINGS, Entrant, FixedRacing, Order, Racing
from .random_search import RandomSearch
from .rates import Rates
from .regularised_evolution import RegularisedEvolution
from .scoring import Score, score
from .screening import Reason, screen, screen_genome
from .settings import PRESETS, SearchSettings

__all__ = [
    "PRESETS",
    "RACINGS",
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
    "score",
    "screen",
    "screen_genome",
]
