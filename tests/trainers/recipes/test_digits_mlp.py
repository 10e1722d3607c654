from __future__ import annotations

import pytest

from lossgp.trainers import OptionError, Status, Trainer, trainer
from tests.trainers import losses


@pytest.fixture(scope="module")
def brief() -> Trainer:
    made = trainer("digits-mlp", {"iterations": 30, "width": 8, "batch": 16, "samples": 100})
    made.prepare()
    return made


def test_a_training_measures_what_it_promises(brief: Trainer) -> None:
    outcome = brief.train(losses.GANETIC, 0)
    assert outcome.status is Status.OK
    assert set(outcome.metrics) == set(brief.measures or ())


def test_a_result_does_not_depend_on_what_was_trained_before(brief: Trainer) -> None:
    first = brief.train(losses.GANETIC, 1)
    assert not brief.train(losses.GANETIC, 2).same_result(first)
    assert not brief.train(losses.BCE, 1).same_result(first)
    assert brief.train(losses.GANETIC, 1).same_result(first)


@pytest.mark.parametrize("option", [{"layers": 1}, {"width": 9}, {"latent": 3}, {"dropout": 0.5}])
def test_an_option_changes_the_result_and_the_memo(brief: Trainer, option) -> None:
    options = {**brief.protocol.model_dump(exclude={"name", "metrics"}), **option}
    other = trainer("digits-mlp", options)
    assert other.protocol.hash() != brief.protocol.hash()
    assert not other.train(losses.GANETIC, 0).same_result(brief.train(losses.GANETIC, 0))


def test_a_training_comes_far_closer_to_the_digits_than_its_beginning() -> None:
    """By a factor of 2.7 at the least, over four seeds."""
    options = {"width": 64, "samples": 500, "metrics": ["fid"]}
    short, long = (trainer("digits-mlp", {**options, "iterations": n}) for n in (1, 200))
    for seed in (0, 1):
        before, after = (each.train(losses.GANETIC, seed).metrics["fid"] for each in (short, long))
        assert after < before / 1.5


def test_a_kept_generator_draws_again(brief: Trainer, tmp_path) -> None:
    brief.train(losses.GANETIC, 0, keep=tmp_path / "kept.safetensors")
    images = brief.generate(tmp_path / "kept.safetensors", 5)  # type: ignore[attr-defined]
    assert images.shape == (5, 1, 8, 8)
    assert images.std() > 0


def test_bad_options_are_told() -> None:
    with pytest.raises(OptionError, match="option layers of protocol 'digits-mlp'"):
        trainer("digits-mlp", {"layers": 0})
    with pytest.raises(OptionError, match="has no option 'stages'"):
        trainer("digits-mlp", {"stages": [1]})
