"""From the words of a command line to losses."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from lossgp.common.echo import quoted
from lossgp.common.suggesting import did_you_mean
from lossgp.expressions import FormulaError, Loss, LossPair, zoo
from lossgp.expressions.notation import ALIASES, CONSTANTS, FUNCTIONS, VARIABLES
from lossgp.expressions.pair_notation import of_player
from lossgp.expressions.tokens import MAX_LENGTH

from .lines import say

if TYPE_CHECKING:
    from lossgp.results.result import Result
    from lossgp.search import Individual

_RANKED = re.compile(r"(?P<run>[A-Za-z0-9][\w.-]*)#(?P<rank>\d+)", re.ASCII)
_CHOSEN = re.compile(r"(?P<run>[A-Za-z0-9][\w.-]*)@(?P<aim>\w+)", re.ASCII)
_WORD = re.compile(r"[A-Za-z][\w.-]*", re.ASCII)


@dataclass(frozen=True)
class Named:
    """A loss with the name that plots and tables give it.

    Attributes:
        name: for people.
        loss: what is meant; of a run, what was trained.
        note: where it comes from.
        evolved: of a run, the loss without the factor of a normalised learning rate.
    """

    name: str
    loss: Loss | LossPair
    note: str = ""
    evolved: Loss | LossPair | None = None


def resolve(written: str, runs_dir: Path) -> Named:
    """Return the loss of a name, RUN#RANK, RUN@AIM, a formula, or a pair "D: ...; G: ...".

    What is neither a known name nor of a run is a formula, as text or as LaTeX. In a pair stand
    formulas, or names, of which D's or G's part is taken.

    Raises:
        FormulaError: it is none of them.
        RunsError: the run, the rank or the aim does not exist.
    """
    halves = LossPair.split(written)
    if halves is None:
        found = _found(written, runs_dir)
        LossPair.of(found.loss)  # a discriminator's loss must hold y_real
        return found
    with of_player("D"):
        d = _found(halves[0], runs_dir)
    with of_player("G"):
        g = _found(halves[1], runs_dir)
    pair = LossPair(
        d.loss.discriminator if isinstance(d.loss, LossPair) else d.loss,
        g.loss.generator if isinstance(g.loss, LossPair) else g.loss,
    )
    loss = pair.discriminator if pair.is_single else pair
    names = (d.name, g.name)
    return Named("formula" if "formula" in names else f"D: {d.name}; G: {g.name}", loss)


def named_losses(losses: Sequence[str], runs_dir: Path) -> dict[str, Loss | LossPair]:
    """Return the losses by the names of their rows, in order."""
    from lossgp.config import ConfigError
    from lossgp.results.formulas import short

    found: dict[str, Loss | LossPair] = {}
    for written in losses:
        named = resolve(written, runs_dir)
        name = named.name
        if written in zoo.ALIASES:
            name = written
        elif name == "formula":
            name = short(LossPair.of(named.loss), 40)
        if found.get(name) == named.loss:
            raise ConfigError(
                f"{quoted(written, 80)} is given twice (as {quoted(name, 80)}); give each loss once"
            )
        if name in found:  # long formulas may begin alike
            name = f"{name} ({len(found) + 1})"
        found[name] = named.loss
    return found


def _found(written: str, runs_dir: Path) -> Named:
    """Return the loss of a zoo name, of RUN#RANK, of RUN@AIM or of one formula."""
    written = written.strip()
    if written in zoo.BY_NAME or written in zoo.ALIASES:
        entry = zoo.entry(written)
        return Named(entry.name, entry.loss, f"{entry.title}; {entry.source}")
    if ranked := _RANKED.fullmatch(written):
        return _ranked(ranked["run"], int(ranked["rank"]), runs_dir)
    if aimed := _CHOSEN.fullmatch(written):
        return _chosen(aimed["run"], aimed["aim"], runs_dir)
    try:
        return Named("formula", Loss.parse(written))
    except FormulaError:
        if _is_name(written):
            raise _unknown(written, runs_dir) from None
        for word in re.findall(r"[A-Za-z]\w*", written[:MAX_LENGTH]):
            if word in zoo.BY_NAME:
                raise FormulaError(
                    f"{word!r} is the name of a known loss; in a formula stands what it is: "
                    f"{quoted(zoo.entry(word).formula, 120)}"
                ) from None
        raise


