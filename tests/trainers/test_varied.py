"""One protocol under several settings."""

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
