"""What the GAN trainers share: train the networks, measure the output, keep the generator."""

from __future__ import annotations

import time
from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, cast

from ..criterion import Criterion
from ..outcome import Outcome, Status
from ..trainer import Trainer, iterations_at
from .protocol import AdversarialProtocol

# torch takes seconds to import, and the process that leads a search needs the protocol only:
# so what needs torch is imported inside the methods that train.
if TYPE_CHECKING:
    import torch
    from numpy.typing import NDArray
    from torch import Tensor, nn

    from .loop import Stage
    from .play import Play
    from .training import Ending, Training

Networks = dict[str, "nn.Module"]

LATENTS = 2**28  # numbers: latents are drawn at once up to here

OF_D = ("d_acc", "d_acc_real", "d_acc_fake", "d_auc")
"""Of D, that it takes real samples for real and generated ones for generated: mean, and each (of
scores above 0, as the paper has it); and whatever the threshold, the area under its ROC."""


class GanTrainer(Trainer):
    """Trains a GAN as its protocol says; a subclass says on what, and how it is measured."""

    protocol: AdversarialProtocol
    protocol_type: ClassVar[type[AdversarialProtocol]]
    continues = True
    made_at_once: ClassVar[int] = 256
    """Samples that the generator makes in one pass when it is measured; a large one has fewer."""

    @property
    def iterations(self) -> int:
        """How many iterations a training has: an option of most protocols."""
        return int(cast(Any, self.protocol).iterations)

    @abstractmethod
    def _real_samples(self, seed: int) -> Tensor:
        """What the training with this seed learns from, (n, ...), on the device."""

    @abstractmethod
    def _measure(self, made: Tensor, networks: Networks, seed: int) -> dict[str, float]:
        """The metrics of what was generated, (samples, ...); none where they are not finite."""

    @abstractmethod
    def generate(self, path: Path, n: int, seed: int = 0) -> NDArray[Any]:
        """What `n` latents become in the generator that `train` kept in the file `path`.

        Needs neither data nor metrics. Raises `TrainerError` where the file is not such a one.
        """

    def _held_out_samples(self) -> Tensor | None:
        """Real samples that are kept from the training, for recipes that look at them."""
        return None

    def _of_curves(self, ending: Ending, metrics: Mapping[str, float]) -> dict[str, float]:
        """Metrics of the learning curves, beside those of the end; most trainers have none."""
        return {}

    def check_memory(self) -> None:
        """Raise `TrainerError` where a training does not fit (see `memory.check_memory`)."""
        from .memory import check_memory

        check_memory(self.protocol, self.device)

    def side_by_side(self) -> int | None:
        """On CUDA as many as the free memory holds, at most eight: one fills half of a card.

        On a processor one a core, unless they are so large that fewer fit.
        """
        from .memory import KEPT_ON_CARD, LARGE, free_memory

        each = self.protocol.memory()
        if self.device.startswith("cuda"):
            return side_by_side(free_memory(self.device), round(KEPT_ON_CARD * each))
        if each < LARGE:
            return None
        fit = side_by_side(free_memory(self.device), each)
        return None if fit == MOST_SIDE_BY_SIDE else fit

    def imports(self) -> Sequence[str]:
        """What the loop imports."""
        loop = ("checkpoint", "graphs", "paused", "play", "roc", "training")
        room = __package__.rpartition(".")[0]
        modules = (*(f"gan.{name}" for name in loop), *self.protocol.MODULES)
        return [f"{room}.{name}" for name in ("seeding", *modules)]

    def train(self, criterion: Criterion, seed: int, keep: Path | None = None) -> Outcome:
        """Train one model with this seed and measure it (see `Trainer.train`)."""
        return self._trained(criterion, seed, keep, self.iterations, None)

    def train_part(
        self,
        criterion: Criterion,
        seed: int,
        part: float,
        state: Path,
        keep: Path | None = None,
    ) -> Outcome:
        """Train up to a part of the length, from where `state` is (see `Trainer.train_part`)."""
        until = iterations_at(part, self.iterations)
        return self._trained(criterion, seed, keep, until, state)

    def _trained(
        self, criterion: Criterion, seed: int, keep: Path | None, until: int, state: Path | None
    ) -> Outcome:
        from .paused import run_on
        from .training import is_constant

        self.prepare()
        start, every = time.perf_counter(), self.protocol.put_away_every
        beside = keep.with_suffix(".training") if keep is not None and every else None
        with self._reproducible():
            networks = self._networks(seed)
            training = self._training(networks, criterion, seed)
            path = state or beside
            if path is None:
                ending = training.run(until)
            else:
                ending = run_on(training, until, path, self._identity(criterion, seed), every)
            for network in networks.values():
                network.eval()
            sampler = networks[self.protocol.sampler]
            status, reason, metrics = ending.status, ending.reason, dict[str, float]()
            if status is not Status.DIVERGED:
                made, metrics = self._evaluated(sampler, networks, seed)
                if not metrics:
                    status, reason = Status.DIVERGED, "not finite in evaluation"
                elif status is Status.OK and is_constant(made):
                    status, reason = Status.DEAD, "constant output in evaluation"
                if metrics:
                    metrics = {**metrics, **self._of_curves(ending, metrics)}
        if keep is not None:
            self._keep(keep, criterion, seed, networks, ending)
            if beside is not None and state is None:
                beside.unlink(missing_ok=True)  # it is over
        seconds = time.perf_counter() - start
        return Outcome(seed, status, metrics, seconds, reason, ending.iterations)

    def _keep(
        self, path: Path, criterion: Criterion, seed: int, networks: Networks, ending: Ending
    ) -> None:
        """Keep the generator; a trainer whose other networks are used later keeps them, too."""
        from . import checkpoint

        sampler = networks[self.protocol.sampler]
        checkpoint.write(path, self.protocol, criterion.text, seed, sampler, ending)

    def _identity(self, criterion: Criterion, seed: int) -> dict[str, Any]:
        """What tells a training from all others whose state may lie in the same file."""
        import torch

        return {
            "protocol": self.protocol.hash(),
            "iterations": self.iterations,
            "loss": criterion.text,
            "seed": seed,
            "device": self.device.partition(":")[0],
            "torch": torch.__version__,
        }

    def _reproducible(self) -> AbstractContextManager[None]:
        from ..seeding import reproducible

        return reproducible()

    def _training(self, networks: Networks, criterion: Criterion, seed: int) -> Training:
        from .graphs import recorder
        from .play import Play
        from .training import Training

        real = self._real_samples(seed)  # (n, ...)
        play = Play(networks, real, criterion, seed, self.iterations, self.protocol.bfloat16)
        play.held_out = self._held_out_samples()
        training = Training(play, self._stages(play), recorder() if real.is_cuda else None)
        every, count = self.protocol.watched
        if every:
            training.watch(every, lambda: self._measured_on_the_way(play, count, seed))
        return training

    def _measured_on_the_way(self, play: Play, count: int, seed: int) -> None:
        """Tell the play's learning curves how good it is, of `count` samples; images know FID."""

    def _stages(self, play: Play) -> list[Stage]:
        """What the training runs."""
        return self.protocol.recipe(play)

    def _networks(self, seed: int) -> Networks:
        """All networks, with the initial weights of this seed."""
        import torch

        from ..networks import initialise
        from ..seeding import stream

        with torch.device("meta"):
            networks = self.protocol.networks()
        for name, network in networks.items():
            initialise(network, self.device, stream(seed, f"{name} init"))
        return networks

    def _evaluated(
        self, sampler: nn.Module, networks: Networks, seed: int
    ) -> tuple[Tensor, dict[str, float]]:
        """What was generated, and its metrics; the first of it where there is too much to hold."""
        made = self._samples(sampler, seed)  # (samples, ...)
        return made, self._measure(made, networks, seed)

    def _samples(self, generator: nn.Module, seed: int, n: int | None = None) -> Tensor:
        """What is measured, (n, ...), or `samples`: of the same latents for every criterion."""
        import torch

        return torch.cat(list(self._sample_parts(generator, seed, n or self.protocol.samples)))

    def _sample_parts(self, generator: nn.Module, seed: int, n: int) -> Iterator[Tensor]:
        """The same, part by part."""
        from ..seeding import stream
        from .training import generate

        numbers, size = stream(seed, "evaluation"), self.protocol.latent_size
        for latents in drawn_latents(n, size, numbers):
            yield from generate(generator, latents.to(self.device), self.made_at_once)

    def _generated(self, path: Path, n: int, seed: int) -> Tensor:
        """The output (n, ...) of a kept generator, on the CPU (see `generate`)."""
        import torch

        from ..seeding import stream
        from . import checkpoint
        from .training import generate

        with torch.device("meta"):
            generator = self.protocol.networks()[self.protocol.sampler.removesuffix(" average")]
        checkpoint.load_weights(path, generator)
        generator.to(self.device).eval()
        numbers, size = stream(seed, "sample"), self.protocol.latent_size
        with self._reproducible():
            parts = [
                part.cpu()
                for latents in drawn_latents(n, size, numbers)
                for part in generate(generator, latents.to(self.device), self.made_at_once)
            ]
        return torch.cat(parts)


