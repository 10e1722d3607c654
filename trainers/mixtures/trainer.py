"""Trains a GAN on a mixture of Gaussians in the plane."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from statistics import geometric_mean
from typing import TYPE_CHECKING, ClassVar

from lossgp.common.averages import mean

from ..gan.trainer import OF_D, GanTrainer, Networks, judgement
from ..objective import ENERGY
from .protocol import GridProtocol, MixtureProtocol, RingProtocol

# What needs torch is imported inside the methods that train.
if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

_MOST = 2**20  # real points of a training: longer ones meet them again, in another order


class MixtureTrainer(GanTrainer):
    """Trains perceptrons on points in the plane; a subclass says of which mixture."""

    objective = ENERGY
    keeps_models = True
    protocol: MixtureProtocol
    protocol_type: ClassVar[type[MixtureProtocol]]

    @property
    def measures(self) -> tuple[str, ...]:
        """Of the points, and of D and the generator."""
        return ("energy", "modes", "good", *OF_D, "spread")

    def prepare(self) -> None:
        """Nothing: the points are drawn by each training."""

    def reference(self) -> Mapping[str, float]:
        """The scale: exact samples, and one exact sample repeated (see `Mixture`)."""
        mixture = self.protocol.mixture()
        return {
            "energy_floor": mixture.floor(self.protocol.samples),
            "energy_ceiling": mixture.ceiling,
        }

    def generate(self, path: Path, n: int, seed: int = 0) -> NDArray[np.float32]:
        """Points (n, replicas, 2): n of each GAN that `train` kept in the file `path`.

        Raises `TrainerError` where the file is not such a one.
        """
        points: NDArray[np.float32] = self._generated(path, n, seed).numpy()
        return points

    def real(self, n: int, seed: int = 0) -> NDArray[np.float32]:
        """Real points (n, 2)."""
        points: NDArray[np.float32] = self._drawn((n,), seed, "shown").numpy()
        return points

    def _drawn(self, shape: tuple[int, ...], seed: int, purpose: str) -> Tensor:
        """Points of the mixture (*shape, 2), of a stream of their own, on the CPU."""
        import torch

        from ..seeding import stream

        mixture, numbers = self.protocol.mixture(), stream(seed, purpose)
        modes = torch.from_numpy(mixture.modes).float()  # (k, 2)
        chosen = torch.randint(len(modes), shape, generator=numbers)
        return modes[chosen] + mixture.sd * torch.randn(*shape, 2, generator=numbers)

    def _real_samples(self, seed: int) -> Tensor:
        """As many points (n, replicas, 2) as the training meets, each of them once."""
        count = min(self.iterations * self.protocol.batch, _MOST)
        return self._drawn((count, self.protocol.replicas), seed, "real").to(self.device)

    def _measure(self, made: Tensor, networks: Networks, seed: int) -> dict[str, float]:
        """The metrics of generated points (n, replicas, 2); none where an output is not finite."""
        import torch

        with torch.inference_mode():
            real = self._drawn(tuple(made.shape[:2]), seed, "judged").to(self.device)
            judged = [networks["D"](points) for points in (real, made)]  # (replicas n, 1)
            if not all(bool(output.isfinite().all()) for output in (made, *judged)):
                return {}
            on_real, on_fake = (torch.split(scores, len(made)) for scores in judged)
            of_d = [judgement(*scores) for scores in zip(on_real, on_fake, strict=True)]
        return {
            **self._of_points(made),
            **{key: mean([each[key] for each in of_d]) for key in OF_D},
            "spread": float(made.std(0).mean()),
        }

    def _of_points(self, made: Tensor) -> dict[str, float]:
        """What the mixture tells of points (n, replicas, 2): means over the replicas."""
        mixture, points = self.protocol.mixture(), made.double().cpu().numpy()
        found = [mixture.measured(each) for each in points.transpose(1, 0, 2)]
        means = {key: mean([each[key] for each in found]) for key in found[0]}
        return {**means, "energy": geometric_mean([each["energy"] for each in found])}

    def measured_again(self, path: Path, seed: int) -> Mapping[str, float]:
        """What the mixture tells of other points of a kept generator."""
        return self._of_points(self._generated(path, self.protocol.samples, seed))


class RingTrainer(MixtureTrainer):
    """Eight Gaussians on a circle."""

    protocol_type = RingProtocol


class GridTrainer(MixtureTrainer):
    """Twenty-five Gaussians on a grid."""

    protocol_type = GridProtocol
