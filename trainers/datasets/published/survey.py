"""Compare a data set on disk with what was published of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from lossgp.common.echo import printable

from ..dataset import DatasetError
from ..duplicates import content_hash, duplicates
from ..fitting import Fit
from ..places import content_md5
from ..walking import Pattern
from .listing import Listing, in_threads
from .publication import Counts, Edition, Publication
from .reading import list_published, located

_SHOWN = 3
_WITHOUT_CLASS = ""


@dataclass(frozen=True)
class Survey:
    """What lies on disk, beside what was published.

    splits      for each split, the images of each class; "" counts images without classes.
    smallest    height and width of the image with the fewest pixels; largest: with the most.
    different   how many different images there are.
    edition     the published form that is nearest; None where none has counts.
    differences what is not as published, one printable line each.
    warnings    what else a user should know.
    """

    name: str
    path: str
    splits: dict[str, dict[str, int]]
    images: int
    different: int
    smallest: tuple[int, int]
    largest: tuple[int, int]
    edition: str | None
    published: int
    differences: tuple[str, ...]
    warnings: tuple[str, ...]


def survey(
    publication: Publication,
    path: Path | None,
    options: Mapping[str, object],
    fit: Fit,
    pattern: Pattern,
    progress: Callable[[int, int], None] | None = None,
) -> Survey:
    """Read every image of every split. Raises `DatasetError` where nothing can be listed.

    A file that cannot be read does not end it: it is among the differences. `progress` is told how
    many of how many files were read.
    """
    where = path if path is not None or publication.bundled else located(publication)
    splits: dict[str, dict[str, int]] = {}
    reading = _Reading()
    listings = _listings(publication, where, options, pattern)
    total = sum(len(listing.items) for listing in listings.values())
    for split, listing in listings.items():
        splits[split] = listing.per_class() or {_WITHOUT_CLASS: _count(listing)}
        reading.read(split, listing, fit, where or Path(), progress, total)
    chosen = str(options["split"]) if publication.splits and "split" in options else None
    parts = publication.parts(options)
    parts += [f"the pattern {each}" for each in (*pattern.include, *pattern.exclude)]
    edition, differences = (None, []) if parts else compare(publication, splits, chosen)
    notes = (
        [f"a part was asked for ({', '.join(parts)}): it was not compared with what was published"]
        if parts
        else []
    )
    notes += [note for listing in listings.values() for note in listing.notes]
    if publication.size and reading.sizes and set(reading.sizes) != {publication.size}:
        others = sum(size != publication.size for size in reading.sizes)
        if fit.size is None:
            height, width = publication.size
            differences.append(f"{others} images are not {height} x {width} (height x width)")
    differences += _changed(publication, listings.values())
    differences += reading.broken()
    return Survey(
        publication.name,
        str(where or ""),
        splits,
        sum(map(_count, listings.values())),
        len(set(reading.hashes)),
        min(reading.sizes, key=_area, default=(0, 0)),
        max(reading.sizes, key=_area, default=(0, 0)),
        edition.name if edition else None,
        edition.images if edition else 0,
        tuple(differences),
        tuple(dict.fromkeys((*reading.warnings(), *(printable(each, 500) for each in notes)))),
    )


def compare(
    publication: Publication, splits: Mapping[str, Counts], split: str | None = None
) -> tuple[Edition | None, list[str]]:
    """The published form that is nearest to these counts, and how they differ from it.

    split  the one that is compared; None: all.
    """
    editions = [
        Edition(each.name, {name: n for name, n in each.counts.items() if split in (None, name)})
        for each in publication.editions
    ]
    if not editions:
        return None, []
    edition = min(editions, key=lambda each: _distance(each, splits))
    differences = []
    for name, published in edition.counts.items():
        there = splits.get(name)
        within = "" if name == "all" else f"{name}: "
        if there is None:
            differences.append(f"{within}not here, published {sum(published.values())}")
            continue
        if _WITHOUT_CLASS not in there and not published.keys() & there.keys():
            names = [printable(", ".join(each), 200) for each in (there, published)]
            if _WITHOUT_CLASS not in published:
                differences.append(f"{within}classes are {names[0]}, published {names[1]}")
        if not _comparable(published, there):
            there, published = ({"images": sum(each.values())} for each in (there, published))
        for kind in dict.fromkeys((*published, *there)):
            count, wanted = there.get(kind, 0), published.get(kind, 0)
            if count != wanted:
                differences.append(f"{within}{printable(kind, 60)}: {count}, published {wanted}")
    return edition, differences


class _Reading:
    """What was seen while all images were read."""

    def __init__(self) -> None:
        self.hashes: list[bytes] = []
        self.sizes: list[tuple[int, int]] = []
        self._names: list[str] = []
        self._classes: list[tuple[str, int | None]] = []
        self._errors: list[str] = []
        self._constant = 0
        self._done = 0

    def read(
        self,
        split: str,
        listing: Listing,
        fit: Fit,
        root: Path,
        progress: Callable[[int, int], None] | None,
        total: int,
    ) -> None:
        names = iter(listing.names(root))
        for item, taken in in_threads(listing, fit):
            own = [next(names) for _ in range(item.count)]
            self._done += 1
            if progress is not None:
                progress(self._done, total)
            if isinstance(taken, DatasetError):
                self._errors.append(str(taken))
                continue
            for name, image in zip(own, taken.images, strict=True):
                self._names.append(name)
                self._classes.append((split, item.label))
                self.hashes.append(content_hash(image))
                self.sizes.append((image.shape[1], image.shape[2]))
                self._constant += bool(image.min() == image.max())

    def broken(self) -> list[str]:
        """The files that cannot be read, as lines."""
        more = len(self._errors) - _SHOWN
        rest = [f"and {more:,} more files cannot be read"] if more > 0 else []
        return self._errors[:_SHOWN] + rest

    def warnings(self) -> list[str]:
        """What is odd about the images."""
        found = duplicates(self.hashes)
        told = []
        if found.copies:
            pairs = [f"{self._names[a]} = {self._names[b]}" for a, b, *_ in found.groups[:_SHOWN]]
            more = f" and {len(found.groups) - _SHOWN:,} more" if len(found.groups) > _SHOWN else ""
            told.append(
                f"{found.copies} images are copies of earlier ones: {', '.join(pairs)}{more}"
            )
        across = [group for group in found.groups if len({self._classes[i] for i in group}) > 1]
        labels = sum(len({self._classes[i][1] for i in group}) > 1 for group in across)
        splits = sum(len({self._classes[i][0] for i in group}) > 1 for group in across)
        if labels:
            told.append(f"{labels} of the copied images are in several classes")
        if splits:
            told.append(f"{splits} of the copied images are in several splits")
        if self._constant:
            told.append(f"{self._constant} images are constant: all their pixels are alike")
        return [printable(each, 500) for each in told]


def _listings(
    publication: Publication, path: Path | None, options: Mapping[str, object], pattern: Pattern
) -> dict[str, Listing]:
    """Each split's listing; splits that are not there are left out, if any is."""
    options = {key: value for key, value in options.items() if (key, value) != ("split", "all")}
    if not publication.splits or "split" in options:
        name = str(options.get("split", "all"))
        return {name: list_published(publication, path, options, "train", pattern)}
    found: dict[str, Listing] = {}
    errors: list[DatasetError] = []
    for split in publication.splits:
        try:
            chosen = {**options, "split": split}
            found[split] = list_published(publication, path, chosen, "train", pattern)
        except DatasetError as error:
            errors.append(error)
    if not found:
        raise errors[0]
    return found


def _changed(publication: Publication, listings: Iterable[Listing]) -> list[str]:
    """The files whose MD5 is known, and is another."""
    paths = {item.path for listing in listings for item in listing.items[:1]}
    return [
        f"{path.name}: not as published, its MD5 differs"
        for path in sorted(paths)
        if publication.md5.get(path.name, "") not in ("", content_md5(path))
    ]


def _distance(edition: Edition, splits: Mapping[str, Counts]) -> int:
    """By how many images the counts are off."""
    off = 0
    for split in {*edition.counts, *splits}:
        published, there = edition.counts.get(split, {}), splits.get(split, {})
        if not _comparable(published, there):
            off += abs(sum(published.values()) - sum(there.values()))
        else:
            names = {*published, *there}
            off += sum(abs(published.get(name, 0) - there.get(name, 0)) for name in names)
    return off


def _comparable(published: Counts, there: Counts) -> bool:
    """Whether they name the same classes, some at least."""
    return _WITHOUT_CLASS not in published and bool(published.keys() & there.keys())


def _count(listing: Listing) -> int:
    return sum(item.count for item in listing.items)


def _area(size: tuple[int, int]) -> int:
    return size[0] * size[1]
