"""GANs that learn from images in files, whichever their recipe."""

from __future__ import annotations

import random
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, Self

from ..content import check_content
from ..datasets import DataSet, load_from, read
from ..datasets.checking import check
from ..errors import TrainerError
from ..preparation import announce
from .file_protocols import FileProtocol, FolderProtocol
from .image_trainer import ImageGanTrainer

if TYPE_CHECKING:
    from torch import Tensor

    from ..extractors import Extractor

LEAST = 4  # images: the floor compares a half of them with the other, and needs a spread in each


class FileTrainer(ImageGanTrainer):
    """Trains a GAN on the images of a data set."""

    protocol: FileProtocol
    protocol_type: ClassVar[type[FileProtocol]]

    @classmethod
    def create(cls, options: Mapping[str, object] | None = None, device: str = "cpu") -> Self:
        """A trainer with these protocol options; its protocol names the images by their content.

        Options that name the content already, such as those of a kept generator, are taken as
        they are: the images are read when they are needed.

        Raises pydantic's `ValidationError` on a bad option, and `TrainerError` where the images
        cannot be had or are too few.
        """
        trainer = cls(cls.protocol_type.model_validate(dict(options or {})), device)
        trainer._pin()
        return trainer

    def another(self, options: Mapping[str, object]) -> ImageGanTrainer:
        """A trainer with other options; the same images are not read again."""
        owner = next(kind for kind in type(self).__mro__ if "create" in vars(kind))
        if owner is not FileTrainer:  # it knows more
            return super().another(options)
        made = type(self)(self.protocol_type.model_validate(dict(options)), self.device)
        mine, theirs = self.protocol, made.protocol
        if "data_set" in self.__dict__ and all(
            getattr(mine, name) == getattr(theirs, name) for name in mine.READ
        ):
            made.__dict__["data_set"] = self.data_set
        made._pin()
        self._hand_on(made)
        return made

    def _pin(self) -> None:
        """Have the protocol name the images by their content, where it does not yet."""
        if not self.protocol.is_pinned:
            self.protocol = self._pinned()

    def prepare(self) -> None:
        """Read the images, make ready the feature network, and embed the real images."""
        protocol = self.protocol
        check_content(protocol.content, self.data_set.digest(), protocol.data or protocol.name)
        super().prepare()

    def warnings(self) -> tuple[str, ...]:
        """What `lossgp data check` warns of in the images."""
        return check(self.data_set).warnings

    @cached_property
    def data_set(self) -> DataSet:
        """All images there are; the classifier is trained on all, even where GANs see a part."""
        return self.read_images()

    def read_images(self) -> DataSet:
        """All images of the protocol's data set."""
        announce("reading images")
        (found,) = load_from(self.protocol.data, self.protocol.name)
        return found

    @property
    def candidates(self) -> DataSet:
        """The images that may be trained on: all, where a protocol does not choose among them."""
        return self.data_set

    @property
    def chosen(self) -> DataSet:
        """What counts of the images: all, or `train_size` of them."""
        data, size = self.candidates, self.protocol.train_size
        if size is None:
            return data
        # Always the same ones, from everywhere: a data set may be sorted by class.
        return data.take(sorted(random.Random(0).sample(range(len(data)), size)))

    def load_images(self) -> Tensor:
        """The images that are trained on (n, c, side, side), uint8."""
        import torch

        return torch.from_numpy(self.chosen.images)

    def load_extractor(self) -> Extractor:
        """The network that the protocol names."""
        from ..extractors import build

        return build(self.protocol.features, self.data_set, self.device)

    def choose_features(self) -> str:
        """The network that `features` means here.

        Raises `TrainerError` where it cannot be had.
        """
        from ..extractors import choose

        return choose(self.protocol.features, self.data_set.labels is not None)

    def _pinned(self) -> FileProtocol:
        """The protocol with the images' content, and the network that stands for `auto`."""
        protocol, images = self.protocol, self.candidates.images
        n, *shape = images.shape
        wanted = [protocol.image_channels, protocol.side, protocol.side]
        if shape != wanted:
            raise TrainerError(
                f"the images of {self.data_set.name} are {_size(shape)}, and protocol "
                f"{protocol.name!r} is for {_size(wanted)}; use the protocol 'images', which "
                "resizes them"
            )
        if (size := protocol.train_size) is not None and size > n:
            raise TrainerError(
                f"train_size is {size}, and {self.data_set.name} has {n} images; give at most that"
            )
        if (size or n) < LEAST:
            raise TrainerError(
                f"{self.data_set.name} has {size or n} images to train on; figures need {LEAST} "
                "at least, and mean something with hundreds"
            )
        if protocol.batch > (size or n):
            raise TrainerError(
                f"batch is {protocol.batch}, and there are {size or n} images; give a smaller "
                f"batch, as --set trainer_options.batch={min(64, (size or n) // 2)}"
            )
        features = self.choose_features()
        update = {
            "content": self.data_set.digest(),
            "features": features,
            "metrics": protocol.measurable(size or n),
        }
        return protocol.model_copy(update=update)


class FolderTrainer(FileTrainer):
    """Trains a GAN on the images of any folder or file."""

    protocol_type: ClassVar[type[FolderProtocol]]
    protocol: FolderProtocol

    def read_images(self) -> DataSet:
        """The images of the folder or file, in one size; the protocol's own without `data`."""
        protocol = self.protocol
        announce("reading images")
        if protocol.data is None:
            return self.default_images()
        return read(
            protocol.data,
            size=protocol.size,
            channels=protocol.channels,
            crop=protocol.crop,
            labels=protocol.labels,
            include=protocol.include,
            exclude=protocol.exclude,
        )

    def default_images(self) -> DataSet:
        """The images where no `data` are given; most protocols have none, and say so."""
        raise TrainerError(
            f"protocol {self.protocol.name!r} needs images: give a folder or a file, as "
            "--set trainer_options.data=FOLDER, or a published set, as busi:FOLDER"
        )


def _size(shape: list[int]) -> str:
    channels, height, width = shape
    return f"{width}x{height} pixels with {channels} channel{'s' if channels > 1 else ''}"
