"""AFHQ: faces of animals, 512 x 512 (Choi et al. 2020): `afhq/{train,val or test}/{cat,dog,wild}`.

Version 1 calls its second split val, version 2 test.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from ..dataset import DatasetError
from .class_folders import by_class, has_folders, walked
from .listing import Item, Listing, natural
from .publication import Edition, Publication, ReadingOptions, Request

CLASSES = ("cat", "dog", "wild")
_SPLITS = {"train": ("train",), "test": ("val", "test"), "all": ("train", "val", "test")}


class AfhqOptions(ReadingOptions):
    """Which animals, and which split: `train`, `test` (also where it is called val) or `all`."""

    PARTS: ClassVar[frozenset[str]] = frozenset({"animal"})

    animal: Literal["all", "cat", "dog", "wild"] = "all"
    split: Literal["", "train", "test", "all"] = ""


def _listing(request: Request) -> Listing:
    """The images by class. Raises `DatasetError` where the split is not there."""
    files, notes = walked(request.path, request.pattern)
    inside, _ = by_class(files, {name: i for i, name in enumerate(CLASSES)})
    split = request.options.split or request.split
    above = {parts: {name.casefold() for name in parts[:-2]} for parts, _ in inside}
    divided = any(names & set(_SPLITS["all"]) for names in above.values())
    if divided:
        wanted = set(_SPLITS[split])
        inside = [(parts, label) for parts, label in inside if above[parts] & wanted]
    elif split == "test":
        inside = []  # a folder of classes alone is all there is, and is trained on
    animal = request.options.animal
    chosen = [each for each in inside if animal in ("all", CLASSES[each[1]])]
    if not chosen:
        what = f"{animal} of AFHQ" if animal != "all" else "images of AFHQ"
        raise DatasetError(f"{request.path}: no {what} ({split}); wanted are {AFHQ.layout}")
    chosen.sort(key=lambda each: (each[1], natural(each[0])))
    items = [Item(request.path.joinpath(*parts), label) for parts, label in chosen]
    return Listing(tuple(items), CLASSES, 3, notes)


AFHQ = Publication(
    name="afhq",
    title="AFHQ, faces of cats, dogs and wild animals",
    licence="CC BY-NC 4.0",
    source="Choi et al. 2020",
    where="https://github.com/clovaai/stargan-v2 (download.sh: afhq.zip, afhq_v2.zip)",
    layout="folders train and val (version 1) or test (version 2) with cat, dog and wild",
    listing=_listing,
    classes=CLASSES,
    editions=(
        Edition(
            "version 1",
            {
                "train": {"cat": 5153, "dog": 4739, "wild": 4738},
                "test": {"cat": 500, "dog": 500, "wild": 500},
            },
        ),
        Edition(
            "version 2",
            {
                "train": {"cat": 5065, "dog": 4678, "wild": 4593},
                "test": {"cat": 493, "dog": 491, "wild": 483},
            },
        ),
    ),
    options_type=AfhqOptions,
    folders=("afhq", "afhq_v2", "AFHQ", "afhqv2"),
    recognises=lambda root: has_folders(root, CLASSES, depth=2),
    size=(512, 512),
)
