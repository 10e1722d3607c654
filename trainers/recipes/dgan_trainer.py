"""The trainer of DGAN-WP-TL: its two sets of images, and the network of the perceptual loss."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from lossgp.common.echo import printable, quoted
from lossgp.common.suggesting import did_you_mean

from ..content import check_content
from ..datasets import DataSet, load, read
from ..datasets.fitting import Fit
from ..errors import TrainerError
from ..gan.files import FolderTrainer
from ..objective import DIVERSITY_FID, Objective
from ..preparation import announce
from .dgan import DganProtocol

if TYPE_CHECKING:
    from torch import Tensor

    from ..extractors.feature_maps import FeatureMaps
    from ..gan.image_trainer import ImageGanTrainer
    from ..gan.loop import Stage
    from ..gan.perceptual import PerceptualLoss
    from ..gan.play import Play

FEW, MANY = tuple("56789"), tuple("01234")  # digits: after pre-training, and in it
UNTRAINED = (
    "the perceptual loss looks through random convolutions, which learned nothing; for "
    'EfficientNet run: pip install "lossgp[features]"'
)

LOOKED_THROUGH = (
    *("perceptual", "perceptual_matching", "perceptual_scale", "perceptual_weights"),
    *("perceptual_sha256", "pretrain_data", "pretrain_content", "pretrain_classes"),
    *("pretrain_include", "pretrain_exclude", "pretrain_iterations"),
)
"""Options that the larger set and the perceptual losses depend on."""


class DganTrainer(FolderTrainer):
    """Trains DGAN-WP-TL."""

    protocol_type: ClassVar[type[DganProtocol]] = DganProtocol
    protocol: DganProtocol
    objective: ClassVar[Objective] = DIVERSITY_FID
    time_limit = 86400.0

    @property
    def iterations(self) -> int:
        """Those of both stages."""
        return self.protocol.pretrain_iterations + self.protocol.iterations

    @property
    def extractor_name(self) -> str:
        """The network of the metrics, and that of the perceptual loss: they stand by figures."""
        if not self.protocol.perceptual_weight:
            return super().extractor_name
        return f"{super().extractor_name}; perceptual loss on {self._maps.name}"

    def warnings(self) -> tuple[str, ...]:
        """What a check of the images tells, and where nobody trained the perceptual network."""
        untrained = self.protocol.perceptual_weight and self.protocol.perceptual == "random"
        return (*super().warnings(), *((UNTRAINED,) if untrained else ()))

    def prepare(self) -> None:
        """Read both sets of images, and make ready the networks that look at them."""
        if self.protocol.pretrain_iterations:
            name = self.protocol.pretrain_data or self.protocol.data or self.protocol.name
            check_content(self.protocol.pretrain_content, self.larger_set.digest(), name)
        super().prepare()
        _ = self._larger, self._perceptual

    def default_images(self) -> DataSet:
        """scikit-learn's digits, enlarged."""
        protocol, digits = self.protocol, load("digits")
        images = Fit.of(protocol.size, protocol.channels, "none").images(digits.images)
        return DataSet("digits", images, digits.labels, digits.classes)

    @property
    def candidates(self) -> DataSet:
        """The images of the classes that are trained on."""
        return self._of_classes(self.data_set, self.protocol.classes, "classes")

    @cached_property
    def larger_set(self) -> DataSet:
        """The images that the first stage chooses its classes from."""
        protocol = self.protocol
        if protocol.pretrain_data is None:
            return self.data_set
        announce("reading images")
        return read(
            protocol.pretrain_data,
            size=protocol.size,
            channels=protocol.channels,
            crop=protocol.crop,
            include=protocol.pretrain_include,
            exclude=protocol.pretrain_exclude,
        )

    def _of_classes(self, data: DataSet, classes: tuple[str, ...], option: str) -> DataSet:
        if not classes:
            return data
        if data.labels is None:
            raise TrainerError(f"{option} are given, and {data.name} has no labels; leave them out")
        for name in classes:
            if name not in data.classes:
                hint = did_you_mean(name, data.classes)
                known = printable(", ".join(data.classes))
                raise TrainerError(
                    f"{option}: {data.name} has no class {quoted(name)}{hint}; it has {known}"
                )
        wanted = [data.classes.index(name) for name in classes]
        return data.take([row for row, label in enumerate(data.labels) if label in wanted])

    # What is filled in

    def _pinned(self) -> DganProtocol:
        """The protocol with all that the images and this machine tell."""
        given = self.protocol
        self.protocol = given.model_copy(update=self._default_classes())
        pinned = super()._pinned()
        assert isinstance(pinned, DganProtocol)
        update = self._perceptual_network()
        if given.pretrain_iterations:
            self._check_larger()
            update["pretrain_content"] = self.larger_set.digest()
        return pinned.model_copy(update=update)

    def _default_classes(self) -> dict[str, object]:
        """Of digits that nobody asked for: some to begin with, the others after them."""
        protocol = self.protocol
        said = protocol.data or protocol.classes or protocol.pretrain_classes
        if said or protocol.pretrain_data or not protocol.pretrain_iterations:
            return {}
        return {"classes": FEW, "pretrain_classes": MANY}

    def _perceptual_network(self) -> dict[str, object]:
        from ..extractors.perceptual import choose_maps
        from ..extractors.present import vgg_weights

        protocol = self.protocol
        if not protocol.perceptual_weight and protocol.perceptual == "auto":
            return {"perceptual": "random"}  # it is never asked; the same on every machine
        kind = choose_maps(protocol.perceptual, protocol.perceptual_weights)
        if kind != "vgg16":
            return {"perceptual": kind}
        from ..extractors.vgg import check_vgg

        path = vgg_weights(protocol.perceptual_weights)
        assert path is not None  # `choose_maps` has seen to it
        return {
            "perceptual": kind,
            "perceptual_sha256": check_vgg(path, protocol.perceptual_sha256),
        }

    def _check_larger(self) -> None:
        protocol = self.protocol
        if protocol.pretrain_data is None and not protocol.pretrain_classes:
            raise TrainerError(
                "transfer learning needs a larger set to begin with: give pretrain_data, or "
                "pretrain_classes of the same data, or pretrain_iterations=0"
            )
        n = len(self._larger_images)
        if n < max(2, protocol.batch):
            raise TrainerError(
                f"there are {n} images to pre-train on ({self.larger_set.name}), and batch is "
                f"{protocol.batch}; give more, or a smaller batch"
            )

    def _hand_on(self, other: ImageGanTrainer) -> None:
        """Give another trainer what is ready, if it would make the same ready."""
        super()._hand_on(other)
        mine, theirs = self.protocol, other.protocol
        shared = "_images" in other.__dict__ and all(
            getattr(mine, name) == getattr(theirs, name) for name in LOOKED_THROUGH
        )
        if shared and mine.perceptual_weight and getattr(theirs, "perceptual_weight", 0):
            ready = ("larger_set", "_larger", "_maps", "_perceptual")
            other.__dict__.update({n: self.__dict__[n] for n in ready if n in self.__dict__})

    # What the training needs besides the images

    def _stages(self, play: Play) -> list[Stage]:
        """Those of the recipe, with the larger set and both perceptual losses."""
        return self.protocol.recipe(play, self._larger, self._perceptual)

    @property
    def _larger_images(self) -> DataSet:
        return self._of_classes(self.larger_set, self.protocol.pretrain_classes, "pretrain_classes")

    @cached_property
    def _larger(self) -> Tensor | None:
        """The images of the first stage (n, c, size, size), uint8, on the device."""
        import torch

        if not self.protocol.pretrain_iterations:
            return None
        return torch.from_numpy(self._larger_images.images).to(self.device)

    @cached_property
    def _maps(self) -> FeatureMaps:
        """The network of the perceptual loss, on the device."""
        from ..extractors.perceptual import build_maps

        protocol = self.protocol
        weights, sha256 = protocol.perceptual_weights, protocol.perceptual_sha256
        return build_maps(protocol.perceptual, weights, sha256, self.device)

    @cached_property
    def _perceptual(self) -> tuple[PerceptualLoss | None, PerceptualLoss | None]:
        """The perceptual loss of each stage, scaled by its images; None without one."""
        return self._loss_against(self._larger), self._loss_against(self._images)

    def _loss_against(self, images: Tensor | None) -> PerceptualLoss | None:
        import torch

        from ..data import as_floats
        from ..gan.perceptual import PerceptualLoss, spreads

        if images is None or not self.protocol.perceptual_weight:
            return None
        maps: Any = self._maps
        with self._reproducible():
            if self.protocol.perceptual_scale == "none":
                levels = len(maps(as_floats(images[:1])))
                scales = torch.ones(levels, device=images.device)
            else:
                scales = spreads(maps, images)
        return PerceptualLoss(maps, self.protocol.perceptual_matching, scales)
