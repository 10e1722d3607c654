"""Data sets: read from the files that people have, or downloaded and checked. No torch here.

`load` gives a data set by name, `read` by path or as `busi:FOLDER`, `load_from` by what a protocol
says of it; they return a `DataSet` of bytes. `split_for_anomaly` and `held_out` make parts of it.
"""

from .dataset import DataSet, DatasetError
from .loading import load, names
from .places import Found, find
from .reading import read
from .sources import load_from
from .splits import AnomalySplit, given_split, held_out, split_for_anomaly

__all__ = [
    "AnomalySplit",
    "DataSet",
    "DatasetError",
    "Found",
    "find",
    "given_split",
    "held_out",
    "load",
    "load_from",
    "names",
    "read",
    "split_for_anomaly",
]
