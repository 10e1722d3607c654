"""The recipe that CONTRIBUTING shows: one file and one row, and everything works."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from lossgp.trainers import Trainer, names, registry, trainer
from lossgp.trainers.recipes.digits import OnDigits
from tests.trainers import losses
from tests.trainers.recipes.residual import Pixels, exact
from tests.trainers.watching import Watch

MODULE = "lossgp.trainers.recipes.digits_r1"
TINY = {"iterations": 20, "width": 2, "batch": 4, "latent": 4, "samples": 8, "metrics": ["fid"]}


@pytest.fixture(scope="module", autouse=True)
def added() -> Iterator[None]:
    """The file and the row of the section, as they stand there."""
    text = (Path(__file__).parents[3] / "CONTRIBUTING.md").read_text("utf-8")
    section = text.split("## Add a recipe: one file and one row")[1].split("\n## ")[0]
    file, row = re.findall(r"```python\n(.*?)```", section, re.DOTALL)
    module = ModuleType(MODULE)
    module.__package__ = MODULE.rpartition(".")[0]
    exec(compile(file, MODULE, "exec"), module.__dict__)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, MODULE, module)
        ((name, value),) = re.findall(r'"(.+?)": "(.+?)",', row)
        patch.setitem(registry._BUILT_IN, name, value)
        patch.setattr(OnDigits, "load_extractor", lambda self: Pixels())
        registry._entries.cache_clear()
        yield
    registry._entries.cache_clear()


def made(**options: object) -> Trainer:
    return trainer("digits-r1", {**TINY, **options})


def test_it_is_known_by_its_row_and_trains_to_the_bit() -> None:
    assert "digits-r1" in names()
    first = made().train(losses.BCE, 0)
    assert exact(made().train(losses.BCE, 0)) == exact(first)
    assert exact(made(gamma=1000.0).train(losses.BCE, 0)) != exact(first)


def test_it_pauses(tmp_path: Path) -> None:
    straight, parted = made().train(losses.BCE, 0), made()
    parted.train_part(losses.BCE, 0, 0.4, tmp_path / "state")
    assert exact(parted.train_part(losses.BCE, 0, 1.0, tmp_path / "state")) == exact(straight)


def test_its_phases_neither_draw_nor_wait() -> None:
    found = made()
    networks = found._networks(0)  # type: ignore[attr-defined]
    training = found._training(networks, losses.BCE, 0)  # type: ignore[attr-defined]
    stage, _, _ = training._current()
    for phase in stage.phases:
        phase.run()
        with Watch() as watch:
            phase.run()
        assert watch.seen == []


def test_its_option_says_what_it_means() -> None:
    from lossgp.trainers import meaning, trainer_type

    protocol = trainer_type("digits-r1").protocol_type
    options = [name for name in protocol.model_fields if name != "name"]
    assert all(meaning(protocol, name) for name in options)
    assert meaning(protocol, "gamma") == "weight of R1"
    assert protocol.PAPER
