"""VGG16 for perceptual losses: the network against a slow one, and files of its weights."""

from __future__ import annotations

import hashlib
import pickle
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from safetensors.torch import save_file
from torch.utils._python_dispatch import TorchDispatchMode

from lossgp.trainers import TrainerError
from lossgp.trainers.extractors.vgg import LAYERS, Vgg16, vgg16


def tiny(width: int = 2) -> Vgg16:
    """VGG16 of this width with random weights, in float64."""
    network = Vgg16("tiny", width).double().requires_grad_(False)
    numbers = torch.Generator().manual_seed(0)
    for parameter in network.parameters():
        parameter.normal_(0, 0.3, generator=numbers)
    return network


def slow_maps(network: Vgg16, image: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """The maps of an image (3, h, w) in [-1, 1], by loops over the pixels of each convolution."""
    given = np.array([[0.485, 0.456, 0.406], [0.229, 0.224, 0.225]], np.float32)
    mean, std = given.astype(np.float64)
    maps = ((image + 1) / 2 - mean[:, None, None]) / std[:, None, None]
    found = []
    weights = iter(network.parameters())
    for multiple in LAYERS:
        if not multiple:
            found.append(maps)
            c, h, w = maps.shape
            maps = maps.reshape(c, h // 2, 2, w // 2, 2).max((2, 4))
            continue
        kernels, bias = next(weights).numpy(), next(weights).numpy()
        padded = np.pad(maps, ((0, 0), (1, 1), (1, 1)))
        maps = np.empty((len(kernels), *maps.shape[1:]))
        for row in range(maps.shape[1]):
            for column in range(maps.shape[2]):
                patch = padded[:, row : row + 3, column : column + 3]
                maps[:, row, column] = (kernels * patch).sum((1, 2, 3)) + bias
        maps = np.maximum(maps, 0)
    return [*found, maps]


def test_the_maps_are_those_of_a_slow_network() -> None:
    network = tiny()
    image = torch.rand(1, 3, 32, 32, generator=torch.Generator().manual_seed(1)).double() * 2 - 1
    maps = network(image)
    assert [tuple(level.shape) for level in maps] == [
        (1, 2, 32, 32), (1, 4, 16, 16), (1, 8, 8, 8), (1, 16, 4, 4),
    ]  # fmt: skip
    for level, slow in zip(maps, slow_maps(network, image[0].numpy()), strict=True):
        np.testing.assert_allclose(level[0].numpy(), slow, rtol=1e-6, atol=1e-9)


def test_grey_is_colour_and_small_images_are_enlarged() -> None:
    network = tiny()
    grey = torch.rand(2, 1, 16, 16, generator=torch.Generator().manual_seed(1)).double() * 2 - 1
    maps = network(grey)
    assert maps[0].shape == (2, 2, 32, 32)
    for one, other in zip(maps, network(grey.expand(-1, 3, -1, -1)), strict=True):
        assert torch.equal(one, other)


def test_nothing_is_made_of_python_numbers_in_between() -> None:
    """In a CUDA graph a tensor made of a list would be a copy from the host, which waits."""

    class Made(TorchDispatchMode):
        seen: ClassVar[list[str]] = []

        def __torch_dispatch__(
            self, func: Any, types: Any, args: Any = (), kwargs: Any = None
        ) -> Any:
            if "lift_fresh" in str(func) or "_to_copy" in str(func):
                self.seen.append(str(func))
            return func(*args, **(kwargs or {}))

    network, image = tiny(), torch.zeros(1, 1, 32, 32, dtype=torch.float64)
    with Made() as made:
        network(image)
        assert made.seen == []
        torch.tensor([1.0])
    assert made.seen


def test_gradients_reach_the_images() -> None:
    network = tiny()
    image = torch.zeros(1, 1, 32, 32, dtype=torch.float64, requires_grad=True)
    torch.autograd.gradcheck(
        lambda pixel: network(image.detach() + pixel)[3].sum(),
        torch.tensor(0.1, dtype=torch.float64, requires_grad=True),
    )


def state(scale: float = 0.01) -> dict[str, torch.Tensor]:
    """Weights of the real size under torchvision's names, with a layer that is not needed."""
    with torch.device("meta"):
        names = Vgg16().layers.state_dict()
    weights = {f"features.{n}": torch.full(tuple(v.shape), scale) for n, v in names.items()}
    return weights | {"classifier.6.bias": torch.zeros(1000)}


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("vgg") / "mine.safetensors"
    save_file(state(), path)
    return path


def test_weights_are_read_from_either_kind_of_file(weights: Path, tmp_path: Path) -> None:
    torch.save(state(), tmp_path / "mine.pth")
    first, second = vgg16(weights), vgg16(tmp_path / "mine.pth")
    names = list(first.layers.state_dict())
    assert names[:4] == ["0.weight", "0.bias", "2.weight", "2.bias"]
    assert names[-2:] == ["21.weight", "21.bias"]  # conv4_3 in torchvision's numbering
    for name, value in second.layers.state_dict().items():
        assert torch.equal(value, first.layers.state_dict()[name])
        assert bool((value == 0.01).all())
        assert not value.requires_grad
    digest = hashlib.sha256(weights.read_bytes()).hexdigest()
    assert first.name == f"vgg16 (sha {digest[:8]})" != second.name


def test_another_file_than_the_protocols_is_refused(weights: Path, tmp_path: Path) -> None:
    digest = hashlib.sha256(weights.read_bytes()).hexdigest()
    assert vgg16(weights, digest).name
    with pytest.raises(TrainerError, match=r"mine.safetensors' is damaged or another file"):
        vgg16(weights, "0" * 64)
    named = tmp_path / "vgg16-397923af.pth"  # torch hub's name tells how the hash begins
    named.write_bytes(b"cut short")
    with pytest.raises(TrainerError, match=r"damaged or another file .*not 397923af\)"):
        vgg16(named)


def test_what_holds_no_such_weights_is_refused_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    with pytest.raises(TrainerError, match=r"cannot read VGG16's weights .*No such file"):
        vgg16(path)
    lacking = {"features.0.weight": torch.zeros(64, 3, 3, 3)}
    save_file(lacking, path)
    with pytest.raises(TrainerError, match=r"features.0.bias is missing, not \(64,\)") as caught:
        vgg16(path)
    assert "\n" not in str(caught.value)
    save_file(lacking | {"features.0.bias": torch.zeros(3)}, path)
    with pytest.raises(TrainerError, match=r"features.0.bias is \(3,\), not \(64,\)"):
        vgg16(path)
    for name, content in (("w.safetensors", b"\xff" * 20), ("w.pth", b"no weights")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(TrainerError, match=f"cannot read '{name}' as weights") as caught:
            vgg16(tmp_path / name)
        assert "\n" not in str(caught.value)
    torch.save([1, 2], tmp_path / "w.pth")
    with pytest.raises(TrainerError, match="holds no table of weights"):
        vgg16(tmp_path / "w.pth")


class Trap:
    """What a pickle would run."""

    def __reduce__(self) -> tuple[object, ...]:
        return (Path.touch, (Path("sprung"),))


def test_no_code_of_a_file_is_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    torch.save({"features.0.weight": Trap()}, tmp_path / "w.pth")
    (tmp_path / "old.pth").write_bytes(pickle.dumps({"features.0.weight": Trap()}))
    for name in ("w.pth", "old.pth"):
        with pytest.raises(TrainerError, match="as weights"):
            vgg16(tmp_path / name)
    assert not (tmp_path / "sprung").exists()
