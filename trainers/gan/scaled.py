"""Large GANs of any images, as small as a laptop needs them unless they are asked for whole."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import model_validator

from ..errors import TrainerError
from .file_protocols import FolderProtocol
from .files import FolderTrainer

if TYPE_CHECKING:
    from ..datasets import DataSet
    from ..extractors import Extractor


class ScaledProtocol(FolderProtocol):
    """A GAN of any images at two scales; without `data` it learns scikit-learn's digits, enlarged.

    `scale` fills in the options that are not given: `laptop` those of `LAPTOP`, `full` the
    paper's, which are the fields' defaults. Only what it fills in counts, so it is not hashed.
    The digits are grey: `channels` is 1 for them; and `features` may be `digits`, their own
    classifier on the means of 8 x 8 blocks, which `auto` means for them.
    """

    UNHASHED: ClassVar[frozenset[str]] = FolderProtocol.UNHASHED | {"scale"}
    LAPTOP: ClassVar[Mapping[str, Any]] = {}

    scale: Literal["laptop", "full"] = "laptop"
    features: Literal["auto", "inception", "classifier", "efficientnet", "digits"] = "auto"  # type: ignore[assignment]

    @model_validator(mode="before")
    @classmethod
    def _filled_in(cls, given: Any) -> Any:
        """Fill in what the scale, and the digits, say of options that are not given."""
        if not isinstance(given, Mapping):
            return given
        filled = dict(cls.LAPTOP) if given.get("scale", "laptop") == "laptop" else {}
        if given.get("data") is None and not given.get("content"):
            filled["channels"] = 1
        return {**filled, **given}

    @model_validator(mode="after")
    def _digits_are_grey(self) -> ScaledProtocol:
        if self.data is None and not self.content and self.channels != 1:
            raise ValueError(
                f"channels is {self.channels}, and without data the images are digits, which are "
                "grey; give a folder of images, as data=FOLDER, or channels 1"
            )
        if self.data is not None and self.features == "digits":
            raise ValueError(
                "features 'digits' is for scikit-learn's digits, and data names other images; use "
                "auto, classifier, efficientnet or inception"
            )
        return self


class ScaledTrainer(FolderTrainer):
    """Trains a GAN on the images of a folder or file, or on enlarged digits."""

    protocol_type: ClassVar[type[ScaledProtocol]]
    protocol: ScaledProtocol

    def default_images(self) -> DataSet:
        """The digits, enlarged."""
        from ..datasets.digits import enlarged_digits

        return enlarged_digits(self.protocol.size)

    def choose_features(self) -> str:
        """For the digits their own classifier."""
        protocol = self.protocol
        if protocol.data is None and protocol.features in ("auto", "digits"):
            return "digits"
        return super().choose_features()

    def load_extractor(self) -> Extractor:
        """The network that the protocol names."""
        if self.protocol.features != "digits":
            return super().load_extractor()
        if self.protocol.size % 8:
            raise TrainerError(f"digits of {self.protocol.size} pixels are no whole blocks")
        from ..extractors.digits import EnlargedDigitClassifier, digit_classifier

        return EnlargedDigitClassifier(digit_classifier())
