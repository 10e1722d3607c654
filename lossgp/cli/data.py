"""`lossgp data`: list, get and check data sets."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lossgp.common.echo import printable
from lossgp.common.suggesting import did_you_mean

from .completing import data_sets
from .hints import command as hint
from .lines import say
from .options import json_option

if TYPE_CHECKING:
    from lossgp.trainers.datasets import Found
    from lossgp.trainers.datasets.checking import Findings

_UNSAID = (None, "center", "auto", ())  # what options for paths are unless they are given
_directory_option = click.option(
    "--data",
    "directory",
    type=click.Path(path_type=Path, file_okay=False),
    help="Look here first, before $LOSSGP_DATA, ./data and the cache.",
)


@click.group("data")
def command() -> None:
    """List the known data sets, download them, and check any data set."""


@command.command("list")
@_directory_option
@json_option("the data sets")
def list_command(directory: Path | None, as_json: bool) -> None:
    """List the known data sets, and where each was found."""
    from lossgp.trainers.datasets import names

    rows = [_row(name, directory) for name in names()]
    if as_json:
        click.echo(json.dumps(rows, indent=1))
        return
    _print(rows)
    click.echo(
        f"\nDownload one: {hint('data', 'get')} NAME\n"
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


@command.command("check")
@click.argument("source", metavar="NAME_OR_PATH", shell_complete=data_sets)
@click.option("--split", type=click.Choice(["train", "test"]), default="train", show_default=True)
@click.option("--size", type=int, help="Bring all images to this height and width.")
@click.option("--channels", type=int, help="1: grey, 3: RGB.")
@click.option("--crop", default="center", show_default=True, help="center, pad or none (stretch).")
@click.option(
    "--labels", default="auto", show_default=True, help="none: leave them out, whatever they are."
)
@click.option("--include", multiple=True, metavar="PATTERN", help="Only files as 'benign/*'.")
@click.option("--exclude", multiple=True, metavar="PATTERN", help="No files as '*_mask*'.")
@_directory_option
@json_option("the findings")
def check_command(
    source: str,
    split: str,
    directory: Path | None,
    as_json: bool,
    **for_paths: Any,
) -> None:
    """Read a whole data set and say what is in it.

    It is a known name, a folder of images, an archive, an .npz or an IDX file. A known name goes
    before a folder of that name: write ./mnist for the folder. Known names are read as they are:
    the other options are for paths. A pattern is compared with a file's name and with its path
    below the folder.
    """
    from lossgp.trainers.datasets import DatasetError, load, names, read
    from lossgp.trainers.datasets.checking import check

    files: dict[str, str] = {}
    if source in names():
        given = {key for key, value in for_paths.items() if value not in _UNSAID}
        if given:
            options = " and ".join(f"--{key}" for key in sorted(given))
            raise DatasetError(f"{source!r} is a name, and is read as it is: no {options}")
        data = load(source, directory=directory, split=split)
        files = _files(source, directory, split)
    elif _looks_like_a_name(source):
        raise DatasetError(
            f"{source!r} is no known data set and no file or folder here"
            f"{did_you_mean(source, names())}; known are {', '.join(names())}"
        )
    else:
        data = read(source, split=split, **for_paths)
    findings = check(data)
    if as_json:
        click.echo(json.dumps({**asdict(findings), "split": split, "files": files}, indent=1))
    else:
        _print_findings(findings, files)


def _looks_like_a_name(source: str) -> bool:
    path = Path(source).expanduser()
    return not path.exists() and path.name == source and not path.suffix


def _row(name: str, directory: Path | None) -> dict[str, Any]:
    from lossgp.trainers.datasets import find
    from lossgp.trainers.datasets.catalogue import PUBLISHED
    from lossgp.trainers.datasets.loading import third_parties

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


def _where(places: dict[str, Found | None]) -> str | None:
    """Return the place of the training split; a split that lacks is named."""
    lacking = [split for split, found in places.items() if found is None]
    there = next((found for found in places.values() if found is not None), None)
    if there is None:
        return None
    return f"{there.place} (no {lacking[0]} split)" if lacking else str(there.place)


def _files(name: str, directory: Path | None, split: str) -> dict[str, str]:
    from lossgp.trainers.datasets import find
    from lossgp.trainers.datasets.catalogue import PUBLISHED
    from lossgp.trainers.datasets.checking import verify

    found = find(name, directory=directory, split=split) if name in PUBLISHED else None
    return {str(path): state for path, state in verify(found).items()} if found else {}


def _print(rows: list[dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(pad_edge=False)
    for column in ("name", "images", "size", "classes", "licence", "source", "found in"):
        table.add_column(column, overflow="fold", no_wrap=column in ("name", "size"))
    for row in rows:
        channels, *sides = row.get("shape", ("",))
        table.add_row(
            Text(printable(row["name"])),
            " + ".join(str(count) for count in row.get("images", {}).values()),
            "x".join(map(str, sides)) + (" RGB" if channels == 3 else ""),
            str(row.get("classes", "")),
            Text(row.get("licence", "")),
            Text(printable(row["source"])),
            Text(printable(row["found"] or "not here", None)),
        )
    Console().print(table)


def _print_findings(findings: Findings, files: dict[str, str]) -> None:
    channels, height, width = findings.shape
    say(f"name      {findings.name}")
    say(f"images    {findings.images}, {height} x {width}, {_colours(channels)}")
    say(f"labels    {_labels(findings.per_class)}")
    say(f"pixels    {findings.low} to {findings.high}")
    say(f"digest    {findings.digest}")
    meanings = {
        "published": "as published (MD5)",
        "changed": "not as published: its MD5 differs",
        "unknown": "no published hash to compare with",
    }
    for path, state in files.items():
        say(f"file      {path}: {meanings[state]}")
    for warning in findings.warnings:
        say(f"warning   {warning}")


def _colours(channels: int) -> str:
    return {1: "grey", 3: "RGB"}.get(channels, f"{channels} channels")


def _labels(per_class: dict[str, int]) -> str:
    if not per_class:
        return "none"
    shown = [f"{printable(name, 60)}: {count}" for name, count in list(per_class.items())[:20]]
    more = f" ... and {len(per_class) - 20:,} more" if len(per_class) > 20 else ""
    return f"{len(per_class)} classes ({', '.join(shown)}{more})"


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
