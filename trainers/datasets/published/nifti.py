"""NIfTI volumes as slices (with nibabel, of the extra `medical`)."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path
from typing import Literal

import numpy as np
from PIL import Image
from pydantic import Field, field_validator

from ..dataset import DatasetError
from ..fitting import Fit
from ..folder_names import pictures_of
from .class_folders import Parts, listed
from .listing import Images, Item, Listing
from .publication import Publication, ReadingOptions, Request
from .scans import extra, label_of, path_of, scans
from .volumes import AXES, Volume, depth_of, read_volume
from .windows import WINDOWS, WindowText, chosen, stretched

_SUFFIXES = (".nii", ".nii.gz")
_LARGEST = 4096  # pixels along a side
_RANGE = re.compile(r"(\d{1,6})(%?)-(\d{1,6})(%?)")


class NiftiOptions(ReadingOptions):
    """Which slices, and how values become grey.

    `axis` is axial, coronal or sagittal, whichever way the file is turned. `slices` is `middle`,
    `all`, a range as `40-60`, or one of percent, as `40%-60%`; of these every `step`-th. Slices
    without anything in them are left out unless `empty` is `keep`. Of a series of volumes `volume`
    is taken. `window` is `auto` (the file's own, else between the 0.5th and the 99.5th percentile
    of the volume; bytes as they are), `full`, `CENTRE/WIDTH` or a preset, as for DICOM.
    """

    axis: Literal["axial", "coronal", "sagittal"] = "axial"
    slices: str = Field(default="middle", description="middle, all, 40-60, 40%-60%")
    step: int = Field(default=1, ge=1)
    empty: Literal["skip", "keep"] = "skip"
    volume: int = Field(default=0, ge=0)
    window: WindowText = Field(default="auto", description=WINDOWS)

    @field_validator("slices")
    @classmethod
    def _are_slices(cls, text: str) -> str:
        if text in ("middle", "all"):
            return text
        match = _RANGE.fullmatch(text)
        if not match or match[2] != match[4] or int(match[1]) > int(match[3]):
            raise ValueError("It must be middle, all, or a range as 40-60 or 40%-60%")
        return text

    def indices(self, depth: int) -> list[int]:
        """Which of so many slices."""
        if self.slices == "middle":
            return [depth // 2]
        first, last = 0, depth - 1
        if match := _RANGE.fullmatch(self.slices):
            first, last = int(match[1]), int(match[3])
            if match[2]:
                first, last = (round(n / 100 * (depth - 1)) for n in (first, last))
        return list(range(first, min(last, depth - 1) + 1, self.step))


def _named(name: str) -> bool:
    return name.lower().endswith(_SUFFIXES)


def _listing(request: Request) -> Listing:
    """The slices of each volume. Raises `DatasetError` where there are none."""
    extra("nibabel", "NIfTI")
    if request.path.is_file() and not _named(request.path.name):
        raise DatasetError(f"{request.path} is no NIfTI file (.nii, .nii.gz)")
    layout = scans(request, _named)
    options: NiftiOptions = request.options
    asked = bool(request.pattern.include)
    notes = [*layout.notes]
    items: list[Item] = []
    masks: list[Parts] = []
    without: list[Parts] = []
    others: list[Parts] = []
    for i, parts in enumerate(layout.files):
        path = path_of(request, parts)
        if parts and _of_another_split(parts, layout.files, request.split):
            others.append(parts)
        elif parts and not asked and pictures_of(_stem(path)):
            masks.append(parts)
        elif count := _count(path, options):
            items.append(Item(path, label_of(layout, i), count=count))
        else:
            without.append(parts)
    for what, files in (
        ("volumes are named as masks are, and were left out", masks),
        ("volumes have nothing in the wanted slices, and were left out", without),
        ("volumes of the other split were left out", others),
    ):
        if files:
            notes.append(f"{len(files)} {what}: {listed(files)}")
    if not items:
        beside = f" ({'; '.join(notes)})" if notes else ""
        raise DatasetError(f"{request.path}: no NIfTI volumes here nor below{beside}")
    labels = {item.label for item in items}
    classes = () if None in labels or others else layout.classes
    if not classes:
        items = [Item(item.path, count=item.count) for item in items]
    return Listing(tuple(items), classes, 1, tuple(notes), partial(_decoded, options))


def _of_another_split(parts: Parts, files: list[Parts], split: str) -> bool:
    """Whether a file lies in the other of imagesTr and imagesTs (the Decathlon's names)."""
    folders = {name.casefold() for name in parts[:-1]}
    wanted, other = ("imagests", "imagestr") if split == "test" else ("imagestr", "imagests")
    there = any(wanted in (name.casefold() for name in each[:-1]) for each in files)
    return there and other in folders


def _stem(path: Path) -> str:
    return path.name[: -len(".nii.gz" if path.name.lower().endswith(".gz") else ".nii")]


def _decoded(options: NiftiOptions, item: Item, fit: Fit) -> Images:
    volume = _read(item.path, options)
    low, high = volume.whole if options.window == "full" else volume.shown
    window = chosen(options.window)
    images = []
    for i in _kept(volume, options):
        values = volume.slices[i]  # (h, w)
        if window is not None:
            grey = window.grey(values)
        elif volume.bytes_alone and options.window == "auto":
            grey = values.astype(np.uint8)
        else:
            grey = stretched(values, low, high)
        images.append(fit.image(_in_proportion(Image.fromarray(grey), volume)))
    return images


def _in_proportion(image: Image.Image, volume: Volume) -> Image.Image:
    """A slice with square pixels: those across thick slices are long."""
    shortest = min(volume.pixel_height, volume.pixel_width)
    size = (
        round(image.width * volume.pixel_width / shortest),
        round(image.height * volume.pixel_height / shortest),
    )
    near = all(abs(a - b) <= 0.01 * b for a, b in zip(size, image.size, strict=True))
    if near or max(size) > _LARGEST:
        return image
    return image.resize(size, Image.Resampling.BICUBIC)


def _count(path: Path, options: NiftiOptions) -> int:
    """How many slices are taken; only where empty ones are left out is the volume read for it."""
    if options.empty == "keep":
        return len(options.indices(depth_of(path, AXES[options.axis])))
    return len(_kept(_read(path, options), options))


def _read(path: Path, options: NiftiOptions) -> Volume:
    return read_volume(path, AXES[options.axis], options.volume)


def _kept(volume: Volume, options: NiftiOptions) -> list[int]:
    wanted = options.indices(len(volume.slices))
    if options.empty == "keep":
        return wanted
    return [i for i in wanted if volume.slices[i].min() < volume.slices[i].max()]


NIFTI = Publication(
    name="nifti",
    title="NIfTI volumes, as slices",
    licence="that of the files",
    source="a format",
    where="your archive; reading needs the extra lossgp[medical]",
    layout="a folder with .nii or .nii.gz files, in class folders or not, or one file",
    listing=_listing,
    options_type=NiftiOptions,
    channels=1,
    any_split=True,
)
