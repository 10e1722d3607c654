"""`pytest --perturb SEED` changes the last bit of every training, and nothing else."""

from __future__ import annotations

import inspect

import pytest
import torch

from lossgp.expressions import LossPair, zoo
from lossgp.runs import LocalEngine, Task
from lossgp.trainers import Criterion, Outcome, networks, trainer
from lossgp.trainers.extractors.digits import DigitClassifier
from lossgp.trainers.seeding import stream
from tests.perturbing import last_bit

PAIR = LossPair.of(zoo.entry("ganetic").loss)
OPTIONS = {"iterations": 10, "width": 2, "batch": 8, "samples": 66}
UNPERTURBED = inspect.unwrap(networks.initialise)


def weights(initialise: last_bit.Initialise) -> torch.Tensor:
    network = DigitClassifier()
    initialise(network, "cpu", stream(3, "init"))
    return torch.cat([parameter.detach().flatten() for parameter in network.parameters()])


def trained() -> Outcome:
    return trainer("digits", OPTIONS).train(Criterion(*PAIR.criterion_functions()), 1)


def test_about_half_of_the_weights_lose_a_unit_in_the_last_place() -> None:
    plain, noisy = weights(UNPERTURBED), weights(last_bit.perturbed(UNPERTURBED, 1))
    moved = plain != noisy
    assert torch.equal(noisy[moved], torch.nextafter(plain, torch.zeros(()))[moved])
    assert 0.4 < float(moved[plain != 0].float().mean()) < 0.6
    assert torch.equal(weights(last_bit.perturbed(UNPERTURBED, 1)), noisy)
    assert not torch.equal(weights(last_bit.perturbed(UNPERTURBED, 2)), noisy)


def test_a_worker_is_perturbed_as_this_process_is(monkeypatch: pytest.MonkeyPatch) -> None:
    trainer("digits", OPTIONS).prepare()  # the feature network is in the cache, for all of them
    found = {}
    for seed in (1, 2):
        monkeypatch.setattr(networks, "initialise", last_bit.perturbed(UNPERTURBED, seed))
        found[seed] = trained()
    monkeypatch.setattr(networks, "initialise", UNPERTURBED)
    plain = trained()
    for name, value in last_bit.environment(2).items():
        monkeypatch.setenv(name, value)
    with LocalEngine("digits", OPTIONS, workers=1) as engine:
        engine.submit(Task(PAIR.key(), PAIR.to_json(), 1))
        ((_, elsewhere),) = engine.as_completed()
    assert elsewhere.same_result(found[2])
    assert len({each.metrics["fid"].hex() for each in (plain, *found.values())}) == 3


def test_with_the_option_this_process_is_perturbed(pytestconfig: pytest.Config) -> None:
    seed = pytestconfig.getoption("--perturb")
    expected = UNPERTURBED if seed is None else last_bit.perturbed(UNPERTURBED, seed)
    assert torch.equal(weights(networks.initialise), weights(expected))
