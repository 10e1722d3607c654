"""`lossgp data`: list, get and check data sets."""

from __future__ import annotations

import json
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lossgp.common.echo import printable, quoted
from lossgp.common.suggesting import did_you_mean

from .completing import data_sets
from .data_check import check_command, directory_option
from .hints import command as hint
from .lines import say
from .options import json_option

if TYPE_CHECKING:
    from lossgp.trainers.datasets import Found
    from lossgp.trainers.datasets.published.publication import Publication


@click.group("data")
def command() -> None:
    """List the known data sets, download them, and check any data set."""


command.add_command(check_command)


@command.command("list")
@click.argument("name", required=False, shell_complete=data_sets)
@directory_option
@json_option("the data sets")
def list_command(name: str | None, directory: Path | None, as_json: bool) -> None:
    """List the known data sets, and where each was found; or all that is known of one.

    Those with options of their own are read by name and path, as `busi,masks=merge:FOLDER`.
    """
    from lossgp.trainers.datasets import DatasetError, names

    if name is not None and name not in names():
        raise DatasetError(
            f"{quoted(name)} is no known data set{did_you_mean(name, names())}; known are "
            f"{', '.join(names())}"
        )
    rows = [_row(each, directory) for each in names() if name in (None, each)]
    if as_json:
        click.echo(json.dumps(rows, indent=1))
        return
    if name is not None:
        _print_one(rows[0])
        return
    _print(rows)
    click.echo(
        f"\nDownload mnist, fashion-mnist or cifar10: {hint('data', 'get')} NAME\n"
        f"Where others are to be had, and their layout: {hint('data', 'list')} NAME\n"
        f"Your own images need no name: {hint('data', 'check')} FOLDER_OR_FILE"
    )


@command.command("get")
@click.argument("name", shell_complete=data_sets)
@click.option(
    "--to",
    type=click.Path(path_type=Path, file_okay=False),
    help="The data directory to put it into (default: data in the cache).",
)
def get_command(name: str, to: Path | None) -> None:
    """Download a data set and check its hash.

    What is there already, and right, is not fetched again. LOSSGP_MIRROR names another server.
    """
    from lossgp.trainers.datasets import DatasetError, names
    from lossgp.trainers.datasets.catalogue import PUBLISHED
    from lossgp.trainers.datasets.downloading import get
    from lossgp.trainers.datasets.published import PUBLICATIONS

    if name in PUBLICATIONS:
        publication = PUBLICATIONS[name]
        origin = f"is to be had from {publication.where}"
        there = "comes with scikit-image" if publication.bundled else origin
        raise DatasetError(f"data set {name!r} {there}; lossgp does not download it")
    if name in names() and name not in PUBLISHED:
        owner = "scikit-learn" if name == "digits" else "the package that registers it"
        raise DatasetError(f"data set {name!r} comes with {owner}; there is nothing to download")
    bar = _Bar if sys.stderr.isatty() else None
    files = get(name, to, progress=bar)
    for file in files:
        say(str(file))
    entry = PUBLISHED[name]
    click.echo(f"{entry.title} ({entry.source}; licence: {entry.licence}); the hashes are right.")
    if to is not None:
        say(f"Use it with `--set trainer_options.data={to}`, or set LOSSGP_DATA={to}.")


def _row(name: str, directory: Path | None) -> dict[str, Any]:
    from lossgp.trainers.datasets import find
    from lossgp.trainers.datasets.catalogue import PUBLISHED
    from lossgp.trainers.datasets.loading import third_parties
    from lossgp.trainers.datasets.published import PUBLICATIONS

    if name == "digits":
        return {
            "name": name,
            "images": {"train": 1797},
            "shape": [1, 8, 8],
            "classes": 10,
            "licence": "CC BY 4.0",
            "source": "Alpaydin, Kaynak 1998 (UCI)",
            "found": "comes with scikit-learn",
        }
    if name in PUBLICATIONS:
        return _publication_row(PUBLICATIONS[name], directory)
    if name not in PUBLISHED:
        party = third_parties()[name]
        package = party.dist.name if party.dist else party.value
        return {"name": name, "source": package, "found": f"comes with {package}"}
    entry = PUBLISHED[name]
    places = {split: find(name, directory=directory, split=split) for split in ("train", "test")}
    return {
        "name": name,
        "images": dict(zip(("train", "test"), entry.images, strict=True)),
        "shape": list(entry.shape),
        "classes": len(entry.classes),
        "licence": entry.licence,
        "source": entry.source,
        "found": _where(places),
    }


