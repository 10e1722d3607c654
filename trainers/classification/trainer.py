"""Classifiers trained with a discriminator's loss.

The GANetic paper (appendix D) says that its loss trains classifiers about as well as cross-entropy
does. The network has an output for each class, a discriminator of this class (`y_real` 1) from the
rest (0), trained with the pair's D loss; the generator's loss is not used. Two classes have two
outputs: a single one would need a threshold, and each loss has its own. The score of a sample as
likely in as out is 0 with BCE, 1/2 with least squares on raw scores, and 0.40 (y_pred 0.599) with
GANetic.
"""

from __future__ import annotations

import hashlib
import time
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Self

from ..content import check_content
from ..criterion import Criterion
from ..errors import TrainerError
from ..objective import ERROR
from ..outcome import Outcome, Status
from ..trainer import Trainer
from .protocol import (
    BreastCancerClassification,
    ClassificationProtocol,
    DigitsClassification,
    MnistClassification,
)

# What needs torch is imported inside the methods that train: the process that leads a search
# needs the protocol only.
if TYPE_CHECKING:
    from ..datasets import DataSet
    from .data import Split


class ClassificationTrainer(Trainer):
    """Trains a classifier and measures it on the held-out part; a subclass says of what.

    The seed chooses the initial weights and the order of the batches. Metrics: `error`,
    `accuracy` and `auroc`, all on the held-out part. A classifier that answers with one class
    whatever it is shown is dead.
    """

    objective = ERROR
    protocol_type: ClassVar[type[ClassificationProtocol]]
    protocol: ClassificationProtocol

    @abstractmethod
    def load_split(self) -> Split:
        """The data in two parts, on the CPU."""

    def imports(self) -> Sequence[str]:
        """What the loop imports."""
        room = __package__.rpartition(".")[0]
        return [f"{__package__}.training", f"{room}.networks", f"{room}.seeding"]

    def prepare(self) -> None:
        """Load and split the data."""
        _ = self._split

    @property
    def iterations(self) -> int:
        """Steps of the optimiser: batches in all epochs, the last of which may be smaller."""
        samples = self.protocol.epochs * len(self._split.train.labels)
        return -(-samples // self.protocol.batch)

    @property
    def measures(self) -> tuple[str, ...]:
        """What `judge` measures."""
        return ("error", "accuracy", "auroc")

    def train(self, criterion: Criterion, seed: int, keep: Path | None = None) -> Outcome:
        """Train one classifier with this seed and measure it (see `Trainer.train`).

        `keep` is for generators: a classifier is not kept.
        """
        from ..networks import initialise
        from ..seeding import reproducible, stream
        from .training import fit, judge, network_for, predict

        self.prepare()
        start = time.perf_counter()
        split = self._split
        with reproducible():
            network = network_for(split, self.protocol.width)
            initialise(network, self.device, stream(seed, "classifier init"))
            steps, diverged = fit(network, split, criterion, self.protocol, seed)
            status, reason, metrics = Status.DIVERGED, diverged, dict[str, float]()
            if diverged is None:
                scores = predict(network, split.test)  # (n, classes)
                status, reason, metrics = judge(scores, split.test.labels.cpu())
        return Outcome(seed, status, metrics, time.perf_counter() - start, reason, steps)

    def reference(self) -> Mapping[str, float]:
        """The scale: no mistake, and the answer with the rarest class for every held-out sample."""
        labels = self._split.test.labels
        rarest = int(labels.bincount().min())
        return {"error_floor": 0.0, "error_ceiling": 1 - rarest / len(labels)}

    @cached_property
    def _split(self) -> Split:
        """Both parts, on the device."""
        from .data import Part, Split

        split = self.load_split()
        train, test = (
            Part(part.inputs.to(self.device), part.labels.to(self.device))
            for part in (split.train, split.test)
        )
        return Split(train, test, split.classes)


class DigitsClassificationTrainer(ClassificationTrainer):
    """`digits-classify`: scikit-learn's 8 x 8 digits."""

    protocol_type = DigitsClassification

    def load_split(self) -> Split:
        """1,297 images to learn from, 500 held out."""
        from .data import digits_split

        return digits_split(self.protocol.split)


class BreastCancerTrainer(ClassificationTrainer):
    """`breast-cancer`: scikit-learn's 569 tumours of 30 measures."""

    protocol_type = BreastCancerClassification

    def load_split(self) -> Split:
        """369 rows to learn from, 200 held out."""
        from .data import tumours_split

        return tumours_split(self.protocol.split)


class MnistClassificationTrainer(ClassificationTrainer):
    """`mnist-classify`: MNIST from its files, or any file of labelled images."""

    protocol_type = MnistClassification
    protocol: MnistClassification
    _sets: tuple[DataSet, DataSet | None] | None = None

    @classmethod
    def create(cls, options: Mapping[str, object] | None = None, device: str = "cpu") -> Self:
        """A trainer with these options; reads the images, for the hash holds their digest.

        Raises pydantic's `ValidationError` on a bad option, and `TrainerError` where the images
        are not there or cannot be read.
        """
        asked = MnistClassification.model_validate(dict(options or {}))
        sets = read_labelled(asked.data)
        digests = " ".join(each.digest() for each in sets if each is not None)
        content = hashlib.sha256(digests.encode()).hexdigest()
        if asked.content:
            check_content(asked.content, content, asked.data or "mnist")
        made = cls(asked.model_copy(update={"content": content}), device)
        made._sets = sets
        return made

    def warnings(self) -> tuple[str, ...]:
        """What `lossgp data check` warns of in the images to learn from."""
        from ..datasets.checking import check

        train, _ = self._sets or read_labelled(self.protocol.data)
        return check(train).warnings

    def load_split(self) -> Split:
        """MNIST's own two parts, or a stratified split of one file."""
        from .data import images_split

        asked = self.protocol
        sets = self._sets or read_labelled(asked.data)
        self._sets = None  # the tensors replace it
        return images_split(sets, asked.train_size, asked.test_size, asked.split)


def read_labelled(data: str | None) -> tuple[DataSet, DataSet | None]:
    """MNIST's parts to learn from and for tests, or a file's images and None.

    Raises `TrainerError` where they are not there, cannot be read, or have no labels.
    """
    from ..datasets import load_from

    train, *rest = load_from(data, "mnist", ("train", "test"))
    if train.labels is None:
        why = "".join(f" ({note})" for note in train.notes)
        raise TrainerError(f"{data!r} has no labels to learn{why}; give images with labels")
    return train, rest[0] if rest else None
