"""Trainings that are measured on the way and go on, against such as were never stopped."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from lossgp.trainers import Criterion, Outcome, Status, Trainer, trainer
from lossgp.trainers.gan import paused
from lossgp.trainers.gan.checkpoint import read
from lossgp.trainers.gan.training import Training
from tests.trainers import losses

TINY: dict[str, Any] = {
    **{"iterations": 60, "width": 2, "batch": 16, "latent": 4, "samples": 40},
    "metrics": ["fid"],
}


def tiny(name: str = "digits", **options: Any) -> Trainer:
    made = trainer(name, {**TINY, **options})
    made.prepare()
    return made


def exact(outcome: Outcome) -> tuple[object, ...]:
    figures = {name: value.hex() for name, value in outcome.metrics.items()}
    return outcome.status, outcome.reason, outcome.iterations, figures


@pytest.fixture(scope="module")
def made() -> Trainer:
    """Of perceptrons: for what does not depend on the network."""
    return tiny("digits-mlp", width=4)


def whole_files(path: Path) -> tuple[dict[str, list[float]], bytes]:
    """The curves and the weights that a training has kept."""
    return read(path).history, path.read_bytes()


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"half_batches": True},
        {"precision": "bfloat16"},
        {"dropout": 0.0},
    ],
    ids=str,
)
def test_a_training_that_was_stopped_comes_to_the_same_bytes(
    options: dict[str, Any], tmp_path: Path
) -> None:
    """At 8 and 15 between two looks, at 30 after one; curves and weights, too."""
    made, state = tiny(**options), tmp_path / "state.safetensors"
    straight = made.train(losses.GANETIC, 3, tmp_path / "straight.safetensors")
    parts = [made.train_part(losses.GANETIC, 3, part, state) for part in (0.13, 0.25, 0.5)]
    assert [o.iterations for o in parts] == [8, 15, 30]
    kept = tmp_path / "stopped.safetensors"
    assert exact(made.train_part(losses.GANETIC, 3, 1.0, state, kept)) == exact(straight)
    assert whole_files(kept) == whole_files(tmp_path / "straight.safetensors")
    assert len({o.metrics["fid"] for o in (*parts, straight)}) == 4


def test_a_part_is_the_same_whatever_was_measured_before(made: Trainer, tmp_path: Path) -> None:
    there = [made.train_part(losses.BCE, 0, part, tmp_path / "a") for part in (0.2, 0.4, 0.7)]
    assert exact(made.train_part(losses.BCE, 0, 0.7, tmp_path / "b")) == exact(there[-1])
    assert made.train_part(losses.BCE, 1, 0.2, tmp_path / "c") != there[0]


def iterations_run(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The numbers of the iterations that are run from now on."""
    seen: list[int] = []
    iterate = Training._iterate

    def noted(training: Training) -> None:
        iterate(training)
        seen.append(training.iteration)

    monkeypatch.setattr(Training, "_iterate", noted)
    return seen


