from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from lossgp.trainers import Criterion, OptionError, Outcome, Status, Trainer, trainer
from lossgp.trainers.classification.data import digits_split, tumours_split
from lossgp.trainers.classification.training import judge, network_for, one_hot
from tests.trainers import losses


@pytest.fixture(scope="session")
def tumours() -> Trainer:
    made = trainer("breast-cancer", {"epochs": 8})
    made.prepare()
    return made


@pytest.fixture(scope="session")
def digits() -> Trainer:
    made = trainer("digits-classify", {"epochs": 2, "width": 4, "learning_rate": 0.01})
    made.prepare()
    return made


def exact(outcome: Outcome) -> dict[str, str]:
    return {name: value.hex() for name, value in outcome.metrics.items()}


@pytest.mark.parametrize("name", ["tumours", "digits"])
def test_a_training_learns_and_gives_all_metrics(name: str, request: pytest.FixtureRequest) -> None:
    """The worst of 50 (25 seeds, also with another last bit): a fifth of the ceiling, 0.96."""
    made: Trainer = request.getfixturevalue(name)
    outcome = made.train(losses.BCE, 0)
    assert outcome.status is Status.OK
    assert outcome.reason is None
    assert set(outcome.metrics) == {"error", "accuracy", "auroc"}
    assert outcome.metrics["error"] == pytest.approx(1 - outcome.metrics["accuracy"])
    scale = made.reference()
    assert scale["error_floor"] <= outcome.metrics["error"] < scale["error_ceiling"] / 2
    assert outcome.metrics["auroc"] > 0.8


def test_the_objective_is_the_error(tumours: Trainer) -> None:
    assert (tumours.metric, tumours.metric_title) == ("error", "error")
    assert (trainer("digits").metric, trainer("digits").metric_title) == ("fid", "FID")
    # Of 200 held-out tumours 75 are malignant, in every split: the rarer class.
    assert tumours.reference()["error_ceiling"] == 1 - 75 / 200


def test_the_same_seed_gives_the_same_result_to_the_bit(tumours: Trainer) -> None:
    first = tumours.train(losses.GANETIC, 3)
    tumours.train(losses.BCE, 4)
    torch.manual_seed(99)
    assert tumours.train(losses.GANETIC, 3).same_result(first)
    threads = torch.get_num_threads()
    torch.set_num_threads(threads + 1)
    try:
        again = trainer("breast-cancer", {"epochs": 8}).train(losses.GANETIC, 3)
    finally:
        torch.set_num_threads(threads)
    assert exact(again) == exact(first)
    assert exact(tumours.train(losses.GANETIC, 4)) != exact(first)


def test_a_file_to_keep_is_not_needed(tumours: Trainer, tmp_path: Path) -> None:
    kept = tumours.train(losses.BCE, 0, keep=tmp_path / "kept.safetensors")
    assert kept.same_result(tumours.train(losses.BCE, 0))
    assert list(tmp_path.iterdir()) == []


