"""The image files below a folder, links followed, each real folder once."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from .dataset import DatasetError

SUFFIXES = frozenset(
    (
        *(".png", ".apng", ".jpg", ".jpeg", ".jpe", ".jfif", ".bmp", ".dib", ".tif", ".tiff"),
        *(".webp", ".gif", ".pgm", ".ppm", ".pbm", ".pnm"),
    )
)
"""The ends of the names that are read."""

# Images, too, but nothing here decodes them: to be told, not to be passed over.
_FOREIGN = frozenset(
    (
        *(".avif", ".dcm", ".dicom", ".exr", ".heic", ".heif", ".j2k", ".jp2", ".jxl", ".mha"),
        *(".nii", ".npy", ".npz", ".nrrd", ".psd", ".svg", ".svs", ".tga"),
    )
)
# What operating systems and storage boxes put beside people's files: thumbnails, deleted files.
_SYSTEM = frozenset(
    ("__macosx", "@eadir", "@recycle", "#recycle", "#snapshot", "$recycle.bin", "lost+found",
     "system volume information")
)  # fmt: skip
_DEEPEST = 50


@dataclass(frozen=True)
class Pattern:
    """Which files are wanted, by patterns as `*_mask*` or `benign/*`, in any case.

    A pattern is compared with a file's name, and with its path below the folder; `*` stands for
    anything, `/` too.

    include  at least one must fit; () lets all through.
    exclude  none may fit.
    """

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    @classmethod
    def of(cls, include: Sequence[str] | str, exclude: Sequence[str] | str) -> Pattern:
        """The patterns; a text is one."""
        given = ((each,) if isinstance(each, str) else tuple(each) for each in (include, exclude))
        return cls(*given)

    def wants(self, parts: tuple[str, ...]) -> bool:
        """Whether a file is wanted; parts are those of its path below the folder."""
        names = (parts[-1].casefold(), "/".join(parts).casefold())
        return (not self.include or _fits(names, self.include)) and not _fits(names, self.exclude)


@dataclass(frozen=True)
class Walk:
    """The parts of the paths of image files below a folder, sorted, and what was left out."""

    files: list[tuple[str, ...]]
    notes: tuple[str, ...]


def walk(root: Path, pattern: Pattern, named: Callable[[str], bool] | None = None) -> Walk:
    """The image files below a folder that the pattern wants, without hidden ones.

    `named` says of which names files are images, in place of `SUFFIXES`. Links to folders are
    followed; a folder that two ways lead to counts once. Raises `DatasetError` where a folder
    cannot be read.
    """
    seen: dict[tuple[int, int], tuple[str, ...]] = {}
    found: list[tuple[str, ...]] = []
    foreign: Counter[str] = Counter()
    twice: list[tuple[str, str]] = []

    def visit(folder: Path, above: tuple[str, ...]) -> None:
        state = _state(folder)
        known = seen.setdefault((state.st_dev, state.st_ino), above)
        if known != above:
            twice.append(("/".join(above), "/".join(known) or "the folder itself"))
            return
        for entry in _entries(folder):
            parts = (*above, entry.name)
            if _is_folder(entry):
                if len(parts) > _DEEPEST:
                    raise DatasetError(f"{folder}: more than {_DEEPEST} folders deep")
                if entry.name.lower() not in _SYSTEM:
                    visit(folder / entry.name, parts)
                continue
            suffix = os.path.splitext(entry.name)[1].lower()
            image = suffix in SUFFIXES if named is None else named(entry.name)
            if image and pattern.wants(parts):
                found.append(parts)
            elif suffix in _FOREIGN and pattern.wants(parts):
                foreign[suffix] += 1

    visit(root, ())
    notes = [f"{link} is the same folder as {known}; it was left out" for link, known in twice[:3]]
    if foreign:
        kinds = ", ".join(f"{suffix} ({count})" for suffix, count in sorted(foreign.items()))
        notes.append(f"files of kinds that are not read were left out: {kinds}")
    return Walk(sorted(found), tuple(notes))


def _entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            visible = [entry for entry in entries if not entry.name.startswith(".")]
    except OSError as error:
        raise DatasetError(f"{folder}: cannot be read ({error.strerror or error})") from error
    # Where a link and the folder that it leads to lie side by side, the folder's name counts.
    yield from sorted(visible, key=lambda entry: (entry.is_symlink(), entry.name))


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link that leads to itself
        return False


def _state(folder: Path) -> os.stat_result:
    try:
        return folder.stat()
    except OSError as error:
        raise DatasetError(f"{folder}: cannot be read ({error.strerror or error})") from error


def _fits(names: tuple[str, str], patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(name, each.casefold()) for each in patterns for name in names)
