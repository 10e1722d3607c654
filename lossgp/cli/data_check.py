"""`lossgp data check`: read a data set, say what is in it, compare it with what was published."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lossgp.common.echo import printable, quoted
from lossgp.common.suggesting import did_you_mean

from .completing import data_sets
from .hints import command as hint
from .lines import say
from .options import json_option

if TYPE_CHECKING:
    from lossgp.trainers.datasets.checking import Findings
    from lossgp.trainers.datasets.published.publication import Publication
    from lossgp.trainers.datasets.published.survey import Survey

_UNSAID = (None, "center", "auto", ())  # what options for paths are unless they are given
directory_option = click.option(
    "--data",
    "directory",
    type=click.Path(path_type=Path, file_okay=False),
    help="Look here first, before $LOSSGP_DATA, ./data and the cache.",
)


@click.command("check")
@click.argument("source", metavar="NAME_OR_PATH", shell_complete=data_sets)
@click.argument("path", metavar="[PATH]", required=False, type=click.Path(path_type=Path))
@click.option("--split", type=click.Choice(["train", "test"]), default="train", show_default=True)
@click.option("--size", type=int, help="Bring all images to this height and width.")
@click.option("--channels", type=int, help="1: grey, 3: RGB.")
@click.option("--crop", default="center", show_default=True, help="center, pad or none (stretch).")
@click.option(
    "--labels", default="auto", show_default=True, help="none: leave them out, whatever they are."
)
@click.option("--include", multiple=True, metavar="PATTERN", help="Only files as 'benign/*'.")
@click.option("--exclude", multiple=True, metavar="PATTERN", help="No files as '*_mask*'.")
@click.option(
    "-o",
    "--option",
    "options",
    multiple=True,
    metavar="KEY=VALUE",
    help="An option of the named set, as masks=merge or window=40/400.",
)
@directory_option
@json_option("the findings")
def check_command(
    source: str,
    path: Path | None,
    split: str,
    directory: Path | None,
    as_json: bool,
    options: tuple[str, ...],
    **for_paths: Any,
) -> None:
    """Read a whole data set and say what is in it.

    It is a known name, a folder of images, an archive, an .npz or an IDX file. A known name goes
    before a folder of that name: write ./mnist for the folder. Known names are read as they are:
    the other options are for paths. A pattern is compared with a file's name and with its path
    below the folder.

    With a name and a path, as `busi FOLDER`, the files are compared with what was published:
    classes, how many images of each, their size, copies, files that cannot be read. All splits
    are read.
    """
    from lossgp.trainers.datasets import DatasetError, load, names, read
    from lossgp.trainers.datasets.checking import check
    from lossgp.trainers.datasets.published import PUBLICATIONS, specified
    from lossgp.trainers.datasets.published.specification import pairs

    named = specified(source)
    if source in PUBLICATIONS or named is not None:
        publication = PUBLICATIONS[source] if named is None else named.publication
        written = {**(named.options if named else {}), **pairs(list(options))}
        places = [each for each in (path, named.path if named else None, directory) if each]
        if len(places) > 1:
            raise DatasetError(
                f"{quoted(source)}: its place is given twice, as {places[0]} and {places[1]}"
            )
        where = path or (named.path if named else None)
        _survey(publication, where, directory, written, as_json, split, **for_paths)
        return
    if path is not None:
        raise DatasetError(_not_published(source, path, list(PUBLICATIONS), names()))
    if options:
        raise DatasetError(
            f"{quoted(source)} has no options of its own; these have: {', '.join(PUBLICATIONS)}"
        )
    files: dict[str, str] = {}
    if source in names():
        given = {key for key, value in for_paths.items() if value not in _UNSAID}
        if given:
            flags = " and ".join(f"--{key}" for key in sorted(given))
            raise DatasetError(f"{source!r} is a name, and is read as it is: no {flags}")
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
        return
    _print_findings(findings, files)
    for name in _recognised(Path(source).expanduser()):
        say(
            f"hint      this looks like {name}; compare it with what was published: "
            f"{hint('data', 'check')} {name} {printable(source, 300)}"
        )


def _survey(
    publication: Publication,
    path: Path | None,
    directory: Path | None,
    options: dict[str, str],
    as_json: bool,
    split: str,
    *,
    size: int | None,
    channels: int | None,
    crop: str,
    labels: str,
    include: tuple[str, ...],
    exclude: tuple[str, ...],
) -> None:
    from lossgp.trainers.datasets import DatasetError
    from lossgp.trainers.datasets.fitting import Fit
    from lossgp.trainers.datasets.published.reading import located
    from lossgp.trainers.datasets.published.survey import survey
    from lossgp.trainers.datasets.walking import Pattern

    if labels != "auto":
        raise DatasetError(f"{publication.name!r} is compared with what was published: no --labels")
    if split != "train":
        options = {"split": split, **options}
    if path is not None:
        path = path.expanduser()
    elif directory is not None and not publication.bundled:
        path = located(publication, directory) or directory
    fit, pattern = Fit.of(size, channels, crop), Pattern.of(include, exclude)
    bar = _Progress() if sys.stderr.isatty() else None
    try:
        found = survey(publication, path, options, fit, pattern, bar.update if bar else None)
    finally:
        if bar:
            bar.close()
    if as_json:
        click.echo(json.dumps(asdict(found), indent=1))
    else:
        _print_survey(found)


def _not_published(source: str, path: Path, published: list[str], names: list[str]) -> str:
    if source in names:
        return f"{source!r} takes no path here; name its directory: --data {path}"
    return (
        f"{quoted(source)} is no data set whose files are compared with what was published"
        f"{did_you_mean(source, published)}; these are {', '.join(published)}"
    )


def _recognised(path: Path) -> list[str]:
    from lossgp.trainers.datasets.published import PUBLICATIONS

    return [
        each.name
        for each in PUBLICATIONS.values()
        if each.recognises is not None and path.is_dir() and each.recognises(path)
    ][:1]


def _looks_like_a_name(source: str) -> bool:
    path = Path(source).expanduser()
    return not path.exists() and path.name == source and not path.suffix


def _files(name: str, directory: Path | None, split: str) -> dict[str, str]:
    from lossgp.trainers.datasets import find
    from lossgp.trainers.datasets.catalogue import PUBLISHED
    from lossgp.trainers.datasets.checking import verify

    found = find(name, directory=directory, split=split) if name in PUBLISHED else None
    return {str(path): state for path, state in verify(found).items()} if found else {}


def _print_survey(found: Survey) -> None:
    from lossgp.trainers.datasets.published import PUBLICATIONS

    entry = PUBLICATIONS[found.name]
    say(f"name      {entry.name}: {entry.title}")
    say(f"source    {entry.source}; licence: {entry.licence}")
    small, large = ("x".join(map(str, size)) for size in (found.smallest, found.largest))
    sizes = small if small == large else f"{small} to {large}"
    say(f"images    {found.images}, {sizes} (height x width), {found.different} different ones")
    for split, counts in found.splits.items():
        within = "" if split == "all" else f"{split}: "
        say(f"labels    {within}{_labels({k: n for k, n in counts.items() if k})}")
    if found.edition is not None:
        form = f" ({found.edition})" if found.edition else ""
        as_published = "differs from" if found.differences else "agrees with"
        say(f"published {as_published} the {found.published:,} published images{form}")
    for line in found.differences:
        say(f"differs   {line}")
    for warning in found.warnings:
        say(f"warning   {warning}")
    for line in entry.known:
        say(f"known     {line}")


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


class _Progress:
    """How many files of a large set have been read."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

        columns = ("{task.description}", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self._progress = Progress(*columns, console=Console(stderr=True), transient=True)
        self._task = self._progress.add_task("reading", total=None)
        self._progress.start()

    def update(self, done: int, total: int) -> None:
        """Move the bar."""
        self._progress.update(self._task, completed=done, total=total)

    def close(self) -> None:
        """Take it away."""
        self._progress.stop()
