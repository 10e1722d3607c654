"""Runs in a store without any training: made-up outcomes, as a search would have stored them."""

from __future__ import annotations

from pathlib import Path

from lossgp.config import build
from lossgp.expressions import Loss, LossPair, zoo
from lossgp.results.individuals import individual_json
from lossgp.runs import Run, Store
from lossgp.search import Candidate, Individual, score
from lossgp.trainers import Outcome, trainer_type

FORMULAS = ("(y_pred - y_real)**2", "exp(y_pred) - y_real*y_pred", "cos(y_pred - y_real)")
CEILING = 1000.0


def ok(seed: int, fid: float) -> Outcome:
    return Outcome(seed, "ok", {"fid": fid, "d_acc": 0.5, "kid": 0.1}, 1.0)


def diverged(seed: int) -> Outcome:
    return Outcome(seed, "diverged", {}, 1.0, "the loss is not finite")


def protocol_hash() -> str:
    return trainer_type("digits").protocol_type().hash()


def stored(
    store: Store,
    name: str = "first",
    trained: tuple[tuple[Outcome, ...], ...] = ((ok(0, 20.0), ok(1, 40.0)), (ok(0, 30.0),)),
    *,
    device: str | None = "cpu",
    at: str = "cpu",
    seeds: int = 2,
    yardsticks: tuple[str, ...] = ("bce_logits",),
) -> Run:
    """Store a run of one generation: a candidate for each tuple of outcomes, trained `at`."""
    config = build({"preset": "plain", "seeds": seeds, "yardsticks": list(yardsticks)})
    individuals = []
    for slot, (formula, outcomes) in enumerate(zip(FORMULAS, trained, strict=False)):
        candidate = Candidate(Loss.parse(formula), 0, slot, "full tree")
        remember(store, candidate.pair, outcomes, at)
        individuals.append(Individual(candidate, score(outcomes, seeds, CEILING, config.search)))
    with store.lock(name):
        run = store.create_run(
            name, config.model_dump(mode="json"), protocol_hash(), "0.1.0", device
        )
        content = [individual_json(i) for i in individuals]
        store.commit_generation(run, 0, content, content[:1], {"flat": 2})
    return run


def remember(
    store: Store, loss: LossPair | str, outcomes: tuple[Outcome, ...], device: str = "cpu"
) -> None:
    """Put trainings of a loss into the memo."""
    pair = LossPair.of(zoo.entry(loss).loss) if isinstance(loss, str) else loss
    for outcome in outcomes:
        store.memo.record(pair.key(), protocol_hash(), device, pair.text(), outcome)


def opened(folder: Path) -> Store:
    return Store.open(folder / "runs")
