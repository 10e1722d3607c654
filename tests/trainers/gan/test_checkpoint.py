from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from lossgp.expressions import LossPair, zoo
from lossgp.trainers import Criterion, Status, TrainerError, trainer
from lossgp.trainers.gan import checkpoint
from lossgp.trainers.gan.training import Ending

OPTIONS = {"iterations": 30, "samples": 64, "width": 4}


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pair = LossPair.of(zoo.entry("ganetic").loss)
    made = trainer("digits", OPTIONS)
    path = checkpoint.checkpoint_path(
        tmp_path_factory.mktemp("kept"), made.protocol.hash(), pair.key(), 2, "cpu"
    )
    outcome = made.train(Criterion(*pair.criterion_functions(), pair.text()), 2, path)
    without = made.train(Criterion(*pair.criterion_functions()), 2)
    assert outcome.same_result(without)  # keeping changes nothing
    return path


def test_a_file_says_what_it_is_from(kept: Path) -> None:
    found = checkpoint.read(kept)
    assert found.trainer == "digits"
    assert found.seed == 2
    assert LossPair.parse(found.loss).key() == LossPair.of(zoo.entry("ganetic").loss).key()
    assert found.history["iteration"] == [25, 30]
    assert set(found.history) == {
        *("iteration", "d_real", "d_fake", "g", "d_acc_real", "d_acc_fake")
    }  # fmt: skip
    assert trainer(found.trainer, found.protocol).protocol.hash() == (
        trainer("digits", OPTIONS).protocol.hash()
    )
    assert list(kept.parent.iterdir()) == [kept]


def test_a_generator_draws_the_same_images_again(kept: Path) -> None:
    found = checkpoint.read(kept)
    again = trainer(found.trainer, found.protocol)
    images = again.generate(kept, 5)
    assert images.shape == (5, 1, 8, 8)
    assert images.dtype == "uint8"
    assert images.std(0).mean() > 0
    assert (images == again.generate(kept, 5)).all()
    assert (images != again.generate(kept, 5, seed=1)).any()


def test_a_kept_generator_is_measured_on_other_samples(kept: Path) -> None:
    again = trainer("digits", OPTIONS)
    first, same, other = (again.measured_again(kept, seed) for seed in (7, 7, 8))
    assert first == same
    assert first["fid"] != other["fid"]
    assert set(first) == set(again.protocol.metrics)
    assert trainer("digits-classify").measured_again(kept, 7) == {}


def test_a_file_without_accuracies_is_read_as_before(kept: Path, tmp_path: Path) -> None:
    with safe_open(kept, framework="pt") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        metadata = file.metadata()
    tensors["history"] = tensors["history"][:, :4].contiguous()
    save_file(tensors, tmp_path / "old.safetensors", metadata=metadata)
    found, old = checkpoint.read(kept), checkpoint.read(tmp_path / "old.safetensors")
    assert list(old.history) == ["iteration", "d_real", "d_fake", "g"]
    assert all(found.history[key] == column for key, column in old.history.items())


def test_another_network_is_refused(kept: Path) -> None:
    with pytest.raises(TrainerError, match="generator of another shape; give the protocol options"):
        trainer("digits", {**OPTIONS, "width": 5}).generate(kept, 1)


def test_what_is_no_checkpoint_is_refused_in_one_line(kept: Path, tmp_path: Path) -> None:
    path = tmp_path / "x.safetensors"
    with pytest.raises(TrainerError, match="there is no file"):
        checkpoint.read(path)
    save_file({"weight": torch.zeros(3)}, path)
    with pytest.raises(TrainerError, match="no generator that lossgp has kept"):
        checkpoint.read(path)
    about = {"format": checkpoint.FORMAT, "seed": 1}
    save_file({"history": torch.zeros(0, 4)}, path, metadata={"lossgp": json.dumps(about)})
    with pytest.raises(TrainerError, match="is damaged"):
        checkpoint.read(path)
    for size in (0, 7, 100, kept.stat().st_size - 1):
        path.write_bytes(kept.read_bytes()[:size])
        with pytest.raises(TrainerError, match="is damaged"):
            checkpoint.read(path)


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    made = trainer("digits", OPTIONS)
    with pytest.raises(TrainerError, match="cannot keep the generator in"):
        checkpoint.write(
            tmp_path / "file" / "x.safetensors",
            made.protocol,
            "",
            0,
            torch.nn.Linear(1, 1),
            Ending(Status.OK),
        )


@pytest.mark.parametrize(
    "about",
    [
        "[" * 100_000,
        '{"format": "lossgp generator 1", "seed": 1e999}',
        '{"format": "lossgp generator 1", "protocol": 3}',
        '{"a\\u001b[2J": 1}',
    ],
    ids=["nested", "infinite", "wrong type", "escape"],
)
def test_what_strangers_write_into_a_header_is_refused_in_one_line(
    kept: Path, tmp_path: Path, about: str
) -> None:
    with safe_open(kept, framework="pt") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    path = tmp_path / "odd.safetensors"
    save_file(tensors, path, metadata={"lossgp": about})
    with pytest.raises(TrainerError) as refused:
        checkpoint.read(path)
    message = str(refused.value)
    assert len(message.splitlines()) == 1
    assert len(message) < 1000
    assert message.isprintable()
