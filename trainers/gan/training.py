"""The training loop of every GAN: stages of phases, looked at now and then."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from ..outcome import Status
from .graphs import apart
from .loop import Phase, Stage
from .play import Play

Capture = Callable[[Callable[[], None]], Callable[[], None]]

WARM_UP = 3  # runs of a phase before a capture: libraries choose their algorithms in the first
CHECK_EVERY = 25  # iterations between looks at whether the training lives: each look waits for it
DEAD_SPREAD = 1e-4  # of a pixel's range of 2; untrained, the 8 x 8 generator has 0.005 (measured)

_VARYING = (".ahead", "history")  # state whose size depends on where the training stands


@dataclass(frozen=True)
class Ending:
    """How a training ended: status, where it is not ok the reason, and its learning curves.

    `iterations` is how many were run: fewer than asked for where the training was stopped early.

    `history` has a row for every 25th iteration: the iteration, then means since the row before of
    each of `curves`, which are named in the order in which the training first told them; a row from
    before a curve began is shorter.
    """

    status: Status
    reason: str | None = None
    history: tuple[tuple[float, ...], ...] = ()
    iterations: int = 0
    curves: tuple[str, ...] = ()


class Training:
    """Runs the stages that a recipe wrote for a play.

    Stops early when a look at every 25th iteration, or the last, finds the training dead (twice)
    or diverged. It may be run in parts, and be put away in between: `tensors` and `numbers` are
    all that it has come to, and another one of the same arguments goes on from them to the same
    end, to the bit.

    Args:
        play: networks with their initial weights, real samples, the criterion, the seed.
        stages: what to run.
        capture: turns a phase into what is called instead of it from its fourth run on (of those
            that this object makes), as `graphs.recorder` does; the result is the same.

    Attributes:
        iterations: how many there are; `iteration`: how many have been run.
        ending: how it ended early; None while it has not.
    """

    def __init__(self, play: Play, stages: Sequence[Stage], capture: Capture | None = None) -> None:
        self._play = play
        self._schedule = [(stage, _ready(stage, capture)) for stage in stages]
        self.iterations = sum(stage.iterations for stage in stages)
        self.iteration = 0
        self._history: list[tuple[float, ...]] = []
        self._was_dead = False
        self.ending: Ending | None = None
        self._watch: Callable[[], None] | None = None
        self._watch_every = 0
        self._apart = apart(play.device)

    def watch(self, every: int, look: Callable[[], None]) -> None:
        """Call `look` after every `every`-th iteration; it may tell the tally, and no more.

        `every` is a multiple of `CHECK_EVERY`, so that the learning curves say when it was.
        """
        self._watch_every, self._watch = every, look

    def run(self, until: int) -> Ending:
        """Go on up to iteration `until`, at most the last; or to an early end."""
        with self._apart():
            while self.ending is None and self.iteration < min(until, self.iterations):
                self._iterate()
        return self.ending or self._ending(Status.OK)

    def _iterate(self) -> None:
        stage, phases, before = self._current()
        for phase in phases:
            phase.iterate(self.iteration - before + 1)
        self.iteration += 1
        if self._watch is not None and self.iteration % self._watch_every == 0:
            self._watch()
        if self.iteration % CHECK_EVERY == 0 or self.iteration == self.iterations:
            self._look(stage.watched)

    def _current(self) -> tuple[Stage, list[_Ready], int]:
        """The stage, its phases, and the iteration that it began at."""
        before = 0
        for stage, phases in self._schedule:
            if self.iteration < before + stage.iterations:
                return stage, phases, before
            before += stage.iterations
        raise AssertionError("the training is over")

    def _look(self, watched: bool) -> None:
        """Note the learning curves; find out whether the training is dead or has diverged."""
        play = self._play
        if not all_finite(play.tally.sums, *play.networks.values()):
            reason = f"not finite at iteration {self.iteration}"
            self.ending = Ending(Status.DIVERGED, reason, iterations=self.iteration)
            return
        self._history.append((float(self.iteration), *play.tally.means()))
        play.tally.clear()
        is_dead = watched and play.made is not None and is_constant(play.made.detach())
        if is_dead and self._was_dead:
            reason = f"constant output at iteration {self.iteration}"
            self.ending = self._ending(Status.DEAD, reason)
        self._was_dead = is_dead

    def _ending(self, status: Status, reason: str | None = None) -> Ending:
        curves = tuple(self._play.tally.names)
        return Ending(status, reason, tuple(self._history), self.iteration, curves)

    # Being put away, and taken up

    def tensors(self) -> dict[str, Tensor]:
        """Weights, the optimisers' moments, random streams, curves: what the next step needs."""
        play = self._play
        kept = {
            f"network {name}.{key}": value
            for name, network in play.networks.items()
            for key, value in network.state_dict().items()
        }
        for name, player in play.players.items():
            kept |= {f"player {name}.{key}": value for key, value in player.tensors().items()}
        for name, draw in play.draws.items():
            kept |= {f"draw {name}.{key}": value for key, value in draw.tensors().items()}
        kept |= {f"buffer {name}": value for name, value in play.buffers.items()}
        wide = 1 + len(play.tally.names)
        rows = [row + (float("nan"),) * (wide - len(row)) for row in self._history]
        curves = torch.tensor(rows, dtype=torch.float64).reshape(-1, wide)
        tally = {"tally.sums": play.tally.sums, "tally.counts": play.tally.counts}
        return {**kept, **tally, "history": curves}

    def numbers(self) -> dict[str, Any]:
        """Where it stands, and how it ended if it did so early."""
        early = self.ending
        return {
            "iteration": self.iteration,
            "was_dead": int(self._was_dead),
            "status": None if early is None else early.status.value,
            "reason": None if early is None else early.reason,
            "curves": list(self._play.tally.names),
        }

    def restore(self, tensors: Mapping[str, Tensor], numbers: Mapping[str, Any]) -> None:
        """Go on from what another training of the same arguments had come to.

        Raises `LookupError` or `ValueError`, before anything is changed, on what is no such thing.
        """
        play, begun = self._play, self.tensors()
        always = {name for name in begun if not name.startswith("player ")}
        fixed = {name for name in always if not name.endswith(_VARYING)}
        misfits = [name for name in fixed if tensors[name].shape != begun[name].shape]
        status, iteration = numbers["status"], int(numbers["iteration"])
        curves = [str(name) for name in numbers["curves"]]
        if misfits or always - set(tensors) or not 0 < iteration <= self.iterations:
            raise ValueError(f"not a state of this training: {misfits}, iteration {iteration}")
        rows = [tuple(row) for row in tensors["history"].tolist()]
        for name in fixed:
            if not name.startswith("draw "):
                begun[name].copy_(tensors[name])  # in place: the layout in memory stays
        for name, draw in play.draws.items():
            draw.restore(_under(f"draw {name}.", tensors))
        for name, player in play.players.items():
            player.restore(_under(f"player {name}.", tensors))
        play.tally.names[:] = curves
        self._history, self._was_dead = rows, bool(numbers["was_dead"])
        self.iteration = iteration
        if status is not None:
            died = Status(status) is Status.DEAD
            ended = self._ending(Status(status), numbers["reason"])
            self.ending = ended if died else Ending(ended.status, ended.reason, (), iteration)


