"""What the best loss of a search on a toy problem generates, in its picture."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread

from lossgp.config import build
from lossgp.expressions import Loss, LossPair, zoo
from lossgp.report.run_figures import draw_run
from lossgp.report.run_samples import samples_of
from lossgp.report.scatter import draw_points, draw_scatter
from lossgp.results.result import Result, Yardstick
from lossgp.search import Candidate, Individual, Score
from lossgp.trainers import Criterion, Outcome, Status, trainer
from lossgp.trainers.gan.checkpoint import checkpoint_path
from lossgp.trainers.objective import ENERGY

TINY = {"iterations": 1, "width": 4, "samples": 10, "replicas": 2, "batch": 2}
STILL = Criterion(lambda s, y: s * 0, lambda s, y: s * 0, "0")


def scored(*energies):
    outcomes = tuple(
        Outcome(seed, Status.OK, {"energy": energy, "modes": 3.0, "good": 0.25})
        for seed, energy in enumerate(energies)
    )
    beside = {"modes": 3.0, "good": 0.25, "d_acc": 0.5, "d_auc": 0.5}
    return Score(1.0, 1.0, 0.0, energies, beside, {"ok": len(energies)}, "energy"), outcomes


@pytest.fixture
def result(tmp_path):
    """A search on the ring, the models of whose best and of GANetic were kept, not those of BCE."""
    made = trainer("ring", TINY)
    score, outcomes = scored(0.5, 0.1, 0.3)
    loss = Loss.parse("(y_pred - y_real)**2")
    best = Individual(Candidate(loss, 0, 0, "grow", ()), score, outcomes)
    known = [Yardstick(n, LossPair.of(zoo.entry(n).loss), *scored(0.2, 0.4)) for n in
             ("bce_logits", "ganetic")]  # fmt: skip
    for pair, seeds in ((best.candidate.pair, (0, 1, 2)), (known[1].pair, (1,))):
        for seed in seeds:
            hashed = made.protocol.hash()
            path = checkpoint_path(tmp_path / "checkpoints", hashed, pair.key(), seed, "cpu")
            made.train(STILL, seed, keep=path)
    config = build({"protocol": "ring", "trainer_options": TINY})
    return Result(
        "first", tmp_path / "first", config, (best,), tuple(known), 1, {}, made.reference(),
        made.protocol.describe(), ENERGY, "cpu",
    )  # fmt: skip


def test_the_middle_trainings_that_were_kept_are_shown(result):
    shown = samples_of(result).shown
    assert [(one.name, one.outcome.seed) for one in shown] == [("best", 2), ("GANetic", 1)]
    assert all(one.path.exists() for one in shown)


def test_nothing_is_shown_of_protocols_that_keep_no_models_or_where_they_are_gone(result):
    assert samples_of(replace(result, directory=Path("elsewhere/first"))) is None
    assert samples_of(replace(result, config=build({"protocol": "digits"}))) is None
    assert samples_of(replace(result, individuals=())) is None


def test_the_picture_of_a_search_has_a_row_of_points(result, tmp_path):
    with_points = imread(draw_run(result, tmp_path / "a.png"))
    without = replace(result, directory=Path("elsewhere/first"))
    plain = imread(draw_run(without, tmp_path / "b.png"))
    assert with_points.shape[0] == pytest.approx(1.5 * plain.shape[0], rel=0.01)


def test_what_lies_outside_is_counted_and_not_drawn(tmp_path):
    from matplotlib.figure import Figure

    real = np.array([[-1.0, -1.0], [1.0, 1.0]], np.float32)
    made = np.zeros((10, 1, 2), np.float32)
    made[:4] = 100
    made[4] = np.nan
    axes = Figure().add_subplot()
    draw_points(axes, made, real)
    assert [text.get_text() for text in axes.texts] == ["50 % outside"]
    assert max(axes.get_xlim()) < 2
    with pytest.raises(ValueError, match=r"must end in \.svg"):
        draw_scatter(made, real, tmp_path / "a.webp")
