"""The options of every detector: which images are normal, and which are tested on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from lossgp.common.echo import quoted
from lossgp.common.written import Whole

from ..content import Content
from ..gan.file_protocols import Patterns
from ..protocol import Protocol

SQUARED, CRITERION = "squared", "criterion"
DEFAULT_DATA, DEFAULT_CLASS = "digits", "8"


def _element_loss(given: str) -> str:
    """The text of a loss that compares elements: a known name or a formula, made canonical."""
    if given in (SQUARED, CRITERION):
        return given
    from lossgp.expressions import FormulaError, LossPair, zoo

    try:
        if given in zoo.BY_NAME or given in zoo.ALIASES:
            return LossPair.of(zoo.entry(given).loss).discriminator.text()
        try:
            return LossPair.restored(given).discriminator.text()
        except FormulaError:
            return LossPair.parse(given).discriminator.text()
    except FormulaError as error:
        raise ValueError(
            f"{quoted(given, 80)} is neither {SQUARED!r}, {CRITERION!r}, a known loss nor a "
            f"formula: {error}"
        ) from None


def _planned(data: str) -> bool:
    """Whether this is a published set whose split for anomaly detection is published, too."""
    from ..datasets import DatasetError
    from ..datasets.published import specified

    try:
        found = specified(data)
    except DatasetError as error:
        raise ValueError(str(error)) from None
    return found is not None and found.publication.plan is not None


def _power_of_two(size: int) -> int:
    if size & (size - 1):
        raise ValueError(f"{size} pixels are no power of two; give 16, 32, 64, 128 or 256")
    return size


ElementLossText = Annotated[str, Field(max_length=20_000), AfterValidator(_element_loss)]
Names = Annotated[
    tuple[str, ...], BeforeValidator(lambda given: (given,) if isinstance(given, str) else given)
]
"""Names or paths; one may stand alone."""


class AnomalyImages(Protocol):
    """Normal images to learn from, normal and abnormal ones for tests.

    They come from three folders (or files): `normal`, `test_normal` and `test_abnormal` (or
    several), or from one labelled set `data` (a name, folder or file), of which `normal_class` is
    normal and `abnormal_class` (or several; all others) is not; `hyper-kvasir:FOLDER` and
    `lag:FOLDER` without a class are split as the GANetic paper has them. Without any of these it is
    scikit-learn's digits with the class 8 as normal, the hardest. Of one set a fifth of the normal
    images is for tests, chosen with the seed `split`. `train_size`, `test_normal_size` and
    `test_abnormal_size` take fixed random parts. Images are brought to `size` x `size` pixels with
    1 or 3 `channels`; `crop` takes the centre square, `pad` adds black, `none` squeezes. `include`
    and `exclude` are patterns for files. An image that stands twice counts once, and never on both
    sides. `content`, the SHA-256 of the three parts, is filled in and part of the hash; where the
    images lie is not.
    """

    UNHASHED: ClassVar[frozenset[str]] = frozenset(
        ("data", "normal", "test_normal", "test_abnormal", "include", "exclude")
    )

    data: str | None = None
    normal_class: str | None = None
    abnormal_class: Names = ()
    normal: str | None = None
    test_normal: str | None = None
    test_abnormal: Annotated[Names, Whole()] = ()  # a path may hold commas
    train_size: int | None = Field(default=None, ge=2)
    test_normal_size: int | None = Field(default=None, ge=2)
    test_abnormal_size: int | None = Field(default=None, ge=2)
    split: int = Field(default=0, ge=0, lt=2**32)
    size: Annotated[int, AfterValidator(_power_of_two)] = Field(default=16, ge=16, le=256)
    channels: Literal[1, 3] = 1
    crop: Literal["center", "pad", "none"] = "center"
    include: Patterns = ()
    exclude: Patterns = ()
    content: Content = ""

    @model_validator(mode="after")
    def _one_source(self) -> AnomalyImages:
        folders = {
            "normal": self.normal,
            "test_normal": self.test_normal,
            "test_abnormal": self.test_abnormal,
        }
        given = [name for name, value in folders.items() if value]
        if not given:
            if self.data is not None and self.normal_class is None and not _planned(self.data):
                raise ValueError("normal_class must say which class of data is normal")
            return self
        if self.data is not None or self.normal_class is not None or self.abnormal_class:
            raise ValueError(
                f"give {', '.join(folders)}, or data with normal_class; not both at once"
            )
        if missing := [name for name in folders if name not in given]:
            raise ValueError(f"{' and '.join(missing)} must be given beside {', '.join(given)}")
        return self

    def describe_images(self) -> str:
        """In words, which images are normal."""
        if self.normal is not None:
            names = ", ".join(Path(path).name for path in self.test_abnormal)
            return f"{Path(self.normal).name} against {names}"
        if self.data is not None and self.normal_class is None:
            return f"{Path(self.data).name}, split as published"
        data = Path(self.data or DEFAULT_DATA).name
        others = ", ".join(self.abnormal_class) or "all others"
        return f"{data}: class {self.normal_class or DEFAULT_CLASS} against {others}"