def test_the_generator_s_loss_is_not_used(tumours: Trainer) -> None:
    def refuse(scores: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        raise AssertionError("the generator's loss was called")

    assert tumours.train(Criterion(losses.bce, refuse), 0).status is Status.OK


def test_the_loss_meets_each_class_against_the_rest(digits: Trainer) -> None:
    seen: list[tuple[torch.Size, torch.Size, float]] = []

    def spy(scores: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        seen.append((scores.shape, labels.shape, float(labels.sum())))
        return losses.bce(scores, labels)

    digits.train(Criterion(spy, spy), 0)
    # 2 epochs of 1,297 samples in batches of 64: 40 whole ones, and 34 samples.
    assert [s for s, _, _ in seen] == [torch.Size([640, 1])] * 40 + [torch.Size([340, 1])]
    assert all(scores == labels for scores, labels, _ in seen)
    assert [total for _, _, total in seen] == [64.0] * 40 + [34.0]


@pytest.mark.parametrize("loss", [losses.CONSTANT, losses.NO_GRADIENT])
def test_a_loss_without_slope_leaves_the_initial_weights(tumours: Trainer, loss: Criterion) -> None:
    assert exact(tumours.train(loss, 0)) == exact(tumours.train(losses.CONSTANT, 0))


@pytest.mark.parametrize(
    "loss", [losses.INFINITE, Criterion(lambda s, y: (s * 0 - 1).sqrt(), losses.bce)]
)
def test_what_is_not_finite_diverges(tumours: Trainer, loss: Criterion) -> None:
    outcome = tumours.train(loss, 0)
    assert outcome.status is Status.DIVERGED
    assert outcome.reason == "not finite after epoch 1"
    assert outcome.metrics == {}


def test_one_answer_for_all_is_dead(tumours: Trainer) -> None:
    def first_class(scores: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        return (scores.view(-1, 2) * torch.tensor([-1.0, 1.0])).view(-1, 1)

    outcome = tumours.train(Criterion(first_class, losses.bce), 0)
    assert outcome.status is Status.DEAD
    assert outcome.reason == "class 0 for each of 200 held-out samples"
    assert outcome.metrics["error"] == tumours.reference()["error_ceiling"]


def test_auroc_is_torchmetrics() -> None:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torchmetrics' own imports
        from torchmetrics.functional.classification import multiclass_auroc

    scores = torch.randn(300, 4, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    labels = torch.arange(300) % 4
    scores[torch.arange(300), labels] += 1
    _, _, metrics = judge(scores, labels)
    # Probabilities, or torchmetrics would apply a softmax: the order within a class is the same.
    expected = multiclass_auroc(torch.sigmoid(scores), labels, num_classes=4, average="macro")
    assert metrics["auroc"] == pytest.approx(float(expected), abs=1e-6)
    assert metrics["accuracy"] == float((scores.argmax(1) == labels).double().mean())


def test_scores_that_are_not_finite_are_no_result() -> None:
    scores = torch.tensor([[0.0, float("nan")], [1.0, 0.0]])
    assert judge(scores, torch.tensor([0, 1])) == (
        Status.DIVERGED,
        "not finite in evaluation",
        {},
    )


def test_splits_are_stratified_disjoint_and_standardised() -> None:
    split = digits_split(0)
    assert (len(split.train.labels), len(split.test.labels)) == (1297, 500)
    shares = [part.labels.bincount() / len(part.labels) for part in (split.train, split.test)]
    assert float((shares[0] - shares[1]).abs().max()) < 0.002
    assert not torch.equal(digits_split(1).test.labels, split.test.labels)
    assert torch.equal(digits_split(0).test.inputs, split.test.inputs)

    split = tumours_split(0)
    assert (len(split.train.labels), len(split.test.labels)) == (369, 200)
    assert split.train.inputs.dtype == torch.float32
    std, mean = torch.std_mean(split.train.inputs, 0, correction=0)
    assert torch.allclose(mean, torch.zeros(30), atol=1e-5)
    assert torch.allclose(std, torch.ones(30), atol=1e-5)
    both = torch.cat([split.train.inputs, split.test.inputs])
    assert len(both.unique(dim=0)) == 569


def test_networks() -> None:
    """The paper's MNIST discriminator at width 16, with ten outputs."""
    network = network_for(digits_split(0), 16)
    convolutions = (9 * 16 + 16) + (16 * 9 * 32 + 32)
    assert sum(p.numel() for p in network.parameters()) == convolutions + (4 * 4 * 32 * 10 + 10)
    network = network_for(tumours_split(0), 16)
    layers = (30 * 16 + 16) + (16 * 16 + 16) + (16 * 2 + 2)
    assert sum(p.numel() for p in network.parameters()) == layers
    assert one_hot(torch.tensor([1, 0]), 2).tolist() == [[0, 1], [1, 0]]


def test_every_option_is_in_the_hash() -> None:
    default = trainer("breast-cancer").protocol
    changes = {
        "epochs": 31,
        "batch": 16,
        "width": 8,
        "learning_rate": 2e-3,
        "beta1": 0.5,
        "beta2": 0.99,
        "epsilon": 1e-8,
        "split": 1,
    }
    assert {*changes, "name"} == set(default.model_dump())
    hashes = {
        trainer("breast-cancer", {key: value}).protocol.hash() for key, value in changes.items()
    }
    assert len(hashes | {default.hash()}) == len(changes) + 1
    assert "split 0, width 16" in default.describe()


@pytest.mark.parametrize(
    "options", [{"epochs": 0}, {"batch": 1}, {"split": -1}, {"learning_rate": 0}, {"dropout": 0.1}]
)
def test_bad_options_are_refused(options: dict[str, object]) -> None:
    with pytest.raises(OptionError, match=next(iter(options))):
        trainer("breast-cancer", options)


def test_asking_for_a_protocol_does_not_import_torch() -> None:
    code = (
        "import sys; from lossgp.trainers import trainer; "
        "trainer('digits-classify').protocol.hash(); sys.exit('torch' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