class _Ready:
    """A phase that fills its draws, runs, and is captured once it is warm."""

    def __init__(self, phase: Phase, capture: Capture | None) -> None:
        self._phase, self._capture = phase, capture
        self._run, self._runs = phase.run, 0

    def iterate(self, iteration: int) -> None:
        """Run as often as the phase wants in this iteration of its stage, from 1 on."""
        if iteration % self._phase.every:
            return
        for _ in range(self._phase.times):
            for draw in self._phase.draws:
                draw.refill()
            if self._capture is not None and self._runs == WARM_UP:
                self._run = self._capture(self._phase.run)
            self._run()
            self._runs += 1


def _ready(stage: Stage, capture: Capture | None) -> list[_Ready]:
    return [_Ready(phase, capture) for phase in stage.phases]


def _under(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}


def is_constant(made: Tensor) -> bool:
    """Whether generated images (n, c, side, side) are one image for every latent."""
    return bool(made.float().std(0).mean() < DEAD_SPREAD)


def all_finite(losses: Tensor, *networks: nn.Module) -> bool:
    """Whether the losses so far and all weights are finite numbers."""
    total = losses.sum()
    for network in networks:
        for parameter in network.parameters():
            total += parameter.detach().sum()
    return bool(total.isfinite())


def generate(generator: nn.Module, latents: Tensor, at_once: int = 256) -> Iterator[Tensor]:
    """Images for latents (n, latent), in parts of a fixed size."""
    with torch.inference_mode():
        for part in torch.split(latents, at_once):
            yield generator(part)