def drawn_latents(n: int, size: int, numbers: torch.Generator) -> Iterator[Tensor]:
    """Standard normal latents (n, size), on the CPU, in parts of 1 GiB at most."""
    import torch

    part = max(1, LATENTS // size)
    for begin in range(0, n, part):
        yield torch.randn((min(part, n - begin), size), generator=numbers)


MOST_SIDE_BY_SIDE = 8


def judgement(on_real: Tensor, on_fake: Tensor) -> dict[str, float]:
    """What is told of D (see `OF_D`) by its scores of real and of generated samples, (n, 1)."""
    from .roc import area

    real_right = float((on_real > 0).double().mean())
    fake_right = float((on_fake <= 0).double().mean())
    of_d = ((real_right + fake_right) / 2, real_right, fake_right, area(on_real, on_fake))
    return dict(zip(OF_D, of_d, strict=True))


def side_by_side(free: int, each: int) -> int:
    """How many trainings of `each` bytes share `free` bytes of a device: 1 to 8.

    Every one is a process with half a gigabyte of the driver's and the libraries' own, and a
    tenth is left to others. An estimate that was too low is mended by the engine, which runs
    fewer when the device is full.
    """
    return max(1, min(MOST_SIDE_BY_SIDE, int(0.9 * free / (each + 2**29))))
