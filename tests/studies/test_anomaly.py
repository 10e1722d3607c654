"""Studies of anomaly detection: rows, memo, ends, baselines; trainings are made up."""

from __future__ import annotations

import pytest

from lossgp import AnomalyInterruptedError, ConfigError, LossPair, detect, zoo
from lossgp.results.anomaly import AnomalyStudy
from lossgp.studies.anomaly_rows import ROWS, groups, rows
from lossgp.trainers import Status

from .detecting import OPTIONS, clinic

__all__ = ["clinic"]


def study(tmp_path, *losses, **changes):
    settings = {"options": OPTIONS, "seeds": 2, "runs_dir": tmp_path, "progress": False}
    return detect(losses or ["bce", "ganetic"], **{**settings, **changes})


def pair(name):
    return LossPair.of(zoo.entry(name).loss)


def test_an_ablation_has_the_seven_rows_of_table_one():
    base, *others = rows(["ganetic"], ablate=True)
    assert (base.name, base.pair, base.replaced) == ("wasserstein", pair("wasserstein"), "")
    assert [row.replaced for row in others] == ["D", "G", "E", "DG", "DE", "GE", "DGE"]
    for row in others:
        d, g = ("ganetic" if n in row.replaced else "wasserstein" for n in "DG")
        assert row.pair == LossPair(pair(d).discriminator, pair(g).generator)
        expected = pair("ganetic").discriminator.text() if "E" in row.replaced else None
        assert row.options.get("encoder_loss") == expected
    assert [len(group) for _, group in groups([base, *others])] == [4, 4]


def test_the_first_of_several_losses_is_the_base_of_an_ablation():
    base, *others = rows(["bce", "ganetic", "hinge"], ablate=True)
    assert base.name == "bce"
    assert len(others) == 2 * len(ROWS)
    with pytest.raises(ConfigError, match="wasserstein's place"):
        rows(["wasserstein"], ablate=True)


def test_each_loss_is_trained_once_with_each_seed_and_remembered(tmp_path, clinic):
    first = study(tmp_path)
    assert [m.name for m in first.methods] == ["bce", "ganetic", "PCA", "worse"]
    assert [len(m.outcomes) for m in first.methods] == [2, 2, 1, 2]
    assert all(sorted(m.scores) == [0, 1] for m in first.losses)
    assert all(path.is_file() for m in first.losses for path in m.models.values())
    assert len(clinic.trained) == 4
    assert clinic.measured == [("PCA", 0), ("worse", 0), ("worse", 1)]

    again = study(tmp_path)
    assert clinic.trained == []
    assert len(clinic.measured) == 3
    assert again.to_json()["methods"] == first.to_json()["methods"]
    study(tmp_path, seeds=3)
    assert {seed for _, seed in clinic.trained} == {2}
    assert clinic.measured[3:] == [("worse", 2)]


def test_baselines_of_other_images_are_measured_anew_and_can_be_left_out(tmp_path, clinic):
    study(tmp_path, "bce")
    count = len(clinic.measured)
    found = study(tmp_path, "bce", baselines=False)
    assert not found.baselines
    assert len(clinic.measured) == count
    study(tmp_path, "bce", options={**OPTIONS, "split": 1})
    assert len(clinic.measured) == 2 * count


def test_a_damaged_file_of_a_baseline_is_measured_anew(tmp_path, clinic):
    study(tmp_path, "bce")
    for path in (tmp_path / "baselines").iterdir():
        path.write_text('{"normal": [1], "abnormal": [2], "seconds": 1}')
    study(tmp_path, "bce")
    assert len(clinic.measured) == 6


def test_rows_with_the_loss_in_the_encoder_are_trained_under_its_protocol(tmp_path, clinic):
    found = study(tmp_path, "ganetic", ablate=True, seeds=1)
    assert found.ablated
    assert len(found.losses) == 8
    plain, with_loss = clinic.options
    assert "encoder_loss" not in plain
    assert with_loss["encoder_loss"] == pair("ganetic").discriminator.text()
    paths = [m.models[0].parent for m in found.losses]
    assert len(set(paths)) == 2  # one folder a protocol
    with pytest.raises(ConfigError, match="encoder_loss cannot be set"):
        study(tmp_path, "ganetic", ablate=True, options={**OPTIONS, "encoder_loss": "bce"})


def test_a_training_whose_model_was_not_kept_is_done_once_more(tmp_path, clinic):
    clinic.forgetful = True
    first = study(tmp_path, "bce")  # it is tried again at once, and lost again
    assert not first.losses[0].scores
    clinic.forgetful = False
    again = study(tmp_path, "bce")
    assert len(clinic.trained) == 2
    assert sorted(again.losses[0].scores) == [0, 1]


def test_an_interrupt_keeps_what_there_is_and_the_same_call_goes_on(tmp_path, clinic):
    clinic.wrong[3] = KeyboardInterrupt()
    with pytest.raises(AnomalyInterruptedError) as stopped:
        study(tmp_path)
    there = stopped.value.study
    assert there is not None
    assert there.missing == 2
    assert not there.baselines
    clinic.wrong.clear()
    assert study(tmp_path).missing == 0
    assert len(clinic.trained) == 2


def test_a_budget_ends_a_study(tmp_path, clinic):
    found = study(tmp_path, budget="3-trainings")
    assert found.missing == 1
    assert study(tmp_path).missing == 0


def test_failed_trainings_are_remembered_unless_they_are_to_be_tried_again(tmp_path, clinic):
    clinic.wrong[1] = Status.CRASHED
    assert study(tmp_path, "bce").losses[0].lost == {"crashed": 1}
    clinic.wrong.clear()
    assert study(tmp_path, "bce").losses[0].lost == {"crashed": 1}
    assert study(tmp_path, "bce", retry_failed=True).losses[0].lost == {}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"seeds": 0}, "seeds is 0"),
        ({"time_limit": 0}, "time_limit is 0"),
        ({"budget": "x"}, "budget"),
        ({"options": {"kappa": -1}}, "kappa"),
    ],
)
def test_bad_settings_are_refused_before_anything_is_trained(tmp_path, clinic, changes, words):
    with pytest.raises(ConfigError, match=words):
        study(tmp_path, **changes)
    assert clinic.options == []


def test_a_study_is_read_again_as_it_was(tmp_path, clinic):
    found = study(tmp_path)
    again = AnomalyStudy.from_json(found.to_json())
    assert again.to_json() == found.to_json()
    assert repr(found).startswith("<AnomalyStudy of digits: class 8 against all others")
