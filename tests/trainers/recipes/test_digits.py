from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from lossgp.trainers import Criterion, Outcome, Status, Trainer, trainer
from tests.trainers import losses

METRICS = {"fid", "kid", "d_acc", "d_acc_real", "d_acc_fake", "d_auc", "spread"}


def exact(outcome: Outcome) -> dict[str, str]:
    return {name: value.hex() for name, value in outcome.metrics.items()}


def test_a_training_gives_all_metrics(short: Trainer) -> None:
    outcome = short.train(losses.GANETIC, 0)
    assert outcome.status is Status.OK
    assert outcome.reason is None
    assert set(outcome.metrics) == METRICS
    assert outcome.metrics["fid"] > short.reference()["fid_floor"]
    halves = outcome.metrics["d_acc_real"] + outcome.metrics["d_acc_fake"]
    assert outcome.metrics["d_acc"] == pytest.approx(halves / 2)
    assert 0 <= outcome.metrics["d_auc"] <= 1
    assert outcome.iterations == 30


def test_the_area_is_of_the_scores_that_the_accuracies_are_of(
    short: Trainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Against the share of pairs whose real image has the higher score, ties counted half."""
    seen: list[tuple[torch.Tensor, torch.Tensor]] = []
    judged = short._judged  # type: ignore[attr-defined]

    def kept(*given: object) -> tuple[torch.Tensor, torch.Tensor]:
        seen.append(judged(*given))
        return seen[-1]

    monkeypatch.setattr(short, "_judged", kept)
    found = short.train(losses.GANETIC, 0).metrics["d_auc"]
    ((real, fake),) = seen
    higher = (real > fake.T).double() + (real == fake.T).double() / 2
    assert found == pytest.approx(float(higher.mean()), abs=1e-12)


def test_a_result_does_not_depend_on_order_neighbours_or_threads(short: Trainer) -> None:
    first = short.train(losses.GANETIC, 1)
    other = short.train(losses.GANETIC, 2)
    short.train(losses.NOT_A_NUMBER, 1)
    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    torch.manual_seed(5)
    try:
        again = short.train(losses.GANETIC, 1)
    finally:
        torch.set_num_threads(threads)
    assert exact(again) == exact(first) != exact(other)
    assert again.same_result(first)
    assert exact(short.train(losses.BCE, 1)) != exact(first)


def test_a_result_is_the_same_in_another_process(short: Trainer) -> None:
    code = (
        "import json, sys\n"
        "from lossgp.trainers import trainer\n"
        "made = trainer('digits', json.loads(sys.argv[1]))\n"
        "print(json.dumps(made.train(GANETIC, 1).to_json()))"
    )
    options = short.protocol.model_dump_json()
    source = Path(losses.__file__).read_text()
    command = [sys.executable, "-c", source + code, options]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    elsewhere = Outcome.from_json(json.loads(output))
    assert elsewhere.same_result(short.train(losses.GANETIC, 1))


@pytest.mark.parametrize("loss", [losses.CONSTANT, losses.NO_GRADIENT], ids=["constant", "zero"])
def test_without_a_gradient_nothing_is_learnt_and_that_is_a_result(
    short: Trainer, loss: Criterion
) -> None:
    outcome = short.train(loss, 0)
    assert outcome.status is Status.OK
    options = {**short.protocol.model_dump(), "iterations": 1}
    assert exact(outcome) == exact(trainer("digits", options).train(losses.CONSTANT, 0))
    assert exact(outcome) != exact(short.train(losses.BCE, 0))


@pytest.mark.parametrize("loss", [losses.NOT_A_NUMBER, losses.INFINITE], ids=["nan", "inf"])
def test_what_is_not_finite_has_diverged(short: Trainer, loss: Criterion) -> None:
    outcome = short.train(loss, 0)
    assert outcome.status is Status.DIVERGED
    assert outcome.metrics == {}
    assert outcome.reason == "not finite at iteration 25"
    assert outcome.iterations == 25


def without_weights(made: Trainer, monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on the generators of `made` begin with zeros: grey for every latent."""
    networks = made._networks  # type: ignore[attr-defined]

    def begun(seed: int) -> dict[str, torch.nn.Module]:
        made: dict[str, torch.nn.Module] = networks(seed)
        for parameter in made["G"].parameters():
            parameter.detach().zero_()
        return made

    monkeypatch.setattr(made, "_networks", begun)


@pytest.mark.parametrize(
    ("iterations", "reason", "run"),
    [
        (300, "constant output at iteration 50", 50),  # at the second look that finds it so
        (30, "constant output at iteration 30", 30),  # the last one is looked at
        (20, "constant output in evaluation", 20),
    ],
)
def test_a_generator_without_variance_is_dead_and_measured(
    short: Trainer, monkeypatch: pytest.MonkeyPatch, iterations: int, reason: str, run: int
) -> None:
    """Nothing moves it from its zeros: a zeroed layer passes no gradient on, and D's loss none."""
    made = trainer("digits", {**short.protocol.model_dump(), "iterations": iterations})
    without_weights(made, monkeypatch)
    outcome = made.train(Criterion(losses.bce, losses.NO_GRADIENT.generator), 0)
    assert (outcome.status, outcome.reason, outcome.iterations) == (Status.DEAD, reason, run)
    assert set(outcome.metrics) == METRICS
    assert outcome.metrics["spread"] == 0
    # Grey is one of the images of which the ceiling is the worst.
    assert 0 < outcome.metrics["fid"] <= made.reference()["fid_ceiling"] * (1 + 1e-6)
    assert outcome.metrics["fid"] > 20 * made.reference()["fid_floor"]


def test_a_generator_that_varies_again_is_not_dead(
    short: Trainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = iter([True, False, True, False])
    monkeypatch.setattr("lossgp.trainers.gan.training.is_constant", lambda made: next(looks))
    made = trainer("digits", {**short.protocol.model_dump(), "iterations": 75})
    assert made.train(losses.NO_GRADIENT, 0).status is Status.OK
    assert list(looks) == []  # three while it was trained, one in evaluation


def test_what_a_loss_raises_passes_through(short: Trainer) -> None:
    def broken(scores: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        raise ZeroDivisionError("in the loss")

    with pytest.raises(ZeroDivisionError, match="in the loss"):
        short.train(Criterion(broken, broken), 0)


def test_a_loss_sees_raw_scores_and_labels(short: Trainer) -> None:
    seen: set[tuple[float, tuple[int, ...], torch.dtype, tuple[int, ...]]] = set()

    def record(scores: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        (label,) = set(labels.flatten().tolist())
        seen.add((label, tuple(labels.shape), scores.dtype, tuple(scores.shape)))
        return losses.bce(scores, labels)

    shape = (16, 1)
    short.train(Criterion(record, losses.bce), 0)
    assert seen == {(y, shape, torch.float32, shape) for y in (0.0, 1.0)}
    seen.clear()
    short.train(Criterion(losses.bce, record), 0)
    assert seen == {(1.0, shape, torch.float32, shape)}


def test_the_scale_of_the_metrics(short: Trainer) -> None:
    scale = short.reference()
    assert scale["fid_floor"] > 0  # 15: of 100 images, FID is biased
    assert scale["fid_ceiling"] > 20 * scale["fid_floor"]
    assert abs(scale["kid_floor"]) < 0.01 * scale["kid_ceiling"]
    assert scale == short.reference()


@pytest.mark.slow
def test_ganetic_learns_digits() -> None:
    """Untrained it is at 995 to 1000; trained, the best of three seeds is far below a half of it.

    Of 42 trainings (14 seeds, each also with its last bit changed in two ways) the median was 240
    and the worst 458, and of any three of them the best was below 330.
    """
    made = trainer("digits")
    untrained = trainer("digits", {"iterations": 1}).train(losses.NO_GRADIENT, 0)
    trained = [made.train(losses.GANETIC, seed).metrics.get("fid", math.inf) for seed in range(3)]
    assert min(trained) < untrained.metrics["fid"] / 2


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_on_cuda_a_training_repeats_to_the_bit(short: Trainer) -> None:
    made = trainer("digits", short.protocol.model_dump(), "cuda")
    first = made.train(losses.GANETIC, 1)
    made.train(losses.BCE, 3)
    assert first.status is Status.OK
    assert exact(made.train(losses.GANETIC, 1)) == exact(first)
