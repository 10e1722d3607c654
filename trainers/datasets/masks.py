"""Which images are masks: drawings of where something is in the picture of the same name."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from .folder_names import mask_folder, picture_folder, pictures_of


def is_mask(stem: str, stems: set[str]) -> bool:
    """Whether a file is the mask of another; stems, in lower case: those of all in its folder.

    `benign (1)_mask_1` is where `benign (1)` is there; `with_mask_1` alone is a picture.
    """
    return any(picture in stems for picture in pictures_of(stem) if picture != stem.lower())


def mask_folders(
    names: Iterable[str], stems_of: Callable[[str], set[str]], beside: set[str]
) -> set[str]:
    """Which of the folders that lie in one hold the masks of another beside them.

    `masks` beside `images` and `lung_masks` beside `lung` do; `with_mask` beside `without_mask`
    is a class. Where names do not say it, files of the same names do.

    stems_of  the stems, in lower case, of the files below a folder.
    beside    those of the files that lie beside the folders.
    """
    named = {name: words for name in names if (words := mask_folder(name)) is not None}
    pictures = [name for name in names if name not in named] if named else []
    words_there = {picture_folder(name) for name in pictures}
    found = {name for name, words in named.items() if words in words_there}
    # "mask" may be a mask that people wear.
    unsure = [name for name in named.keys() - found if not named[name] and name.lower() != "mask"]
    if unsure:
        there = beside.union(*map(stems_of, pictures))
        for name in unsure:
            own = stems_of(name)
            partners = sum(stem in there or is_mask(stem, there) for stem in own)
            if 2 * partners > len(own):
                found.add(name)
    return found


def looks_like_masks(names: list[str]) -> str | None:
    """The one folder of several that is named as masks are, if there is one."""
    named = [name for name in names if mask_folder(name) == ()]
    return named[0] if len(named) == 1 < len(names) else None
