"""What the images below a folder are: which split they belong to, their classes, and masks.

It looks at the names alone. Data sets come packed in many ways, `Training/glioma`, `seg_train/
seg_train/forest`, `benign/train`, `images` beside `masks`; what is taken for what is told in
notes, and patterns (see `walking`) overrule it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from os.path import splitext

from lossgp.common.echo import printable

from .folder_names import Role, split_name
from .masks import is_mask, looks_like_masks, mask_folders

Parts = tuple[str, ...]
_SHOWN = 3


@dataclass(frozen=True)
class Layout:
    """The images of a split.

    files   the parts of their paths, sorted.
    labels  the index of each one's class; None where there are no classes.
    classes the names of the class folders.
    notes   what was left out, and what the names were taken for.
    """

    files: list[Parts]
    labels: list[int] | None
    classes: tuple[str, ...]
    notes: tuple[str, ...]
    only_tests: bool = False


@dataclass
class _Folder:
    path: Parts
    files: list[str] = field(default_factory=list)
    folders: dict[str, _Folder] = field(default_factory=dict)

    def below(self) -> Iterable[Parts]:
        """All files in it and below it."""
        yield from ((*self.path, name) for name in self.files)
        for folder in self.folders.values():
            yield from folder.below()

    @property
    def shown(self) -> str:
        return printable("/".join(self.path), 100)


def arranged(files: list[Parts], split: str) -> Layout:
    """The images that belong to the split `train` or `test`, with their classes.

    Where folders are named as splits are, the split's are taken: never test images for training.
    A validation folder is read as `test` where there is none of that name. Where the images, a
    folder around all of them aside, lie in two or more folders, these are the classes.
    """
    gathering = _Gathering(split)
    gathering.folder(_tree(files), (), inside=False)
    found = sorted(gathering.found)
    labels, classes = gathering.labels(found)
    return Layout(
        [parts for parts, _ in found], labels, classes, tuple(gathering.told()),
        only_tests=bool(gathering.tests),
    )  # fmt: skip


def _tree(files: list[Parts]) -> _Folder:
    root = _Folder(())
    for parts in files:
        folder = root
        for depth, name in enumerate(parts[:-1], start=1):
            folder = folder.folders.setdefault(name, _Folder(parts[:depth]))
        folder.files.append(parts[-1])
    return root


class _Gathering:
    """Goes through a tree of folders and keeps what belongs to a split."""

    def __init__(self, split: str) -> None:
        self.split = split
        self.found: list[tuple[Parts, Parts]] = []  # a file, and the folders that may be classes
        self.tests: list[str] = []
        self._masks: list[Parts] = []
        self._beside: list[str] = []
        self._notes: list[str] = []

    def folder(self, folder: _Folder, above: Parts, *, inside: bool) -> None:
        """Keep what belongs to the split; inside: a folder of the split lies around this one."""
        folders = self._without_masks(folder)
        roles = self._roles(folder, folders)
        if "train" in roles.values():
            others = [name for name in folders if name not in roles]
            self._beside += [folders[name].shown for name in others]
            if folder.files and self.split == "train":
                self._beside.append(f"{len(folder.files)} images in {folder.shown or 'the folder'}")
            for name in self._chosen(roles):
                self.folder(folders[name], above, inside=True)
            return
        pictures = self._pictures(folder)
        if inside or self.split == "train":
            self.found += [((*folder.path, name), above) for name in pictures]
        chosen = self._chosen(roles)
        for name, child in folders.items():
            if name in chosen:
                self.folder(child, above, inside=True)
            elif name not in roles:
                self.folder(child, (*above, name), inside=inside)
            elif self.split == "train":
                self.tests.append(child.shown)

    def _chosen(self, roles: dict[str, Role]) -> list[str]:
        """The folders that are the split; validation images only where there are no test images."""
        wanted: Role = "train"
        if self.split == "test":
            wanted = "test" if "test" in roles.values() else "val"
        return [name for name, role in roles.items() if role == wanted]

    def _roles(self, folder: _Folder, folders: dict[str, _Folder]) -> dict[str, Role]:
        """Which of these folders are splits."""
        spoken = {name: found for name in folders if (found := split_name(name))}
        # "seg_train" is a split where "seg_test" lies beside it, "test_tube" is none.
        partners: dict[tuple[str, ...], set[Role]] = {}
        for own in spoken.values():
            partners.setdefault(own.other, set()).add(own.role)
        roles = {
            name: own.role
            for name, own in spoken.items()
            if not own.other or len(partners[own.other]) > 1
        }
        others = [name for name in folders if name not in roles]
        trains = [name for name, role in roles.items() if role == "train"]
        if not trains:
            # "valid" beside "invalid" is a class, and what is to be predicted may be all there is.
            return {
                name: role
                for name, role in roles.items()
                if role != "unlabelled"
                and not any(each.casefold().endswith(name.casefold()) for each in others)
            }
        alone = len(trains) == len(roles) and (others or folder.files)
        if alone and not any(folders[name].folders for name in trains):
            self._notes.append(
                f"the folder {folders[trains[0]].shown} is taken for a class, as no test folder "
                "lies beside it; if it is the split to train on, name it"
            )
            return {}
        return roles

    def _without_masks(self, folder: _Folder) -> dict[str, _Folder]:
        folders = folder.folders
        own = {_stem(name).lower() for name in folder.files}
        masks = mask_folders(list(folders), lambda name: _stems(folders[name]), own)
        self._masks += (file for name in sorted(masks) for file in folders[name].below())
        left = {name: child for name, child in folders.items() if name not in masks}
        if (named := looks_like_masks(list(left))) is not None:
            self._notes.append(
                f"the folder {left[named].shown} is named as masks are, and was taken for images; "
                f"leave it out with exclude='{printable(named)}/*'"
            )
        return left

    def _pictures(self, folder: _Folder) -> list[str]:
        stems = {_stem(name).lower() for name in folder.files}
        masks = {name for name in folder.files if is_mask(_stem(name), stems)}
        self._masks += [(*folder.path, name) for name in masks]
        return [name for name in folder.files if name not in masks]

    def labels(self, found: list[tuple[Parts, Parts]]) -> tuple[list[int] | None, tuple[str, ...]]:
        """The classes that the folders around the files are, a folder around all aside."""
        above = [parts for _, parts in found]
        depth = 0
        while all(len(parts) > depth for parts in above) and len({p[depth] for p in above}) == 1:
            depth += 1
        firsts = {parts[depth] for parts in above if len(parts) > depth}
        outside = sum(len(parts) <= depth for parts in above)
        if outside or len(firsts) < 2:
            if len(firsts) > 1:
                self._notes.append(
                    f"no labels were taken from the folders: {outside} images lie outside them"
                )
            return None, ()
        if depth:
            within = printable("/".join(above[0][:depth]), 100)
            self._notes.append(f"the {len(firsts)} folders in {within} were taken for classes")
        classes = tuple(sorted(firsts))
        index = {name: i for i, name in enumerate(classes)}
        return [index[parts[depth]] for parts in above], classes

    def told(self) -> Iterable[str]:
        """What a user should know."""
        if self._masks:
            names = ["/".join(parts) for parts in sorted(self._masks)]
            yield f"{len(names)} images were taken for masks and left out: {_listed(names)}"
        if self.tests:
            yield f"taken for test images and left out: {_listed(self.tests)}"
        if self._beside:
            yield f"left out, as it lies beside the folders of splits: {_listed(self._beside)}"
        yield from self._notes


def _stem(name: str) -> str:
    return splitext(name)[0]


def _stems(folder: _Folder) -> set[str]:
    return {_stem(parts[-1]).lower() for parts in folder.below()}


def _listed(names: list[str]) -> str:
    shown = ", ".join(printable(name, 100) for name in names[:_SHOWN])
    return shown + (f" and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else "")
