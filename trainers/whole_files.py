"""Files that are written whole: no reader ever sees half of one, whatever ends the writer."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """Give the block a new file to fill, beside `path`; it takes that name at the end.

    The new file has the suffix of `path`, which tells many writers the format. Where the block
    raises, it goes, and `path` stays as it was. An error of writing names `path`: on a full disk
    the system itself does not say which file it was. A device or a pipe, as /dev/stdout, is
    written to and stays what it is; of a link the file that it leads to is replaced.
    """
    if path.exists() and not path.is_file():
        with tempfile.TemporaryDirectory() as folder:
            new = Path(folder, f"new{path.suffix}")
            new.touch()
            yield new
            path.write_bytes(new.read_bytes())
        return
    path = path.resolve()
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".new-", suffix=path.suffix)
    os.close(handle)
    new = Path(name)
    try:
        yield new
        new.chmod(0o644)  # a temporary file can be read by its owner only
        new.replace(path)
    except OSError as error:
        if error.filename is None or error.filename == name:
            raise OSError(error.errno, error.strerror, str(path)) from error
        raise
    finally:
        new.unlink(missing_ok=True)