def _is_name(written: str) -> bool:
    """Tell whether what is no formula looks like a name: one word, of which no part is known."""
    if not _WORD.fullmatch(written):
        return False
    parts = re.findall(r"[A-Za-z_]\w*", written)
    return not any(part in known for part in parts for known in (VARIABLES, CONSTANTS, FUNCTIONS,
                                                                 ALIASES))  # fmt: skip


def _unknown(written: str, runs_dir: Path) -> FormulaError:
    hint = did_you_mean(written, [*zoo.names(), *zoo.ALIASES, *_runs(runs_dir)])
    return FormulaError(
        f"{quoted(written, 60)} is no known loss, no run and no formula{hint}; "
        "`lossgp zoo` lists the known losses, `lossgp runs` the runs"
    )


def _runs(runs_dir: Path) -> list[str]:
    """Return the names of the runs; none where they cannot be read."""
    from lossgp.runs import FILE_NAME, RunsError, Store

    if not (runs_dir / FILE_NAME).exists():
        return []
    try:
        with Store.read_only(runs_dir) as store:
            return store.names()
    except (RunsError, OSError):
        return []


def is_run(what: str, runs_dir: Path) -> bool:
    """Tell whether a run of this name is stored; a broken store does not hide other losses."""
    from lossgp.runs import FILE_NAME, RunsError, Store
    from lossgp.runs.names import is_name

    if not is_name(what) or not (runs_dir / FILE_NAME).exists():
        return False
    try:
        with Store.read_only(runs_dir) as store:
            return what in store.names()
    except RunsError as error:
        try:
            resolve(what, runs_dir)
        except FormulaError:
            raise error from None
        say(f"Warning: {error}", err=True)
        return False


def _ranked(run: str, rank: int, runs_dir: Path) -> Named:
    from lossgp.runs import RunsError

    result = _loaded(run, runs_dir)
    found = result.individuals
    if not 1 <= rank <= len(found):
        raise RunsError(f"run {run!r} has ranks 1 to {len(found)}, not {rank}")
    return _named(f"{run}#{rank}", result, found[rank - 1])


def _chosen(run: str, aim: str, runs_dir: Path) -> Named:
    from lossgp.results.pareto import AIMS
    from lossgp.runs import RunsError

    if aim not in AIMS:
        raise RunsError(
            f"{quoted(f'{run}@{aim}', 60)}: a loss of a run is chosen by {', '.join(AIMS)}"
            f"{did_you_mean(aim, AIMS)}; or by its rank, as {run}#1"
        )
    result = _loaded(run, runs_dir)
    if (found := result.chosen(aim)) is None:
        raise RunsError(
            f"run {run!r} has no loss yet that was trained on all seeds and not ruled out; "
            f"`lossgp show {run}` shows what there is"
        )
    return _named(f"{run}@{aim}", result, found)


def _loaded(run: str, runs_dir: Path) -> Result:
    from lossgp.results.load import load
    from lossgp.runs import Store

    with Store.read_only(runs_dir) as store:
        return load(store, run)


def _named(name: str, result: Result, found: Individual) -> Named:
    from lossgp.search.normalising import words

    goal, confirmed = result.objective.goal, result.confirmed(found)
    score = confirmed.score if confirmed else found.score
    count = len(score.values)
    seeds = f"seed{'s' * (count != 1)}"
    how = f"fresh {seeds}" if confirmed else f"{seeds} of the search"
    figure = f"{goal.title} {goal.spread(score.mean, score.std)} on {count} {how}"
    note = f"{figure}; {found.candidate.origin}"
    if said := words(found.candidate.multipliers):
        note += f"; {said}, which stands in the formula"
    return Named(name, found.candidate.trained, note, found.candidate.loss)
