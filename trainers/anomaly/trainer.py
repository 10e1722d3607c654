"""What trains detectors shares: the three parts of the images, measuring, and kept models."""

from __future__ import annotations

import random
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Self

from ..content import check_content
from ..errors import TrainerError
from ..gan.trainer import OF_D, GanTrainer, Networks, judgement
from ..objective import ANOMALIES
from ..preparation import announce
from .options import DEFAULT_CLASS, DEFAULT_DATA
from .parts import Reading, Sizes, describe, digest, parts_of_classes, parts_of_folders

# What needs torch is imported inside the methods that train.
if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

    from ..criterion import Criterion
    from ..datasets.splits import AnomalySplit
    from ..extractors import Extractor
    from ..gan.training import Ending
    from ..recipes.fanogan import FAnoGanProtocol
    from .detection import Scores
    from .detector import Detector
    from .residuals import Residuals

OF_SCORES = ("auroc", "average_precision", "residual", "feature_residual")
"""AUROC and average precision of the anomaly scores, and the mean residuals of normal images."""

QUICK_FROM = 32
"""Channels next to the image from which `Detector`'s quick way is quicker; of 16 it is as slow."""


class AnomalyTrainer(GanTrainer):
    """Trains a generator, a critic and an encoder on normal images, and measures the scores.

    A protocol's networks are "G", "D" (with `embed`) and "E", and it has `kappa`.
    """

    protocol: FAnoGanProtocol
    objective = ANOMALIES
    protocol_type: ClassVar[type[FAnoGanProtocol]]
    continues = False  # half of a training has no encoder: its scores say nothing
    time_limit = 7 * 86400.0

    @classmethod
    def create(cls, options: Mapping[str, object] | None = None, device: str = "cpu") -> Self:
        """A trainer with these protocol options; its protocol names the images by their content.

        Options that name the content already, such as those of a kept model, are taken as they
        are: the images are read when they are needed.

        Raises pydantic's `ValidationError` on a bad option, and `TrainerError` where the images
        cannot be had or are too few.
        """
        trainer = cls(cls.protocol_type.model_validate(dict(options or {})), device)
        if not trainer.protocol.content:
            split = trainer.split
            if trainer.protocol.batch > len(split.train):
                raise TrainerError(
                    f"batch is {trainer.protocol.batch}, and there are {len(split.train)} normal "
                    f"images to learn from; give a smaller one, as {min(32, len(split.train) // 2)}"
                )
            trainer.protocol = trainer.protocol.model_copy(update={"content": digest(split)})
        return trainer

    @property
    def iterations(self) -> int:
        """Those of the generator and of the encoder."""
        return self.protocol.iterations + self.protocol.encoder_iterations

    @property
    def measures(self) -> tuple[str, ...]:
        """What is measured of the scores, of D, and of the generator."""
        return (self.metric, *OF_SCORES, *OF_D, "spread")

    @cached_property
    def split(self) -> AnomalySplit:
        """The three parts of the images, uint8, on the CPU."""
        announce("reading images")
        asked = self.protocol
        reading = Reading(asked.size, asked.channels, asked.crop, asked.include, asked.exclude)
        sizes = Sizes(asked.train_size, asked.test_normal_size, asked.test_abnormal_size)
        if asked.normal is not None and asked.test_normal is not None:
            folders = (asked.normal, asked.test_normal, asked.test_abnormal)
            return parts_of_folders(*folders, reading, sizes, asked.split)
        return parts_of_classes(
            asked.data or DEFAULT_DATA,
            asked.normal_class or (DEFAULT_CLASS if asked.data is None else None),
            asked.abnormal_class,
            reading,
            sizes,
            asked.split,
        )

    def describe_data(self) -> str:
        """In words, which images, and how many."""
        return f"{self.protocol.describe_images()}; {describe(self.split)}"

    def warnings(self) -> tuple[str, ...]:
        """What was left out of the images."""
        return self.split.notes

    def prepare(self) -> None:
        """Read the images."""
        asked = self.protocol
        check_content(asked.content, digest(self.split), asked.describe_images())

    def reference(self) -> Mapping[str, float]:
        """The scale: no mistake, and every pair of images in the wrong order."""
        return {f"{self.metric}_floor": 0.0, f"{self.metric}_ceiling": 1.0}

    def generate(self, path: Path, n: int, seed: int = 0) -> NDArray[np.uint8]:
        """Images (n, c, size, size) of the generator in the file `path`."""
        import torch

        images = self._generated(path, n, seed)
        return images.add(1).mul(127.5).round().clamp(0, 255).to(torch.uint8).numpy()

    def detector(self, path: Path, *, bfloat16: bool = False) -> Detector:
        """What scores images, from a file that `train` kept; needs no data.

        On a processor, wide networks compute in other steps than in the training: scores are the
        same but for rounding, about 1e-6 of them. With `bfloat16` they compute in that (see
        `Detector`).

        Raises `TrainerError` where the file is not such a one.
        """
        import torch

        from .detector import Detector
        from .model_file import load

        with torch.device("meta"):
            networks = self.protocol.networks()
        load(path, networks)
        moved = [networks[name].to(self.device) for name in "GDE"]
        quick = self.protocol.width >= QUICK_FROM
        return Detector(moved[0], moved[1], moved[2], self.protocol.kappa, bfloat16, quick=quick)

    def rival_extractor(self) -> Extractor | None:
        """The network on whose features neighbours are looked for; None where there is none.

        InceptionV3 or EfficientNet, which never saw these images: a classifier of the data set's
        own classes would know the abnormal ones.
        """
        from ..extractors.efficientnet import efficientnet
        from ..extractors.inception import inception
        from ..extractors.present import efficientnet_weights, has_inception

        if has_inception():
            return inception(self.device)
        return efficientnet(self.device) if efficientnet_weights() is not None else None

    @staticmethod
    def drawn(count: int, wanted: int) -> list[int]:
        """Rows of test images for a picture: always the same ones."""
        return sorted(random.Random(0).sample(range(count), min(wanted, count)))

    def _real_samples(self, seed: int) -> Tensor:
        """The normal images to learn from, whatever the seed."""
        return self._tensors[0]

    def _measure(self, made: Tensor, networks: Networks, seed: int) -> dict[str, float]:
        """What the scores of the test images come to; none where something is not finite."""
        import torch

        from ..data import as_floats
        from .detection import quality

        with torch.inference_mode():
            real = as_floats(self._tensors[0][: 2 * len(made)])
            on_real, on_made = (networks["D"](each) for each in (real, made))
        normal, abnormal = self._tested(networks)
        judged = (made, on_real, on_made, *normal, *abnormal)
        if not all(bool(each.isfinite().all()) for each in judged):
            return {}
        found = quality(self._scores(normal, abnormal))
        return {
            self.metric: 1 - found.auroc,
            "auroc": found.auroc,
            "average_precision": found.average_precision,
            "residual": float(normal.image.mean()),
            "feature_residual": float(normal.features.mean()),
            **judgement(on_real, on_made),
            "spread": float(made.std(0).mean()),
        }

    def _keep(
        self, path: Path, criterion: Criterion, seed: int, networks: Networks, ending: Ending
    ) -> None:
        """Keep generator, critic and encoder, and the residuals of the test images."""
        from .model_file import write

        tested = self._tested(networks)
        write(path, self.protocol, criterion.text, seed, networks, ending, tested)

    def _tested(self, networks: Networks) -> tuple[Residuals, Residuals]:
        from .detector import Detector

        detector = Detector(networks["G"], networks["D"], networks["E"], self.protocol.kappa)
        _, normal, abnormal = self._tensors
        return detector.residuals(normal), detector.residuals(abnormal)

    def _scores(self, normal: Residuals, abnormal: Residuals) -> Scores:
        from .detection import Scores

        kappa = self.protocol.kappa
        return Scores(*(each.score(kappa).numpy() for each in (normal, abnormal)))

    @cached_property
    def _tensors(self) -> tuple[Tensor, Tensor, Tensor]:
        """The three parts, uint8, on the device."""
        import torch

        split = self.split
        train, normal, abnormal = (
            torch.from_numpy(part.images).to(self.device)
            for part in (split.train, split.test_normal, split.test_abnormal)
        )
        return train, normal, abnormal
