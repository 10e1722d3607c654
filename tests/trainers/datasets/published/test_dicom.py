"""DICOM files that pydicom writes, read back as pictures."""

from __future__ import annotations

import numpy as np
import pytest

pydicom = pytest.importorskip("pydicom")

from pydicom.dataset import Dataset, FileMetaDataset  # noqa: E402
from pydicom.uid import (  # noqa: E402
    CTImageStorage,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRLittleEndian,
)

from lossgp.trainers.datasets import DatasetError, read  # noqa: E402

RAMP = np.arange(-1000, 1048, 32, dtype=np.int16).reshape(8, 8)  # Hounsfield units


def written(path, pixels=RAMP, *, syntax=ExplicitVRLittleEndian, **attributes):
    """A file of 16 signed bits, or of 8, with these attributes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    data = Dataset()
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = syntax
    kind = attributes.pop("SOPClassUID", CTImageStorage)
    data.file_meta.MediaStorageSOPClassUID = data.SOPClassUID = kind
    data.file_meta.MediaStorageSOPInstanceUID = data.SOPInstanceUID = "1.2.3"
    if pixels is not None:
        data.SamplesPerPixel = pixels.shape[-1] if pixels.shape[-1] == 3 else 1
        if data.SamplesPerPixel == 3:
            data.PlanarConfiguration = 0
        sides = pixels.shape[-3:-1] if data.SamplesPerPixel == 3 else pixels.shape[-2:]
        data.Rows, data.Columns = sides
        data.PhotometricInterpretation = "RGB" if data.SamplesPerPixel == 3 else "MONOCHROME2"
        data.BitsAllocated = data.BitsStored = 8 * pixels.dtype.itemsize
        data.HighBit = data.BitsStored - 1
        data.PixelRepresentation = int(pixels.dtype.kind == "i")
        data.PixelData = pixels.tobytes()
    for name, value in attributes.items():
        setattr(data, name, value)
    data.save_as(path, enforce_file_format=True)
    return path


def grey(source, **options) -> np.ndarray:
    """The first image's first channel."""
    return read(source, **options).images[0, 0]


def test_rescaled_values_through_a_window(tmp_path) -> None:
    stored = (RAMP + 1024).astype(np.int16)
    path = written(
        tmp_path / "a.dcm", stored, RescaleSlope=1, RescaleIntercept=-1024,
        WindowCenter=[40, -600], WindowWidth=[400, 1500],
    )  # fmt: skip
    # PS3.3, C.11.2.1.2.1 in plain words, with the first of the file's windows.
    wanted = np.clip(((RAMP - 39.5) / 399 + 0.5) * 255, 0, 255)
    assert np.abs(grey(f"dicom:{path}") - wanted).max() <= 0.5
    assert np.array_equal(grey(f"dicom,window=40/400:{path}"), grey(f"dicom:{path}"))
    lung = np.clip(((RAMP + 600.5) / 1499 + 0.5) * 255, 0, 255)
    assert np.abs(grey(f"dicom,window=lung:{path}") - lung).max() <= 0.5
    whole = (RAMP - RAMP.min()) / np.ptp(RAMP) * 255
    assert np.abs(grey(f"dicom,window=full:{path}") - whole).max() <= 0.5
    assert np.array_equal(grey(path), grey(f"dicom:{path}"))  # known by its name


def test_without_a_window_all_values_but_the_padding(tmp_path) -> None:
    pixels = RAMP.copy()
    pixels[0, 0] = -2000
    bare = grey(f"dicom:{written(tmp_path / 'a.dcm', pixels)}")
    padded = grey(f"dicom:{written(tmp_path / 'b.dcm', pixels, PixelPaddingValue=-2000)}")
    assert bare[0, 1] > padded[0, 1] == 0
    assert padded[0, 0] == 0
    assert padded[7, 7] == bare[7, 7] == 255
    low = np.full((4, 4), 7, np.uint8)
    assert grey(f"dicom:{written(tmp_path / 'c.dcm', low)}").max() == 7  # bytes as they are
    assert grey(f"dicom,window=full:{tmp_path / 'c.dcm'}").max() == 0


def test_monochrome1_is_turned_round(tmp_path) -> None:
    path = written(
        tmp_path / "a.dcm", WindowCenter=0, WindowWidth=500, PhotometricInterpretation="MONOCHROME1"
    )
    other = written(tmp_path / "b.dcm", WindowCenter=0, WindowWidth=500)
    assert np.array_equal(grey(f"dicom:{path}"), 255 - grey(f"dicom:{other}"))


def test_colour_frames_and_enhanced_windows(tmp_path) -> None:
    colours = np.random.default_rng(0).integers(0, 256, (6, 8, 3), np.uint8)
    data = read(f"dicom:{written(tmp_path / 'c.dcm', colours)}")
    assert np.array_equal(data.images[0], colours.transpose(2, 0, 1))
    frames = np.stack([RAMP, RAMP + 100, RAMP + 200])
    groups = []
    for centre in (0, 100, 200):
        window, group = Dataset(), Dataset()
        window.WindowCenter, window.WindowWidth = centre, 500
        group.FrameVOILUTSequence = [window]
        groups.append(group)
    path = written(
        tmp_path / "m.dcm", frames, NumberOfFrames=3, PerFrameFunctionalGroupsSequence=groups
    )
    data = read(f"dicom:{path}")
    assert data.images.shape == (3, 1, 8, 8)
    assert np.array_equal(data.images[0], data.images[2])  # each frame by its own window
    assert len(read(f"dicom,frames=middle:{path}")) == 1
    fixed = read(f"dicom,window=0/500:{path}").images
    assert np.array_equal(grey(f"dicom,window=0/500,frames=middle:{path}"), fixed[1, 0])
    assert np.array_equal(grey(f"dicom,window=0/500,frames=first:{path}"), fixed[0, 0])


