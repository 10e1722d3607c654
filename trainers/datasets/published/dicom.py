"""DICOM files, windowed: what scanners and archives give (with pydicom, of the extra `medical`)."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydantic import Field

from lossgp.common.echo import printable

from ..dataset import DatasetError
from ..files import check_unpacked, opened
from ..fitting import Fit
from .class_folders import listed
from .listing import Images, Item, Listing, natural
from .publication import Publication, ReadingOptions, Request
from .scans import extra, label_of, path_of, scans
from .windows import WINDOWS, Window, WindowText, chosen, stretched

_SUFFIXES = (".dcm", ".dicom", ".ima")
_OTHERS = (".txt", ".csv", ".json", ".xml", ".pdf", ".html", ".md", ".zip", ".gz", ".npz", ".npy")
_DEFLATED = "1.2.840.10008.1.2.1.99"
_SEGMENTATION = "1.2.840.10008.5.1.4.1.1.66.4"
_DIRECTORY = "1.2.840.10008.1.3.10"


class DicomOptions(ReadingOptions):
    """How values become grey, and which frames of a file with many are taken.

    `window` is `auto` (the file's own window; without one, all its values), `full` (from the least
    value to the largest), `CENTRE/WIDTH` in the values after rescaling (Hounsfield units, for CT),
    or a preset: bone, brain, lung, mediastinum, soft-tissue.
    """

    window: WindowText = Field(default="auto", description=WINDOWS)
    frames: Literal["all", "middle", "first"] = "all"


@dataclass(frozen=True)
class _Header:
    """What is known of a file before its pixels are read."""

    item: Item
    colour: bool
    order: tuple[Any, ...]


def _named(name: str) -> bool:
    lower = name.lower()
    return lower != "dicomdir" and not lower.endswith(_OTHERS)


def _listing(request: Request) -> Listing:
    """The images by folder, series and number in it. Raises `DatasetError` where there are none."""
    extra("pydicom", "DICOM")
    # It warns of values that the standard forbids and scanners write. Set here, not around each
    # reading: filters are shared by all threads.
    warnings.filterwarnings("ignore", category=UserWarning, module=r"pydicom\.")
    layout = scans(request, _named)
    headers: list[_Header] = []
    without: list[tuple[str, ...]] = []
    masks: list[tuple[str, ...]] = []
    options: DicomOptions = request.options
    for i, parts in enumerate(layout.files):
        path = path_of(request, parts)
        if parts and not path.name.lower().endswith(_SUFFIXES) and not _is_dicom(path):
            continue
        data = _read(path, pixels=False)
        kind = str(getattr(data, "SOPClassUID", ""))
        if kind == _SEGMENTATION:
            masks.append(parts)
        elif "Rows" not in data or kind == _DIRECTORY:
            without.append(parts)
        else:
            headers.append(_header(path, data, label_of(layout, i), options))
    notes = [*layout.notes]
    if masks:
        notes.append(f"{len(masks)} segmentations are masks and were left out: {listed(masks)}")
    if without:
        notes.append(f"{len(without)} files hold no image; left out: {listed(without)}")
    if not headers:
        raise DatasetError(f"{request.path}: no DICOM images here nor below{_beside(notes)}")
    headers.sort(key=lambda header: header.order)

    def decode(item: Item, fit: Fit) -> Images:
        return [fit.image(image) for image in _images(item, options)]

    return Listing(
        tuple(header.item for header in headers),
        layout.classes,
        3 if any(header.colour for header in headers) else 1,
        tuple(notes),
        decode,
    )


def _beside(notes: list[str]) -> str:
    return f" ({'; '.join(notes)})" if notes else ""


def _is_dicom(path: Path) -> bool:
    with opened(path) as file:
        return file.read(132)[128:] == b"DICM"


def _read(path: Path, *, pixels: bool) -> Any:
    """The file's attributes. Raises `DatasetError` where it is no DICOM file, or damaged."""
    import pydicom
    from pydicom.filereader import read_file_meta_info

    try:
        with opened(path) as file:
            # What is packed as a whole would be unpacked without a limit.
            syntax = str(getattr(read_file_meta_info(path), "TransferSyntaxUID", ""))
            if syntax == _DEFLATED:
                raise DatasetError(
                    f"{path}: deflated as a whole, which is not read; save it in another form"
                )
            return pydicom.dcmread(file, stop_before_pixels=not pixels)
    except DatasetError:
        raise
    # A damaged file can raise anything: InvalidDicomError, EOFError, struct.error ...
    except Exception as error:
        raise _damaged(path, error) from error


def _damaged(path: Path, error: Exception) -> DatasetError:
    reason = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
    return DatasetError(f"{path}: damaged, or no DICOM image ({reason})")


