"""Trainings whose phases are captured as graphs, against the same trainings eager: to the bit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from benchmarks import paper
from benchmarks.criteria import CRITERIA
from lossgp.trainers.gan.graphs import recorder
from lossgp.trainers.gan.loop import Phase, Stage
from lossgp.trainers.gan.play import Play
from lossgp.trainers.gan.training import Capture, Training
from lossgp.trainers.networks import initialise
from lossgp.trainers.networks.ganetic import Discriminator, Generator
from lossgp.trainers.recipes.ganetic import GaneticRecipe
from lossgp.trainers.seeding import reproducible, stream

from .scale import Scale
from .timing import wait

SIDE, BATCH, LATENT = 8, 16, 20
RECIPE = GaneticRecipe(BATCH, LATENT, 0.4, 1e-3, 0.5, 0.999, 1e-7)
Make = Callable[[Capture | None], Training]


class Critic(nn.Module):
    """Convolutions with layer norms between them: two derivatives of each are needed."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(1, width, 3, padding=1), nn.LayerNorm([width, SIDE, SIDE]), nn.LeakyReLU(0.2),
            nn.Conv2d(width, width, 3, 2, 1), nn.SiLU(), nn.Flatten(),
            nn.Linear(width * (SIDE // 2) ** 2, 1),
        )  # fmt: skip

    def draw(self, numbers: torch.Generator) -> None:
        for parameter in self.parameters():
            parameter.normal_(0, 0.1, generator=numbers)

    def forward(self, images: Tensor) -> Tensor:
        scores: Tensor = self.layers(images)
        return scores


def rows(scale: Scale) -> Iterator[dict[str, Any]]:
    """Of each training whether it repeats, and whether it is the same when it is captured."""
    for name, loss in CRITERIA.items():
        yield compared(f"the paper's, {name}", lambda c, loss=loss: _paper(scale, c, loss), scale)
    half = replace(RECIPE, half_batches=True, flip=True)
    made = {
        "the paper's, half batches and flips": lambda c: _paper(scale, c, recipe=half),
        "the paper's, bfloat16": lambda c: _paper(scale, c, bfloat16=True),
        "WGAN-GP, a penalty in one graph": lambda c: _penalised(scale, c, several=False),
        "WGAN-GP, R1, average and feedback: four graphs": lambda c: _penalised(scale, c, True),
        "the same with SGD": lambda c: _penalised(scale, c, True, "sgd"),
        "the same with RMSprop": lambda c: _penalised(scale, c, True, "rmsprop"),
    }
    for name, make in made.items():
        yield compared(name, make, scale)


def compared(name: str, make: Make, scale: Scale) -> dict[str, Any]:
    """A training run three times: eager, eager again, captured; what it came to is compared."""
    graphs = [0]
    record = recorder() if scale.on_card else (lambda phase: phase)

    def capture(phase: Callable[[], None]) -> Callable[[], None]:
        graphs[0] += 1
        return record(phase)

    row: dict[str, Any] = {"training": name, "iterations": scale.steps}
    try:
        first, again, captured = (_ended(make(c), scale) for c in (None, None, capture))
    except Exception as error:  # one that cannot be captured leaves the others
        return {**row, "failed": f"{type(error).__name__}: {error}"[:400]}
    gaps = {key: gap(first[key], captured[key]) for key in first}
    worst = max(gaps, key=lambda key: gaps[key])
    return {
        **row,
        "graphs": graphs[0],
        "finite": all(bool(value.isfinite().all()) for value in _floats(first)),
        "eager repeats": all(gap(first[key], again[key]) == 0 for key in first),
        "captured is equal": gaps[worst] == 0,
        "largest gap": gaps[worst],
        "in": worst if gaps[worst] else None,
    }


def gap(first: Tensor, second: Tensor) -> float:
    """The largest difference of two tensors; not a number is equal to itself."""
    if torch.equal(first, second):
        return 0.0
    if first.shape != second.shape:
        return float("inf")
    found = (first.double() - second.double()).abs()
    return float(found[~(first.isnan() & second.isnan())].nan_to_num(float("inf")).max())


def _ended(training: Training, scale: Scale) -> dict[str, Tensor]:
    with reproducible():
        training.run(scale.steps)
        wait(scale)
    return {name: value.detach().cpu().clone() for name, value in training.tensors().items()}


def _floats(tensors: dict[str, Tensor]) -> list[Tensor]:
    kept = (v for k, v in tensors.items() if k.startswith("network "))
    return [value for value in kept if value.is_floating_point()]


def _images(scale: Scale) -> Tensor:
    images = torch.rand(4 * BATCH, 1, SIDE, SIDE, generator=stream(0, "images"))
    return (images * 2 - 1).to(scale.device)


def _drawn(network: Callable[[], nn.Module], scale: Scale) -> nn.Module:
    with torch.device("meta"):
        made = network()
    initialise(made, scale.device, stream(0, type(made).__name__))
    return made


def _paper(
    scale: Scale,
    capture: Capture | None,
    loss: Any = CRITERIA["ganetic"],
    recipe: GaneticRecipe = RECIPE,
    bfloat16: bool = False,
) -> Training:
    g = _drawn(lambda: Generator(1, SIDE, 4, LATENT), scale)
    d = _drawn(lambda: Discriminator(1, SIDE, 4), scale)
    return paper.training(g, d, _images(scale), loss, recipe, scale.steps, 3, capture, bfloat16)


def _penalised(
    scale: Scale, capture: Capture | None, several: bool, optimiser: str = "adam"
) -> Training:
    """Two critic steps with the penalty and a step of G; `several`: three more phases."""
    networks = {
        "G": _drawn(lambda: Generator(1, SIDE, 4, LATENT), scale),
        "D": _drawn(lambda: Critic(6), scale),
    }
    play = Play(networks, _images(scale), CRITERIA["least_squares"], 3, scale.steps)
    g, d = networks["G"], networks["D"]
    options = {"optimiser": optimiser, "learning_rate": 1e-4, "beta1": 0.0, "beta2": 0.9}
    d_player, g_player = play.player("D", **options), play.player("G", **options)
    average = play.average("G", BATCH, 100.0, 0.05)
    real, mix = play.real("data", BATCH), play.uniform("mix", BATCH, 1, 1, 1)
    for_d, for_g = (play.normal(f"latents of {who}", BATCH, LATENT) for who in "DG")
    feedback = play.buffer("feedback", torch.zeros(()))

    def critic() -> None:
        made = g(for_d.buffer).detach()
        cost = play.d_cost(d(real.buffer), d(made))
        slope = penalty(d, torch.lerp(real.buffer, made, mix.buffer), 1.0)
        play.tally.add("d", d_player.step(cost + (10 + feedback) * slope))

    def generator() -> None:
        play.made = g(for_g.buffer)
        play.tally.add("g", g_player.step(play.g_cost(d(play.made))))
        average.step()

    def regularise() -> None:
        play.tally.add("r1", d_player.step(8 * penalty(d, real.buffer, 0.0)))

    def adapt() -> None:
        feedback.add_(torch.sign(play.tally.sums[0]) * 1e-2).clamp_(0, 1)

    phases = [Phase("critic", critic, [real, mix, for_d], times=2)]
    phases += [Phase("generator", generator, [for_g])]
    if several:
        phases += [Phase("R1", regularise, every=4), Phase("feedback", adapt, every=2)]
    return Training(play, [Stage(phases, scale.steps)], capture)


def penalty(critic: nn.Module, points: Tensor, target: float) -> Tensor:
    """The mean of (|slope| - target)^2 over images (Gulrajani et al. 2017, equation 3)."""
    points = points.detach().requires_grad_(True)
    (slope,) = torch.autograd.grad(critic(points).sum(), points, create_graph=True)
    squares = slope.flatten(1).square().sum(1)
    return ((squares + 1e-12).sqrt() - target).square().mean()
