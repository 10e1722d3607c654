"""What a sweep is to do: from a file and what changes parts of it, checked before it begins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from lossgp.common.echo import quoted
from lossgp.config import ConfigError
from lossgp.results.claims import Claim
from lossgp.results.comparison import Compared
from lossgp.results.steadiness import LOST, STABILITY
from lossgp.results.sweep import SHARE, identity
from lossgp.trainers import protocol_fields
from lossgp.trainers.metrics import METRICS

from .compare import AnyLoss, entrants
from .model_measures import MEASURES
from .sweep_file import SweepPlan, check_claims, is_file, read_sweep
from .sweep_settings import Settings, settings_of

TOLD = ("wasserstein", "wasserstein_held_out", "instability", "estimate_noise", "score_spread")
"""What protocols with a critic measure of it."""


def planned(
    losses: Sequence[AnyLoss] | Mapping[str, AnyLoss] | Path | str,
    vary: Mapping[str, Sequence[Any]],
    *,
    protocol: str | None = None,
    options: Mapping[str, Any],
    one_at_a_time: bool = False,
    seeds: int | None = None,
    seeds_near: int | None = None,
    claims: Sequence[Claim] = (),
) -> SweepPlan:
    """Return a sweep as it was asked for: of a file, with what changes parts of it.

    Raises:
        ConfigError: the file cannot be read, or has mistakes.
    """
    if isinstance(losses, Path | str):
        plan = read_sweep(Path(losses)) if is_file(losses) else None
        if plan is None:
            raise ConfigError(
                f"losses is the text {quoted(losses, 80)}; give a list, as [{quoted(losses, 80)}], "
                "or a file that ends in .toml"
            )
    else:
        plan = SweepPlan(losses, {})
    return replace(
        plan,
        vary={**plan.vary, **vary},
        protocol=protocol or plan.protocol,
        options={**dict(plan.options), **options},
        one_at_a_time=one_at_a_time or plan.one_at_a_time,
        seeds=plan.seeds if seeds is None else seeds,
        # More seeds of all are not fewer of those that a file wants more of.
        seeds_near=_more(plan.seeds_near, seeds) if seeds_near is None else seeds_near,
        claims=(*plan.claims, *claims),
    )


def _more(near: int | None, seeds: int | None) -> int | None:
    return near if near is None or seeds is None else max(near, seeds)


def checked(
    plan: SweepPlan, device: str
) -> tuple[list[Compared], Settings, tuple[tuple[int, ...], ...]]:
    """Return the losses, the settings and the seeds of each, all checked.

    Raises:
        ConfigError, FormulaError, TrainerError: as `sweep` does.
    """
    chosen = entrants(plan.losses)
    settings = settings_of(
        *(plan.protocol, dict(plan.options), plan.vary),
        one_at_a_time=plan.one_at_a_time,
        device=device,
    )
    wanted = seeds_of(settings, plan.seeds, plan.seeds_near)
    told = settings.trainer.setting(0).measures
    if plan.claims:
        names = dict.fromkeys([*(told or ()), *METRICS, *TOLD, STABILITY, LOST, SHARE, *MEASURES])
        check_claims(plan, protocol_fields(plan.protocol), [*names])
    return chosen, settings, wanted


def seeds_of(
    settings: Settings, seeds: int | None, near: int | None = None
) -> tuple[tuple[int, ...], ...]:
    """Return the seeds of each setting.

    Raises:
        ConfigError: there are too few or too many.
    """
    kind = settings.trainer.setting(0)
    count = kind.seeds if seeds is None else seeds
    more = count if near is None else near
    for name, number in (("seeds", count), ("seeds_near", more)):
        if not 1 <= number <= 1000:
            raise ConfigError(f"{name} is {number}; it must be from 1 to 1000")
    if more < count:
        raise ConfigError(
            f"seeds_near is {more}, and seeds {count}: the settings near the defaults need as many "
            "seeds as the others at least"
        )
    numbers = range(len(settings.values))
    return tuple(tuple(range(more if settings.near(i) else count)) for i in numbers)


def mark(settings: Settings, losses: Sequence[Compared]) -> str:
    """Return what tells a sweep from others (see `identity`)."""
    return identity(settings.hashes, [(c.name, c.pair.key()) for c in losses])
