"""Download published data sets, checked by hash. The work is pooch's."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lossgp.common.suggesting import did_you_mean

from .catalogue import PUBLISHED, Published, PublishedFile
from .dataset import DatasetError
from .places import cached

if TYPE_CHECKING:
    from pooch import HTTPDownloader

_TIMEOUT_SECONDS = 30
_CHUNK_BYTES = 1 << 16


def get(
    name: str,
    to: str | Path | None = None,
    *,
    mirrors: Sequence[str] = (),
    progress: Callable[[str], Any] | None = None,
) -> tuple[Path, ...]:
    """Download a published data set, both splits, and return its files.

    A file that is there with the right hash is not fetched again, so that an interrupted download
    goes on where it was, file by file. Each arrives under a temporary name and takes its own only
    when its hash is right; the mirrors are tried in turn.

    to        the data directory; the files go below it as torchvision has them. None: `data` in
              the cache.
    mirrors   base addresses instead of the published ones; `$LOSSGP_MIRROR` is one too, with
              the data set's name appended (`$LOSSGP_MIRROR/mnist/...`).
    progress  gives pooch a progress bar for a file's name (`.total`, `.update(n)`, `.reset()`,
              `.close()`).

    Raises `DatasetError` where the name is unknown, no mirror has the file, or it cannot be kept.
    """
    if name not in PUBLISHED:
        raise DatasetError(
            f"{name!r} cannot be downloaded{did_you_mean(name, PUBLISHED)}; these can: "
            f"{', '.join(PUBLISHED)}"
        )
    entry = PUBLISHED[name]
    folder = (cached() if to is None else Path(to).expanduser()) / entry.folder
    bases = tuple(mirrors) or _mirrors(entry)
    return tuple(_fetch(entry, file, folder, bases, progress) for file in entry.files)


def _mirrors(entry: Published) -> tuple[str, ...]:
    if chosen := os.environ.get("LOSSGP_MIRROR"):
        return (f"{chosen.rstrip('/')}/{entry.name}/",)
    return entry.mirrors


def _fetch(
    entry: Published,
    file: PublishedFile,
    folder: Path,
    bases: Sequence[str],
    progress: Callable[[str], Any] | None,
) -> Path:
    failures = []
    for base in bases:
        address = f"{base.rstrip('/')}/{file.name}"
        failure = _attempt(address, file, folder, progress)
        if failure is None:
            return folder / file.name
        failures.append(f"{address}: {failure}")
    raise DatasetError(
        f"cannot get {file.name} of {entry.name!r}: {'; '.join(failures)}; try again, set "
        f"LOSSGP_MIRROR to a server that has it, or put the file into {folder}"
    )


def _attempt(
    address: str, file: PublishedFile, folder: Path, progress: Callable[[str], Any] | None
) -> str | None:
    """Download one file from one mirror; return why it failed, or None."""
    import pooch  # with requests, half a second to import: only where something is downloaded
    import requests

    pooch.get_logger().setLevel("WARNING")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        pooch.retrieve(
            address,
            known_hash=f"md5:{file.md5}",
            fname=file.name,
            path=folder,
            downloader=_downloader(file.name, progress),
        )
    except requests.RequestException as error:
        return _reason(error)
    except ValueError:  # pooch's answer to a wrong hash; it has removed what came
        return "what came is not the published file (its MD5 differs)"
    except OSError as error:
        raise DatasetError(
            f"cannot write to {str(folder)!r} ({error.strerror or error}); "
            "name another directory with --to"
        ) from error
    with contextlib.suppress(PermissionError):  # somebody else's file, right already
        (folder / file.name).chmod(0o644)  # pooch leaves it to the owner alone
    return None


def _downloader(name: str, progress: Callable[[str], Any] | None) -> HTTPDownloader:
    import pooch

    bar = progress(name) if progress else False
    return pooch.HTTPDownloader(progressbar=bar, chunk_size=_CHUNK_BYTES, timeout=_TIMEOUT_SECONDS)


def _reason(error: Any) -> str:
    if error.response is not None:
        return f"{error.response.status_code} {error.response.reason}"
    return f"{type(error).__name__}: no answer that can be used"
