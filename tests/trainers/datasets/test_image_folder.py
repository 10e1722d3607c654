from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from lossgp.trainers.datasets import DatasetError, read

from .writing import png_header, tiff

RED = (204, 0, 0)  # of the 216 colours that every palette has


def save(path, array=None, mode=None, **options):
    """Save an array, or a red image of 6 x 4 (height x width)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.new("RGB", (4, 6), RED) if array is None else Image.fromarray(np.asarray(array))
    (image.convert(mode) if mode else image).save(path, **options)
    return path


GREY = np.arange(24, dtype=np.uint8).reshape(6, 4)


def test_class_folders_give_labels_and_the_order_is_that_of_the_paths(tmp_path) -> None:
    for i, name in enumerate(["b/10.png", "b/2.png", "a/deep/x.BMP", "a/y.tif"]):
        save(tmp_path / name, np.full((6, 4), i, np.uint8))
    (tmp_path / "b" / "notes.txt").write_text("not an image")
    (tmp_path / "b" / ".hidden.png").write_text("not an image")
    (tmp_path / "__MACOSX").mkdir()
    (tmp_path / "__MACOSX" / "2.png").write_text("not an image")
    data = read(tmp_path)
    assert data.images[:, 0, 0, 0].tolist() == [2, 3, 0, 1]
    assert data.labels is not None
    assert data.labels.tolist() == [0, 0, 1, 1]
    assert data.classes == ("a", "b")
    assert data.name == tmp_path.name


def test_without_two_class_folders_there_are_no_labels(tmp_path) -> None:
    save(tmp_path / "all" / "1.png", GREY)
    assert read(tmp_path).labels is None
    save(tmp_path / "more" / "1.png", GREY)
    assert read(tmp_path).classes == ("all", "more")
    save(tmp_path / "outside.png", GREY)
    assert read(tmp_path).labels is None


def test_splits_are_folders(tmp_path) -> None:
    for name in ("train/a/1.png", "train/b/1.png", "train/b/2.png", "val/a/1.png", "val/b/1.png"):
        save(tmp_path / name, GREY)
    assert (len(read(tmp_path)), len(read(tmp_path, split="test"))) == (3, 2)
    assert read(tmp_path).classes == ("a", "b")
    with pytest.raises(DatasetError, match="no split 'test'; it needs a folder named test or val"):
        read(tmp_path / "train", split="test")


@pytest.mark.parametrize("suffix", ["png", "bmp", "tif", "webp", "ppm", "gif"])
def test_lossless_formats_are_read_to_the_byte(tmp_path, suffix) -> None:
    colours = np.zeros((6, 4, 3), np.uint8)
    colours[..., 0], colours[::2, :, 2] = 255, 128
    options = {"lossless": True, "exact": True} if suffix == "webp" else {}
    save(tmp_path / f"1.{suffix}", colours, **options)
    assert np.array_equal(read(tmp_path, channels=3).images[0], colours.transpose(2, 0, 1))


def test_jpeg_is_read(tmp_path) -> None:
    save(tmp_path / "1.jpg", quality=95)
    red = read(tmp_path).images[0, :, 3, 2].astype(int)
    assert np.abs(red - RED).max() <= 3


def test_channels_are_grey_only_where_every_image_is(tmp_path) -> None:
    save(tmp_path / "1.png", GREY)
    assert read(tmp_path).shape == (1, 6, 4)
    save(tmp_path / "2.png")
    both = read(tmp_path)
    assert both.shape == (3, 6, 4)
    assert np.array_equal(both.images[0, 1], GREY)
    grey = read(tmp_path, channels=1)
    assert grey.shape == (1, 6, 4)
    assert grey.images[1, 0, 0, 0] == round(0.299 * RED[0])  # luma of ITU-R 601


def test_unusual_pixels(tmp_path) -> None:
    wide = np.array([[0, 257, 65535], [32896, 128, 129]], np.uint16)
    save(tmp_path / "wide" / "1.png", wide)
    assert read(tmp_path / "wide").images[0, 0].tolist() == [[0, 1, 255], [128, 0, 1]]

    save(tmp_path / "bits" / "1.png", np.array([[True, False]]))
    assert read(tmp_path / "bits").images[0, 0].tolist() == [[255, 0]]

    save(tmp_path / "palette" / "1.png", mode="P")
    assert read(tmp_path / "palette").images[0, :, 0, 0].tolist() == list(RED)

    clear = np.zeros((1, 3, 4), np.uint8)
    clear[0, :, 0], clear[0, :, 3] = 200, (255, 0, 51)  # opaque, clear, one fifth
    save(tmp_path / "alpha" / "1.png", clear)
    seen = read(tmp_path / "alpha").images[0, :, 0]
    assert seen[:, 0].tolist() == [200, 0, 0]
    assert seen[:, 1].tolist() == [255, 255, 255]
    assert seen[:, 2].tolist() == [244, 204, 204]

    save(tmp_path / "float" / "1.tif", np.zeros((2, 2), np.float32))
    with pytest.raises(DatasetError, match=r"1\.tif: pixels are not integers of 8 or 16 bits"):
        read(tmp_path / "float")


def test_exif_orientation_is_obeyed(tmp_path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # stored lying on its side: to be turned by 90 degrees clockwise
    save(tmp_path / "1.png", GREY, exif=exif)
    assert np.array_equal(read(tmp_path).images[0, 0], np.rot90(GREY, -1))


def test_sizes_and_crops(tmp_path) -> None:
    wide = np.zeros((8, 16), np.uint8)
    wide[:, 4:12] = 255  # the middle is white, both sides are black
    save(tmp_path / "1.png", wide)
    center = read(tmp_path, size=8).images[0, 0]
    assert center.shape == (8, 8)
    assert center.min() == 255
    pad = read(tmp_path, size=8, crop="pad").images[0, 0]
    assert pad[:2].max() == pad[-2:].max() == 0
    assert pad[3:5, 3:5].min() == 255
    stretched = read(tmp_path, size=(4, 8), crop="none").images[0, 0]
    assert stretched.shape == (4, 8)
    assert stretched[:, 0].max() < 128 < stretched[:, 4].min()


def test_small_sizes_are_antialiased(tmp_path) -> None:
    stripes = np.zeros((64, 64), np.uint8)
    stripes[:, ::2] = 255
    save(tmp_path / "1.png", stripes)
    small = read(tmp_path, size=16).images[0, 0, 2:-2, 2:-2].astype(int)
    assert np.abs(small - 127.5).max() < 8  # nearest neighbours would be 0 or 255


def test_images_of_several_sizes_need_a_size(tmp_path) -> None:
    save(tmp_path / "1.png", GREY)
    save(tmp_path / "2.png", GREY.T)
    with pytest.raises(DatasetError, match=r"2\.png: 4x6 .* but 1\.png is 6x4 .* ask for a size"):
        read(tmp_path)
    assert read(tmp_path, size=4).images.shape == (2, 1, 4, 4)


def test_damaged_images_are_named(tmp_path) -> None:
    good = save(tmp_path / "1.png", np.random.default_rng(0).integers(0, 256, (64, 64), np.uint8))
    content = good.read_bytes()
    for damage in (content[: len(content) // 2], content[:20], b"", b"GIF89a", b"%!PS-Adobe-3.0"):
        (tmp_path / "2.png").write_bytes(damage)
        with pytest.raises(DatasetError, match=r"2\.png: damaged, or no image") as caught:
            read(tmp_path)
        assert "\n" not in str(caught.value)


def test_an_image_of_too_many_pixels_is_refused_before_it_is_decoded(tmp_path, monkeypatch) -> None:
    save(tmp_path / "1.png", GREY)
    for limit in (
        20,
        5,
    ):  # 24 pixels: Pillow itself has two limits, of which one is twice the other
        monkeypatch.setenv("LOSSGP_MAX_PIXELS", str(limit))
        with pytest.raises(DatasetError, match=rf"1\.png: more than {limit} pixels.*_MAX_PIXELS"):
            read(tmp_path)
    monkeypatch.delenv("LOSSGP_MAX_PIXELS")
    # 81 megapixels of one colour in a few kilobytes; only the header is read.
    monkeypatch.setattr(Image.Image, "load", lambda self: pytest.fail("decoded"))
    (tmp_path / "1.png").write_bytes(png_header(9000, 9000))
    with pytest.raises(DatasetError, match=r"1\.png: more than 50,000,000 pixels"):
        read(tmp_path)


def test_the_limit_on_pixels_can_be_raised_above_that_of_pillow(tmp_path, monkeypatch) -> None:
    save(tmp_path / "1.png", GREY)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 5)
    monkeypatch.setenv("LOSSGP_MAX_PIXELS", "24")
    assert len(read(tmp_path)) == 1
    assert Image.MAX_IMAGE_PIXELS == 5
    monkeypatch.setenv("LOSSGP_MAX_PIXELS", "many")
    with pytest.raises(DatasetError, match="LOSSGP_MAX_PIXELS is 'many'; give a number"):
        read(tmp_path)


def test_a_tiff_of_few_pixels_in_a_huge_tile_is_refused(tmp_path) -> None:
    path = tiff(tmp_path / "1.tif", GREY, tags={322: 60_000, 323: 60_000, 324: 8, 325: 24})
    with pytest.raises(DatasetError, match=r"1\.tif: more than 50,000,000 pixels"):
        read(path.parent)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
@pytest.mark.parametrize("negative", [False, True])
def test_grey_tiffs_are_read_upright_and_black_on_white(
    tmp_path, orientation, kind, negative
) -> None:
    scale = 257 if kind is np.uint16 else 1
    stored = (GREY * 10).astype(kind) * kind(scale)
    shown = np.iinfo(kind).max - stored if negative else stored
    tiff(tmp_path / "1.tif", shown, tags={274: orientation, 262: 0 if negative else 1})
    turn = {
        1: lambda a: a, 2: np.fliplr, 3: lambda a: np.rot90(a, 2), 4: np.flipud,
        5: np.transpose, 6: lambda a: np.rot90(a, -1), 7: lambda a: np.rot90(a, 2).T, 8: np.rot90,
    }[orientation]  # fmt: skip
    assert np.array_equal(read(tmp_path).images[0, 0], turn(GREY * 10))


@pytest.mark.parametrize(
    ("options", "part"),
    [
        ({"size": 0}, "size is 0; it must be 1 to 4096"),
        ({"size": 5000}, "size is 5000"),
        ({"size": (8, 0)}, r"size is \(8, 0\)"),
        ({"channels": 2}, r"channels is 2; it must be 1 \(grey\) or 3"),
        ({"crop": "middle"}, "crop is 'middle'; it must be one of center, pad, none"),
        ({"split": "valid"}, "unknown split 'valid'; use train or test"),
    ],
)
def test_bad_options(tmp_path, options, part) -> None:
    save(tmp_path / "1.png", GREY)
    with pytest.raises(DatasetError, match=part):
        read(tmp_path, **options)


def test_a_folder_without_images_says_what_an_image_is(tmp_path) -> None:
    (tmp_path / "a.txt").write_text("")
    with pytest.raises(DatasetError, match=r"no images here nor below; .* \.jpg"):
        read(tmp_path)
