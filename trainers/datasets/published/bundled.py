"""Real images that come with scikit-image: crops of histology and of a fundus photograph.

For tests and examples without a download. `ihc.png` shows glands of a colon, stained (512 x 512),
`retina.jpg` a fundus (1411 x 1411). All crops are of one image each: they show that a training
runs, and are no data for a study.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np
from pydantic import Field

from ..dataset import DatasetError
from ..fitting import Fit
from .crops import Crop, count, cropping
from .listing import Item, Listing
from .publication import Publication, ReadingOptions, Request

_DARK = 16
_LEAST_LIGHT = 0.95  # of a crop of the fundus: what lies around the eye is black


class CropOptions(ReadingOptions):
    """`crop` pixels along the side of each crop, one at every `stride` pixels."""

    crop: int = Field(default=64, ge=8, le=512)
    stride: int = Field(default=32, ge=1, le=512)


class FundusOptions(CropOptions):
    """The same; by default of twice the size, as the photograph is larger."""

    crop: int = Field(default=128, ge=8, le=512)
    stride: int = Field(default=64, ge=1, le=512)


def _file(name: str) -> Path:
    """The file in scikit-image, without importing it."""
    package = find_spec("skimage")
    if package is None or package.origin is None:
        raise DatasetError(
            "the images come with scikit-image, which is not here; install it with "
            '`pip install "lossgp[medical]"`'
        )
    path = Path(package.origin).parent / "data" / name
    if not path.is_file():
        raise DatasetError(f"{path} is not here; reinstall scikit-image")
    return path


def _inside_the_eye(crop: Crop) -> bool:
    return bool(np.mean(crop.max(axis=0) >= _DARK) >= _LEAST_LIGHT)


def _histology(request: Request) -> Listing:
    return _cropped(_file("ihc.png"), request.options)


def _fundus(request: Request) -> Listing:
    return _cropped(_file("retina.jpg"), request.options, dark=True)


def _cropped(path: Path, options: CropOptions, *, dark: bool = False) -> Listing:
    wanted = _inside_the_eye if dark else None
    decode = cropping(options.crop, options.stride, wanted)
    total = count(path, options.crop, options.stride)
    there = len(decode(Item(path), Fit())) if dark else total
    if not there:
        raise DatasetError(f"no crop of {options.crop} pixels lies in the eye; give a smaller crop")
    notes = [f"all {there} crops are of one photograph: for trying things out, not for a study"]
    if there < total:
        notes.append(f"{total - there} crops that reach beyond the eye were left out")
    return Listing((Item(path, count=there),), (), 3, tuple(notes), decode)


def _publication(
    name: str, title: str, file: str, listing: object, options: type[CropOptions]
) -> Publication:
    return Publication(
        name=name,
        title=title,
        licence="no known restrictions",
        source=f"scikit-image, {file}",
        where="comes with scikit-image",
        layout="no path",
        listing=listing,  # type: ignore[arg-type]
        options_type=options,
        bundled=True,
    )


HISTOLOGY_CROPS = _publication(
    "histology-crops", "crops of a colon section", "ihc.png", _histology, CropOptions
)
FUNDUS_CROPS = _publication(
    "fundus-crops", "crops of a fundus photograph", "retina.jpg", _fundus, FundusOptions
)
