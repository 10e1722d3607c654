"""Image files, opened safely: regular ones, of known formats and of bounded size."""

from __future__ import annotations

import threading
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .dataset import DatasetError
from .files import PIXELS_VARIABLE, largest_image, opened
from .fitting import Fit, is_grey

# Only these decoders run, whatever a file claims to be: others start programs (EPS) or are rare.
_FORMATS = ("PNG", "JPEG", "BMP", "TIFF", "WEBP", "GIF", "PPM")
_TILE = (322, 323)  # a TIFF's tags: its tiles may be far larger than it is
_ORIENTATION = 274  # a tag of EXIF
_LARGE = 4_000_000
"""Pixels of an image that is decoded alone: eight of 50 million at once would take gigabytes."""
_AHEAD = 32

_one_large = threading.Lock()

T = TypeVar("T")
R = TypeVar("R")


def decoded(path: Path, fit: Fit) -> NDArray[np.uint8]:
    """An image as uint8 (c, h, w). Raises `DatasetError`, naming the file."""
    with _image(path) as image, _one_large if _pixels(image) > _LARGE else nullcontext():
        return fit.image(image)


def knows_no_colours(path: Path) -> bool:
    """Whether an image is grey by its mode. Raises `DatasetError`, naming the file."""
    with _image(path) as image:
        return is_grey(image)


def size_of(path: Path) -> tuple[int, int]:
    """An image's width and height, turned upright. Raises `DatasetError`, naming the file."""
    with _image(path) as image:
        width, height = image.size
        sideways = image.getexif().get(_ORIENTATION, 1) in (5, 6, 7, 8)
        return (height, width) if sideways else (width, height)


def in_order(
    threads: ThreadPoolExecutor, function: Callable[[T], R], items: Iterable[T]
) -> Iterator[R]:
    """The function's results in order; only a few are made ahead of who takes them."""
    running: deque[Future[R]] = deque()
    try:
        for item in items:
            running.append(threads.submit(function, item))
            if len(running) >= _AHEAD:
                yield running.popleft().result()
        while running:
            yield running.popleft().result()
    finally:
        for future in running:
            future.cancel()


@contextmanager
def own_limit_on_pixels() -> Iterator[None]:
    """Pillow's own limit aside: here each image's size is compared with ours."""
    former = Image.MAX_IMAGE_PIXELS
    Image.MAX_IMAGE_PIXELS = largest_image()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            yield
    finally:
        Image.MAX_IMAGE_PIXELS = former


@contextmanager
def _image(path: Path) -> Iterator[Image.Image]:
    limit = largest_image()
    # Given a file, not its name: by name Pillow maps uncompressed TIFFs into memory, and those
    # that are to be turned upright with width and height exchanged.
    with opened(path) as file:
        try:
            with Image.open(file, formats=_FORMATS) as image:
                if _pixels(image) > limit:
                    raise Image.DecompressionBombError
                yield image
        except DatasetError as error:
            raise DatasetError(f"{path}: {error}") from error
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise DatasetError(
                f"{path}: more than {limit:,} pixels; shrink it, take it away, or raise the limit: "
                f"{PIXELS_VARIABLE}"
            ) from error
        # A damaged file can raise anything: OSError, SyntaxError, struct.error, IndexError ...
        except Exception as error:
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise DatasetError(
                f"{path}: damaged, or no image ({reason}); replace it or take it away"
            ) from error


def _pixels(image: Image.Image) -> int:
    width, height = image.size
    tags = getattr(image, "tag_v2", {})
    across, down = (tags.get(tag, 0) for tag in _TILE)
    tile = across * down if isinstance(across, int) and isinstance(down, int) else 0
    return max(width * height, tile)
