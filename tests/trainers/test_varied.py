"""One protocol under several settings."""

import numpy as np
import pytest

from lossgp.trainers import OptionError, TrainerError, trainer
from lossgp.trainers.registry import mistakes_told, varied
from lossgp.trainers.trainer import Trainer
from lossgp.trainers.varied import VARIED, VariedTrainer

SETTINGS = [{"learning_rate": 0.1}, {"learning_rate": 0.2}, {"width": 8}]


def test_each_setting_is_the_protocol_that_it_is_by_itself():
    made = varied("digits", SETTINGS)
    for _ in range(2):
        for index, options in enumerate(SETTINGS):
            wanted = trainer("digits", options).protocol
            assert made.part(str(index)).protocol == wanted
            assert made.part(str(index)).protocol.hash() == wanted.hash()


def test_a_worker_gets_the_same_by_name():
    made = trainer(VARIED, {"protocol": "digits", "settings": SETTINGS})
    assert made.part("2").protocol == trainer("digits", SETTINGS[2]).protocol
    with pytest.raises(LookupError, match="unknown protocol 'varied'"):
        trainer(VARIED)


def test_settings_are_made_from_the_one_that_differs_least():
    asked = []

    class Sharing(Trainer):
        protocol_type = trainer("digits").protocol_type

        def __init__(self, label):
            super().__init__(trainer("digits").protocol)
            self.label = label

        def another(self, options):
            asked.append((self.label, options["label"]))
            return Sharing(options["label"])

        def prepare(self):
            pass

        def train(self, criterion, seed, keep=None):
            raise AssertionError

        def reference(self):
            return {}

    settings = [{"size": s, "data": s, "rate": r, "label": f"{s}{r}"} for s in "ab" for r in "xy"]
    made = VariedTrainer(Sharing("ax"), settings)
    for index in (0, 1, 1, 2, 3, 0, 1):
        assert made.setting(index).label == settings[index]["label"]
    assert asked == [("ax", "ay"), ("ax", "bx"), ("bx", "by"), ("ax", "ay")]


def test_wrong_settings_and_portfolios_are_told():
    with pytest.raises(OptionError, match="width of protocol 'digits' is 0"):
        varied("digits", [{"width": 0}])
    with (
        pytest.raises(OptionError, match="width of protocol 'digits' is 0"),
        mistakes_told("digits"),
    ):
        varied("digits", [{}, {"width": 0}]).setting(1)
    with pytest.raises(TrainerError, match="'ring,grid' are several protocols"):
        varied("ring,grid", [{}])


def test_settings_are_not_trained_together():
    with pytest.raises(TrainerError, match="one by one"):
        varied("digits", SETTINGS).train(None, 0)


def read_counted(monkeypatch):
    from lossgp.trainers.gan import files

    read = []
    original = files.read

    def counting(*given, **options):
        read.append(options["size"])
        return original(*given, **options)

    monkeypatch.setattr(files, "read", counting)
    return read


@pytest.fixture
def pictures(tmp_path):
    images = np.random.default_rng(0).integers(0, 256, (40, 12, 12), np.uint8)
    np.savez(tmp_path / "some.npz", images=images, labels=np.arange(40) % 2)
    return str(tmp_path / "some.npz")


def test_settings_of_one_training_read_their_images_once(pictures, monkeypatch):
    read = read_counted(monkeypatch)
    common = {"data": pictures, "size": 8, "channels": 1, "batch": 8, "samples": 8}
    common["features"] = "classifier"
    settings = [
        {**common, "learning_rate": 0.1},
        {**common, "learning_rate": 0.2},
        {**common, "samples": 10},
        {**common, "size": 16},
    ]
    made = varied("images", settings)
    first = made.setting(0)
    first.__dict__["_real"] = "features"  # as a preparation leaves them
    assert read == [8]
    assert made.setting(1).protocol.hash() == trainer("images", settings[1]).protocol.hash()
    assert made.setting(1).__dict__["_real"] == "features"
    other = made.setting(2)  # measured otherwise: the images alone are the same
    assert other.data_set is first.data_set
    assert "_real" not in other.__dict__
    assert read == [8, 8]  # of the trainer that was made for comparison
    assert made.setting(3).data_set is not first.data_set
    assert read[2:] == [16]


def test_a_shared_preparation_changes_no_outcome():
    from lossgp.expressions import LossPair, zoo
    from lossgp.trainers import Criterion

    settings = [{"iterations": 3, "samples": 16}, {"iterations": 3, "samples": 16, "width": 8}]
    pair = LossPair.of(zoo.bce)
    criterion = Criterion(*pair.criterion_functions(), pair.text())
    made = varied("digits-mlp", settings)
    made.prepare()
    shared, alone = made.part("1"), trainer("digits-mlp", settings[1])
    assert "_real" in shared.__dict__
    assert shared.train(criterion, 0).same_result(alone.train(criterion, 0))
    assert shared.reference() == alone.reference()


def test_as_many_run_side_by_side_as_the_largest_setting_allows():
    class Sized(Trainer):
        protocol_type = trainer("digits").protocol_type

        def __init__(self, count, device):
            super().__init__(trainer("digits").protocol, device)
            self.count = count

        def another(self, options):
            return Sized(options["count"], self.device)

        def side_by_side(self):
            return self.count

        def prepare(self):
            pass

        def train(self, criterion, seed, keep=None):
            raise AssertionError

        def reference(self):
            return {}

    settings = [{"count": 5}, {"count": 2}, {"count": None}]
    assert VariedTrainer(Sized(5, "cuda:0"), settings).side_by_side() == 2
    assert VariedTrainer(Sized(5, "cpu"), settings).side_by_side() == 5
