"""NIfTI volumes that nibabel writes, read back as slices."""

from __future__ import annotations

import gzip

import numpy as np
import pytest

nibabel = pytest.importorskip("nibabel")

from lossgp.trainers.datasets import DatasetError, read  # noqa: E402


def volume(shape=(5, 6, 4), dtype=np.uint8) -> np.ndarray:
    """Voxels that say where they are: x + 10 y + 60 z."""
    x, y, z = np.meshgrid(*map(np.arange, shape), indexing="ij")
    return (x + 10 * y + 60 * z).astype(dtype)


def written(path, values=None, affine=None, kind=nibabel.Nifti1Image):
    path.parent.mkdir(parents=True, exist_ok=True)
    values = volume() if values is None else values
    nibabel.save(kind(values, np.eye(4) if affine is None else affine), path)
    return path


def test_the_slices_of_each_axis_stand_upright(tmp_path) -> None:
    path = written(tmp_path / "a.nii.gz")
    values = volume()
    axial = read(f"nifti:{path}").images[0, 0]
    assert np.array_equal(axial, values[:, ::-1, 2].T)  # the front above, left on the left
    coronal = read(f"nifti,axis=coronal:{path}").images[0, 0]
    assert np.array_equal(coronal, values[:, 3, ::-1].T)  # the head above
    sagittal = read(f"nifti,axis=sagittal:{path}").images[0, 0]
    assert np.array_equal(sagittal, values[2, :, ::-1].T)
    # A file that is stored the other way round shows the same.
    turned = nibabel.Nifti1Image(values[::-1].copy(), np.diag([-1, 1, 1, 1]))
    nibabel.save(turned, tmp_path / "b.nii")
    assert np.array_equal(read(f"nifti:{tmp_path / 'b.nii'}").images[0, 0], axial)
    second = written(tmp_path / "c.nii", kind=nibabel.Nifti2Image)
    assert np.array_equal(read(second).images[0, 0], axial)  # known by its name


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        ("slices=all", [0, 1, 2, 3, 4, 5]),
        ("slices=2-4", [2, 3, 4]),
        ("slices=3-99", [3, 4, 5]),
        ("slices=0%-40%", [0, 1, 2]),
        ("slices=all,step=2", [0, 2, 4]),
        ("slices=middle", [3]),
    ],
)
@pytest.mark.parametrize("empty", ["keep", "skip"])
def test_which_slices_are_taken(tmp_path, options, wanted, empty) -> None:
    path = written(tmp_path / "a.nii.gz")
    data = read(f"nifti,axis=coronal,empty={empty},{options}:{path}")
    assert data.images.shape == (len(wanted), 1, 4, 5)
    assert [image[0, -1, 0] // 10 for image in data.images] == wanted


def test_empty_slices_are_left_out_unless_they_are_to_be_kept(tmp_path) -> None:
    values = volume()
    values[:, :, 0] = 0
    path = written(tmp_path / "a.nii.gz", values)
    assert len(read(f"nifti,slices=all:{path}")) == 3
    assert len(read(f"nifti,slices=all,empty=keep:{path}")) == 4
    written(tmp_path / "b" / "blank.nii", np.zeros((4, 4, 4), np.uint8))
    written(tmp_path / "b" / "full.nii")
    notes = read(f"nifti:{tmp_path / 'b'}", size=8).notes
    assert any("nothing in the wanted slices" in note and "blank.nii" in note for note in notes)


def test_windows_and_ranges(tmp_path) -> None:
    values = volume(dtype=np.int16) * 10 - 1000
    path = written(tmp_path / "ct.nii.gz", values)
    wanted = np.clip((values[:, ::-1, 2].T - 40.0) / 400 + 0.5, 0, 1) * 255
    found = read(f"nifti,window=40/400:{path}").images[0, 0]
    assert np.abs(found - wanted).max() <= 0.5
    assert np.array_equal(read(f"nifti,window=soft-tissue:{path}").images[0, 0], found)
    full = read(f"nifti,window=full:{path}").images[0, 0]
    part = (values[:, ::-1, 2].T + 1000) / np.ptp(values) * 255
    assert np.abs(full - part).max() <= 0.5
    auto = read(f"nifti:{path}").images[0, 0]
    low, high = np.percentile(values, (0.5, 99.5))
    middle = np.clip((values[:, ::-1, 2].T - low) / (high - low), 0, 1) * 255
    assert np.abs(auto - middle).max() <= 0.5
    shown = nibabel.Nifti1Image(values, np.eye(4))
    shown.header["cal_min"], shown.header["cal_max"] = -160, 240
    nibabel.save(shown, path)
    assert np.array_equal(read(f"nifti:{path}").images[0, 0], found)  # the file's own window


def test_thick_slices_are_stretched_and_one_of_several_volumes_is_taken(tmp_path) -> None:
    path = written(tmp_path / "a.nii", affine=np.diag([1, 1, 3, 1]))
    assert read(f"nifti,axis=coronal:{path}").images.shape == (1, 1, 12, 5)
    assert read(f"nifti:{path}").images.shape == (1, 1, 6, 5)
    series = np.stack([volume(), volume() // 2], axis=-1)
    path = written(tmp_path / "b.nii", series)
    first, second = (read(f"nifti,volume={i}:{path}").images for i in (0, 1))
    assert np.array_equal(second, first // 2)


def test_masks_and_the_other_split_are_left_out(tmp_path) -> None:
    for name in ("imagesTr/a_0000.nii.gz", "imagesTs/b_0000.nii.gz", "imagesTr/a_seg.nii.gz"):
        written(tmp_path / "task" / name)
    written(tmp_path / "task" / "labelsTr" / "a_0000.nii.gz")
    data = read(f"nifti:{tmp_path / 'task'}")
    assert len(data) == 1
    assert data.labels is None
    assert any("named as masks are" in note and "a_seg.nii.gz" in note for note in data.notes)
    assert any("of the other split" in note and "imagesTs" in note for note in data.notes)
    assert len(read(f"nifti:{tmp_path / 'task'}", include="*_seg*")) == 1
    for name in ("ill/x.nii", "well/y.nii"):
        written(tmp_path / "classes" / name)
    classes = read(tmp_path / "classes")
    assert (classes.classes, classes.labels.tolist()) == (("ill", "well"), [0, 1])


def test_values_that_are_no_numbers_are_black(tmp_path) -> None:
    values = volume(dtype=np.float32)
    values[0, 0, 2] = np.nan
    values[1, 0, 2] = np.inf
    found = read(f"nifti,window=full:{written(tmp_path / 'a.nii', values)}").images[0, 0]
    assert found[-1, 0] == found[-1, 1] == 0
    with pytest.raises(DatasetError, match="none of its values is a number"):
        read(f"nifti:{written(tmp_path / 'b.nii', np.full((2, 2, 2), np.nan, np.float32))}")


@pytest.mark.parametrize(
    ("source", "part"),
    [
        ("nifti,axis=z:{}", "axis is 'z'"),
        ("nifti,slices=5:{}", "slices is '5'; it must be middle, all, or a range"),
        ("nifti,slices=4-2:{}", "slices is '4-2'"),
        ("nifti,slices=1%-2:{}", "slices is '1%-2'"),
        ("nifti,step=0:{}", "step is '0'"),
        ("nifti,empty=drop:{}", "empty is 'drop'"),
        ("nifti,window=1/-1:{}", "window is '1/-1'"),
        ("nifti,volume=-1:{}", "volume is '-1'"),
        ("nifti,volume=1:{}/a.nii", "volume is 1, and it holds 1"),
        ("nifti:{}/flat.nii", "volumes have three dimensions"),
        ("nifti:{}/text.nii", "text.nii: damaged, or no NIfTI file"),
        ("nifti:{}/short.nii.gz", "short.nii.gz: damaged, or no NIfTI file"),
        ("nifti:{}/cut.nii", "its header says 472 bytes, and 400 follow"),
        ("nifti:{}/bomb.nii.gz", "that hold .* unpacked"),
        ("nifti:{}/colours.nii", "no plain numbers"),
        ("nifti:{}/a.txt", "is no NIfTI file"),
        ("nifti:{}/empty", "no NIfTI volumes here nor below"),
    ],
)
def test_bad_input(tmp_path, source, part) -> None:
    whole = written(tmp_path / "a.nii").read_bytes()
    written(tmp_path / "flat.nii", np.zeros((4, 4), np.uint8))
    colours = np.zeros((2, 2, 2), [("R", "u1"), ("G", "u1"), ("B", "u1")])
    written(tmp_path / "colours.nii", colours)
    (tmp_path / "text.nii").write_text("text")
    (tmp_path / "a.txt").write_text("text")
    (tmp_path / "cut.nii").write_bytes(whole[:400])
    (tmp_path / "short.nii.gz").write_bytes(gzip.compress(whole)[:-30])
    (tmp_path / "empty").mkdir()
    header = nibabel.Nifti1Header()
    header.set_data_dtype(np.float64)
    header.set_data_shape((10_000, 10_000, 10_000))
    (tmp_path / "bomb.nii.gz").write_bytes(gzip.compress(header.binaryblock + bytes(1000)))
    with pytest.raises(DatasetError, match=part):
        read(source.format(tmp_path))


def test_a_scan_that_comes_with_nibabel() -> None:
    from nibabel.testing import data_path

    data = read(f"nifti,slices=all:{data_path}/example4d.nii.gz", size=(48, 64))
    assert data.images.shape == (24, 1, 48, 64)
    brain = data.images[12, 0]
    assert brain[20:28, 28:36].mean() > 2 * brain[:4].mean() + 10  # the head is in the middle
