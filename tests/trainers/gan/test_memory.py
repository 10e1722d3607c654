"""A training that does not fit is refused before its first step, with what would fit."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import pytest
from pydantic import Field

from lossgp.studies.protocols import prepared_trainer
from lossgp.studies.sweep_settings import settings_of
from lossgp.trainers import TrainerError, trainer
from lossgp.trainers.datasets import DatasetError
from lossgp.trainers.gan.memory import check_memory, fitting, free_memory
from lossgp.trainers.gan.protocol import AdversarialProtocol


class Large(AdversarialProtocol):
    """Needs 1,000 bytes for each image of a batch and channel, and 10,000 always."""

    name: Literal["large"] = "large"
    batch: int = Field(default=16, ge=4)
    width: int = Field(default=8, ge=2)
    learning_rate: float = 1e-3

    def networks(self) -> Any:
        raise NotImplementedError

    def recipe(self, play: object) -> Any:
        raise NotImplementedError

    def memory(self) -> int:
        return 10_000 + 1_000 * self.batch * self.width


def told(monkeypatch: pytest.MonkeyPatch, free: str) -> None:
    monkeypatch.setenv("LOSSGP_MEMORY", free)


def test_what_fits_passes_and_one_byte_less_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    told(monkeypatch, "138000")
    check_memory(Large(), "cpu")
    told(monkeypatch, "137999")
    with pytest.raises(TrainerError, match="a training of large needs about"):
        check_memory(Large(), "cpu")


def test_on_a_card_more_is_needed_than_the_tensors_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    told(monkeypatch, "190k")
    with pytest.raises(
        TrainerError, match=r"needs about 193\.2 kB, and 190\.0 kB of the memory of"
    ):
        check_memory(Large(), "cuda:0")
    told(monkeypatch, "194k")
    check_memory(Large(), "cuda:0")
    told(monkeypatch, "110k")  # half the batch is 74 kB of tensors, 103.6 kB on a card
    with pytest.raises(TrainerError, match="with batch=8"):
        check_memory(Large(), "cuda:0")
    check_memory(Large(batch=8), "cuda:0")


def test_the_message_names_what_would_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    told(monkeypatch, "80k")
    with pytest.raises(TrainerError) as caught:
        check_memory(Large(), "cpu")
    message = str(caught.value)
    assert message == (
        "a training of large needs about 138.0 kB, and 80.0 kB of memory are free; it would fit "
        "with batch=8 (now 16), or width=4 (now 8), as --set trainer_options.batch=8; if you know "
        "better, set LOSSGP_MEMORY=1G"
    )
    check_memory(Large(batch=8), "cpu")
    check_memory(Large(width=4), "cpu")
    told(monkeypatch, "1G")
    check_memory(Large(), "cpu")


def test_options_are_halved_alone_or_together_within_their_limits() -> None:
    assert fitting(Large(), 80_000) == [{"batch": 8}, {"width": 4}]
    assert fitting(Large(), 42_000) == [{"batch": 4}, {"width": 2}]
    assert fitting(Large(), 26_000) == [{"batch": 4, "width": 4}]
    assert fitting(Large(), 18_000) == [{"batch": 4, "width": 2}]
    assert fitting(Large(), 17_999) == []


def test_where_nothing_would_fit_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    told(monkeypatch, "1k")
    with pytest.raises(TrainerError, match="no smaller batch, size or width of it would fit"):
        check_memory(Large(), "cpu")


def test_free_memory_is_the_machines_and_its_containers(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("LOSSGP_MEMORY", raising=False)
    machine = free_memory("cpu", tmp_path)  # no container
    assert machine > 10**7
    (tmp_path / "memory.max").write_text("10000000\n")
    (tmp_path / "memory.current").write_text("7000000\n")
    assert free_memory("cpu", tmp_path) == 3_000_000
    (tmp_path / "memory.stat").write_text("anon 5000000\ninactive_file 1500000\n")
    assert free_memory("cpu", tmp_path) == 4_500_000
    (tmp_path / "memory.max").write_text("max\n")
    assert free_memory("cpu", tmp_path) > 10**7


def test_a_bad_amount_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    told(monkeypatch, "plenty")
    with pytest.raises(DatasetError, match="LOSSGP_MEMORY is 'plenty'; give a number, as"):
        free_memory("cpu")


def test_studies_refuse_what_does_not_fit_and_kept_generators_are_used_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told(monkeypatch, "1M")
    with pytest.raises(
        TrainerError, match=r"a training of digits needs about .* 1\.0 MB of memory"
    ):
        prepared_trainer("digits", {}, "cpu")
    with pytest.raises(TrainerError, match="a training of digits needs about"):
        prepared_trainer("digits,digits-mlp", {}, "cpu")
    with pytest.raises(TrainerError, match="a training of digits needs about"):
        settings_of("digits", {}, {"learning_rate": [1e-3, 1e-4]}, device="cpu")
    assert prepared_trainer("digits", {}, "cpu", trains=False).protocol.name == "digits"
    prepared_trainer("breast-cancer", {}, "cpu")  # no GAN: it is not asked


def test_large_trainings_run_side_by_side_as_they_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a processor None is one a core."""
    small = trainer("digits")
    options = {"scale": "full", "data": "x", "content": "ab" * 32, "features": "classifier"}
    large = trainer("stylegan2-ada", options)
    needed: Any = large.protocol
    for free, count in ((0, 1), (3, 2), (100, None)):
        told(monkeypatch, str(max(1, free * needed.memory())))
        assert large.side_by_side() == count
        assert small.side_by_side() is None
