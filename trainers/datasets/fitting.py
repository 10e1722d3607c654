"""Bring images to one size and one number of channels, with Pillow (antialiased, bicubic)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from .dataset import DatasetError

Crop = Literal["center", "pad", "none"]
_LARGEST = 4096
_PHOTOMETRIC = 262  # a TIFF's tag
_WHITE = (255, 255, 255, 255)


@dataclass(frozen=True)
class Fit:
    """The size and the channels that images shall have.

    size      (height, width) in pixels; None leaves each image as it is.
    channels  1 (grey) or 3 (RGB); None leaves them as they are.
    crop      how another aspect ratio is met: `center` fills the size and cuts off what stands
              out, `pad` fits the whole image in and adds black, `none` stretches.
    """

    size: tuple[int, int] | None = None
    channels: int | None = None
    crop: Crop = "center"

    @classmethod
    def of(cls, size: int | tuple[int, int] | None, channels: int | None, crop: str) -> Fit:
        """The fit of these options; one number is a square. Raises `DatasetError`."""
        sides = (size, size) if isinstance(size, int) else size
        if sides is not None and (len(sides) != 2 or not all(1 <= n <= _LARGEST for n in sides)):
            raise DatasetError(
                f"size is {size}; it must be 1 to {_LARGEST} pixels, or (height, width)"
            )
        if channels not in (None, 1, 3):
            raise DatasetError(f"channels is {channels}; it must be 1 (grey) or 3 (RGB)")
        for known in get_args(Crop):
            if crop == known:
                return cls(sides, channels, known)
        raise DatasetError(f"crop is {crop!r}; it must be one of {', '.join(get_args(Crop))}")

    def image(self, image: Image.Image) -> NDArray[np.uint8]:
        """A Pillow image as uint8 (c, h, w)."""
        image = in_bytes(image)
        if self.channels is not None:
            image = image.convert("L" if self.channels == 1 else "RGB")
        if self.size is not None and image.size != self.size[::-1]:
            image = self._resized(image, self.size[::-1])
        array = np.asarray(image, np.uint8)
        return array[None] if array.ndim == 2 else array.transpose(2, 0, 1)

    def images(self, images: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Images (n, c, h, w) that are in memory already, c being 1 or 3."""
        _, channels, *sides = images.shape
        if self.size in (None, tuple(sides)) and self.channels in (None, channels):
            return images
        rows = images[:, 0] if channels == 1 else images.transpose(0, 2, 3, 1)
        fitted = [self.image(Image.fromarray(np.ascontiguousarray(row))) for row in rows]
        return np.stack(fitted)

    def _resized(self, image: Image.Image, size: tuple[int, int]) -> Image.Image:
        bicubic = Image.Resampling.BICUBIC
        if self.crop == "center":
            return ImageOps.fit(image, size, bicubic)
        if self.crop == "pad":
            return ImageOps.pad(image, size, bicubic, color=0)
        return image.resize(size, bicubic)


def is_grey(image: Image.Image) -> bool:
    """Whether an image's mode knows no colours."""
    return image.mode in ("1", "L", "LA", "La", "F") or image.mode.startswith("I")


def in_bytes(image: Image.Image) -> Image.Image:
    """An image of any mode as grey (L) or RGB, turned upright as its EXIF orientation says.

    Whatever is transparent shows white; 16-bit grey is scaled from 0 .. 65535. Raises
    `DatasetError` for floating-point and 32-bit pixels: their range is not known.
    """
    negative = _is_negative(image)  # looked at first: turning an image upright loses its tags
    image = ImageOps.exif_transpose(image)
    grey = is_grey(image)
    if image.mode == "F" or image.mode.startswith("I"):
        return _from_wide(image, negative)
    if image.mode in ("LA", "La", "PA", "RGBA", "RGBa") or "transparency" in image.info:
        white = Image.new("RGBA", image.size, _WHITE)
        image = Image.alpha_composite(white, image.convert("RGBA"))
    return image.convert("L" if grey else "RGB")


def _is_negative(image: Image.Image) -> bool:
    """Whether a TIFF's zero is white, and Pillow gives its 16-bit values as they stand.

    It turns those of 8 bits round, which its raw mode then says, as `L;I`.
    """
    tags = getattr(image, "tag_v2", {})
    if tags.get(_PHOTOMETRIC) != 0 or not image.mode.startswith("I"):
        return False
    arguments = image.tile[0].args if getattr(image, "tile", None) else ""  # type: ignore[attr-defined]
    raw = arguments if isinstance(arguments, str) else arguments[0]
    return not str(raw).endswith("I")


def _from_wide(image: Image.Image, negative: bool) -> Image.Image:
    values = np.asarray(image)
    if values.dtype.kind == "f" or values.min() < 0 or values.max() > 0xFFFF:
        raise DatasetError("pixels are not integers of 8 or 16 bits; convert the image")
    wide = values.astype(np.uint32)
    if negative:
        wide = 0xFFFF - wide
    # 65535 / 255 = 257; half is added to round.
    return Image.fromarray(((wide + 128) // 257).astype(np.uint8))
