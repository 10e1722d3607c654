"""Files that people and the internet give: regular ones only, and of bounded size unpacked.

A few megabytes can unpack to many gigabytes, and a name can lead to a pipe or a device that never
ends. Every reader opens through :func:`opened`, and asks :func:`check_unpacked` before it makes
room for what a header announces.
"""

from __future__ import annotations

import io
import os
import re
import stat
from decimal import Decimal
from pathlib import Path
from typing import IO, BinaryIO

from lossgp.common.echo import quoted

from .dataset import DatasetError

BYTES_VARIABLE = "LOSSGP_MAX_BYTES"
PIXELS_VARIABLE = "LOSSGP_MAX_PIXELS"
_UNPACKED = 1 << 30
_RATIO = 20  # photographs pack to a half, MNIST to a fifth; what packs better is small, or harmful
_PIXELS = 50_000_000  # of one image: twice a full-format camera's, three times a mammogram's
_UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}


def opened(path: Path) -> BinaryIO:
    """Open a regular file for reading, or a link to one.

    Raises `DatasetError` for a pipe, a device, a socket or a folder, which might never end, and
    where the file cannot be opened.
    """
    try:
        # Looked at before, as opening a device may act on it, and after, as a name may change.
        _check_regular(path, os.stat(path).st_mode)
        # A pipe that nobody writes to would hold up a plain opening for ever.
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        file = os.fdopen(os.open(path, flags), "rb")
    except OSError as error:
        raise unreadable(path, error) from error
    try:
        _check_regular(path, os.fstat(file.fileno()).st_mode)
    except BaseException:
        file.close()
        raise
    return file


def unreadable(path: Path, error: OSError) -> DatasetError:
    """The error that says why a file cannot be read."""
    return DatasetError(f"{path}: cannot be read ({error.strerror or error})")


def check_unpacked(where: str | Path, packed: int, wanted: int) -> None:
    """Raise `DatasetError` where a file of `packed` bytes would unpack to far too many.

    Allowed are 1 GiB, or twenty times the file's own size where that is more, or what
    `$LOSSGP_MAX_BYTES` says; and never more than the machine's memory.
    """
    allowed = number_in(BYTES_VARIABLE) or max(_UNPACKED, _RATIO * packed)
    if wanted > allowed:
        raise DatasetError(
            f"{where}: {amount(packed)} that hold {amount(wanted)} unpacked, and "
            f"{amount(allowed)} are allowed; if it is no mistake, set {BYTES_VARIABLE}={wanted}"
        )
    check_memory(str(where), wanted)


def check_memory(what: str, wanted: int) -> None:
    """Raise `DatasetError` where something needs more bytes than the machine has."""
    import psutil

    there = psutil.virtual_memory().total
    if wanted > there:
        raise DatasetError(
            f"{what}: {amount(wanted)} do not fit into memory ({amount(there)}); "
            "take fewer images, or smaller ones"
        )


def largest_image() -> int:
    """How many pixels an image may have: 50 million, or what `$LOSSGP_MAX_PIXELS` says."""
    return number_in(PIXELS_VARIABLE) or _PIXELS


def amount(count: int) -> str:
    """A number of bytes for people."""
    for unit, size in (("TB", 10**12), ("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= size:
            return f"{count / size:.1f} {unit}" if count < 10**15 else f"over 1,000 {unit}"
    return f"{count} bytes"


class BoundedReads(io.RawIOBase):
    """A file for a reader of archives that trusts the sizes in its headers.

    at_once     the largest read, in bytes.
    altogether  the bytes that may be read in all; None: any number.
    backwards   whether the reader may go back.

    Raises `DatasetError` where the reader asks for more: an archive's own tables are small.
    """

    def __init__(
        self,
        where: Path,
        file: IO[bytes],
        *,
        at_once: int,
        altogether: int | None = None,
        backwards: bool = True,
    ) -> None:
        self._where = where
        self._file = file
        self._at_once = at_once
        self._left = altogether
        self._backwards = backwards

    def read(self, size: int | None = -1) -> bytes:
        """Return so many bytes, or all the rest."""
        wanted = self._at_once + 1 if size is None or size < 0 else size
        if size is not None and size > self._at_once:
            raise self._refused()
        content = self._file.read(wanted)
        if self._left is not None:
            self._left -= len(content) + 1  # an empty read counts: a loop of them must end
        if len(content) > self._at_once or (self._left is not None and self._left < 0):
            raise self._refused()
        return content

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place."""
        if not self._backwards and (whence != os.SEEK_SET or offset < self._file.tell()):
            raise self._refused()
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """Return the place."""
        return self._file.tell()

    def readable(self) -> bool:
        """It can be read."""
        return True

    def seekable(self) -> bool:
        """It has places."""
        return True

    def _refused(self) -> DatasetError:
        return DatasetError(f"{self._where}: damaged archive (its tables are far too large)")


def _check_regular(path: Path, mode: int) -> None:
    if not stat.S_ISREG(mode):
        kinds = (
            (stat.S_ISDIR, "a folder"), (stat.S_ISFIFO, "a pipe"), (stat.S_ISSOCK, "a socket"),
        )  # fmt: skip
        kind = next((words for fits, words in kinds if fits(mode)), "a device")
        raise DatasetError(f"{path} is {kind}, not a regular file; replace it or take it away")


def number_in(variable: str) -> int | None:
    """What an environment variable says, as 4000000000, 4e9 or 4G; None where it is not set."""
    text = os.environ.get(variable, "").strip()
    if not text:
        return None
    form = re.fullmatch(r"(\d{1,20}(?:\.\d{1,9})?(?:e\d{1,2})?)\s*([kmgt]?)b?", text.lower())
    number = int(Decimal(form[1]) * _UNITS[form[2]]) if form else 0
    if number < 1:
        raise DatasetError(f"{variable} is {quoted(text)}; give a number, as 4000000000 or 4G")
    return number
