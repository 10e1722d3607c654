"""Search algorithms by name."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from importlib.metadata import entry_points

from lossgp.common.echo import printable, quoted
from lossgp.common.suggesting import did_you_mean

from .ask_tell import Search
from .settings import SearchSettings

GROUP = "lossgp.algorithms"
DEFAULT = "gp"
_BUILT_IN = {
    "gp": "lossgp.search.genetic:GeneticSearch",
    "random": "lossgp.search.random_search:RandomSearch",
    "regularised-evolution": "lossgp.search.regularised_evolution:RegularisedEvolution",
    "hill-climb": "lossgp.search.hill_climb:HillClimb",
}


class UnknownAlgorithmError(LookupError):
    """No search algorithm has the name that was asked for; the message is one line for people."""


def algorithm(name: str) -> Callable[[SearchSettings, int], Search]:
    """Return what makes a search of this name from its settings and its seed.

    Other packages register theirs as entry points of the group `lossgp.algorithms`.

    Raises:
        UnknownAlgorithmError: there is none.
    """
    where = _known().get(name)
    if where is None:
        raise UnknownAlgorithmError(
            f"{quoted(name)} is no search algorithm{did_you_mean(name, names())}; "
            f"algorithms are {', '.join(names())}"
        )
    module, _, attribute = where.partition(":")
    try:
        made: Callable[[SearchSettings, int], Search] = getattr(
            importlib.import_module(module), attribute
        )
    except (ImportError, AttributeError) as error:
        raise UnknownAlgorithmError(
            f"algorithm {quoted(name)} ({printable(where)}) cannot be loaded: {printable(error)}"
        ) from error
    return made


def names() -> list[str]:
    """Return the names of all search algorithms, those of other packages included."""
    return list(_known())


def _known() -> dict[str, str]:
    found = {entry.name: entry.value for entry in entry_points(group=GROUP)}
    return {**_BUILT_IN, **{name: found[name] for name in sorted(found) if name not in _BUILT_IN}}