def test_what_was_run_is_not_run_again(
    made: Trainer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = iterations_run(monkeypatch)
    for part in (0.25, 0.5, 1.0):
        made.train_part(losses.GANETIC, 0, part, tmp_path / "state")
    assert seen == list(range(1, 61))


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def flipped(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-9] ^= 1  # within the tensors: the form of the file is sound
    path.write_bytes(content)


def foreign(path: Path) -> None:
    path.write_text("not a state")


def folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize("damage", [cut, flipped, foreign, folder, Path.unlink])
def test_a_state_that_is_not_sound_costs_time_and_nothing_else(
    made: Trainer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    damage: Callable[[Path], None],
) -> None:
    straight = made.train(losses.GANETIC, 0)
    state = tmp_path / "state"
    made.train_part(losses.GANETIC, 0, 0.25, state)
    damage(state)
    seen = iterations_run(monkeypatch)
    assert exact(made.train_part(losses.GANETIC, 0, 1.0, state)) == exact(straight)
    assert seen == list(range(1, 61))


@pytest.mark.parametrize("change", ["seed", "loss", "protocol"])
def test_a_state_of_another_training_is_not_taken(
    made: Trainer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    state = tmp_path / "state"
    other = tiny("digits-mlp", width=5) if change == "protocol" else made
    loss = Criterion(losses.bce, losses.bce, "other") if change == "loss" else losses.GANETIC
    seed = 1 if change == "seed" else 0
    other.train_part(loss, seed, 0.25, state)
    seen = iterations_run(monkeypatch)
    made.train_part(losses.GANETIC, 0, 0.5, state)
    assert seen == list(range(1, 31))


def test_a_state_that_is_further_on_stays(
    made: Trainer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = tmp_path / "state"
    made.train_part(losses.GANETIC, 0, 0.5, state)
    kept = state.read_bytes()
    earlier = made.train_part(losses.GANETIC, 0, 0.25, state)
    assert earlier.iterations == 15
    assert state.read_bytes() == kept


def test_an_early_end_is_an_end_for_every_later_part(
    made: Trainer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    straight = made.train(losses.NOT_A_NUMBER, 0)
    assert (straight.status, straight.iterations) == (Status.DIVERGED, 25)
    state = tmp_path / "state"
    assert exact(made.train_part(losses.NOT_A_NUMBER, 0, 0.75, state)) == exact(straight)
    seen = iterations_run(monkeypatch)
    assert exact(made.train_part(losses.NOT_A_NUMBER, 0, 1.0, state)) == exact(straight)
    assert seen == []


def test_that_an_output_was_constant_at_the_last_look_is_remembered(
    made: Trainer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two looks in a row, at 25 and 50, with a stop in between."""
    monkeypatch.setattr("lossgp.trainers.gan.training.is_constant", lambda made: True)
    state = tmp_path / "state"
    made.train_part(losses.GANETIC, 0, 0.5, state)
    last = made.train_part(losses.GANETIC, 0, 1.0, state)
    assert (last.status, last.reason) == (Status.DEAD, "constant output at iteration 50")
    assert last.iterations == 50


def test_a_full_disk_is_no_fault_of_the_training(
    made: Trainer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("safetensors.torch.save_file", full)
    found = made.train_part(losses.GANETIC, 0, 0.25, tmp_path / "new" / "state")
    assert found.status is Status.OK
    assert list((tmp_path / "new").iterdir()) == []


def test_a_loss_that_moves_nothing_has_no_moments_to_keep(made: Trainer, tmp_path: Path) -> None:
    made.train_part(losses.CONSTANT, 0, 0.25, tmp_path / "state")
    last = made.train_part(losses.CONSTANT, 0, 1.0, tmp_path / "state")
    assert exact(last) == exact(made.train(losses.CONSTANT, 0))


@pytest.mark.parametrize("part", [0.0, -0.5, 1.01, float("nan")])
def test_a_part_lies_between_nothing_and_the_whole(
    made: Trainer, tmp_path: Path, part: float
) -> None:
    with pytest.raises(ValueError, match=r"part of a training is .* above 0 and at most 1"):
        made.train_part(losses.GANETIC, 0, part, tmp_path / "state")


def test_a_trainer_that_cannot_continue_says_so(tmp_path: Path) -> None:
    classifier = trainer("breast-cancer")
    assert not classifier.continues
    with pytest.raises(NotImplementedError, match="trains whole"):
        classifier.train_part(losses.BCE, 0, 0.5, tmp_path / "state")


def test_flips_are_drawn_on_from_where_they_were(tmp_path: Path) -> None:
    """Mirrored images, which no digits protocol has: the loop itself, stopped and straight."""
    from benchmarks import paper
    from lossgp.trainers.recipes.ganetic import GaneticRecipe
    from tests.trainers.recipes.test_ganetic import IMAGES, criterion, networks

    recipe = GaneticRecipe(8, 10, 0.4, 1e-3, 0.5, 0.999, 1e-7, flip=True)

    def training(capture: Any = None) -> tuple[Training, list[torch.Tensor]]:
        both = networks()
        weights = [p.detach() for network in both for p in network.parameters()]
        ask = criterion("ganetic")
        return paper.training(*both, IMAGES, ask, recipe, 12, 3, capture), weights

    captures: list[int] = []

    def capture(step: Any) -> Any:
        captures.append(1)
        return step

    straight, expected = training()
    assert straight.run(12).history == straight.run(12).history != ()
    first, _ = training()
    first.run(5)
    kept = paused.Paused(first.tensors(), first.numbers())
    paused.write(tmp_path / "state", {}, kept)
    again = paused.read(tmp_path / "state", {})
    assert again is not None
    second, weights = training(capture)
    second.restore(again.tensors, again.numbers)
    assert second.run(12) == straight.run(12)
    assert all(torch.equal(a, b) for a, b in zip(weights, expected, strict=True))
    assert captures == [1]  # after a warm-up of its own: iterations 6 to 8


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_on_cuda_a_stopped_training_comes_to_the_same_bytes(tmp_path: Path) -> None:
    made = trainer("digits", TINY, "cuda")
    straight = made.train(losses.GANETIC, 0)
    made.train_part(losses.GANETIC, 0, 0.25, tmp_path / "state")
    assert exact(made.train_part(losses.GANETIC, 0, 1.0, tmp_path / "state")) == exact(straight)
