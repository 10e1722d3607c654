"""What is read, searched or found once is not read, searched or found again."""

import numpy as np
import pytest

from lossgp.analysis import divergence, game
from lossgp.analysis.gradients import _apart
from lossgp.analysis.sides import Bundle, Sides
from lossgp.analysis.small_arrays import distinct
from lossgp.analysis.tape import JetTape
from lossgp.analysis.terrain import Terrain
from lossgp.expressions import EPSILON, Loss, zoo


def test_both_divergences_ask_for_the_optimum_at_a_jump_once(monkeypatch):
    asked = []
    found = game.optimum

    def counted(terrain, log_u):
        asked.append(log_u.tobytes())
        return found(terrain, log_u)

    monkeypatch.setattr(game, "optimum", counted)
    one = game.Game.of(Loss.parse("abs(y_pred - y_real)"))  # D* jumps from 0 to 1
    divergence(one)
    assert len(asked) > 1
    divergence(one, "minimax")
    assert len(asked) == len(set(asked))


def test_a_loss_that_is_nowhere_finite_is_not_looked_at_closer(monkeypatch):
    terrains = []
    monkeypatch.setattr(Terrain, "of", terrains.append)
    one = game.Game.of(Loss.parse("y_real*y_pred/(max(y_pred, 2) - 2)"))
    assert (one.epsilon, terrains) == (EPSILON, [])


def test_first_looks_read_a_tape_once(monkeypatch):
    sides = Sides.of(zoo.entry("ganetic").loss)
    read = []
    run = JetTape._run

    def counted(self, x, steps, curved):
        read.append(len(x))
        return run(self, x, steps, curved)

    monkeypatch.setattr(JetTape, "_run", counted)
    bundle = Bundle((sides.real, sides.fake))
    _ = bundle.first, bundle.first
    assert len(read) == 1


@pytest.mark.parametrize("name", ["bce", "ganetic", "lsgan"])
@pytest.mark.parametrize("curved", [True, False])
def test_the_first_sides_alone_are_what_they_are_among_all(name, curved):
    sides = Sides.of(zoo.entry(name).loss)
    s = np.linspace(-9.0, 9.0, 37)
    both = sides.discriminator.on_scores(s, curved=curved)
    alone = sides.discriminator.on_scores(s, curved=curved, number=1)
    assert len(alone) == 1
    own = sides.generator.on_scores(s, curved=curved)
    for jet in (alone[0], sides.generator_on_scores(s, curved=curved), own):
        np.testing.assert_array_equal(jet.value, both[0].value)
        np.testing.assert_array_equal(jet.slope, both[0].slope)
        np.testing.assert_array_equal(jet.curvature, both[0].curvature)


def test_the_highest_points_are_told_a_step_apart():
    x = np.linspace(0.0, 1.0, 301)
    size = np.abs(np.sin(20.0 * x)) + x
    told = _apart(x, size, 0.02)
    assert told[0] == x[size.argmax()]
    assert np.diff(np.sort(told)).min() > 0.02
    assert np.isin(told, x).all()


def test_different_numbers_are_those_of_numpy():
    x = np.array([3.0, 1.0, 3.0, np.inf, -np.inf, 1.0, 2.0])
    np.testing.assert_array_equal(distinct(x), np.unique(x))
    assert len(distinct(np.empty(0))) == 0
