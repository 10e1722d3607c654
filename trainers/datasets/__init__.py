"""Data sets: read from the files that people have, or downloaded and checked. No torch here.

`load` gives a data set by name, `read` by path, `load_from` by what a protocol says of it; they
return a `DataSet` of bytes.
"""

from .dataset import DataSet, DatasetError
from .loading import load, names
from .places import Found, find
from .reading import read
from .sources import load_from

__all__ = ["DataSet", "DatasetError", "Found", "find", "load", "load_from", "names", "read"]
