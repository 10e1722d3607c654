"""Trainings that take long: FID on the way, going on after being killed, many images to measure."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
import pytest
import torch
from pydantic import ValidationError
from torch import Tensor

from lossgp.trainers import Criterion, Outcome, Status
from lossgp.trainers.data import as_floats, digits
from lossgp.trainers.extractors.digits import digit_classifier
from lossgp.trainers.gan import trainer as room
from lossgp.trainers.gan.checkpoint import read
from lossgp.trainers.gan.long_options import LOOKS, LongOptions
from lossgp.trainers.gan.training import CHECK_EVERY
from lossgp.trainers.metrics import RealSide, measuring, sides
from lossgp.trainers.recipes.digits import DigitsProtocol, DigitsTrainer
from lossgp.trainers.seeding import stream
from tests.trainers import losses


class LongProtocol(DigitsProtocol, LongOptions):
    UNHASHED: ClassVar[frozenset[str]] = frozenset({"checkpoint_every"})
    name: Literal["long"] = "long"  # type: ignore[assignment]


class LongTrainer(DigitsTrainer):
    protocol_type = LongProtocol
    protocol: LongProtocol


TINY: dict[str, Any] = {
    **{"iterations": 50, "width": 2, "batch": 8, "latent": 4, "samples": 40},
    "metrics": ["fid"],
}


def made(**options: Any) -> LongTrainer:
    return LongTrainer.create({**TINY, **options})


def kept(path: Path) -> dict[str, list[float]]:
    return read(path).history


class KilledError(Exception):
    """What a process does not live to see."""


class Mortal:
    """BCE that is killed at a call, and counts its calls: three an iteration here."""

    def __init__(self, at: int) -> None:
        self.calls, self._at = 0, at

    def __call__(self, scores: Tensor, labels: Tensor) -> Tensor:
        self.calls += 1
        if self.calls == self._at:
            raise KilledError
        return losses.bce(scores, labels)


def test_fid_is_measured_on_the_way_and_at_the_end_it_is_the_outcomes(tmp_path: Path) -> None:
    path = tmp_path / "kept.safetensors"
    outcome = made(fid_every=25, fid_samples=40).train(losses.BCE, 0, path)
    assert outcome.status is Status.OK
    history = kept(path)
    assert history["iteration"] == [25.0, 50.0]
    assert history["fid"][0] != history["fid"][1]
    assert history["fid"][1] == pytest.approx(outcome.metrics["fid"], rel=1e-6)


def test_it_is_measured_as_often_and_on_as_many_as_is_asked(tmp_path: Path) -> None:
    seldom, few = tmp_path / "seldom.safetensors", tmp_path / "few.safetensors"
    made(fid_every=50, fid_samples=40).train(losses.BCE, 0, seldom)
    made(fid_every=50, fid_samples=20).train(losses.BCE, 0, few)
    assert np.isnan(kept(seldom)["fid"]).tolist() == [True, False]
    assert kept(few)["fid"][1] != kept(seldom)["fid"][1]


def test_a_training_goes_on_as_if_nothing_were_measured(tmp_path: Path) -> None:
    without, with_ = tmp_path / "without.safetensors", tmp_path / "with.safetensors"
    one = made().train(losses.BCE, 0, without)
    other = made(fid_every=25, fid_samples=10).train(losses.BCE, 0, with_)
    assert one.metrics == other.metrics
    assert "fid" not in kept(without)
    assert np.array_equal(made().generate(without, 5), made().generate(with_, 5))


@pytest.mark.parametrize("every", [20, 25])
def test_a_killed_training_goes_on_and_ends_as_if_it_had_not_been(
    every: int, tmp_path: Path
) -> None:
    options = {"checkpoint_every": every, "fid_every": 25, "fid_samples": 10}
    whole, path = tmp_path / "whole.safetensors", tmp_path / "killed.safetensors"
    expected = made(**options).train(losses.BCE, 0, whole)
    killed = Mortal(at=3 * 45)
    with pytest.raises(KilledError):
        made(**options).train(Criterion(killed, killed), 0, path)
    assert [found.name for found in sorted(tmp_path.iterdir())] == [
        "killed.training",
        "whole.safetensors",
    ]
    later = Mortal(at=-1)
    outcome = made(**options).train(Criterion(later, later), 0, path)
    assert later.calls == 3 * (50 - every * (45 // every))
    assert outcome.metrics == expected.metrics
    assert kept(path) == kept(whole)
    assert np.array_equal(made().generate(path, 5), made().generate(whole, 5))
    assert not (tmp_path / "killed.training").exists()


def test_without_the_option_or_a_place_nothing_is_put_away(tmp_path: Path) -> None:
    for options, path in (({}, tmp_path / "kept.safetensors"), ({"checkpoint_every": 5}, None)):
        killed = Mortal(at=100)
        with pytest.raises(KilledError):
            made(**options).train(Criterion(killed, killed), 0, path)
        assert list(tmp_path.iterdir()) == []


def test_a_part_is_put_away_on_its_way(tmp_path: Path) -> None:
    killed = Mortal(at=3 * 45)
    with pytest.raises(KilledError):
        made(checkpoint_every=20).train_part(Criterion(killed, killed), 0, 1.0, tmp_path / "state")
    later = Mortal(at=-1)
    made().train_part(Criterion(later, later), 0, 1.0, tmp_path / "state")
    assert later.calls == 3 * 10


def test_when_it_is_put_away_is_not_hashed_and_what_is_measured_is() -> None:
    plain = made().protocol.hash()
    assert made(checkpoint_every=5).protocol.hash() == plain
    assert made(fid_every=25).protocol.hash() != plain


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"fid_every": 30}, "multiple of 25"),
        ({"fid_every": -25}, "0"),
        ({"fid_samples": 1}, "2"),
        ({"checkpoint_every": -1}, "0"),
    ],
    ids=str,
)
def test_bad_options_are_refused(options: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        made(**options)


def test_looks_are_the_loops_own() -> None:
    assert LOOKS == CHECK_EVERY


def measured(monkeypatch: pytest.MonkeyPatch, whole: int, criterion: Criterion) -> Outcome:
    monkeypatch.setattr(measuring, "WHOLE", whole)
    found = made(samples=300, iterations=25, metrics=["fid", "kid", "precision"])
    return found.train(criterion, 0)


def test_more_images_than_fit_are_measured_in_passing(monkeypatch: pytest.MonkeyPatch) -> None:
    before = measured(monkeypatch, 2**30, losses.BCE)
    after = measured(monkeypatch, 256, losses.BCE)
    assert after.metrics.keys() == before.metrics.keys()
    assert after.metrics == pytest.approx(before.metrics, rel=1e-4)
    assert after.metrics["fid"] != before.metrics["fid"]  # by sums, in another order


def test_images_that_are_not_finite_end_it_in_passing_too(monkeypatch: pytest.MonkeyPatch) -> None:
    found = made(samples=300, iterations=1)
    monkeypatch.setattr(measuring, "WHOLE", 256)
    networks = found._networks(0)
    with torch.no_grad():
        for parameter in networks["G"].parameters():
            parameter.fill_(float("nan"))
    _, metrics = found._evaluated(networks["G"].eval(), networks, 0)
    assert metrics == {}


def test_latents_are_drawn_in_parts_where_all_would_not_fit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = torch.cat(list(room.drawn_latents(10, 7, stream(0, "z"))))
    assert torch.equal(whole, torch.randn(10, 7, generator=stream(0, "z")))
    monkeypatch.setattr(room, "LATENTS", 21)
    parts = list(room.drawn_latents(10, 7, stream(0, "z")))
    assert [len(part) for part in parts] == [3, 3, 3, 1]
    assert all(part.isfinite().all() for part in parts)


def test_real_images_are_scaled_part_by_part(monkeypatch: pytest.MonkeyPatch) -> None:
    images = (digits()[0][:600] * 127.5 + 127.5).round().to(torch.uint8)
    whole = RealSide.of(as_floats(images), digit_classifier())
    monkeypatch.setattr(sides, "PART", 256)
    parts = RealSide.of(images, digit_classifier())
    assert torch.equal(parts.features, whole.features)