def _header(path: Path, data: Any, label: int | None, options: DicomOptions) -> _Header:
    frames = _whole(path, data, "NumberOfFrames", 1)
    count = frames if options.frames == "all" else 1
    samples = _whole(path, data, "SamplesPerPixel", 1)
    colour = samples > 1 or getattr(data, "PhotometricInterpretation", "") == "PALETTE COLOR"
    rows, columns = (_whole(path, data, name, 0) for name in ("Rows", "Columns"))
    size = rows * columns * samples * frames * -(-_whole(path, data, "BitsAllocated", 8) // 8)
    check_unpacked(path, path.stat().st_size, size)
    number = str(getattr(data, "InstanceNumber", ""))
    series = str(getattr(data, "SeriesInstanceUID", ""))
    order = (natural(str(path.parent)), series, natural(number), natural(path.name))
    return _Header(Item(path, label, count=count), colour, order)


def _whole(path: Path, data: Any, name: str, default: int) -> int:
    value = getattr(data, name, None)
    if value in (None, ""):
        return default
    try:
        number = int(value)  # of what scanners write pydicom may give a text
    except (TypeError, ValueError) as error:
        raise _damaged(path, error) from error
    if number < 0:
        raise DatasetError(f"{path}: damaged: {name} is {number}")
    return number


def _images(item: Item, options: DicomOptions) -> list[Image.Image]:
    """The frames as grey or colour pictures."""
    data = _read(item.path, pixels=True)
    from pydicom.pixels import pixel_array

    frames = _whole(item.path, data, "NumberOfFrames", 1)
    at: Sequence[int] = range(frames)
    if options.frames != "all":
        at = [0 if options.frames == "first" else frames // 2]
    try:
        made = []
        for frame in at:
            pixels = pixel_array(data, index=frame)  # (h, w) or (h, w, 3)
            made.append(Image.fromarray(_grey_or_rgb(data, pixels, frame, options)))
        return made
    except DatasetError:
        raise
    except Exception as error:
        if "plugins" in str(error):
            packing = printable(data.file_meta.TransferSyntaxUID.name, 80)
            raise DatasetError(
                f"{item.path}: packed as {packing}, and pydicom lacks what unpacks it; install it "
                'with `pip install "pylibjpeg[all]"`'
            ) from error
        raise _damaged(item.path, error) from error


def _grey_or_rgb(
    data: Any, pixels: NDArray[Any], frame: int, options: DicomOptions
) -> NDArray[np.uint8]:
    meaning = str(getattr(data, "PhotometricInterpretation", "MONOCHROME2"))
    if meaning == "PALETTE COLOR":
        from pydicom.pixels import apply_color_lut

        pixels = apply_color_lut(pixels, data)[..., :3]
        return pixels if pixels.dtype == np.uint8 else (pixels >> 8).astype(np.uint8)
    if pixels.ndim == 3:
        bits = int(getattr(data, "BitsStored", 8))
        return pixels if pixels.dtype == np.uint8 else stretched(pixels, 0, 2**bits - 1)
    grey = _grey(data, pixels, frame, options)
    # Of MONOCHROME1 the least value is white.
    return np.uint8(255) - grey if meaning == "MONOCHROME1" else grey


def _grey(data: Any, stored: NDArray[Any], frame: int, options: DicomOptions) -> NDArray[np.uint8]:
    values = _rescaled(data, stored, frame)
    window = chosen(options.window, "LINEAR") or (
        _own_window(data, frame) if options.window == "auto" else None
    )
    if window is not None:
        return window.grey(values)
    if options.window == "auto" and "VOILUTSequence" in data:
        from pydicom.pixels import apply_voi

        shown = apply_voi(stored if values is stored else values.astype(np.int64), data)
        return stretched(shown, 0, 2 ** int(data.VOILUTSequence[0].LUTDescriptor[2]) - 1)
    if options.window == "auto" and values is stored and int(getattr(data, "BitsStored", 16)) <= 8:
        return stretched(values, 0, 2 ** int(data.BitsStored) - 1)
    padding = getattr(data, "PixelPaddingValue", None)
    seen = values if padding is None else values[stored != int(padding)]
    seen = seen if seen.size else values
    return stretched(values, float(seen.min()), float(seen.max()))


def _rescaled(data: Any, stored: NDArray[Any], frame: int) -> NDArray[Any]:
    """The measured values of what is stored: slope times it, plus intercept; or by a table."""
    if "ModalityLUTSequence" in data:
        from pydicom.pixels import apply_modality_lut

        return np.asarray(apply_modality_lut(stored, data))
    where = "PixelValueTransformationSequence"
    slope = _value(data, frame, where, "RescaleSlope")
    intercept = _value(data, frame, where, "RescaleIntercept")
    if slope is None and intercept is None:
        return stored
    return stored * (1.0 if slope is None else slope) + (intercept or 0.0)


def _own_window(data: Any, frame: int) -> Window | None:
    centre = _value(data, frame, "FrameVOILUTSequence", "WindowCenter")
    width = _value(data, frame, "FrameVOILUTSequence", "WindowWidth")
    if centre is None or width is None or width <= 0:
        return None
    return Window(centre, width, str(getattr(data, "VOILUTFunction", "LINEAR") or "LINEAR"))


def _value(data: Any, frame: int, sequence: str, name: str) -> float | None:
    """A number of the file, or of one frame of an enhanced one; of several the first."""
    places = [data]
    for groups, at in (
        ("PerFrameFunctionalGroupsSequence", frame),
        ("SharedFunctionalGroupsSequence", 0),
    ):
        for group in list(getattr(data, groups, None) or [])[at : at + 1]:
            places += list(getattr(group, sequence, None) or [])[:1]
    for place in places:
        value = getattr(place, name, None)
        if value is not None and value != "":
            several = isinstance(value, Sequence) and not isinstance(value, str)
            return float(value[0] if several else value)
    return None


DICOM = Publication(
    name="dicom",
    title="DICOM files, windowed",
    licence="that of the files",
    source="a format",
    where="your archive; reading needs the extra lossgp[medical]",
    layout="a folder with DICOM files, in class folders or not, or one file",
    listing=_listing,
    options_type=DicomOptions,
    channels=1,
    any_split=True,
)
