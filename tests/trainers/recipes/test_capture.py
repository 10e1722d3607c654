"""Every recipe as CUDA graphs need it: no phase draws or waits, and captured it is the same.

A new recipe is taken by itself; where `SMALL` does not make it small, it has a row in `OF`, there.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from benchmarks.on_gpu import recipes
from benchmarks.on_gpu.capture import compared
from benchmarks.on_gpu.scale import CARD
from lossgp.trainers.gan.training import WARM_UP, Capture, Training
from lossgp.trainers.seeding import reproducible

VARIANTS: dict[str, list[dict[str, Any]]] = {
    "digits": [{"precision": "bfloat16"}, {"half_batches": True}],
    "images": [{"flip": True}],
    "projected-gan": [{"one_batch": True, "precision": "bfloat16"}, {"light": True, "augment": []}],
    "stylegan2-ada": [{"generator_only": True, "augment": "fixed"}, {"precision": "bfloat16"}],
    "wgan-gp": [
        {"optimizer": "sgd", "momentum": 0.9},
        {"optimizer": "rmsprop", "penalty": "none", "spectral_norm": True},
        {"ema": 100.0, "label_flips": 0.2, "augment": ["color", "translation", "cutout"]},
    ],
}
"""Options of a protocol whose phases are other ones."""
LONG = 10**6  # iterations that no test runs to their end
OTHERS = 20  # iterations of further stages, at most

WAITS = ("_local_scalar_dense", "nonzero", "masked_select", "unique", "item")
# A tensor that is made of Python's numbers is copied to the device, which waits for it.
COPIES = ("lift_fresh",)
DRAWS = ("rand", "normal_", "uniform_", "random_", "bernoulli", "dropout")


class Watch(TorchDispatchMode):
    """Notes every operation that waits for the device, and every draw of random numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = str(func)
        if any(word in name for word in (*WAITS, *COPIES, *DRAWS)) or _picks(name, args):
            self.seen.append(name)
        return func(*args, **(kwargs or {}))


def _picks(name: str, args: Any) -> bool:
    """Whether rows are picked by a mask: how many they are is waited for."""
    if not name.startswith(("aten.index.", "aten.index_put")):
        return False
    masks = (torch.bool, torch.uint8)
    return any(index is not None and index.dtype in masks for index in args[1])


CASES = [
    pytest.param(name, options, id="-".join([name, *map(str, options.values())]))
    for name in recipes.known()
    for options in ({}, *VARIANTS.get(name, []))
]
every_case = pytest.mark.parametrize(("name", "options"), CASES)


def with_options(name: str, options: dict[str, Any]) -> dict[str, Any]:
    asked = recipes.small(name) | options
    made = recipes.protocol(name, asked).model_dump(mode="json")
    assert all(made[key] == value for key, value in options.items())  # or it is not tried
    return asked


@every_case
def test_no_phase_draws_or_waits(name: str, options: dict[str, Any]) -> None:
    _, stages = recipes.written(name, with_options(name, options), "cpu", LONG)
    phases = [phase for stage in stages for phase in stage.phases]
    draws = [draw for phase in phases for draw in phase.draws]
    with reproducible():
        for _ in range(WARM_UP):
            for draw in draws:
                draw.refill()
            for phase in phases:
                phase.run()
        memory = [draw.buffer.data_ptr() for draw in draws]
        for phase in phases:
            with Watch() as watch:
                phase.run()
            assert watch.seen == [], f"phase {phase.name}"
    with Watch() as watch:  # it sees what it should
        for draw in draws:
            draw.refill()
    assert watch.seen
    assert memory == [draw.buffer.data_ptr() for draw in draws]


def test_the_watch_sees_what_a_capture_would_refuse() -> None:
    x = torch.ones(3)
    for what, refused in {
        "a wait": lambda: x.sum().item(),
        "a choice": lambda: x[x > 0],
        "a copy": lambda: x * torch.tensor([1.0, 2.0, 3.0]),
        "a draw": lambda: torch.rand(3),
    }.items():
        with Watch() as watch:
            refused()
        assert watch.seen, what
    with Watch() as watch:
        (x * 2 + x.new_full((), 3.0)).mean()
    assert watch.seen == []


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@every_case
def test_captured_it_is_the_same_to_the_bit(name: str, options: dict[str, Any]) -> None:
    asked = with_options(name, options)
    _, stages = recipes.written(name, asked, "cpu", LONG)
    rarest = max(phase.every for stage in stages for phase in stage.phases)
    steps = rarest * (WARM_UP + 1) + 6  # each phase is captured, and replayed

    def made(capture: Capture | None) -> Training:
        return recipes.training(name, asked, "cuda", steps, capture)

    found = compared(name, made, replace(CARD, steps=steps + OTHERS))
    assert "failed" not in found, found["failed"]
    assert found["graphs"] > 0
    assert found["eager repeats"], found
    assert found["captured is equal"], found
