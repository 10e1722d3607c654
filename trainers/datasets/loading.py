"""Data sets by name: built in, or from other packages' entry points."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Protocol

from lossgp.common.suggesting import did_you_mean

from .catalogue import PUBLISHED, check_split
from .cifar import read_archive, read_folder
from .dataset import DataSet, DatasetError
from .digits import digits
from .fitting import Fit
from .idx import read_idx
from .npz import read_npz
from .places import Found, find, missing
from .published import PUBLICATIONS, read_published
from .published.publication import Publication
from .published.reading import located

GROUP = "lossgp.datasets"


class Provider(Protocol):
    """What an entry point of `lossgp.datasets` names: a function that returns a data set."""

    def __call__(self, *, directory: Path | None, split: str) -> DataSet:
        """The split (`train` or `test`); directory is where the user says that data lie."""
        ...


def names() -> list[str]:
    """The data sets that can be asked for: built-in ones, and entry points of `lossgp.datasets`."""
    return sorted({"digits", *PUBLISHED, *PUBLICATIONS, *third_parties()})


def load(name: str, *, directory: str | Path | None = None, split: str = "train") -> DataSet:
    """The data set of this name; nothing is downloaded.

    Published ones are looked for as `find` says. Raises `DatasetError` where the name is unknown,
    the data are not here (the message says how to get them), or are damaged.
    """
    check_split(split)
    if name == "digits":
        return digits(split)
    if name in PUBLISHED:
        found = find(name, directory=directory, split=split)
        if found is None:
            raise missing(name, directory, split)
        return read_found(found)
    if name in PUBLICATIONS:
        return _published(PUBLICATIONS[name], directory, split)
    if name in third_parties():
        return _provided(third_parties()[name], directory, split)
    raise DatasetError(
        f"unknown data set {name!r}{did_you_mean(name, names())}; available: "
        f"{', '.join(names())}; for your own images name their folder or .npz file"
    )


def read_found(found: Found) -> DataSet:
    """The data set that `find` found, under its name and with its classes."""
    classes = PUBLISHED[found.name].classes
    read: DataSet
    if found.layout == "idx":
        read = read_idx_pair(*found.files)
    else:
        readers: dict[str, Callable[[Path, str], DataSet]] = {
            "npz": read_npz,
            "cifar-folder": read_folder,
            "cifar-archive": read_archive,
        }
        read = readers[found.layout](found.files[0], found.split)
    wanted = PUBLISHED[found.name].shape
    if read.shape != wanted:
        raise DatasetError(
            f"{found.path}: images are {read.shape} (channels, height, width), but those of "
            f"{found.name} are {wanted}; is it another data set?"
        )
    named = classes if read.labels is not None else ()
    return DataSet(found.name, read.images, read.labels, named, read.notes)


def read_idx_pair(images: Path, labels: Path | None) -> DataSet:
    """A data set from an IDX file of images and, where there is one, of labels."""
    name = images.name.split("-images")[0].split(".")[0]
    pixels = read_idx(images, 3)[:, None]
    if labels is None:
        return DataSet(name, pixels)
    indices = read_idx(labels, 1).astype("int64")
    if len(indices) != len(pixels):
        raise DatasetError(
            f"{labels}: {len(indices)} labels, but {images} has {len(pixels)} images"
        )
    top = int(indices.max(initial=-1))
    return DataSet(name, pixels, indices, tuple(map(str, range(top + 1))))


@cache
def third_parties() -> dict[str, EntryPoint]:
    """The data sets of other packages, by name."""
    found: dict[str, EntryPoint] = {}
    for entry in entry_points(group=GROUP):
        known = found.setdefault(entry.name, entry)
        own = {"digits", *PUBLISHED, *PUBLICATIONS}
        if entry.name in own or known.value != entry.value:
            other = known.value if known.value != entry.value else "lossgp's own"
            raise DatasetError(
                f"two data sets are called {entry.name!r}: {other} and {entry.value}; "
                "uninstall one of the packages or rename its entry point"
            )
    return found


def _published(publication: Publication, directory: str | Path | None, split: str) -> DataSet:
    found = None if publication.bundled else located(publication, directory)
    if found is None and directory is not None and not publication.bundled:
        found = Path(directory).expanduser()  # whose reader says what it lacks
    return read_published(publication, found, {}, Fit(), split)


def _provided(entry: EntryPoint, directory: str | Path | None, split: str) -> DataSet:
    try:
        provider: Provider = entry.load()
    except (ImportError, AttributeError) as error:
        reason = str(error).splitlines()[0]
        raise DatasetError(f"data set {entry.name!r} ({entry.value}): {reason}") from error
    folder = None if directory is None else Path(directory).expanduser()
    made = provider(directory=folder, split=split)
    if not isinstance(made, DataSet):
        raise DatasetError(
            f"data set {entry.name!r}: {entry.value} returned {type(made).__name__}, not a DataSet"
        )
    return made
