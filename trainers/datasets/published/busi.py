"""BUSI: breast ultrasound images with masks of the lesions (Al-Dhabyani et al. 2020).

`Dataset_BUSI_with_GT/{benign,malignant,normal}/benign (1).png`, beside it `benign (1)_mask.png`,
and `_mask_1.png` and so on where an image has several lesions.
"""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path
from typing import Literal

from ..dataset import DatasetError
from .arrays import is_archive, listed_arrays
from .class_folders import by_class, has_folders, listed, walked
from .listing import Item, Listing, natural
from .publication import Edition, Publication, ReadingOptions, Request

CLASSES = ("benign", "malignant", "normal")
_MASK = re.compile(r"(?P<picture>.+?)_mask(?:_\d+)?", re.I)


class BusiOptions(ReadingOptions):
    """What the masks are for.

    `skip` leaves them out. `merge` gives each picture one mask, what any of its masks marks.
    `labels` makes classes of them: pictures in which something is marked, and others. `images`
    takes the merged masks as the images, in place of the pictures.
    """

    masks: Literal["skip", "merge", "labels", "images"] = "skip"


def _listing(request: Request) -> Listing:
    """The pictures, by class and number; masks as the options say.

    Raises `DatasetError` where there are no such folders, or masks alone.
    """
    mark = request.options.masks
    if is_archive(request.path):
        if mark != "skip":
            raise DatasetError(f"{request.path}: holds no masks; leave out masks={mark}")
        return listed_arrays(request, BUSI, channels=1)
    files, notes = walked(request.path, request.pattern)
    inside, outside = by_class(files, {name: i for i, name in enumerate(CLASSES)})
    stems = {(*parts[:-1], Path(parts[-1]).stem.casefold()) for parts, _ in inside}
    pictures, orphans = [], []
    masks: dict[tuple[str, ...], list[Path]] = defaultdict(list)
    for parts, label in sorted(inside, key=lambda each: natural(each[0])):
        match = _MASK.fullmatch(Path(parts[-1]).stem)
        owner = (*parts[:-1], match["picture"].casefold()) if match else ()
        if not match:
            pictures.append((parts, label))
        elif owner in stems:
            masks[owner].append(request.path.joinpath(*parts))
        else:
            orphans.append(parts)
    if not pictures:
        alone = f"; there are {len(orphans)} masks, and no pictures" if orphans else ""
        raise DatasetError(f"{request.path}: no images of BUSI{alone}; wanted are {BUSI.layout}")
    told = [*notes, *_told(outside, orphans, masks, mark)]
    items = []
    bare = []
    for parts, label in pictures:
        own = masks[(*parts[:-1], Path(parts[-1]).stem.casefold())]
        if not own and CLASSES[label] != "normal":
            bare.append(parts)
        if mark == "images" and not own:
            continue
        items.append(
            Item(request.path.joinpath(*parts), label, () if mark == "skip" else tuple(own))
        )
    if bare and mark != "skip":
        what = "left out" if mark == "images" else "nothing counts as marked in them"
        told.append(f"{len(bare)} pictures of lesions have no mask; {what}: {listed(bare)}")
    if not items:
        raise DatasetError(f"{request.path}: no picture has a mask; leave out masks={mark}")
    return Listing(tuple(items), CLASSES, 1, tuple(told), mark=mark)


def _told(
    outside: list[tuple[str, ...]],
    orphans: list[tuple[str, ...]],
    masks: dict[tuple[str, ...], list[Path]],
    mark: str,
) -> list[str]:
    told = []
    if outside:
        told.append(f"{len(outside)} files lie in no class folder; left out: {listed(outside)}")
    if orphans:
        told.append(f"{len(orphans)} masks have no picture; left out: {listed(orphans)}")
    if masks and mark == "skip":
        told.append(
            f"{sum(map(len, masks.values()))} masks were left out; masks=merge, labels or images "
            "uses them"
        )
    return told


BUSI = Publication(
    name="busi",
    title="BUSI, breast ultrasounds with masks of lesions",
    licence="CC BY 4.0",
    source="Al-Dhabyani et al. 2020",
    where="https://scholar.cu.edu.eg/Dataset_BUSI.zip",
    layout='folders benign, malignant and normal with "benign (1).png" and "benign (1)_mask.png"',
    listing=_listing,
    classes=CLASSES,
    editions=(Edition("", {"all": {"benign": 437, "malignant": 210, "normal": 133}}),),
    options_type=BusiOptions,
    folders=("Dataset_BUSI_with_GT", "BUSI", "busi", "Dataset_BUSI/Dataset_BUSI_with_GT"),
    recognises=lambda root: has_folders(root, CLASSES),
    known=(
        "copies of images, 8 lesions in both classes, and images of armpits are known "
        "(Pawlowska et al. 2023)",
    ),
    channels=1,
)
