"""Images of trained generators: which checkpoint, how to get it, and what it generates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lossgp.config import ConfigError
from lossgp.expressions import LossPair
from lossgp.runs import Store
from lossgp.runs.place import CHECKPOINTS
from lossgp.trainers import Outcome
from lossgp.trainers.gan.checkpoint import checkpoint_path, read

from .protocols import prepared_trainer
from .resources import TIME_LIMIT, scope_of
from .session import session, spending

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Model:
    """A loss under a protocol, whose generators may have been kept in a runs directory."""

    pair: LossPair
    protocol: str
    options: Mapping[str, Any] = field(hash=False)
    device: str
    runs_dir: Path

    def checkpoint(self, seed: int) -> Path:
        """Return where the generator of a training is kept, be it there or not.

        Raises:
            ConfigError: the protocol or its options are wrong.
        """
        prepared = prepared_trainer(self.protocol, self.options, self.device, trains=False)
        directory = self.runs_dir / CHECKPOINTS
        return checkpoint_path(
            directory, prepared.protocol.hash(), self.pair.key(), seed, prepared.device
        )

    def kept(self) -> list[int]:
        """Return the seeds whose generators are there, in order."""
        stem = self.checkpoint(0).stem.removesuffix("0")
        found = self.checkpoint(0).parent.glob(f"{stem}*.safetensors")
        return sorted(int(seed) for p in found if (seed := p.stem.removeprefix(stem)).isdigit())

    def train(self, seed: int) -> Outcome:
        """Train with a seed, keep the generator, and record the training in the memo.

        It is the training that `compare` does, to the bit.

        Raises:
            ConfigError: the protocol or its options are wrong.
            RunsError: the runs directory cannot be used, or no worker can be set up.
        """
        prepared = prepared_trainer(self.protocol, self.options, self.device)
        with (
            Store.open(self.runs_dir) as store,
            session(
                store,
                self.protocol,
                self.options,
                prepared,
                spending(None),
                scope=scope_of(TIME_LIMIT),
                keep=self.runs_dir / CHECKPOINTS,
                workers=1,
                time_limit=TIME_LIMIT,
            ) as training,
        ):
            return training.trials.once_more(self.pair, seed)


def images(path: Path, n: int, seed: int, device: str) -> NDArray[Any]:
    """Return what the generator in a checkpoint makes.

    Args:
        path: the checkpoint.
        n: how many.
        seed: of the latents: the same seed, the same images.
        device: "auto", "cpu", "cuda", or "cuda:N".

    Returns:
        Images (n, c, h, w), uint8; of a toy problem points (n, GANs, 2).

    Raises:
        TrainerError: the file is no checkpoint.
        ConfigError: its trainer is not installed, or makes no images.
    """
    return trainer_of(path, device).generate(path, n, seed=seed)  # type: ignore[no-any-return]


def trainer_of(path: Path, device: str) -> Any:
    """Return the trainer of a checkpoint, which generates; raises as `images` does."""
    checkpoint = read(path)
    try:
        # Of a plug-in, or of another version of this program, it may be unknown here.
        made: Any = prepared_trainer(checkpoint.trainer, checkpoint.protocol, device, trains=False)
    except ConfigError as error:
        raise ConfigError(f"{path} cannot be used here: {error}") from None
    if not hasattr(made, "generate"):
        raise ConfigError(f"{path} is of trainer {checkpoint.trainer!r}, which generates no images")
    return made
