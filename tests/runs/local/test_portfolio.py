"""Real workers train a portfolio's protocols, each task under its own."""

from __future__ import annotations

from lossgp.expressions import LossPair, zoo
from lossgp.runs import Task, make_engine
from lossgp.trainers import Criterion, trainer

TINY = {"iterations": 1, "width": 4, "samples": 10, "replicas": 1, "batch": 2}


def test_a_task_is_trained_under_the_protocol_that_it_names():
    both = trainer("ring,grid", {"ring": TINY, "grid": TINY})
    pair = LossPair.of(zoo.ganetic)
    options = both.protocol.model_dump(mode="json", exclude={"name"})
    with make_engine("ring,grid", options, both, workers=1) as engine:
        for protocol in both.kinds:
            engine.submit(Task(pair.key(), pair.to_json(), 2, protocol=protocol))
        found = {task.protocol: outcome for task, outcome in engine.as_completed()}
    criterion = Criterion(*pair.criterion_functions(), pair.text())
    for protocol, outcome in found.items():
        assert outcome.same_result(trainer(protocol, TINY).train(criterion, 2))
    assert not found["ring"].same_result(found["grid"])
