"""A folder of images: PNG, JPEG, BMP, TIFF, WebP, GIF or PNM, in class folders or not."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .dataset import DataSet, DatasetError
from .fitting import Fit, is_grey

SUFFIXES = frozenset(
    (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp", ".gif", ".pgm", ".ppm")
)
# Only these decoders run, whatever a file claims to be: others start programs (EPS) or are rare.
_FORMATS = ("PNG", "JPEG", "BMP", "TIFF", "WEBP", "GIF", "PPM")
_TEST_FOLDERS = ("test", "val")


def read_folder(folder: Path, fit: Fit, split: str = "train") -> DataSet:
    """The images below a folder, sorted by their path; of animations and pages, the first.

    Where the folder holds folders named train and test (or val), the split's one is read. Where
    all images lie in two or more folders, these are the classes. Hidden files are left out.
    Raises `DatasetError`, naming the file, where one cannot be read, is far too large, or has
    another size than the first while no size was asked for.
    """
    root = _split_folder(folder, split)
    paths = image_paths(root)
    if not paths:
        raise DatasetError(
            f"{root}: no images here nor below; allowed are names that end in "
            f"{' '.join(sorted(SUFFIXES))}"
        )
    with _bombs_are_errors(), ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as threads:
        if fit.channels is None:
            grey = all(threads.map(_is_grey, paths))
            fit = Fit(fit.size, 1 if grey else 3, fit.crop)
        images = _filled(paths, threads.map(lambda path: _decoded(path, fit), paths))
    labels, classes = _labels(root, paths)
    return DataSet(folder.resolve().name, images, labels, classes)


def image_paths(root: Path) -> list[Path]:
    """The image files below a folder, sorted, without hidden ones."""
    found: list[Path] = []
    for place, folders, files in os.walk(root):
        folders[:] = [name for name in folders if not name.startswith((".", "__MACOSX"))]
        visible = (Path(place, name) for name in files if not name.startswith("."))
        found.extend(path for path in visible if path.suffix.lower() in SUFFIXES)
    return sorted(found, key=lambda path: path.relative_to(root).parts)


def _split_folder(folder: Path, split: str) -> Path:
    names = ("train",) if split == "train" else _TEST_FOLDERS
    for name in names:
        if (folder / name).is_dir():
            return folder / name
    if split == "test":
        raise DatasetError(f"{folder}: no split 'test'; it needs a folder named test or val")
    return folder


def _filled(paths: list[Path], decoded: Iterator[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """All images in one array; allocated once, as a folder may hold gigabytes."""
    first = next(decoded)
    try:
        images = np.empty((len(paths), *first.shape), np.uint8)
    except MemoryError as error:
        raise DatasetError(
            f"{len(paths)} images of shape {first.shape} do not fit into memory; ask for a "
            "smaller size"
        ) from error
    images[0] = first
    for i, image in enumerate(decoded, start=1):
        if image.shape != first.shape:
            raise DatasetError(
                f"{paths[i]}: {_size(image)}, but {paths[0].name} is {_size(first)}; "
                "ask for a size (size=64), so that all are brought to it"
            )
        images[i] = image
    return images


def _size(image: NDArray[np.uint8]) -> str:
    return f"{image.shape[1]}x{image.shape[2]} (height x width)"


def _is_grey(path: Path) -> bool:
    with _opened(path) as image:
        return is_grey(image)


def _decoded(path: Path, fit: Fit) -> NDArray[np.uint8]:
    with _opened(path) as image:
        return fit.image(image)


@contextmanager
def _opened(path: Path) -> Iterator[Image.Image]:
    try:
        with Image.open(path, formats=_FORMATS) as image:
            yield image
    except DatasetError as error:
        raise DatasetError(f"{path}: {error}") from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise DatasetError(
            f"{path}: more than {Image.MAX_IMAGE_PIXELS} pixels; shrink it, or take it away"
        ) from error
    # A damaged file can raise anything: OSError, SyntaxError, struct.error, IndexError ...
    except Exception as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DatasetError(
            f"{path}: damaged, or no image ({reason}); replace it or take it away"
        ) from error


@contextmanager
def _bombs_are_errors() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        yield


def _labels(root: Path, paths: list[Path]) -> tuple[NDArray[np.int64] | None, tuple[str, ...]]:
    above = [path.relative_to(root).parts[:-1] for path in paths]
    classes = sorted({parts[0] for parts in above if parts})
    if not all(above) or len(classes) < 2:
        return None, ()
    index = {name: i for i, name in enumerate(classes)}
    return np.array([index[parts[0]] for parts in above], np.int64), tuple(classes)
