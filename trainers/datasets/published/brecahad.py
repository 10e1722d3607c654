"""BreCaHAD: breast cancer histology (Aksac et al. 2019), and the 1,944 crops of the GAN papers.

`BreCaHAD/images/Case_1-01.tif` .. `Case_17-12.tif`, 162 images of 1360 x 1024, beside `groundTruth`
(.json) and drawings of it. The published crops: each of the images in order of their names, 512 x
512 at every 256 pixels, from the left, each column downwards, 12 an image, named 0000.png ...
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from ..dataset import DatasetError
from .class_folders import Parts, has_folders, listed, walked
from .crops import count, cropping
from .listing import Item, Listing
from .publication import Edition, Publication, ReadingOptions, Request

CROP, STRIDE = 512, 256
_TIFF = (".tif", ".tiff")


class BrecahadOptions(ReadingOptions):
    """`published` crops of 512 x 512, or the `whole` images."""

    crops: Literal["published", "whole"] = "published"


def _listing(request: Request) -> Listing:
    """The images, or their crops; a folder of finished crops (PNG) is read as it is.

    Raises `DatasetError` where there are none.
    """
    files, notes = walked(request.path, request.pattern)
    pictures: list[Parts] = []
    drawn: list[Parts] = []
    for parts in files:
        truth = any("groundtruth" in name.casefold().replace("_", "") for name in parts[:-1])
        (drawn if truth else pictures).append(parts)
    told = [*notes]
    if drawn:
        told.append(f"{len(drawn)} drawings of the ground truth were left out: {listed(drawn)}")
    tiffs = [parts for parts in pictures if Path(parts[-1]).suffix.lower() in _TIFF]
    finished = [parts for parts in pictures if parts[-1].lower().endswith(".png")]
    if not tiffs and not finished:
        raise DatasetError(f"{request.path}: no images of BreCaHAD; wanted are {BRECAHAD.layout}")
    whole = request.options.crops == "whole"
    chosen: list[Parts] = sorted(tiffs or finished, key=lambda parts: parts[-1])
    paths = [request.path.joinpath(*parts) for parts in chosen]
    if whole and not tiffs:
        raise DatasetError(f"{request.path}: holds crops; the whole images are Case_1-01.tif ...")
    if whole or not tiffs:
        return Listing(tuple(map(Item, paths)), channels=3, notes=tuple(told))
    items = [Item(path, count=count(path, CROP, STRIDE)) for path in paths]
    told.append("neighbouring crops overlap by half: a split of crops is no split of patients")
    return Listing(tuple(items), (), 3, tuple(told), cropping(CROP, STRIDE))


BRECAHAD = Publication(
    name="brecahad",
    title="BreCaHAD, breast cancer histology",
    licence="CC BY 4.0",
    source="Aksac et al. 2019",
    where="https://doi.org/10.6084/m9.figshare.7379186",
    layout="the folder with images/Case_1-01.tif ..., or one of its crops 0000.png ...",
    listing=_listing,
    editions=(
        Edition("the crops of 512 x 512", {"all": {"": 1944}}),
        Edition("the whole images", {"all": {"": 162}}),
    ),
    options_type=BrecahadOptions,
    folders=("BreCaHAD", "brecahad"),
    recognises=lambda root: (
        has_folders(root, ("images", "groundtruth"), depth=1)
        or any((root / below / "Case_1-01.tif").is_file() for below in ("", "images"))
    ),
    plain="drawings of its ground truth would be taken for images, and its crops are not made",
)