def _publication_row(entry: Publication, directory: Path | None) -> dict[str, Any]:
    """Return what is said of a set that is read in its own layout."""
    from lossgp.trainers.datasets.published.reading import located

    path = None if entry.bundled else located(entry, directory)
    counts = entry.editions[0].counts if entry.editions else {}
    height, width = entry.size or (None, None)
    return {
        "name": entry.name,
        "title": entry.title,
        "images": {split: sum(each.values()) for split, each in counts.items()},
        "shape": [entry.channels, height, width],
        "classes": len(entry.classes),
        "names": list(entry.classes),
        "licence": entry.licence,
        "source": entry.source,
        "where": entry.where,
        "layout": entry.layout,
        "options": entry.choices(),
        "split": entry.plan.in_words() if entry.plan else None,
        "known": list(entry.known),
        "found": _found(entry, path),
    }


def _found(entry: Publication, path: Path | None) -> str | None:
    """Return where a set lies, or how it is named that lies nowhere."""
    if path is not None:
        return str(path)
    if entry.bundled:
        there = find_spec("skimage") is not None
        return entry.where if there else f"{entry.where}, which is not installed"
    return None if entry.folders else f"{entry.name}:PATH"


def _where(places: dict[str, Found | None]) -> str | None:
    """Return the place of the training split; a split that lacks is named."""
    lacking = [split for split, found in places.items() if found is None]
    there = next((found for found in places.values() if found is not None), None)
    if there is None:
        return None
    return f"{there.path} (no {lacking[0]} split)" if lacking else str(there.path)


def _print_one(row: dict[str, Any]) -> None:
    """Print all that is known of a set, a line each."""
    for key, value in row.items():
        if key == "images":
            value = ", ".join(f"{split}: {count:,}" for split, count in value.items())
        elif key == "shape":
            value = " x ".join(str(size or "any") for size in value) + " (channels, height, width)"
        elif key == "options":
            for option, allowed in value.items():
                say(f"option    {option}: {printable(allowed, 300)}")
            continue
        elif isinstance(value, list):
            value = (", " if key == "names" else "; ").join(value)
        elif value is None and key == "found":
            value = "not here"
        if value not in ("", None) and key != "classes":
            say(f"{key:9} {printable(value, 1000)}")


def _print(rows: list[dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(pad_edge=False)
    for column in ("name", "images", "size", "classes", "licence", "source", "found in"):
        table.add_column(column, overflow="fold", no_wrap=column in ("name", "size"))
    for row in rows:
        channels, *sides = row.get("shape", ("",))
        sides = [side or "any" for side in dict.fromkeys(sides)] if None in sides else sides
        table.add_row(
            Text(printable(row["name"])),
            " + ".join(str(count) for count in row.get("images", {}).values()),
            "x".join(map(str, sides)) + (" RGB" if channels == 3 else ""),
            str(row.get("classes") or ""),
            Text(row.get("licence", "")),
            Text(printable(row["source"])),
            Text(printable(row["found"] or "not here", None)),
        )
    Console().print(table)


class _Bar:
    """The bar that pooch moves, drawn by rich: one for each file."""

    def __init__(self, name: str) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, DownloadColumn, Progress, TransferSpeedColumn

        columns = ("{task.description}", BarColumn(), DownloadColumn(), TransferSpeedColumn())
        self._progress = Progress(*columns, console=Console(stderr=True))
        self._task = self._progress.add_task(name, total=None)
        self.total: int | None = None

    def update(self, count: int) -> None:
        """Move the bar by so many bytes."""
        self._progress.start()
        self._progress.update(self._task, advance=count, total=self.total or None)

    def reset(self) -> None:
        """Put the bar back to its start."""
        self._progress.update(self._task, completed=0)

    def close(self) -> None:
        """Leave the bar as it stands."""
        self._progress.stop()
