"""What the names of folders and files mean to people: splits, masks, and the pictures beside them.

All that is known of words stands here; `layout` decides what a whole folder means.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Role = Literal["train", "test", "val", "unlabelled"]

_ROLES: dict[Role, tuple[str, ...]] = {
    "train": ("train", "training", "trn", "entrenamiento", "entrainement", "entraînement",
              "apprentissage", "treino", "treinamento", "addestramento"),
    "test": ("test", "tests", "testing", "tst", "prueba", "pruebas", "teste"),
    "val": ("val", "valid", "validation", "validate", "validating", "valset", "dev", "eval",
            "evaluation", "holdout", "heldout", "validierung", "validacion", "validación"),
    "unlabelled": ("pred", "predict", "prediction", "unlabelled", "unlabeled", "inference"),
}  # fmt: skip
_ROLE_OF: dict[str, Role] = {word: role for role, words in _ROLES.items() for word in words}
# Words that say nothing of what the files are.
_NEUTRAL = frozenset(
    ("set", "sets", "data", "dataset", "datasets", "image", "images", "img", "imgs", "picture",
     "pictures", "pic", "pics", "photo", "photos", "file", "files", "folder", "split", "sample",
     "samples", "subset", "part", "input", "inputs", "raw",
     "original", "originals", "source", "png", "jpg", "jpeg", "tif", "tiff")
)  # fmt: skip
_MASK = (
    *("mask", "masks", "segmentation", "segmentations", "seg", "segs", "groundtruth", "gt"),
    *("label", "labels", "annotation", "annotations", "annot", "annots", "manual", "superpixels"),
    *("contour", "contours"),
)
_MASKS = frozenset(_MASK)
_COMPOUND = re.compile(r"(.+?)(?:set|sets|data|images|imgs|image|img)")
_WORDS = "|".join((*_MASK, r"ground[ _\-]?truth"))
_MASK_WORD = re.compile(_WORDS, re.I)
_BEHIND = re.compile(rf"(?P<rest>.+?)[ _\-.]+(?:{_WORDS})(?:[ _\-.]?\(?\d{{1,3}}\)?)?", re.I)
_BEFORE = re.compile(rf"(?:{_WORDS})[ _\-.]*(?P<rest>.+)", re.I)
_PICTURE = ("image", "img", "picture", "photo", "im", "input")


@dataclass(frozen=True)
class SplitName:
    """A folder's name as that of a split.

    role   which split.
    other  the words that say something else, as `seg` in `seg_train`; () in a plain name.
    """

    role: Role
    other: tuple[str, ...]


def split_name(name: str) -> SplitName | None:
    """What split a folder's name speaks of, in any case and form, or None.

    `Train`, `training_set`, `TestImages`, `val2017`, `seg_train`.
    """
    words = _words(name)
    roles = [role for word in words if (role := _role(word))]
    if len(roles) != 1:
        return None
    return SplitName(roles[0], _others(word for word in words if not _role(word)))


def mask_folder(name: str) -> tuple[str, ...] | None:
    """The other words of a folder's name that speaks of masks (`lung` in `lung_masks`), or None."""
    words = _words(name)
    if not any(word in _MASKS for word in words) and "groundtruth" not in "".join(words):
        return None
    left = (word for word in words if word not in _MASKS and word not in ("ground", "truth"))
    return _others(left)


def picture_folder(name: str) -> tuple[str, ...] | None:
    """The words of a folder's name without those that only say that images are in it.

    None for a name without words.
    """
    words = _words(name)
    return _others(words) if words else None


def pictures_of(stem: str) -> tuple[str, ...]:
    """The names, in lower case, that a mask's picture may have; () where it is no mask's name.

    Names are without suffix: `benign (1)` for `benign (1)_mask_1`, `image_7` for `mask_7`.
    """
    if not _MASK_WORD.search(stem):
        return ()
    found: list[str] = []
    if match := _BEHIND.fullmatch(stem):
        rest = match["rest"].lower()
        found += [rest, *(f"{rest}{joint}{word}" for word in _PICTURE for joint in "_- ")]
    if match := _BEFORE.fullmatch(stem):
        rest = match["rest"].lower()
        found += [rest, *(f"{word}{joint}{rest}" for word in _PICTURE for joint in ("_", "-", ""))]
    return tuple(found)


def _role(word: str) -> Role | None:
    compound = _COMPOUND.fullmatch(word)
    return _ROLE_OF.get(word) or (_ROLE_OF.get(compound[1]) if compound else None)


def _words(name: str) -> list[str]:
    """The words of a name in lower case, without digits; camel case is taken apart."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    apart = re.sub(r"\d+(?:st|nd|rd|th)(?![^\W\d_])", " ", apart)  # of "1st_manual"
    return [word.casefold() for word in re.findall(r"[^\W\d_]+", apart)]


def _others(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(word for word in words if word not in _NEUTRAL)