def test_a_folder_is_sorted_by_series_and_number_and_says_what_it_leaves_out(tmp_path) -> None:
    from pydicom.uid import BasicTextSRStorage, SegmentationStorage

    for name, number in (("z.dcm", 1), ("IM0002", 2), ("1.2.840.3", 3)):
        level = np.full((4, 4), number, np.uint8)
        written(tmp_path / name, level, InstanceNumber=number, SeriesInstanceUID="1.2")
    written(tmp_path / "seg.dcm", np.ones((4, 4), np.uint8), SOPClassUID=SegmentationStorage)
    written(tmp_path / "report.dcm", None, SOPClassUID=BasicTextSRStorage)
    (tmp_path / "notes").write_text("no DICOM")
    (tmp_path / "DICOMDIR").write_bytes(b"")
    data = read(f"dicom:{tmp_path}")
    assert data.images[:, 0, 0, 0].tolist() == [1, 2, 3]
    assert "1 segmentations are masks and were left out: seg.dcm" in data.notes
    assert "1 files hold no image; left out: report.dcm" in data.notes
    assert data.labels is None
    # A plain folder in which nothing else is, too.
    assert read(tmp_path, size=8).images.shape == (3, 1, 8, 8)
    assert len(read(f"dicom:{tmp_path}", exclude="IM*")) == 2


def test_folders_are_classes_and_splits(tmp_path) -> None:
    for i, name in enumerate(("train/ill/a.dcm", "train/well/b.dcm", "test/ill/c.dcm")):
        written(tmp_path / name, np.full((4, 4), i, np.uint8))
    data = read(f"dicom:{tmp_path}")
    assert (data.classes, data.labels.tolist()) == (("ill", "well"), [0, 1])
    assert any("2 folders ill, well were taken for classes" in note for note in data.notes)
    assert read(f"dicom:{tmp_path}", split="test").images[0, 0, 0, 0] == 2
    assert read(f"dicom:{tmp_path}", labels="none").classes == ()


@pytest.mark.parametrize(
    ("source", "part"),
    [
        ("dicom,window=40:{}", "window is '40'; it must be auto, full, CENTRE/WIDTH"),
        ("dicom,frames=last:{}", "frames is 'last'"),
        ("dicom,slices=all:{}", "no option 'slices'"),
        ("dicom:{}/text.dcm", "text.dcm: damaged, or no DICOM image"),
        ("dicom:{}/short.dcm", "short.dcm: damaged, or no DICOM image"),
        ("dicom:{}/deflated.dcm", "deflated as a whole, which is not read"),
        ("dicom:{}/huge.dcm", "that hold .* unpacked"),
        ("dicom:{}/empty", "no DICOM images here nor below"),
    ],
)
def test_bad_input(tmp_path, source, part) -> None:
    (tmp_path / "text.dcm").write_text("text")
    (tmp_path / "empty").mkdir()
    whole = written(tmp_path / "a.dcm").read_bytes()
    (tmp_path / "short.dcm").write_bytes(whole[:-60])
    written(tmp_path / "deflated.dcm", syntax=DeflatedExplicitVRLittleEndian)
    written(tmp_path / "huge.dcm", NumberOfFrames=1_000_000_000)
    with pytest.raises(DatasetError, match=part):
        read(source.format(tmp_path))


def test_compressed_pixels(tmp_path) -> None:
    path = tmp_path / "rle.dcm"
    written(path, WindowCenter=0, WindowWidth=500)
    plain = grey(f"dicom:{path}")
    data = pydicom.dcmread(path)
    data.compress(pydicom.uid.RLELossless)
    data.save_as(path)
    assert np.array_equal(grey(f"dicom:{path}"), plain)


def test_files_of_scanners_that_come_with_pydicom() -> None:
    from pydicom.data import get_testdata_file
    from pydicom.pixels import apply_rescale, apply_windowing

    path = get_testdata_file("CT_small.dcm", download=False)
    data = pydicom.dcmread(path)
    hounsfield = apply_rescale(data.pixel_array, data)
    data.WindowCenter, data.WindowWidth = 40, 400
    wanted = apply_windowing(hounsfield, data)
    scaled = (wanted - wanted.min()) / np.ptp(wanted) * 255
    assert hounsfield.min() < 0
    assert np.abs(grey(f"dicom,window=40/400:{path}") - scaled).max() <= 0.51
    packed = get_testdata_file("MR_small_RLE.dcm", download=False)
    plain = get_testdata_file("MR_small.dcm", download=False)
    assert np.array_equal(grey(f"dicom:{packed}"), grey(f"dicom:{plain}"))
    colour = get_testdata_file("examples_palette.dcm", download=False)
    assert read(f"dicom:{colour}", size=32).images.shape == (1, 3, 32, 32)


def test_a_packing_that_nothing_here_unpacks_names_the_package(monkeypatch) -> None:
    from pydicom.data import get_testdata_file

    def lacking(*given, **more):
        raise RuntimeError("Unable to decompress 'x' because all plugins are missing")

    monkeypatch.setattr("pydicom.pixels.pixel_array", lacking)
    path = get_testdata_file("MR_small_jpeg_ls_lossless.dcm", download=False)
    with pytest.raises(DatasetError, match=r"packed as JPEG-LS Lossless .*pylibjpeg\[all\]"):
        read(f"dicom:{path}")
