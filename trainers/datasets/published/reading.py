"""A published data set by name: found, listed and read."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from ..dataset import DataSet, DatasetError
from ..files import unreadable
from ..fitting import Fit
from ..places import roots
from ..splits import AnomalyPlan
from ..walking import Pattern, walk
from .listing import Listing, read_listing
from .publication import Publication, Request
from .registry import PUBLICATIONS

_ANY = Pattern()
_NOWHERE = Path()


def read_published(
    publication: Publication,
    path: Path | None,
    options: Mapping[str, object],
    fit: Fit,
    split: str = "train",
    pattern: Pattern = _ANY,
) -> DataSet:
    """The images of a published data set. Raises `DatasetError` with one line."""
    listing = list_published(publication, path, options, split, pattern)
    return read_listing(publication.name, listing, fit)


def list_published(
    publication: Publication,
    path: Path | None,
    options: Mapping[str, object],
    split: str = "train",
    pattern: Pattern = _ANY,
) -> Listing:
    """The files of a published data set, before they are read.

    path  the folder or file; None: it is looked for where data lie (see `places.roots`).

    Raises `DatasetError` where it is not there, has another layout, or an option is wrong.
    """
    checked = publication.options(options)
    if split != "train" and not publication.splits and not publication.any_split:
        raise DatasetError(
            f"{publication.name!r} has no split {split!r}: it is published whole; "
            "a part is drawn with a seed where one is needed"
        )
    if publication.bundled:
        if path is not None:
            raise DatasetError(f"{publication.name!r} {publication.where}: it takes no path")
        return publication.listing(Request(_NOWHERE, checked, split, pattern))
    where = located(publication) if path is None else path
    if where is None:
        looked = ", ".join(str(root) for root in roots())
        raise DatasetError(
            f"data set {publication.name!r} is not here: looked for "
            f"{' or '.join(publication.folders) or 'it'} in {looked}; get it from "
            f"{publication.where}, and name the place: {publication.name}:PATH"
        )
    try:
        where.stat()
    except FileNotFoundError:
        raise DatasetError(f"{where}: no such file or folder") from None
    except OSError as error:
        raise unreadable(where, error) from error
    except ValueError as error:  # a null character
        raise DatasetError(f"{where}: cannot be read ({error})") from error
    return publication.listing(Request(where, checked, split, pattern))


def located(publication: Publication, directory: str | Path | None = None) -> Path | None:
    """Where a published set lies: under one of its names in a data directory, or None.

    A directory that is named may be the set itself.
    """
    for root in roots(directory):
        for name in publication.folders:
            if (root / name).exists():
                return root / name
    named = None if directory is None else Path(directory).expanduser()
    recognises = publication.recognises
    return named if named and recognises is not None and recognises(named) else None


def anomaly_plan(data: DataSet) -> AnomalyPlan | None:
    """The published split for anomaly detection of a data set that was read by name, if any."""
    publication = PUBLICATIONS.get(data.name)
    return publication.plan if publication is not None else None


def hints(folder: Path) -> list[str]:
    """What a plain folder loses that has a published set's layout, and how to name it."""
    return [
        f"this looks like {each.name}, and {each.plain}: name it, as {each.name}:{folder}"
        for each in PUBLICATIONS.values()
        if each.plain and each.recognises is not None and each.recognises(folder)
    ]


def scanner_format(path: Path, pattern: Pattern) -> str | None:
    """`dicom` or `nifti` where files below a folder are named as theirs are, or a file is."""
    for kind, suffixes in (("dicom", (".dcm", ".dicom", ".ima")), ("nifti", (".nii", ".nii.gz"))):
        if path.is_file():
            if path.name.lower().endswith(suffixes):
                return kind
        elif walk(path, pattern, partial(_ends, suffixes)).files:
            return kind
    return None


def _ends(suffixes: tuple[str, ...], name: str) -> bool:
    return name.lower().endswith(suffixes)
