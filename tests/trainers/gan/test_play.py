"""Trainings of several stages and phases, out of small parts: what every recipe builds on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from lossgp.trainers import Criterion, Status
from lossgp.trainers.gan.loop import MOST_CURVES, Phase, Stage, Tally
from lossgp.trainers.gan.play import Play
from lossgp.trainers.gan.players import Average, Player
from lossgp.trainers.gan.training import Ending, Training
from lossgp.trainers.networks import initialise
from lossgp.trainers.seeding import reproducible, stream
from tests.trainers import losses

SAMPLES = torch.rand(50, 3, generator=stream(0, "samples")) * 2 - 1


def dense(name: str, inputs: int, outputs: int) -> nn.Module:
    with torch.device("meta"):
        network = nn.Linear(inputs, outputs)
    initialise(network, "cpu", stream(0, name))
    return network


def play(iterations: int = 60, seed: int = 3, criterion: Criterion = losses.BCE) -> Play:
    networks = {"G": dense("G", 2, 3), "D": dense("D", 3, 1)}
    return Play(networks, SAMPLES, criterion, seed, iterations)


def stages(play: Play, optimiser: str = "adam") -> list[Stage]:
    """Three critic steps and one of G with its average; every fourth iteration another; then G."""
    g, d = play.networks["G"], play.networks["D"]
    options: dict[str, Any] = {"optimiser": optimiser, "learning_rate": 1e-2, "momentum": 0.5}
    critic, painter = play.player("D", **options), play.player("G", **options)
    later = play.player("G", "G later", learning_rate=1e-3)
    mean = play.average("G", batch=8, half_life=40)
    real, z, z_g = play.real("data", 8), play.normal("z", 8, 2), play.normal("z G", 8, 2)
    level, noise = play.buffer("level", torch.zeros(())), play.uniform("noise", 8, 1)
    keep = play.dropout("dropout", 0.4, 8, 3)

    def criticise() -> None:
        made = g(z.buffer).detach()
        loss = play.d_cost(d(real.buffer * keep.buffer), d(made + level * noise.buffer))
        play.tally.add("d", critic.step(loss))

    def paint() -> None:
        play.made = g(z_g.buffer)
        play.tally.add("g", painter.step(play.g_cost(d(play.made))))
        mean.step()

    def adapt() -> None:
        level.add_(0.01)
        play.tally.add("level", level)

    def finish() -> None:
        play.tally.add("later", later.step(g(z_g.buffer).square().mean()))

    first = [
        Phase("critic", criticise, [real, z, noise, keep], times=3),
        Phase("G", paint, [z_g]),
        Phase("adapt", adapt, every=4),
    ]
    return [Stage(first, 40), Stage([Phase("later", finish, [z_g])], 20, watched=False)]


def weights(play: Play) -> Tensor:
    return torch.cat([p.detach().flatten() for n in play.networks.values() for p in n.parameters()])


def trained(optimiser: str = "adam", **options: Any) -> tuple[Ending, Tensor]:
    with reproducible():
        made = play()
        ending = Training(made, stages(made, optimiser), **options).run(60)
    return ending, weights(made)


@pytest.mark.parametrize("optimiser", ["adam", "sgd", "rmsprop"])
@pytest.mark.parametrize("stop", [3, 25, 39, 40, 41, 55])
def test_a_training_of_two_stages_goes_on_from_anywhere(stop: int, optimiser: str) -> None:
    with reproducible():
        straight = play()
        ending = Training(straight, stages(straight, optimiser)).run(60)
        first, second = play(), play()
        begun = Training(first, stages(first, optimiser))
        begun.run(stop)
        again = Training(second, stages(second, optimiser))
        again.restore(begun.tensors(), begun.numbers())
        assert again.iteration == stop
        ended = again.run(60)
    assert torch.equal(weights(second), weights(straight))
    assert (ended.status, ended.curves) == (ending.status, ending.curves)
    kept = [torch.tensor(row) for row in ended.history]
    wide = 1 + len(ending.curves)
    for row, other in zip(kept, ending.history, strict=True):
        padded = torch.tensor([*other, *[float("nan")] * (wide - len(other))])[: len(row)]
        assert torch.equal(row.nan_to_num(-1), padded.nan_to_num(-1))


def test_a_phase_runs_as_often_as_it_says() -> None:
    runs: dict[str, int] = {}
    made = play(10)

    def counted(name: str) -> Callable[[], None]:
        return lambda: runs.__setitem__(name, runs.get(name, 0) + 1)

    first = [
        Phase("a", counted("a"), times=5),
        Phase("b", counted("b"), every=3),
        Phase("c", counted("c"), every=4, times=2),
    ]
    Training(made, [Stage(first, 8), Stage([Phase("d", counted("d"), every=2)], 3)]).run(100)
    assert runs == {"a": 40, "b": 2, "c": 4, "d": 1}  # a stage counts its own iterations


def test_captured_phases_come_to_the_same() -> None:
    captures: list[Callable[[], None]] = []

    def capture(phase: Callable[[], None]) -> Callable[[], None]:
        captures.append(phase)
        return phase

    plain, captured = trained(), trained(capture=capture)
    assert torch.equal(plain[1], captured[1])
    assert len(captures) == 4


def test_a_curve_is_the_mean_over_its_own_phase() -> None:
    made = play(25)
    values = made.buffer("v", torch.zeros(()))

    def often() -> None:
        values.add_(1)
        made.tally.add("often", values)

    rarely = Phase("r", lambda: made.tally.add("rarely", values), every=10)
    ending = Training(made, [Stage([Phase("o", often, times=2), rarely], 25)]).run(25)
    assert ending.curves == ("often", "rarely")
    assert ending.history == ((25.0, 25.5, 30.0),)


def test_there_are_so_many_curves_and_no_more() -> None:
    tally = Tally(torch.device("cpu"))
    for number in range(MOST_CURVES):
        tally.add(str(number), torch.tensor(float(number)))
    assert tally.means() == list(range(MOST_CURVES))
    with pytest.raises(ValueError, match="32 learning curves at most"):
        tally.add("more", torch.zeros(()))


def test_a_stage_that_is_not_watched_may_generate_the_same() -> None:
    def run(watched: bool) -> Ending:
        made = play(100)
        made.made = torch.zeros(8, 3)
        return Training(made, [Stage([Phase("idle", lambda: None)], 100, watched)]).run(100)

    assert (run(True).status, run(True).iterations) == (Status.DEAD, 50)
    assert (run(False).status, run(False).iterations) == (Status.OK, 100)


@pytest.mark.parametrize("optimiser", ["adam", "sgd", "rmsprop"])
def test_an_optimiser_moves_as_torch_s_own(optimiser: str) -> None:
    classes: Mapping[str, Callable[..., torch.optim.Optimizer]] = {
        "adam": lambda p: torch.optim.Adam(p, lr=0.1, betas=(0.3, 0.9), eps=1e-3),
        "sgd": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.6),
        "rmsprop": lambda p: torch.optim.RMSprop(p, lr=0.1, alpha=0.8, eps=1e-3, momentum=0.6),
    }
    ours, theirs = dense("a", 3, 2), dense("a", 3, 2)
    options = {"beta1": 0.3, "beta2": 0.9, "epsilon": 1e-3, "momentum": 0.6, "smoothing": 0.8}
    player = Player(ours, optimiser=optimiser, learning_rate=0.1, **options)
    reference = classes[optimiser](theirs.parameters())
    for rows in SAMPLES.split(10):
        player.step(ours(rows).square().mean())
        reference.zero_grad()
        torch.autograd.backward(theirs(rows).square().mean())
        reference.step()
    for mine, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(mine, other)


def test_a_player_moves_its_own_network_alone_and_what_is_used() -> None:
    class Two(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.used, self.unused = dense("a", 3, 1), dense("b", 3, 1)

    network, other = Two(), dense("c", 3, 3)
    before = [p.detach().clone() for p in (*network.parameters(), *other.parameters())]
    player = Player(network, learning_rate=0.1)
    loss = player.step(network.used(other(SAMPLES)).mean())
    assert not loss.requires_grad
    after = [*network.parameters(), *other.parameters()]
    moved = [not torch.equal(a, b) for a, b in zip(before, after, strict=True)]
    assert moved == [True, True, False, False, False, False]
    player.step(torch.zeros(()))  # depends on nothing: nothing moves


@pytest.mark.parametrize("ramp", [None, 0.05])
def test_an_average_forgets_half_in_its_half_life(ramp: float | None) -> None:
    network, copy = dense("a", 1, 1), dense("a", 1, 1)
    average = Average(network, copy, batch=4, half_life=100, ramp=ramp)
    nn.init.zeros_(copy.weight)  # type: ignore[arg-type]
    nn.init.ones_(network.weight)  # type: ignore[arg-type]
    left = 1.0
    for step in range(1, 26):
        average.step()
        half_life = 100 if ramp is None else min(100, ramp * 4 * step)
        left *= 0.5 ** (4 / half_life)
        assert copy.weight.item() == pytest.approx(1 - left, rel=1e-5)  # type: ignore[arg-type]
    if ramp is None:
        assert left == pytest.approx(0.5)


def test_scores_of_any_shape_are_a_row_each() -> None:
    seen: list[tuple[int, ...]] = []

    def half(scores: Tensor, labels: Tensor) -> Tensor:
        seen.append(tuple(scores.shape))
        assert scores.dtype == labels.dtype == torch.float32
        return (scores - labels).square()

    made = play()
    maps = torch.arange(12.0, dtype=torch.bfloat16).reshape(2, 1, 2, 3)
    both = (maps, torch.ones(2, 5))
    assert float(made.cost(half, both, 1.0)) == float((maps.float() - 1).square().mean())
    assert seen == [(12, 1), (10, 1)]


@pytest.mark.parametrize("kind", ["draw", "player", "buffer", "average"])
def test_two_parts_of_one_name_are_a_mistake_of_the_recipe(kind: str) -> None:
    made = play()
    make: dict[str, Callable[[], object]] = {
        "draw": lambda: made.normal("z", 2),
        "player": lambda: made.player("D", learning_rate=0.1),
        "buffer": lambda: made.buffer("p", torch.zeros(())),
        "average": lambda: made.average("G", 8, 100),
    }
    make[kind]()
    with pytest.raises(ValueError, match="two parts called"):
        make[kind]()


def test_a_state_of_other_parts_is_refused_before_anything_changes() -> None:
    first, second = play(), play()
    begun = Training(first, stages(first))
    begun.run(10)
    other = Training(second, stages(second))
    before = weights(second)
    tensors = begun.tensors()
    for spoilt in (
        {k: v for k, v in tensors.items() if k != "draw z.stream"},
        {**tensors, "buffer level": torch.zeros(2)},
    ):
        with pytest.raises((LookupError, ValueError)):
            other.restore(spoilt, begun.numbers())
    assert torch.equal(weights(second), before)
    assert other.iteration == 0


def test_a_network_with_buffers_must_draw_itself() -> None:
    with pytest.raises(TypeError, match="BatchNorm1d has buffers"):
        initialise(nn.BatchNorm1d(3), "cpu", stream(0, "x"))


def test_a_gradient_in_another_memory_layout_moves_the_right_numbers() -> None:
    """PyTorch's fused Adam takes parameters and gradients as they lie in memory."""
    torch_kernel = torch.randn(4, 3, 3, 3, generator=stream(0, "kernel"))
    push = torch.randn(4, 27, generator=stream(0, "push"))

    class Kernel(nn.Module):
        def __init__(self, layout: torch.memory_format) -> None:
            super().__init__()
            self.kernel = nn.Parameter(torch_kernel.contiguous(memory_format=layout))

    def moved(layout: torch.memory_format) -> Tensor:
        network = Kernel(layout)
        player = Player(network, learning_rate=0.1)
        for sign in (1, -2):
            player.step((network.kernel.flatten(1) * push).square().sum() * sign)
        return network.kernel.detach()

    assert torch.equal(moved(torch.channels_last), moved(torch.contiguous_format))
