"""Which images are masks: drawings of where something is in the picture of the same name."""

from __future__ import annotations

from collections.abc import Mapping

from .folder_names import mask_folder, picture_folder, pictures_of


def is_mask(stem: str, stems: set[str]) -> bool:
    """Whether a file is the mask of another; stems, in lower case: those of all in its folder.

    `benign (1)_mask_1` is where `benign (1)` is there; `with_mask_1` alone is a picture.
    """
    return any(picture in stems for picture in pictures_of(stem) if picture != stem.lower())


def are_masks(name: str, stems: Mapping[str, set[str]], beside: set[str]) -> bool:
    """Whether a folder holds the masks of another beside it.

    stems   of the files below each folder that lies here, this one too.
    beside  of the files that lie here.

    `masks` beside `images` and `lung_masks` beside `lung` are; `with_mask` beside `without_mask`
    is a class. Where names do not say it, files of the same names do.
    """
    words = mask_folder(name)
    if words is None:
        return False
    others = [other for other in stems if mask_folder(other) is None]
    if any(picture_folder(other) == words for other in others):
        return True
    if words or name.casefold() == "mask":  # a mask that people wear, it may be
        return False
    pictures = beside.union(*(stems[other] for other in others))
    own = stems[name]
    partners = sum(stem in pictures or is_mask(stem, pictures) for stem in own)
    return 2 * partners > len(own)


def looks_like_masks(names: list[str]) -> str | None:
    """The one folder of several that is named as masks are, if there is one."""
    named = [name for name in names if mask_folder(name) == ()]
    return named[0] if len(named) == 1 < len(names) else None
