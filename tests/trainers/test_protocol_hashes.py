"""Stored trainings are found by the hash of their protocol: defaults must keep theirs for ever."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from lossgp.trainers import OptionError, trainer
from lossgp.trainers.registry import trainer_type

# With all options at their defaults, as of version 0.1.0.
HASHES = {
    "breast-cancer": "89378bcca0a68d759bc1db82446862effd47b11c265cb6c2746f64e77680bd5a",
    "cifar10": "501b3d065b84dbece2aca0c63d73205b353692ce6b6a3cfdcbfbe4fa1e611940",
    "digits": "3ae9d977bfd9cdf6a6ba31d1d8c9fe331eb87bf4a3aa7cf4578e166c044769ff",
    "digits-classify": "14a9849d5483f045740155591af062fae2e3734ed80d58fa7168d6145e669d89",
    "digits-mlp": "55d00e4dc55c141d8d70e2fa629910f105b6472a09f141a2d103fd4a6337fb1f",
    "grid": "fb2281c138c996e7694489f7b64598aa9c08228baae269a7975c1defbdec1352",
    "ring": "b246d51a5beca9796c44a486a333cfb7e978117820e4db9292012b5eb1cc21ca",
    "fashion-mnist": "909c0fce0daa2f12120f0d2d6b993ca6ee6758e652df1eb8bd05d1aed7ff8da6",
    "images": "e5f804f1d27e63fa3051194538d352aa2f1cff2f45026d53c5aca8e047b9e85e",
    "mnist": "2f8e434a9b2ea29c18012fac13b874c8ffd427130bacbf6f2482ffa9b7f74bd7",
    "mnist-14": "123f8158fa3c663ed7659ce6544cc03205300e68053af754c32fca306e2e151e",
    "projected-gan": "bd36e2e8c5888e00a16b3259e2917c7141610eba07e2b755acb3e29242f8ac5d",
    "wgan-gp": "7778c4e37c6fd8fe9904ae5e2f4aedac5be800cb4340801bc6f12d42a7bd8c3a",
    "f-anogan": "abdef0629cd4a884dc0d1b6deb50a1207b1314f625a011bbd6285aa224c63ece",
    "dgan-wp-tl": "fbca980cd1e3cb3eff7c5e3ad18b74d7ba415e812ced6300cba155f9932dba4f",
    "mnist-classify": "f6585302d9a337c9da7d62c993b391a4b5afd201099c0eab774cdf5f79cddeab",
}


@pytest.mark.parametrize("name", HASHES)
def test_a_protocol_of_defaults_keeps_its_hash(name: str) -> None:
    assert trainer_type(name).protocol_type().hash() == HASHES[name]


def test_a_protocol_of_pictures_keeps_its_hash() -> None:
    options = {"size": 32, "channels": 1, "features": "classifier", "content": "ab" * 32}
    made = trainer_type("images").protocol_type.model_validate({"data": "x", **options})
    assert made.hash() == "1ded0a61a019f41fe710c1b4450c0f033ba74a42e186ef97858b5fbe5652ba58"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Sixteen pictures in two classes, half of them masks by their names."""
    root = tmp_path_factory.mktemp("pictures")
    rng = np.random.default_rng(0)
    for kind in ("a", "b"):
        (root / kind).mkdir()
        for i in range(4):
            for name in (f"{i}.png", f"{i}_mask.png"):
                pixels = rng.integers(0, 9, (8, 8), np.uint8)
                Image.fromarray(pixels).save(root / kind / name)
    return root


def made(folder, **options):
    small = {"size": 8, "channels": 1, "stages": [1, 2], "batch": 2, "samples": 8}
    return trainer("images", {"data": str(folder), **small, "metrics": ["fid"], **options})


def test_the_choice_of_files_is_hashed_by_what_it_chooses(folder) -> None:
    whole = made(folder)
    assert len(whole.data_set) == 8
    assert made(folder, include=["a/*", "b/*"]).protocol.hash() == whole.protocol.hash()
    assert made(folder, exclude="*_MASK*").protocol.hash() == whole.protocol.hash()
    part = made(folder, include="a/*")
    assert len(part.data_set) == 4
    assert part.protocol.hash() != whole.protocol.hash()
    assert made(folder, labels="none").data_set.labels is None
    with pytest.raises(OptionError, match="option labels of protocol 'images'"):
        made(folder, labels="all")


def test_a_trainer_tells_what_a_check_of_its_images_tells(folder) -> None:
    warnings = made(folder).warnings()
    assert "8 images were taken for masks and left out: a/0_mask.png" in warnings[0]
    assert "pixels run only from 0 to 8 of 0 .. 255" in warnings[1]
    assert trainer("digits").warnings() == ()
