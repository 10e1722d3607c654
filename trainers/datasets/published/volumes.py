"""One volume of a NIfTI file, turned as people look at it, slice by slice."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..dataset import DatasetError
from ..files import check_unpacked, unreadable
from ..idx import unpacked

AXES = {"sagittal": 0, "coronal": 1, "axial": 2}
_HEADER = 540  # bytes of the larger of the two versions
_EXTENSIONS = 16 << 20  # bytes before the voxels, at most
_PERCENT = (0.5, 99.5)  # of a volume's voxels: grey runs between these


@dataclass(frozen=True)
class Volume:
    """The slices across an axis; the head or the front is above, the body's left side left.

    slices        (depth, h, w).
    pixel_height  in millimetres; and pixel_width.
    whole         the least and the largest value.
    shown         those that the file says are to be shown, else the percentiles.
    bytes_alone   whether the file holds bytes that stand for themselves.
    """

    slices: NDArray[np.float32]
    pixel_height: float
    pixel_width: float
    whole: tuple[float, float]
    shown: tuple[float, float]
    bytes_alone: bool


def read_volume(path: Path, axis: int, index: int) -> Volume:
    """One of a file's volumes, its first three dimensions. Raises `DatasetError`."""
    import nibabel

    try:
        content = _content(path)
        kind = nibabel.Nifti2Image if _is_second(content) else nibabel.Nifti1Image
        image = kind.from_bytes(content)
        dtype = image.get_data_dtype()
        if dtype.fields is not None or dtype.kind == "c":
            raise DatasetError(f"{path}: its voxels are no plain numbers; convert it")
        _check_shape(path, image.shape, index)
        values = np.asarray(image.dataobj, np.float32)
        one = values.reshape(*values.shape[:3], -1)[..., index]
        turned = nibabel.as_closest_canonical(nibabel.Nifti1Image(one, image.affine))
        volume = np.asarray(turned.dataobj, np.float32)  # (to the right, to the front, upwards)
        spacing = [abs(float(each)) or 1.0 for each in turned.header.get_zooms()[:3]]
        low, high = (float(image.header[name]) for name in ("cal_min", "cal_max"))
        unscaled = (image.dataobj.slope, image.dataobj.inter) == (1, 0)
    except DatasetError:
        raise
    # A damaged file can raise anything: HeaderDataError, ValueError, OverflowError ...
    except Exception as error:
        raise _damaged(path, error) from error
    finite = volume[np.isfinite(volume)]
    if not finite.size:
        raise DatasetError(f"{path}: none of its values is a number")
    whole = (float(finite.min()), float(finite.max()))
    if not (math.isfinite(low) and math.isfinite(high) and high > low):
        low, high = (float(each) for each in np.percentile(finite, _PERCENT))
        low, high = (low, high) if high > low else whole
    volume = np.where(np.isfinite(volume), volume, np.float32(whole[0]))
    pixel_height, pixel_width = (spacing[i] for i in (2, 1, 0) if i != axis)
    across = np.moveaxis(volume, axis, 0).transpose(0, 2, 1)[:, ::-1]  # (depth, h, w)
    return Volume(
        across, pixel_height, pixel_width, whole, (low, high), bool(dtype == np.uint8 and unscaled)
    )


def depth_of(path: Path, axis: int) -> int:
    """How many slices a file has across an axis, from its header. Raises `DatasetError`."""
    import nibabel

    try:
        with unpacked(path) as file:
            header = _header(file.read(_HEADER))
        shape = header.get_data_shape()
        _check_shape(path, shape, 0)
        axes = nibabel.io_orientation(header.get_best_affine())[:, 0].tolist()
        return int(shape[axes.index(axis)])
    except DatasetError:
        raise
    except Exception as error:
        raise _damaged(path, error) from error


def _check_shape(path: Path, shape: tuple[int, ...], index: int) -> None:
    if len(shape) < 3 or 0 in shape:
        raise DatasetError(f"{path}: of shape {shape}; volumes have three dimensions")
    many = math.prod(shape[3:])
    if index >= many:
        raise DatasetError(f"{path}: volume is {index}, and it holds {many}, counted from 0")


def _header(start: bytes) -> Any:
    import nibabel

    kind = nibabel.Nifti2Header if _is_second(start) else nibabel.Nifti1Header
    return kind.from_fileobj(io.BytesIO(start))


def _is_second(content: bytes) -> bool:
    return 540 in (int.from_bytes(content[:4], "little"), int.from_bytes(content[:4], "big"))


def _content(path: Path) -> bytes:
    """The file unpacked, no more of it than its header says, and within the limits."""
    try:
        with unpacked(path) as file:
            start = file.read(_HEADER)
            header = _header(start)
            shape = [int(n) for n in header.get_data_shape()]
            offset = int(header["vox_offset"])
            if not 0 <= offset <= _EXTENSIONS or any(n < 0 for n in shape):
                raise ValueError("its header says impossible sizes")
            size = offset + math.prod(shape) * int(header.get_data_dtype().itemsize)
            check_unpacked(path, path.stat().st_size, size)
            content = start + file.read(max(0, size - len(start)))
    except OSError as error:
        if error.strerror:
            raise unreadable(path, error) from error
        raise
    if len(content) < size:
        raise EOFError(f"its header says {size} bytes, and {len(content)} follow")
    return content


def _damaged(path: Path, error: Exception) -> DatasetError:
    reason = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
    return DatasetError(f"{path}: damaged, or no NIfTI file ({reason})")
